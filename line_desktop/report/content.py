"""What a report says, as frozen values: the PDF, the HTML page and the JSON document are made from these and from nothing else.

Texts are as they were stored, so whoever prints them decides what is harmless. Parts are empty or None where the workspace has
nothing of them, and then the report is silent about them.
"""

from pathlib import Path
from typing import Final, Literal

import msgspec

from line_desktop.store.intervention_rows import Ablation, CausalCheck
from line_desktop.store.rows import CardStatus, Evidence, HumanWord
from models.types.pictures import PictureSettings
from models.types.vision import Checkpoint

Detail = Literal["summary", "full"]
SCHEMA: Final = 1  # of `Report` as JSON; grows when a field changes its meaning or goes


class Shown(msgspec.Struct, frozen=True):
    """A photo or picture and the neuron's activation on it. The file may be gone: whoever prints it says so in its place."""

    path: Path
    activation: float
    class_name: str | None = None


class BoardRow(msgspec.Struct, frozen=True):
    """A concept of the final scoreboard; `error` is the standard error of its score."""

    concept: str
    score: float
    error: float
    origin: str
    step: int


class StepRow(msgspec.Struct, frozen=True):
    """A step of the story; `best` is the highest score on the board after it."""

    step: int
    concept: str
    score: float | None
    best: float | None
    origin: str
    status: str
    reasoning: str
    prompt_sha256: str


class Histogram(msgspec.Struct, frozen=True):
    """How many values fell into each of several bins of equal width from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


class Activity(msgspec.Struct, frozen=True):
    """The neuron on the probe photos. Numbers that are not finite are None."""

    median: float | None
    p99: float | None
    maximum: float | None
    photos: int
    left_out: int  # photos without a finite activation
    histogram: Histogram | None


class CounterExamples(msgspec.Struct, frozen=True):
    """What speaks against the label, by the class names of the probe set; see `neuron_page.CounterExamples`."""

    classes: tuple[str, ...]
    photos: int
    silent: tuple[Shown, ...]
    other: tuple[Shown, ...]


class Given(msgspec.Struct, frozen=True):
    """A label that a method gave; `share` says of a facet how much of the neuron it is. The evidence is None until it was verified."""

    method: str
    label: str
    share: str
    score: float | None
    evidence: Evidence | None


class Caused(msgspec.Struct, frozen=True):
    """A causal check of the label, with some of its pictures in threes: as it was, without the concept, with something else changed."""

    check: CausalCheck
    pictures: tuple[Shown, ...]


class Neuron(msgspec.Struct, frozen=True):
    """One neuron. `place` is its score's place in its own range on the probe photos, 0 at the median, 1 at the strongest.

    It is None where the score is no activation, such as INVERT's AUROC, and where there is no score.
    """

    id: int
    layer: str
    neuron: int
    status: CardStatus
    label: str | None
    human: HumanWord | None
    score: float | None
    error: float | None
    place: float | None
    origin: str | None
    method: str | None
    run: int | None  # `Run.id`
    reason: str  # why there is no label
    evidence: Evidence | None  # for the label; None until it was verified
    top: tuple[Shown, ...]
    pictures: tuple[Shown, ...]  # of the label
    pictures_lost: int  # pictures of the label whose files are gone
    board: tuple[BoardRow, ...]
    steps: tuple[StepRow, ...]
    activity: Activity | None
    against: CounterExamples | None
    given: tuple[Given, ...] = ()  # the labels of every method and facet, the one above first
    caused: tuple[Caused, ...] = ()  # of the label, the newest first
    ablation: Ablation | None = None

    @property
    def facets(self) -> int:
        """How many kinds of photos got a label of their own; 0 where the method "facets" gave none."""
        return sum(one.share != "" for one in self.given)

    @property
    def facets_supported(self) -> int:
        """How many of these labels the evidence supports."""
        return sum(one.share != "" and one.evidence is not None and one.evidence.verdict == "supported" for one in self.given)

    @property
    def verdict(self) -> str | None:
        """What the evidence says of the label; None until it was verified."""
        return self.evidence.verdict if self.evidence else None


class Session(msgspec.Struct, frozen=True):
    """One start or resumption of a run."""

    began: str  # UTC, ISO 8601
    device: str
    versions: dict[str, str]
    network: str  # how far the engines were from it, and their self-test; empty: not recorded


class LanguageModel(msgspec.Struct, frozen=True):
    """The language model of a run."""

    name: str
    sha256: str
    quantization: str
    format: str


class Run(msgspec.Struct, frozen=True):
    """A method over neurons of one layer, with everything that decided its results."""

    id: int
    method: str
    target: int  # place in `Report.targets`
    layer: str
    neurons: int  # asked for
    state: str
    numbers: dict[str, int | float | str]  # the method's settings; empty where they are not known
    model: LanguageModel | None
    source: str  # of pictures
    source_version: str
    source_options: dict[str, str]
    pictures: int  # of a concept
    seed: int
    withheld: tuple[str, ...]
    probe: str  # folder
    probe_digest: str
    sessions: tuple[Session, ...]
    prompt: str  # the first that was asked, as an example of all
    prompt_sha256: str
    confirmed_by: PictureSettings | None = None  # what drew the finalists again, where it was another source
    clip: tuple[str, str] | None = None  # name and SHA-256


class Licence(msgspec.Struct, frozen=True):
    """The licence of a model file that took part, with its conditions for whoever uses it or passes it on."""

    title: str
    licence: str
    conditions: tuple[str, ...]
    sha256: str


class Layer(msgspec.Struct, frozen=True):
    """A layer of which neurons stand in the report."""

    target: int  # place in `Report.targets`
    name: str
    role: str
    width: int
    neurons: int  # in the report
    labelled: int  # of those


NEVER: Final = "1970-01-01T00:00:00Z"
"""The moment of a report on a workspace where nothing was run."""


class Report(msgspec.Struct, frozen=True):
    """A whole report. `made` is the moment of the latest thing it tells of, so the same data gives the same report."""

    schema: int
    title: str
    workspace: str  # the folder's name
    made: str  # UTC, ISO 8601
    detail: Detail
    selection: str  # in words
    targets: tuple[Checkpoint, ...]
    layers: tuple[Layer, ...]
    counts: dict[str, int]  # status -> neurons of the report
    verdicts: dict[str, int]
    origins: dict[str, int]  # of the labels
    places: Histogram  # of the labelled neurons that have one
    facets: dict[int, int]  # facets with a label -> neurons that the method "facets" labelled
    facets_supported: int  # neurons with more than one facet whose label is supported by evidence
    causal: dict[str, int]  # verdict of the newest causal check -> labels
    progress: tuple[float, ...]  # mean share of the final best score that stood on the board after step 0, 1, …
    neurons: tuple[Neuron, ...]
    runs: tuple[Run, ...]
    licences: tuple[Licence, ...]
