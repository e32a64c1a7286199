"""The rows of the workspace as frozen values."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from line_desktop.scoreboard import Entry, Origin
from models.types.pictures import PictureSettings
from models.types.shared import FloatArray
from models.types.vision import Layer, Role

NeuronState = Literal["ok", "dead", "constant", "non-finite"]
RunState = Literal["running", "interrupted", "finished"]
ResultStatus = Literal["labelled", "dead", "constant", "non-finite", "redundant", "unselective", "no usable proposal", "failed"]
CardStatus = ResultStatus | Literal["unlabelled"]
Sort = Literal["neuron", "score", "label", "latest"]
Json = dict[str, Any]
JobState = Literal["queued", "running", "pausing", "paused", "interrupted", "failed", "cancelled", "finished"]
JobOrigin = Literal["window", "command line"]
JobWish = Literal["", "pause", "cancel"]
Verdict = Literal["supported", "weak", "no reliable label"]


class TargetRow(msgspec.Struct, frozen=True):
    """A target in a list; `Workspace.target(id)` gives all of it."""

    id: int
    sha256: str
    path: str
    summary: str


class LayerRow(msgspec.Struct, frozen=True):
    """A layer with the target it belongs to."""

    id: int
    target_id: int
    layer: Layer


class ProbeSet(msgspec.Struct, frozen=True):
    """A folder of photos; `digest` stands for their names, classes and contents."""

    id: int
    folder: str
    digest: str


class ProbePhoto(msgspec.Struct, frozen=True):
    """One photo; its place in the probe set is its row in every survey."""

    path: str  # relative to the probe set's folder
    class_name: str | None


class Survey(msgspec.Struct, frozen=True):
    """The activations of one layer on one probe set: a float32 (rows, width) `.npy` file, the first `rows_done` rows of it filled."""

    id: int
    layer_id: int
    probe_id: int
    file: Path
    rows: int
    width: int
    rows_done: int
    complete: bool  # finished, with statistics for every neuron


class NeuronStats(msgspec.Struct, frozen=True):
    """One neuron over the readable photos of a survey; numbers may be NaN or infinite where `state` is "non-finite"."""

    index: int
    mean: float
    median: float
    p99: float
    maximum: float
    state: NeuronState
    top_photos: tuple[int, ...]  # probe rows, best first


class BankSettings(msgspec.Struct, frozen=True):
    """What the pictures of a bank depend on, besides the concept."""

    settings: PictureSettings
    seed: int  # of the study
    pictures: int  # for each concept


class PictureRow(msgspec.Struct, frozen=True):
    """One picture of a concept."""

    number: int  # 0 … pictures - 1
    prompt: str
    angle: str
    lighting: str
    seed: int
    sha256: str  # of the picture file, see `Workspace.object_path`


class BankEntry(msgspec.Struct, frozen=True):
    """A concept that was drawn: its normalised key, its name as written, and all its pictures in order."""

    concept: str
    name: str
    pictures: tuple[PictureRow, ...]


class BankMeans(msgspec.Struct, frozen=True):
    """Mean activations of concepts: row i of `means`, float32 (concepts, neurons), belongs to `concepts[i]`."""

    concepts: list[str]  # normalised keys
    names: list[str]  # as written
    means: FloatArray
    last: int  # pass it as `after` to get only what came later


class StepRow(msgspec.Struct, frozen=True):
    """One step of a neuron, with the board as it stood after it, best first."""

    neuron: int
    step: int
    concept: str
    score: float | None
    origin: Origin
    status: str
    reasoning: str
    raw: tuple[str, ...]
    prompt_sha256: str  # see `Workspace.prompt`; empty where no prompt was asked
    board: tuple[Entry, ...]
    seconds: dict[str, float]  # stage -> wall time


class Answer(msgspec.Struct, frozen=True):
    """What a method was sent: the `sequence`-th answer (from 0) of its neuron, and the steps that became known by it."""

    neuron: int
    sequence: int
    kind: str
    body: bytes
    steps: tuple[StepRow, ...] = ()


class ResultRow(msgspec.Struct, frozen=True):
    """How a neuron ended. `session` is filled in when read: which session of the run ended it."""

    neuron: int
    status: ResultStatus
    label: str | None = None
    score: float | None = None
    origin: Origin | None = None
    reason: str = ""
    session: int = 0


class RunRow(msgspec.Struct, frozen=True):
    """A method over neurons of one layer."""

    id: int
    layer_id: int
    survey_id: int | None
    settings_id: int
    method: str
    settings: Json
    state: RunState
    neurons: int  # asked for
    finished: int  # of those, with a result


class SessionRow(msgspec.Struct, frozen=True):
    """One start or resumption of a run."""

    id: int
    versions: dict[str, str]
    device: str
    began: str  # UTC, ISO 8601
    network: str  # how far the engines were from it, and their self-test; empty: not recorded


class JobRow(msgspec.Struct, frozen=True):
    """A job of the queue."""

    id: int
    position: int  # 1 is the first
    kind: str
    title: str  # one plain line for people
    what: Json  # the job as JSON, see line_desktop.jobs
    state: JobState
    origin: JobOrigin
    asked: JobWish  # what its process has been asked to do and has not done yet
    pid: int | None  # of its process while it runs
    done: int  # units of work: steps of neurons, or photos of a survey
    total: int  # 0: not known yet
    text: str  # the stage in words
    reason: str  # why it failed or was interrupted, one sentence
    log: Path | None  # its process's log file, which may not be there; None before its first start
    remaining: float | None  # seconds; None where nobody can know yet
    began: str | None  # UTC, ISO 8601, of the last start
    ended: str | None
    estimate: Json | None  # what was told before it began
    measured: Json | None  # what it was


class Filter(msgspec.Struct, frozen=True):
    """Which neurons of the gallery; an empty field lets every neuron pass, several values of one field let each of them pass."""

    text: str = ""  # each word begins one of a label, human label, note or, once the neuron has ended, the reasoning
    layers: tuple[int, ...] = ()
    methods: tuple[str, ...] = ()  # any of the results, not only the one on the card
    statuses: tuple[CardStatus, ...] = ()
    verdicts: tuple[str, ...] = ()
    edited: bool | None = None  # has a human label or a note
    provisional: bool | None = None  # the method's label is one that its run has not confirmed yet
    score_from: float | None = None  # both ends included
    score_to: float | None = None


class SavedFilter(msgspec.Struct, frozen=True):
    """A filter with an order, under a person's name for it."""

    name: str
    filter: Filter
    sort: Sort = "neuron"
    descending: bool = False


class Card(msgspec.Struct, frozen=True):
    """A neuron in the gallery.

    `label`, `score`, `method` and `status` are of one result: one with a label before one without, LINE's before another method's, then
    the newest. `bar` is the score's place in the neuron's own range on the probe photos: 0 at the median photo or below, 1 at the
    strongest photo or above; None where there is no score or no range, and for a method whose score is no activation.
    """

    id: int
    layer_id: int
    layer: str
    neuron: int
    label: str | None
    human_label: str | None  # stands above `label`, never in its place
    note: bool
    score: float | None
    bar: float | None
    method: str | None
    status: CardStatus
    verdict: str | None  # None until there is evidence
    pictures: tuple[Path, ...]  # absolute; the strongest photos, or the label's pictures of a neuron without photos
    provisional: bool = False  # `label` is one that its run has not confirmed yet


class LayerCount(msgspec.Struct, frozen=True):
    """A layer with how many of its neurons the gallery has, and how many of those have a machine's label."""

    layer_id: int
    name: str
    role: Role
    width: int
    neurons: int
    labelled: int


class NeuronResult(msgspec.Struct, frozen=True):
    """What one run found of a neuron."""

    run_id: int
    method: str
    result: ResultRow


class HumanWord(msgspec.Struct, frozen=True):
    """What a person said of a neuron."""

    label: str | None
    note: str
    when: str  # UTC, ISO 8601


class LastWritten(msgspec.Struct, frozen=True):
    """A moment of a workspace: what was written last."""

    step: int
    answer: int


class Spent(msgspec.Struct, frozen=True):
    """What was written since a moment, and what it took."""

    proposals: int  # answers of the language model
    proposal_seconds: float
    picture_seconds: float
    picture_bytes: float  # the mean file of the concept drawn last


class Claim(msgspec.Struct, frozen=True):
    """A label that evidence may be gathered for, and what it was found with."""

    neuron_id: int
    layer_id: int
    neuron: int
    label: str
    settings_id: int  # of the bank that its run drew in
    opened_as: str  # how that bank's picture source was opened, such as "pictograms"; empty where nobody wrote it down
    survey_id: int | None  # the newest complete one of the layer
    method: str = ""  # that found it; "line-paper" is LINE under its preset "paper", "line-sparing" likewise
    origin: Origin | None = None
    reason: str = ""  # what is said beside it, as that it is provisional


class Interval(msgspec.Struct, frozen=True):
    """A number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class PhotoEvidence(msgspec.Struct, frozen=True):
    """What the labelled probe photos say of a label: how well the neuron's activation tells the photos of its classes from the others."""

    classes: tuple[str, ...]  # named like the label
    photos: int  # of those classes
    control: int  # of other classes
    auprc: Interval  # area under the precision-recall curve (average precision)
    f1: Interval  # where the neuron counts as firing on as many photos as are of the classes
    correlation: Interval  # Pearson's, of activation and class

    @property
    def chance(self) -> float:
        """The AUPRC of a neuron that knows nothing of the label: the classes' share of the photos."""
        return self.photos / (self.photos + self.control)


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a neuron's label and against it: fresh pictures of the label, that labelling never saw, against the probe photos.

    AUC, MAD, U and p are CoSy's; all numbers are finite.
    """

    neuron_id: int
    label: str
    verdict: Verdict
    sentence: str  # the verdict with what decided it
    rule: str  # how verdicts are given
    auc: Interval  # ties count one half
    auc_strict: float  # ties count nothing, as in the LINE paper
    mad: Interval  # difference of the means over the standard deviation of the control
    u: float  # Mann-Whitney
    p: float  # two-sided
    activation_rate: Interval  # share of the pictures above `threshold`
    threshold: float  # the neuron's 99th percentile on the probe photos
    photos: PhotoEvidence | None  # None where the probe set has no class named like the label
    pictures: tuple[str, ...]  # SHA-256 of the fresh pictures, see `object_path`
    activations: tuple[float, ...]  # on those, in their order
    control: int  # probe photos
    survey_id: int  # of the control
    source: PictureSettings
    seed: int  # of verification
    made: str  # UTC, ISO 8601
