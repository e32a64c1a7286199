"""SIEVE's kit: a CLIP, a concept list, a picture source, and the maps of the layer for its crops."""

from collections.abc import Iterator

import msgspec

from line_desktop.answering import Depicting
from line_desktop.bank import Bank
from line_desktop.events import JobEvent
from line_desktop.kits.clip import ClipKit, names_expected
from line_desktop.kits.kit import SurveyedLayer, Work, Working
from line_desktop.label_job import LabelJob
from line_desktop.looks import looking
from line_desktop.methods.asking import Method
from line_desktop.methods.clusters import MOST
from line_desktop.methods.sieve import Selected, Settings, sieve
from line_desktop.store.rows import Json
from models.types.vision import Target


class SieveKit(ClipKit):
    """What SIEVE works with."""

    leaves_out = frozenset({"redundant", "unselective"})
    numbers = Settings()
    found: Bank

    @classmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """Pictures of every hypothesis of every cluster, if there are as many as there may be; the strongest photos, each cropped."""
        numbers, names = cls.numbers, names_expected(job, classes)
        pictures, photos = numbers.per_cluster * MOST * numbers.pictures, numbers.photos
        return Work(0, neurons * pictures, photos=neurons * photos, names=names, maps=neurons * photos)

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Embed the concepts that can be depicted."""
        self.found = self.bank(target, layers, self.job.seed, self.numbers.pictures)
        refused = self.found.undepictable(self.names)
        self.names = [name for name in self.names if name not in refused]
        yield from super().open(target, layers)

    def settings(self) -> Json:
        """Its numbers, the CLIP and the concepts."""
        return {"sieve": msgspec.to_builtins(self.numbers), **super().settings()}

    def on(self, layer: SurveyedLayer) -> Working:
        """The threshold of each neuron is its 99th percentile on the probe set."""
        crops = looking(self.workspace, self.engines, self.embeddings, self.photos, layer.id)

        def begin(neuron: int) -> Method:
            stats = layer.stats[neuron]
            return sieve(Selected(stats.top_photos, stats.p99), self.vocabulary.names, self.vocabulary.vectors, self.numbers)

        return Working(begin, (crops, Depicting(self.found, None, layer.layer.name)))

    @property
    def last_step(self) -> int:
        """A step for each hypothesis, and the dropping."""
        return self.numbers.per_cluster * MOST
