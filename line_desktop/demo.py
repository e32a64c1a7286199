"""The demo: the main job on the embedded default, from a folder of drawn photos to named neurons, with nothing else installed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from line_desktop.bank import prompts
from line_desktop.concepts import seed, spelling
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Stage
from line_desktop.job import label
from line_desktop.label_job import LabelJob
from line_desktop.methods.line import Preset
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint
from models import embedded
from models.types.pictures import Picture

HIDDEN, CLASSES = "resnet.pooler", "classifier.1"
PICTURES = "pictograms"
PHOTOS_PER_CLASS = 10


class DemoJob(msgspec.Struct, frozen=True):
    """How much of the demo: one half hidden neurons, the other half class neurons, whose true names are known."""

    neurons: int = 12
    preset: Preset = "line"
    steps: int | None = None  # None: as many as the preset makes
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.neurons <= 128:
            raise UserError(f"--neurons must be from 2 to 128 for the demo, got {self.neurons}.")


def demo(workspace: Workspace, job: DemoJob, stop: Callable[[], bool], tell: Callable[[JobEvent], None]) -> Iterator[JobEvent]:
    """Label neurons of the embedded network; yields the events of `job.label`."""
    yield from prepare(workspace)
    yield from label(workspace, label_job(workspace.folder, job), stop, tell)


def prepare(workspace: Workspace, photos: int = PHOTOS_PER_CLASS) -> Iterator[Stage]:
    """Import the demo network and draw its probe set, `photos` of each class, into the workspace, unless they are there."""
    yield Stage("Exporting the demo network to ONNX")
    imported = import_checkpoint(workspace, embedded.NETWORK, Overrides())
    if not probe_folder(workspace.folder).exists():
        names = list(imported.checkpoint.class_names)
        yield Stage(f"Drawing {len(names) * photos} probe pictures")
        with Engines() as engines:
            source = engines.pictures(PICTURES)
            wanted = [prompt for name in names for prompt in prompts(name, photos, seed("probe set"))]
            drawn = source.draw(wanted)
        unfinished = workspace.folder / "probe.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        for number, picture in enumerate(drawn):
            assert isinstance(picture, Picture), "pictograms are there for every name of the demo"
            file = unfinished / spelling(names[number // photos]) / f"{number % photos:02d}{picture.suffix}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture.data)
        unfinished.rename(probe_folder(workspace.folder))


def probe_folder(workspace: Path) -> Path:
    """The demo's labelled probe set, inside its workspace."""
    return workspace / "probe"


def label_job(workspace: Path, job: DemoJob) -> LabelJob:
    """The demo as a job of labelling."""
    layers = {HIDDEN: f"random:{job.neurons - job.neurons // 2}", CLASSES: f"random:{job.neurons // 2}"}
    return LabelJob(
        embedded.NETWORK, layers, probe_folder(workspace), embedded.demo_model_path(), PICTURES,
        preset=job.preset, steps=job.steps, seed=job.seed,
    )  # fmt: skip


def known_labels(workspace: Workspace) -> dict[tuple[str, int], str]:
    """The true names of the demo network's class neurons, by layer and number."""
    names = workspace.target(workspace.targets()[0].id).class_names
    return {(CLASSES, index): name for index, name in enumerate(names)}
