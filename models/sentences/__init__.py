"""A sentence model from a local folder: exported to ONNX once, then texts embedded so that like meanings lie close."""
