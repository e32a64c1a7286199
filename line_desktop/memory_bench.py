"""`line-desktop bench memory`: what a layer with many neurons, photos and concepts costs the job's process, and the gallery beside it.

The workspace is written by the store's ordinary code; the numbers in it are invented. A process of its own does what a job does between the
engines: statistics of the survey, start vocabulary, the bank's means, look-ups, and a run of LINE by the ordinary code with invented
engines. Its memory is read after every stage, while this process asks the gallery's questions.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path

import msgspec
import numpy as np
import psutil
from rich.table import Table

from line_desktop.gallery_bench import VOCABULARY, Timing, Writer, timings
from line_desktop.invented import SOURCE, InventedEngines, InventedTarget
from line_desktop.job import Labelling
from line_desktop.kits.line import LineKit
from line_desktop.label_job import LabelJob
from line_desktop.store.desk import Desk
from line_desktop.store.rows import BankEntry, PictureRow, ProbePhoto
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder, class_means, statistics
from models.types.pictures import Picture
from models.types.shared import FloatArray
from models.types.vision import Checkpoint, Layer, Preprocess

PICTURES = 5  # of a concept
PHOTOS_PER_CLASS = 50
AT_ONCE = 64  # concepts or photos written together
LABELLED = 64  # neurons, two waves
LOOK_UPS = 11  # of a neuron, one before each proposal
KNOWN = 30  # concepts it has seen already
NAME = "features"
DIGEST = "invented photos"


class Size(msgspec.Struct, frozen=True):
    """How large the layer is; the gallery has as many neurons of another network besides."""

    neurons: int = 2048
    concepts: int = 10_000
    photos: int = 50_000

    @property
    def classes(self) -> int:
        """Of the photos."""
        return max(2, min(self.concepts, self.photos // PHOTOS_PER_CLASS))

    @property
    def layer(self) -> Layer:
        """The layer."""
        return Layer(NAME, "Block", self.neurons, (None, self.neurons), "", "none", "block")


class Stage(msgspec.Struct, frozen=True):
    """A stage of the job's process: its seconds, and the most memory, in MB, the process has held until its end."""

    name: str
    seconds: float
    peak: float


class MemoryFigures(msgspec.Struct, frozen=True):
    """The figures of `bench memory`."""

    size: Size
    gigabytes: float  # of the workspace on the disk
    stages: list[Stage]
    gallery: list[Timing]  # of each question the worst first time and the median of all medians, the slowest question first

    def tables(self) -> list[Table]:
        """The figures as tables."""
        size = self.size
        job = Table(title=f"{size.neurons:,} neurons, {size.concepts:,} concepts, {size.photos:,} photos; {self.gigabytes:.1f} GB on disk")
        for heading in ("stage", "s", "most memory so far, MB"):
            job.add_column(heading, justify="left" if heading == "stage" else "right")
        for stage in self.stages:
            job.add_row(stage.name, f"{stage.seconds:.1f}", f"{stage.peak:,.0f}")
        asked = Table(title="The gallery meanwhile")
        for heading in ("question", "worst first, ms", "median, ms"):
            asked.add_column(heading, justify="left" if heading == "question" else "right")
        for one in self.gallery:
            asked.add_row(one.question, f"{one.first:.1f}", f"{one.median:.1f}")
        return [job, asked]


def memory(size: Size, say: Callable[[str], None]) -> MemoryFigures:
    """Make a workspace of that size for the moment, and work in it."""
    with tempfile.TemporaryDirectory(prefix="line-bench-") as folder:
        place = Path(folder) / "workspace"
        say(f"Writing {size.neurons:,} neurons, {size.concepts:,} concepts, {size.photos:,} photos")
        Writer(place, size.neurons).write()
        with Workspace.open(place) as workspace:
            write(workspace, size)
        say("Working")
        stages, gallery = _watched(place, size)
        used = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
        return MemoryFigures(size, used / 1e9, stages, gallery)


def _watched(place: Path, size: Size) -> tuple[list[Stage], list[Timing]]:
    """The stages of a process that works in the workspace, and the gallery's questions asked until it ends."""
    found: dict[str, list[Timing]] = {}
    command = [sys.executable, "-P", "-m", "line_desktop.memory_bench", str(place), msgspec.json.encode(size).decode()]
    desk = Desk.open(place)
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            while child.poll() is None:
                for one in timings(desk):
                    found.setdefault(one.question, []).append(one)
            assert child.stdout is not None
            stages = [msgspec.json.decode(line, type=Stage) for line in child.stdout.read().splitlines()]
    finally:
        desk.close()
    if child.returncode:
        raise RuntimeError(f"the job's process ended with exit code {child.returncode}")
    asked = [
        Timing(question, several[-1].found, max(one.first for one in several), float(np.median([one.median for one in several])))
        for question, several in found.items()
    ]
    return stages, sorted(asked, key=lambda one: -one.median)


def write(workspace: Workspace, size: Size) -> None:
    """A network with one layer, its survey, as far as the photos have gone through it, and a bank."""
    layer = layer_id(workspace, size)
    photos = probe(size)
    rows = [ProbePhoto(str(photo), name) for photo, name in zip(photos.photos, photos.classes, strict=True)]
    survey = workspace.begin_survey(layer, workspace.save_probe_set("/photos", DIGEST, rows), size.photos, size.neurons)
    random = np.random.default_rng(0)
    for start in range(0, size.photos, 16 * AT_ONCE):
        count = min(16 * AT_ONCE, size.photos - start)
        workspace.save_survey_rows(survey.id, start, invented(random, count, size.neurons), {})
    bank = workspace.settings_id(SOURCE, 0, PICTURES)
    keys = workspace.put_objects([Picture(f"picture {number}".encode(), ".png") for number in range(PICTURES)])
    pictures = tuple(PictureRow(number, "an invented prompt", "", "", 0, key) for number, key in enumerate(keys))
    for start in range(0, size.concepts, AT_ONCE):
        names = words(min(start + AT_ONCE, size.concepts))[start:]
        workspace.save_concepts(bank, [BankEntry(name, name, pictures) for name in names])
        workspace.save_activations(bank, layer, {name: invented(random, PICTURES, size.neurons) for name in names})


def layer_id(workspace: Workspace, size: Size) -> int:
    """The layer's id in the store; its network is kept where it is not."""
    preprocess = Preprocess(224, 224, 256, "bilinear", (0.5,) * 3, (0.2,) * 3, "assumed")
    checkpoint = Checkpoint("large.onnx", "onnx", "onnx", "An invented network.", "Large", "1" * 64, 1, preprocess, (), (size.layer,))
    return workspace.layer_id(workspace.save_target(checkpoint), NAME)


def invented(random: np.random.Generator, rows: int, neurons: int) -> FloatArray:
    """Activations (rows, neurons)."""
    return random.standard_exponential((rows, neurons), np.float32)


def words(count: int) -> list[str]:
    """The first invented concepts."""
    return [f"{first} {second}" for first, second in islice(product(VOCABULARY, repeat=2), count)]


def probe(size: Size) -> ProbeFolder:
    """Photos that are not there, in classes whose names are in the bank."""
    names = words(size.classes)
    classes = [names[number % size.classes] for number in range(size.photos)]
    return ProbeFolder(Path("/photos"), tuple(Path(f"{name}/{row}.jpg") for row, name in enumerate(classes)), tuple(classes))


def work(workspace: Workspace, size: Size) -> Iterator[str]:
    """What a job does between the engines; yields the name of each stage after it."""
    photos, target = probe(size), InventedTarget({NAME: size.neurons})
    layer, probe_id = layer_id(workspace, size), workspace.find_probe_set(DIGEST)
    survey = workspace.find_survey(layer, probe_id) if probe_id else None
    assert survey is not None
    yield "begin"
    activations = workspace.survey_activations(survey.id)
    workspace.finish_survey(survey.id, statistics(activations, set()))
    yield "statistics"
    class_means(activations, photos.classes)
    yield "class means"
    job = LabelJob(Path("large.onnx"), {NAME: "all"}, Path("/photos"), Path(__file__), "invented", gate=False)
    with InventedEngines(words(2 * size.concepts)) as engines:
        kit = LineKit(workspace, job, photos, engines)
        list(kit.open(target, {NAME: layer}))
        yield "bank"
        known = words(KNOWN)
        for neuron in range(size.neurons):
            for _ in range(LOOK_UPS):
                kit.found.best(NAME, neuron, known, 0.0)
        yield f"{LOOK_UPS * size.neurons:,} look-ups"
        labelling = Labelling(workspace, kit, job, "invented", set())
        chosen = range(min(LABELLED, size.neurons))
        for _ in labelling.layer(size.layer, layer, survey.id, chosen, lambda: False):
            pass
        yield f"gate of all, LINE for {len(chosen)} neurons"


def peak(pid: int | None = None) -> float:
    """The most memory that a process, by default this one, held so far, MB; off Linux what another one holds now."""
    status = Path(f"/proc/{pid or 'self'}/status")
    if not status.exists():
        return psutil.Process(pid).memory_info().rss / 1e6 if pid else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    words = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
    return float(words["VmHWM"].split()[0]) / 1000  # the other would count what its parent held before it


def main(folder: Path, size: Size) -> None:
    """The job's process: a line of JSON for each stage."""
    began = time.perf_counter()
    with Workspace.open(folder) as workspace:
        for name in work(workspace, size):
            print(msgspec.json.encode(Stage(name, time.perf_counter() - began, peak())).decode(), flush=True)
            began = time.perf_counter()


if __name__ == "__main__":
    main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Size))
