"""A vision checkpoint becomes one ONNX graph, a table of layers, and the activations of every neuron."""
