"""Describe-and-Dissect's kit: a captioner, a language model, a picture source, and the maps of the layer for crops."""

from collections.abc import Iterator

import msgspec

from line_desktop import prompts
from line_desktop.answering import Answerer, Depicting, Proposing
from line_desktop.bank import Bank
from line_desktop.captions import Captioning, Descriptions
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Stage
from line_desktop.kits.kit import Kit, SurveyedLayer, Work, Working, language_settings, the_proposer
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Condense, Method
from line_desktop.methods.describe_and_dissect import Settings, describe_and_dissect
from line_desktop.regions import regions_of_layer
from line_desktop.store.rows import Json
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.types.language import LanguageInfo, ProposalRequest, Proposer
from models.types.meaning import CaptionerInfo
from models.types.vision import Target


class DescribeAndDissectKit(Kit):
    """What Describe-and-Dissect works with."""

    proposer: Proposer
    llm: LanguageInfo
    captioner_info: CaptionerInfo
    descriptions: Descriptions
    found: Bank

    def __init__(self, workspace: Workspace, job: LabelJob, photos: ProbeFolder, engines: Engines) -> None:
        """Raises UserError or BadFile where the captioner or the language model is missing or none."""
        if job.captioner is None:
            raise UserError("The method describe-and-dissect needs a captioner: give the folder of one, such as BLIP, with --captioner.")
        super().__init__(workspace, job, photos, engines)
        self.proposer = the_proposer(job, engines)
        self.captioner = engines.captioner(job.captioner)
        self.numbers = Settings(crops=job.crops, seed=job.seed)

    @classmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """Pictures of every candidate, as if none came twice, and as if no neurons shared a photo."""
        numbers = Settings()
        photos = neurons * numbers.photos
        maps = photos if job.crops else 0
        return Work(neurons * numbers.candidates, neurons * numbers.candidates * numbers.pictures, photos=photos + maps, maps=maps)

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Open the captioner, and the language model, which decides the prompts."""
        yield Stage("Opening the captioner")
        self.captioner_info = self.captioner.info()
        self.descriptions = Descriptions(self.workspace, self.captioner_info, self.captioner, self.photos, self.engines.tell, self.tally)
        yield Stage("Opening the language model")
        self.llm = self.proposer.info()
        self.found = self.bank(target, layers, self.job.seed, self.numbers.pictures)

    def settings(self) -> Json:
        """Its numbers, the prompts, the language model and the captioner."""
        captioner = self.captioner_info
        return {
            "describe-and-dissect": {**msgspec.to_builtins(self.numbers), "profile": self.llm.profile},
            "llm": language_settings(self.llm),
            "captioner": {"sha256": captioner.sha256, "name": captioner.name, "kind": captioner.kind},
        }

    def on(self, layer: SurveyedLayer) -> Working:
        """Every neuron by its strongest photos."""
        name = layer.layer.name
        regions = regions_of_layer(self.workspace, self.engines, self.photos, layer.id, self.tally) if self.numbers.crops else None

        def begin(neuron: int) -> Method:
            return describe_and_dissect(layer.stats[neuron].top_photos, f"{name} {neuron}", self.numbers)

        def ask(request: Condense) -> ProposalRequest:
            return prompts.condense(request, self.llm.profile)

        proposing = Proposing(self.workspace, self.proposer, Condense, ask, self.found.undepictable)
        answerers: tuple[Answerer, ...] = (Captioning(self.descriptions, regions), proposing, Depicting(self.found, None, name))
        return Working(begin, answerers)

    @property
    def last_step(self) -> int:
        """A step for each candidate."""
        return self.numbers.candidates - 1

    def device(self) -> str:
        """The captioner's and the language model's."""
        return f"captioner: {self.captioner_info.device}; language model: {self.llm.device}"
