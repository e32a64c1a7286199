"""What methods ask and say. A method is a generator for one neuron that touches no model.

It yields a request and is sent the answer, or yields an event (`StepDone`, `Labelled`, `NotLabelled`) and is sent None. Whatever else
decides its result it is given before, so sending the stored answers into a fresh generator replays it exactly. `study` runs many.
"""

from collections.abc import Generator
from typing import Any, ClassVar, Literal

import msgspec
import numpy as np

from line_desktop.scoreboard import Board, Entry, Origin
from models.types.language import Proposal
from models.types.shared import FloatArray

MethodName = Literal["line", "facets", "sieve", "clip-dissect", "invert", "describe-and-dissect"]
Status = str  # "scored", "confirmed", "verified: " or "facet … : " and a sum; "skipped: " or "dropped: " and why


class Proposed(msgspec.Struct, frozen=True):
    """The proposals in the order of the seeds, and which of them the picture source cannot depict, with reasons."""

    proposals: tuple[Proposal, ...]
    undepictable: dict[str, str]
    prompt_sha256: str


class Depicted(msgspec.Struct, frozen=True):
    """For each concept the neuron's activation on each of its pictures, or why there is none."""

    activations: dict[str, tuple[float, ...]]  # finite
    lost: dict[str, str] = {}


class Looked(msgspec.Struct, frozen=True):
    """The embeddings in the order of the photos: float32 (photos, width), unit length, little-endian; and photos that could not be read."""

    vectors: bytes
    width: int
    lost: dict[int, str] = {}  # photo -> why; its row is zero

    def matrix(self) -> FloatArray:
        """The embeddings as an array."""
        return np.frombuffer(self.vectors, "<f4").reshape(-1, self.width)


class Captioned(msgspec.Struct, frozen=True):
    """What is to be seen on the photos, in their order, empty where there is none; and photos that could not be described."""

    captions: tuple[str, ...]
    lost: dict[int, str] = {}  # photo -> why


class Propose(msgspec.Struct, frozen=True):
    """Asks the language model; every seed is one independent answer. Answered by `Proposed`."""

    step: int
    attempt: int  # from 0, grows when nothing new came
    summary: bool
    board: Board  # best first
    forbidden: tuple[str, ...]
    seeds: tuple[int, ...]

    answer: ClassVar[type] = Proposed


class Depict(msgspec.Struct, frozen=True):
    """Asks for pictures of concepts and the neuron's activations on them. Answered by `Depicted`."""

    concepts: tuple[str, ...]
    fresh: bool = False  # pictures that no step has seen

    answer: ClassVar[type] = Depicted


class LookUp(msgspec.Struct, frozen=True):
    """Asks the concept bank for its best concepts above `floor` that are not in `known` (keys). Answered by `Depicted`, perhaps empty."""

    known: tuple[str, ...]
    floor: float
    count: int = 1

    answer: ClassVar[type] = Depicted


class Look(msgspec.Struct, frozen=True):
    """Asks CLIP for embeddings of photos of the probe set. Answered by `Looked`."""

    photos: tuple[int, ...]  # rows of the probe set
    cropped: bool  # each to the region where the neuron fires most, where the layer has one

    answer: ClassVar[type] = Looked


class Caption(msgspec.Struct, frozen=True):
    """Asks a captioner to describe photos of the probe set. Answered by `Captioned`."""

    photos: tuple[int, ...]  # rows of the probe set
    cropped: bool  # each to the region where the neuron fires most, where the layer has one

    answer: ClassVar[type] = Captioned


class Condense(msgspec.Struct, frozen=True):
    """Asks the language model for what captions have in common; every seed is one independent answer. Answered by `Proposed`."""

    captions: tuple[str, ...]
    seeds: tuple[int, ...]

    answer: ClassVar[type] = Proposed


class Gathered(msgspec.Struct, frozen=True):
    """All neurons of the study have come as far."""


class Gather(msgspec.Struct, frozen=True):
    """Waits until every neuron of the study waits like this one or has ended. Answered by `Gathered`."""

    answer: ClassVar[type] = Gathered


class StepDone(msgspec.Struct, frozen=True, tag=True):
    """Event: a step is over. Step 0 is the start; `board` is the scoreboard after the step, best first."""

    step: int
    concept: str
    score: float | None
    origin: Origin
    status: Status
    reasoning: str
    raw: tuple[str, ...]  # everything the language model answered in this step
    prompt_sha256: str
    board: Board
    passed: int = 0  # steps passed over before it, because nothing new was to be expected of them


class Labelled(msgspec.Struct, frozen=True, tag=True):
    """Event: the neuron has its label."""

    label: Entry
    board: Board  # best first


class Provisional(msgspec.Struct, frozen=True, tag=True):
    """Event: the label it would have if the study ended now."""

    label: Entry


class NotLabelled(msgspec.Struct, frozen=True, tag=True):
    """Event: the neuron ends without a label, and why."""

    status: Literal["no usable proposal", "failed", "dead", "constant", "non-finite", "redundant", "unselective"]
    reason: str


Request = Propose | Depict | LookUp | Look | Caption | Condense | Gather
Answer = Proposed | Depicted | Looked | Captioned | Gathered
Event = StepDone | Provisional | Labelled | NotLabelled
Method = Generator[Request | Event, Any, None]
Part = Generator[Request, Any, Any]
