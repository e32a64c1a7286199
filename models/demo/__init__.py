"""The embedded default network: trained by this project on its own pictograms; its class neurons have known labels."""

from pathlib import Path
from typing import Final

NETWORK: Final = Path(__file__).parent / "network"
"""A Hugging Face image-classification folder: config.json, preprocessor_config.json, model.safetensors."""

CLIP: Final = Path(__file__).parent / "clip"
"""A Hugging Face CLIP folder, trained by this project on its pictograms and their captions."""
