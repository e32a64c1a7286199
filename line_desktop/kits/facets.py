"""The kit of facets: LINE's, and a CLIP that tells the kinds of photos apart."""

from collections.abc import Iterator

import msgspec

from line_desktop.concepts import spelling
from line_desktop.embeddings import Embeddings, ImportedClip, import_clip
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Stage
from line_desktop.facets import facets, firing, line_by_facet
from line_desktop.kits.kit import SurveyedLayer, Work, Working
from line_desktop.kits.line import LineKit, start_vocabulary
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Method
from line_desktop.methods.clusters import MOST
from line_desktop.methods.kinds import Space
from line_desktop.store.rows import Json
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.plural import count
from models.types.shared import FloatArray
from models.types.vision import Target

USUAL = 2  # facets that an estimate counts on: most neurons have one or two (docs/evidence.md)


class FacetsKit(LineKit):
    """What facets work with."""

    clip: ImportedClip
    embeddings: Embeddings
    seen: FloatArray  # (photos, width), embeddings of the probe set
    space: Space

    def __init__(self, workspace: Workspace, job: LabelJob, photos: ProbeFolder, engines: Engines) -> None:
        """Raises UserError or BadFile where the CLIP is missing or none."""
        if job.clip is None:
            raise UserError("The method facets needs a CLIP: give its folder with --clip, or demo for the small one of the demo.")
        super().__init__(workspace, job, photos, engines)
        self.clip = import_clip(workspace, job.clip)

    @classmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """LINE's work for each facet, if there are two; the CLIP looks at every photo, and at the names of the classes."""
        one = super().expected(job, neurons, classes)
        return Work(one.proposals * USUAL, one.pictures * USUAL, every_photo=True, names=classes)

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Open the language model, and embed the photos: what a kind of them has in common is told against all others."""
        yield from super().open(target, layers)
        self.line = msgspec.structs.replace(self.line, shared=False)
        yield Stage(f"Embedding {count(len(self.photos.photos), 'photo')}")
        engines = self.engines
        self.embeddings = Embeddings(
            self.workspace, self.clip.info, engines.embedder(self.clip.folder), engines.stop, engines.tell, self.tally
        )
        self.seen = self.embeddings.photos(self.photos).values
        self.space = Space(self.seen)

    def settings(self) -> Json:
        """LINE's settings and the CLIP."""
        line = super().settings()
        return {"facets": line.pop("line"), "clip": {"sha256": self.clip.info.sha256, "name": self.clip.info.name}, **line}

    def on(self, layer: SurveyedLayer) -> Working:
        """Every facet starts from the vocabulary in its own order."""
        names, _ = start_vocabulary(layer.activations, self.photos, self.found, self.job)
        vectors = self.embeddings.texts(list(map(spelling, names)))

        def begin(neuron: int) -> Method:
            stats = layer.stats[neuron]
            activations = layer.activations[:, neuron]
            found = facets(firing(stats.top_photos, activations, stats.median), self.seen, self.space)
            return line_by_facet(found, names, vectors, activations, f"{layer.layer.name} {neuron}", self.line)

        return Working(begin, super().on(layer).answerers)

    @property
    def last_step(self) -> int:
        """LINE's steps and one more for each facet, if there are as many as there may be."""
        return MOST * (self.line.last_step + 2) - 1
