"""The JSON document: a workspace's labels with everything they rest on, lossless back into another workspace.

`docs/export.schema.json` is made from these structs. Numbers in fields such as `run` are places in the lists of the document, from 0.
"""

from typing import Final, Literal

import msgspec

from line_desktop.scoreboard import Board, Origin
from line_desktop.store.intervention_rows import CausalPicture, CausalVerdict, ClassCounts, Drop
from line_desktop.store.rows import CardStatus, HumanWord, Interval, Json, PhotoEvidence, PictureRow, ResultStatus, Verdict
from models.types.pictures import PictureSettings
from models.types.vision import Checkpoint

VERSION: Final = 1


class ExportedConcept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A drawn concept: its key, its name as written, and its pictures, whose files are named by their SHA-256."""

    concept: str
    name: str
    pictures: tuple[PictureRow, ...]


class ExportedBank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What pictures were drawn with, and those of the concepts that the neurons of this document tried."""

    source: str
    version: str
    options: dict[str, str]
    seed: int
    pictures: int  # for each concept
    concepts: tuple[ExportedConcept, ...]


class ExportedProbe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The probe photos: their folder, and the digest of their names, classes and contents."""

    folder: str
    digest: str


class ExportedRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A method over neurons of one layer. `bank` has the pictures of its steps, `fresh_bank` those that confirmed its labels."""

    target: int
    layer: str
    method: str
    state: Literal["interrupted", "finished"]
    settings: Json  # seeds and the SHA-256 of the language model's file among them
    bank: int
    fresh_bank: int | None
    probe: ExportedProbe | None


class ExportedSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One start or resumption of a run; the list is in the order of time."""

    run: int
    began: str  # UTC, ISO 8601
    device: str
    versions: dict[str, str]  # of packages
    network: str = ""  # how far the engines were from it, and their self-test; empty: not recorded


class ExportedStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a neuron, with the board as it stood after it, best first."""

    step: int
    concept: str
    score: float | None
    origin: Origin
    status: str
    reasoning: str
    raw: tuple[str, ...]  # the language model's answers
    prompt_sha256: str  # empty where no prompt was asked
    board: Board
    seconds: dict[str, float]


class ExportedResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a neuron ended in the run of `session`. `imported` is what another tool's file said of it."""

    session: int
    status: ResultStatus
    label: str | None
    score: float | None
    origin: Origin | None
    reason: str
    steps: tuple[ExportedStep, ...]
    imported: Json | None


class ExportedEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What fresh pictures of a label, that labelling never saw, say of it against the probe photos; see `store.rows.Evidence`."""

    label: str
    verdict: Verdict
    sentence: str
    rule: str
    auc: Interval
    auc_strict: float
    mad: Interval
    u: float
    p: float
    activation_rate: Interval
    threshold: float
    photos: PhotoEvidence | None
    pictures: tuple[str, ...]  # SHA-256
    activations: tuple[float, ...]
    control: int
    source: PictureSettings
    seed: int
    made: str  # UTC, ISO 8601


class ExportedCausalCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What taking the concept of a label out of pictures takes away from the neuron; see `store.intervention_rows.CausalCheck`."""

    label: str
    verdict: CausalVerdict
    sentence: str
    rule: str
    response: Interval
    edit: Drop
    control: Drop
    beyond: Interval
    parts: dict[str, Drop]
    median: float
    span: float
    pictures: tuple[CausalPicture, ...]
    asked: int
    left_out: int
    source: PictureSettings
    editor: str
    seed: int
    made: str  # UTC, ISO 8601


class ExportedAblation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The network's accuracy without the neuron: of each class its name, its photos, those named right, lost and gained."""

    classes: tuple[ClassCounts, ...]
    top: int
    of_answers: bool
    answers: str
    device: str
    made: str  # UTC, ISO 8601


class ExportedNeuron(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A neuron with what every run and a person said of it; `status` is the one on its card."""

    target: int
    layer: str
    neuron: int
    status: CardStatus
    human: HumanWord | None
    results: tuple[ExportedResult, ...]  # the oldest first
    evidence: tuple[ExportedEvidence, ...]  # by label
    causal: tuple[ExportedCausalCheck, ...] = ()  # by label and editor
    ablation: ExportedAblation | None = None


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document."""

    format: Literal["line-desktop"]
    version: Literal[1]
    targets: tuple[Checkpoint, ...]
    runs: tuple[ExportedRun, ...]
    sessions: tuple[ExportedSession, ...]
    neurons: tuple[ExportedNeuron, ...]
    banks: tuple[ExportedBank, ...]
    prompts: dict[str, str]  # SHA-256 -> text


def picture_keys(document: Export) -> list[str]:
    """The SHA-256 of every picture that a document names."""
    keys = {picture.sha256 for bank in document.banks for concept in bank.concepts for picture in concept.pictures}
    keys.update(key for neuron in document.neurons for evidence in neuron.evidence for key in evidence.pictures)
    edits = (picture.edit for neuron in document.neurons for check in neuron.causal for picture in check.pictures)
    keys.update(key for edit in edits for key in (edit.before, edit.without, edit.control, *edit.parts.values()))
    return sorted(keys)


def json_schema() -> bytes:
    """The JSON Schema of the document."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Export), order="deterministic"), indent=2) + b"\n"
