"""What a neural network is: reads foreign files safely, loads them, runs them."""
