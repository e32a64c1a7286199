"""CLIP-Dissect's kit: a CLIP and a concept list; SoftWPMI of a whole layer at once."""

from collections.abc import Iterator

import msgspec

from line_desktop.events import JobEvent, Stage
from line_desktop.kits.clip import ClipKit, names_expected
from line_desktop.kits.kit import SurveyedLayer, Work, Working
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Method
from line_desktop.methods.clip_dissect import Settings, clip_dissect, soft_wpmi
from line_desktop.store.rows import Json
from models.plural import count
from models.types.shared import FloatArray
from models.types.vision import Target


class ClipDissectKit(ClipKit):
    """What CLIP-Dissect works with."""

    draws = False
    numbers = Settings()
    cosines: FloatArray  # (photos, concepts)

    @classmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """It proposes and draws nothing; the CLIP looks at every photo."""
        return Work(0, 0, every_photo=True, names=names_expected(job, classes))

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Embed the concepts and the photos."""
        yield from super().open(target, layers)
        yield Stage(f"Embedding {count(len(self.photos.photos), 'photo')}")
        self.cosines = self.embeddings.photos(self.photos).values @ self.vocabulary.vectors.T

    def settings(self) -> Json:
        """Its numbers, the CLIP and the concepts."""
        return {"clip-dissect": msgspec.to_builtins(self.numbers), **super().settings()}

    def on(self, layer: SurveyedLayer) -> Working:
        """SoftWPMI looks at all neurons of the layer, whichever are to be labelled."""
        scores = soft_wpmi(layer.activations, self.cosines, self.numbers)

        def begin(neuron: int) -> Method:
            return clip_dissect(scores[neuron], self.vocabulary.names, self.numbers)

        return Working(begin, ())

    @property
    def last_step(self) -> int:
        """There is one step."""
        return 0
