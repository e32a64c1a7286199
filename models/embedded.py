"""The embedded default: where its network and language model lie, and the words its pictures are made of. Light to import."""

from pathlib import Path
from typing import Protocol

from models.demo import CLIP, NETWORK, planted
from models.language.demo import demo_model_path
from models.pictures.words import COLOURS, GROUPS, OBJECTS, SYNONYMS, TEXTURES

__all__ = ["CLIP", "COLOURS", "GROUPS", "NETWORK", "OBJECTS", "SYNONYMS", "TEXTURES", "Planter", "demo_model_path", "planted"]


class Planter(Protocol):
    """The engine "planted"."""

    def plant(self, file: Path) -> None:
        """Write the network of planted neurons to `file`, an ONNX file."""
        ...
