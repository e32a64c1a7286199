"""LINE's kit: a language model, a picture source, and the class names of the probe photos as start vocabulary."""

from collections.abc import Iterator

import msgspec
import numpy as np

from line_desktop import prompts
from line_desktop.answering import Depicting, LookingUp, Proposing
from line_desktop.bank import Bank
from line_desktop.concepts import key, spelling
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Stage
from line_desktop.kits.kit import Kit, SurveyedLayer, Work, Working, language_settings, the_proposer
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Method, Propose
from line_desktop.methods.line import Settings, line, preset_settings
from line_desktop.store.rows import Json
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder, class_means
from models.types.language import LanguageInfo, Profile, ProposalRequest, Proposer
from models.types.shared import FloatArray
from models.types.vision import Target

SUMMARY = 1  # proposals of a neuron besides its steps
PHOTOS = "photos:"  # how the picture source begins that shows labelled photos
INSIDE = 5  # shorter names inside a finalist of three words
MINIMUM_START = 2  # start concepts a board needs to have a best and a worst


class LineKit(Kit):
    """What LINE works with."""

    proposer: Proposer
    llm: LanguageInfo
    line: Settings
    found: Bank
    fresh: Bank  # of the pictures that confirm labels

    def __init__(self, workspace: Workspace, job: LabelJob, photos: ProbeFolder, engines: Engines) -> None:
        """Raises UserError for photos without classes, and where there is no language model."""
        if not photos.class_names:
            raise UserError(
                f"The {len(photos.photos)} photos in {photos.folder} are not labelled; LINE takes its start concepts from class names: "
                "give one folder of photos for each class."
            )
        super().__init__(workspace, job, photos, engines)
        if job.confirm_pictures:
            check_confirmation(job)
            self.draw_with(job.confirm_pictures)
        self.proposer = the_proposer(job, engines)

    @classmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """A proposal a step; pictures as if nothing were in the bank: start concepts, which neurons share, proposals, confirmation."""
        line = line_settings(job)
        proposals = neurons * (line.steps + SUMMARY)
        concepts = min(classes, line.board_size * neurons) + proposals
        again = (line.finalists + INSIDE * line.broader) * line.confirm
        fresh = neurons * again * line.fresh_pictures
        return Work(proposals, concepts * line.pictures + fresh, neurons * (line.last_step + 1))

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Open the language model, which decides the prompts."""
        yield Stage("Opening the language model")
        self.llm = self.proposer.info()
        self.line = line_settings(self.job, self.llm.profile)
        self.found = self.bank(target, layers, self.job.seed, self.line.pictures)
        self.fresh = self.bank(target, layers, self.line.fresh_seed, self.line.fresh_pictures, self.job.confirm_pictures)

    def settings(self) -> Json:
        """LINE's numbers, the language model, what is withheld, and the bank that confirms."""
        return {
            "line": msgspec.to_builtins(self.line),
            "llm": language_settings(self.llm),
            "withheld": sorted(map(key, self.job.withheld)),
            "fresh_bank": self.fresh.settings_id,
        }

    def on(self, layer: SurveyedLayer) -> Working:
        """Every neuron starts from the vocabulary in its own order."""
        names, means = start_vocabulary(layer.activations, self.photos, self.found, self.job)
        name = layer.layer.name

        def begin(neuron: int) -> Method:
            ranked = [names[row] for row in np.argsort(-means[:, neuron], kind="stable")]
            return line(ranked, layer.activations[:, neuron], f"{name} {neuron}", self.line)

        def ask(request: Propose) -> ProposalRequest:
            return prompts.prompt(request, self.line.profile)

        proposing = Proposing(self.workspace, self.proposer, Propose, ask, self.found.undepictable)
        return Working(begin, (LookingUp(self.found, name), Depicting(self.found, self.fresh, name), proposing))

    @property
    def last_step(self) -> int:
        """The summary, or the confirmation after it."""
        return self.line.last_step

    def device(self) -> str:
        """The language model's."""
        return f"language model: {self.llm.device}"


def check_confirmation(job: LabelJob) -> None:
    """Raises UserError where a second picture source would never be asked."""
    if job.preset == "paper":
        raise UserError("The preset paper draws no finalist again: leave out --confirm-pictures, or take the preset line.")


def line_settings(job: LabelJob, profile: Profile = "paper") -> Settings:
    """LINE's numbers for a job; as in the paper, preset `paper` makes every step."""
    preset = preset_settings(job.preset)
    steps, patience = job.steps or preset.steps, job.patience if preset.confirm else 0
    settings = msgspec.structs.replace(preset, profile=profile, steps=steps, patience=patience, seed=job.seed)
    if (job.confirm_pictures or job.pictures).startswith(PHOTOS):
        return msgspec.structs.replace(settings, broader=False)  # there "worm" shows worm fences, because no other photo is of a worm
    return settings


def start_vocabulary(activations: FloatArray, photos: ProbeFolder, bank: Bank, job: LabelJob) -> tuple[list[str], FloatArray]:
    """The class names that can be depicted and are not withheld, and every neuron's mean on the photos of each: (names, neurons)."""
    names, means = class_means(activations, photos.classes)
    withheld = set(map(key, job.withheld))
    refused = bank.undepictable(map(spelling, names))
    rows = [row for row, name in enumerate(names) if spelling(name) not in refused and key(name) not in withheld]
    if len(rows) < MINIMUM_START:
        reason = f" ({next(iter(refused.values()))})" if refused else ""
        raise UserError(
            f"Of the {len(names)} class names in {photos.folder} the picture source can depict {len(rows)}{reason}; "
            f"at least {MINIMUM_START} are needed to start: use another picture source or probe set."
        )
    return [spelling(names[row]) for row in rows], means[rows]
