"""INVERT's kit: labelled photos, and nothing else."""

from collections.abc import Iterator

import msgspec
import numpy as np

from line_desktop.concepts import key, spelling
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent
from line_desktop.kits.kit import Kit, SurveyedLayer, Work, Working
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Method
from line_desktop.methods.invert import Settings, invert
from line_desktop.store.rows import Json
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.plural import count
from models.types.vision import Target


class InvertKit(Kit):
    """What INVERT works with."""

    draws = False

    def __init__(self, workspace: Workspace, job: LabelJob, photos: ProbeFolder, engines: Engines) -> None:
        """Raises UserError for photos that are not labelled."""
        if not photos.class_names:
            raise UserError(
                f"Of {count(len(photos.photos), 'photo')} in {photos.folder} none is labelled; INVERT builds its formulas from class "
                "names: give one folder of photos for each class."
            )
        super().__init__(workspace, job, photos, engines)
        self.invert = Settings(length=job.formula_length)

    @classmethod
    def expected(cls, job: LabelJob, neurons: int, classes: int) -> Work:
        """It asks no engine."""
        return Work(0, 0)

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """There is nothing to open."""
        return iter(())

    def settings(self) -> Json:
        """INVERT's numbers and what is withheld."""
        return {"invert": msgspec.to_builtins(self.invert), "withheld": sorted(map(key, self.job.withheld))}

    def on(self, layer: SurveyedLayer) -> Working:
        """Formulas over the classes of the photos."""
        withheld = set(map(key, self.job.withheld))
        names = [name for name in self.photos.class_names if key(name) not in withheld]
        rows = np.flatnonzero([name is not None for name in self.photos.classes])
        classes = np.array([self.photos.classes[row] for row in rows])
        truth = classes[:, None] == np.array(names)[None, :]
        spelled = list(map(spelling, names))

        def begin(neuron: int) -> Method:
            return invert(layer.activations[rows, neuron], spelled, truth, self.invert)

        return Working(begin, ())

    @property
    def last_step(self) -> int:
        """A step for each length."""
        return self.invert.length - 1
