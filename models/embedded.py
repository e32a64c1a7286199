"""The embedded default: where its network and language model lie, and the words its pictures are made of. Light to import."""

from models.demo import CLIP, NETWORK
from models.language.demo import demo_model_path
from models.pictures.words import COLOURS, GROUPS, OBJECTS, SYNONYMS, TEXTURES

__all__ = ["CLIP", "COLOURS", "GROUPS", "NETWORK", "OBJECTS", "SYNONYMS", "TEXTURES", "demo_model_path"]
