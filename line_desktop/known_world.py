"""The world whose truth is known: the demo network, the planted neurons and drawn photos, surveyed once; jobs run in copies of it.

A copy has networks and surveys and nothing else, so that no job finds pictures or names in the bank that another one drew or proposed.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from line_desktop import demo
from line_desktop.embeddings import import_clip
from line_desktop.events import Cost, NeuronEvent, Stage
from line_desktop.job import label, survey_checkpoint
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Labelled
from line_desktop.right_names import accepted
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides
from models import embedded
from models.host import connect

AS_PLANTED = Overrides(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), crop=False)
PLANTED = "planted.onnx"
Say = Callable[[str], None]


class Known(msgspec.Struct, frozen=True):
    """A layer whose neurons have names that are known."""

    what: str
    checkpoint: Path
    layer: str
    overrides: Overrides
    names: tuple[str, ...]  # what a neuron responds to
    accepted: tuple[tuple[str, ...], ...]  # the names that are right for it


class Ran(msgspec.Struct, frozen=True):
    """What came of a job."""

    events: list[NeuronEvent]
    labels: dict[int, Labelled]  # by neuron
    pictures: int  # drawn
    seconds: float


class World:
    """A folder with the world in it, made by `World.make`."""

    def __init__(self, folder: Path, classes: Known, planted: Known) -> None:
        self.folder = folder
        self.classes = classes
        self.planted = planted

    @classmethod
    def make(cls, folder: Path, say: Say, photos: int = demo.PHOTOS_PER_CLASS) -> "World":
        """Import, plant, draw `photos` of each class, and survey."""
        file = folder / PLANTED
        with Workspace.open(folder) as workspace:
            for stage in demo.prepare(workspace, photos):
                say(stage.text)
            plant(file)
            class_names = workspace.target(workspace.targets()[0].id).class_names
            classes = Known(
                "class neurons",
                embedded.NETWORK,
                demo.CLASSES,
                Overrides(),
                class_names,
                tuple(tuple(accepted(one)) for one in class_names),
            )
            neurons = embedded.planted.NEURONS
            planted = Known(
                "planted neurons", file, embedded.planted.LAYER, AS_PLANTED,
                tuple(one.name for one in neurons), tuple(one.accepted for one in neurons),
            )  # fmt: skip
            for known, layers in ((classes, [demo.HIDDEN, demo.CLASSES]), (planted, [planted.layer])):
                for event in survey_checkpoint(workspace, known.checkpoint, layers, demo.probe_folder(folder), known.overrides):
                    if isinstance(event, Stage):
                        say(event.text)
        return cls(folder, classes, planted)

    def job(self, known: Known, neurons: list[int], seed: int) -> LabelJob:
        """A job of labelling that has what every method needs. Nothing is left out by the gate: all methods face the same neurons."""
        return LabelJob(
            known.checkpoint, {known.layer: ",".join(map(str, neurons))}, demo.probe_folder(self.folder), embedded.demo_model_path(),
            demo.PICTURES, seed=seed, overrides=known.overrides, clip=embedded.CLIP, concepts="pictograms", gate=False,
        )  # fmt: skip

    def convert_clip(self) -> None:
        """Make the demo's CLIP ready for every copy from now on, as the networks are: no method pays for it again."""
        with Workspace.open(self.folder) as workspace:
            import_clip(workspace, embedded.CLIP)

    def run(self, job: LabelJob) -> Ran:
        """Do a job in a copy of the world."""
        with self.copy() as workspace:
            began = time.perf_counter()
            events = list(label(workspace, job))
            seconds = time.perf_counter() - began
        told = [event for event in events if isinstance(event, NeuronEvent)]
        cost = next(event for event in events if isinstance(event, Cost))
        labels = {one.neuron: one.event for one in told if isinstance(one.event, Labelled)}
        return Ran(told, labels, cost.pictures_drawn, seconds)

    @contextmanager
    def copy(self) -> Iterator[Workspace]:
        """A copy for the moment, without the photos, which are read where they are."""
        with tempfile.TemporaryDirectory(prefix="copy-", dir=self.folder.parent) as place:
            folder = Path(place) / "workspace"
            shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("probe", "line.lock", PLANTED))
            with Workspace.open(folder) as workspace:
                yield workspace


@contextmanager
def world_for_the_moment(say: Say) -> Iterator[World]:
    """A world that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="line-bench-") as folder:
        yield World.make(Path(folder) / "world", say)


def plant(file: Path) -> None:
    """Write the network of planted neurons."""
    planter, child = connect(embedded.Planter, "planted")  # type: ignore[type-abstract]
    with closing(child):
        planter.plant(file)
