"""A converted sentence model's folder: `texts/` with a model.onnx, the tokenizer, and the card that describes it."""

from pathlib import Path
from typing import Final

import msgspec

from models.types.meaning import SentencesInfo

TEXTS: Final = "texts"
TOKENIZER: Final = "tokenizer.json"
CARD: Final = "sentences.json"


def read_card(folder: Path) -> SentencesInfo:
    """The description of a converted sentence model."""
    return msgspec.json.decode((folder / CARD).read_bytes(), type=SentencesInfo)
