"""CLIP from a local folder: both towers exported to ONNX once, then pictures and texts embedded in one space."""
