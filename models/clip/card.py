"""A converted CLIP's folder: `pictures/` and `texts/`, each with a model.onnx, the tokenizer, and the card that describes it."""

from pathlib import Path
from typing import Final

import msgspec

from models.types.meaning import ClipInfo

PICTURES: Final = "pictures"
TEXTS: Final = "texts"
TOKENIZER: Final = "tokenizer.json"
CARD: Final = "clip.json"


def read_card(folder: Path) -> ClipInfo:
    """The description of a converted CLIP."""
    return msgspec.json.decode((folder / CARD).read_bytes(), type=ClipInfo)
