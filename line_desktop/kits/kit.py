"""What every kit offers: the engines of one method, opened once for a job, and what decides its results."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from line_desktop.answering import Answerer
from line_desktop.bank import NO_PICTURES, Bank
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent
from line_desktop.gate import Kind
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Method
from line_desktop.store.rows import Json, NeuronStats
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from line_desktop.tally import Tally
from models.types.language import LanguageInfo, LanguageUsage, Proposer
from models.types.pictures import PictureSource
from models.types.shared import FloatArray
from models.types.vision import Layer, Target


class SurveyedLayer(msgspec.Struct, frozen=True):
    """A layer of the job, after its survey."""

    layer: Layer
    id: int
    survey_id: int
    activations: FloatArray  # (photos, neurons), mapped from its file
    stats: list[NeuronStats]


class Work(NamedTuple):
    """What a job will ask of the engines, before it begins."""

    proposals: int  # of the language model
    pictures: int  # at most: those in the bank cost nothing
    steps: int = 0  # of LINE, by which rates are kept; 0 for another method
    photos: int = 0  # for the CLIP or the captioner to look at, besides:
    every_photo: bool = False  # of the probe set, once a workspace
    names: int = 0  # for the CLIP to embed
    maps: int = 0  # of where neurons fire in photos, for crops


class Working(NamedTuple):
    """A method at work on one layer: `begin(neuron)` begins it, the answerers answer what it asks."""

    begin: Callable[[int], Method]
    answerers: Sequence[Answerer]


class Kit(ABC):
    """The engines of one method for one job.

    Made before the checkpoint is read, so that what is missing is said at once; opened when the network is converted.
    """

    draws = True  # the method needs a picture source
    leaves_out: frozenset[Kind] = frozenset({"redundant"})  # neurons that the gate doubts, unless it is overruled; broken ones always

    def __init__(self, workspace: Workspace, job: LabelJob, photos: ProbeFolder, engines: Engines) -> None:
        """Raises UserError where the job lacks what the method needs."""
        self.workspace = workspace
        self.job = job
        self.photos = photos
        self.engines = engines
        self.banks: list[Bank] = []
        self.tally = Tally()
        self.proposer: Proposer | None = None
        if self.draws and not job.pictures:
            raise UserError(f"The method {job.method} needs a picture source: name one with --pictures.")
        self.sources: dict[str, PictureSource] = {}  # by what they were opened as
        if self.draws:
            self.draw_with(job.pictures)

    @classmethod
    @abstractmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """What it will ask for `neurons`, with so many classes of photos."""

    @abstractmethod
    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Make ready; `layers`: name -> id in the store."""

    @abstractmethod
    def settings(self) -> Json:
        """Everything besides network, layer, probe set and pictures that decides a run; equal settings resume the same run."""

    @abstractmethod
    def on(self, layer: SurveyedLayer) -> Working:
        """The method on one layer."""

    @property
    @abstractmethod
    def last_step(self) -> int:
        """The number of a neuron's last step, from 0."""

    def device(self) -> str:
        """Where its own engines run, in words; empty where it has none."""
        return ""

    @property
    def settings_id(self) -> int:
        """The picture settings of its runs."""
        return self.banks[0].settings_id if self.banks else self.workspace.settings_id(NO_PICTURES, 0, 0)

    def draw_with(self, source: str) -> None:
        """Open a picture source, unless it is open."""
        if source not in self.sources:
            self.sources[source] = self.engines.pictures(source)

    def bank(self, target: Target, layers: dict[str, int], seed: int, pictures: int, source: str = "") -> Bank:
        """A concept bank of a picture source, by default the job's; how that was opened is kept."""
        opened_as = source or self.job.pictures
        bank = Bank(self.workspace, self.sources[opened_as], target, layers, seed, pictures, self.engines.places)
        self.workspace.remember_source(bank.settings_id, opened_as)
        self.banks.append(bank)
        return bank

    def usage(self) -> LanguageUsage:
        """What the language model did."""
        return self.proposer.usage() if self.proposer else LanguageUsage(0, 0, 0)


def the_proposer(job: LabelJob, engines: Engines) -> Proposer:
    """The language model of a job. Raises UserError where there is none."""
    if job.llm is None:
        raise UserError(f"The method {job.method} needs a language model: give the path of a GGUF file with --llm.")
    if not job.llm.is_file():
        raise UserError(f"There is no language model {job.llm}; give the path of a GGUF file.")
    return engines.proposer(job.llm, job.profile)


def language_settings(llm: LanguageInfo) -> Json:
    """What of a language model decides a run."""
    return {"sha256": llm.sha256, "name": llm.name, "quantization": llm.quantization, "format": llm.format}
