"""The embedded default: where its network and language model lie, and the words its pictures are made of. Light to import."""

from pathlib import Path
from typing import Protocol

import msgspec

from models.demo import CLIP, NETWORK, planted
from models.language.demo import demo_model_path
from models.pictures.words import COLOURS, GROUPS, OBJECTS, SYNONYMS, TEXTURES
from models.types.language import ProposalRequest

__all__ = [
    "CLIP", "COLOURS", "GROUPS", "NETWORK", "OBJECTS", "SYNONYMS", "TEXTURES", "GrammarFigures", "LanguageLever", "Planter",
    "PromptFigures", "VisionFigures", "VisionLever", "demo_model_path", "planted",
]  # fmt: skip


class Planter(Protocol):
    """The engine "planted"."""

    def plant(self, file: Path) -> None:
        """Write the network of planted neurons to `file`, an ONNX file."""
        ...


class PromptFigures(msgspec.Struct, frozen=True):
    """Requests to a language model; times in seconds for all of them."""

    together: float  # in one batch
    one_by_one: float
    nothing_kept: float  # one by one, every prompt evaluated from its first token
    prompt_tokens: int  # of the prompts, as asked
    evaluated_tokens: int  # of them, where the constant parts are kept
    nothing_kept_tokens: int
    same: bool  # the answers, together and one by one


class GrammarFigures(msgspec.Struct, frozen=True):
    """The choice of a token; times in milliseconds."""

    vocabulary: int
    after: float  # the grammar looks at the 40 best tokens
    before: float  # the grammar looks at the whole vocabulary


class VisionFigures(msgspec.Struct, frozen=True):
    """Pictures a second, without decoding."""

    torch: float
    onnx: float


class LanguageLever(Protocol):
    """The engine "language-levers"."""

    def prompts(self, requests: list[ProposalRequest]) -> PromptFigures:
        """What waves and keeping the constant part are worth."""
        ...

    def grammar(self, request: ProposalRequest) -> GrammarFigures:
        """What the grammar's place is worth."""
        ...


class VisionLever(Protocol):
    """The engine "vision-levers"."""

    def compare(self, checkpoint: Path, converted: Path) -> VisionFigures:
        """ONNX Runtime against torch."""
        ...
