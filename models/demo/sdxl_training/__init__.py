"""Trains the demo's small SDXL again: `python -m models.demo.sdxl_training OUT`."""
