"""Trains the demo's small CLIP again: `python -m models.demo.clip_training OUT`."""
