"""`line-desktop bench gallery`: how long the gallery takes over a workspace of many neurons, made of invented words and numbers.

The workspace is written by the store's ordinary code, all triggers in force: photos, a survey of each layer, a run with every step. What is
timed is what the window asks a Desk: all neurons in order, filtered, searched letter by letter; a page of cards; similar labels.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import nullcontext
from functools import partial
from itertools import islice, pairwise, product
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
from rich.table import Table

from line_desktop.errors import UserError
from line_desktop.provisional import PROVISIONAL
from line_desktop.scoreboard import Entry
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Answer, Filter, ProbePhoto, ResultRow, Sort, StepRow
from line_desktop.store.workspace import Workspace
from line_desktop.survey import statistics
from models.plural import count
from models.types.pictures import PictureSettings
from models.types.shared import FloatArray
from models.types.vision import Checkpoint, Layer, Preprocess

LAYERS, PHOTOS, CLASSES = 4, 100, 10
SYLLABLES = [first + second for first in "bdgklmnprst" for second in "aeio"]
STEPS, WORDS = 10, 30  # of a neuron; of the reasoning of a step
VOCABULARY = ["".join(word) for word in (*product(SYLLABLES, repeat=2), *islice(product(SYLLABLES, repeat=3), 0, None, 5))]
UNLABELLED = 0.1  # share of the neurons
PAGE, REPEATS, WAVE = 60, 5, 500
Say = Callable[[str], None]


class Timing(msgspec.Struct, frozen=True):
    """One question: how many neurons it found, and the milliseconds it took, the first time and in the median."""

    question: str
    found: int
    first: float
    median: float


class GalleryTimes(msgspec.Struct, frozen=True):
    """The figures of `bench gallery`."""

    neurons: int
    megabytes: float  # of the database
    timings: list[Timing]

    def table(self) -> Table:
        """The figures as a table."""
        table = Table(title=f"The gallery with {count(self.neurons, 'neuron')}, a database of {self.megabytes:.0f} MB")
        table.add_column("question")
        for heading in ("found", "first, ms", "median, ms"):
            table.add_column(heading, justify="right")
        for one in self.timings:
            table.add_row(one.question, f"{one.found:,}", f"{one.first:.1f}", f"{one.median:.1f}")
        return table


def gallery(neurons: int, kept: Path | None, say: Say) -> GalleryTimes:
    """Make a workspace of `neurons` neurons, in the folder `kept` or for the moment, and time a Desk on it.

    A workspace that is there already is measured as it is. Raises UserError and what `Desk.open` raises.
    """
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="line-bench-") as folder:
        place = Path(folder) if kept else Path(folder) / "workspace"
        if not (place / "line.db").exists():
            say(f"Writing {count(neurons, 'neuron')}")
            Writer(place, neurons).write()
        say("Measuring")
        desk = Desk.open(place)
        try:
            return GalleryTimes(len(desk.neuron_ids(Filter())), (place / "line.db").stat().st_size / 1e6, list(timings(desk)))
        finally:
            desk.close()


def timings(desk: Desk) -> Iterator[Timing]:
    """Ask everything the gallery asks. Raises UserError for a workspace without a labelled neuron."""
    ids = desk.neuron_ids(Filter(statuses=("labelled",)), "score", True)
    if not len(ids):
        raise UserError(f"The workspace {desk.folder} has no labelled neuron to measure with: give another folder.")
    for sort in get_args(Sort):
        for descending in (False, True):
            order = "falling" if descending else "rising"
            yield timed(f"all by {sort}, {order}", partial(desk.neuron_ids, Filter(), sort, descending))
    for name, wanted in filters(desk).items():
        yield timed(name, partial(desk.neuron_ids, wanted, "score", True))
    label = desk.cards(ids[:1])[0].label or ""
    for end in range(1, len(label) + 1):
        yield timed(f"search “{label[:end]}”", partial(desk.neuron_ids, Filter(text=label[:end]), "score", True))
    yield timed("search nothing has", partial(desk.neuron_ids, Filter(text="zzzz nothing"), "score", True))
    everything = desk.neuron_ids(Filter())
    for start in (0, len(everything) // 2, max(0, len(everything) - PAGE)):
        yield timed(f"cards from {start:,}", partial(desk.cards, everything[start : start + PAGE]))
    yield timed("similar labels", partial(desk.similar, int(ids[0])))
    yield timed("layers", desk.layer_counts)
    yield timed("statuses", desk.counts)


def filters(desk: Desk) -> dict[str, Filter]:
    """One filter of each kind, and several at once."""
    layers = desk.layer_counts()
    last = layers[-1].layer_id
    return {
        "status labelled": Filter(statuses=("labelled",)),
        "status dead": Filter(statuses=("dead",)),
        f"layer {layers[-1].name}": Filter(layers=(last,)),
        "every method": Filter(methods=tuple(desk.methods())),
        "edited": Filter(edited=True),
        "not edited": Filter(edited=False),
        "provisional": Filter(provisional=True),
        "score from 1 to 2": Filter(score_from=1, score_to=2),
        "layer, status, score": Filter(layers=(last,), statuses=("labelled",), score_from=1),
    }


def timed(question: str, ask: Callable[[], Sized]) -> Timing:
    """Ask several times."""
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        found = ask()
        seconds.append(time.perf_counter() - began)
    return Timing(question, len(found), seconds[0] * 1000, float(np.median(seconds)) * 1000)


class Writer:
    """Writes a workspace whose words come about as often as those of a language do (Zipf's law)."""

    def __init__(self, folder: Path, neurons: int) -> None:
        self._folder = folder
        self._width = -(-neurons // LAYERS)
        self._neurons = neurons
        self._random = np.random.default_rng(0)
        self._vocabulary = self._random.permutation(VOCABULARY)  # the frequent ones begin with any letter
        self._labels = [text for words in (1, 2, 3) for text in self._texts(1500, words)]
        self._reasons = self._texts(5000, WORDS)

    def _texts(self, count: int, words: int) -> list[str]:
        chances = 1 / np.arange(5, 5 + len(VOCABULARY))
        chosen = self._random.choice(self._vocabulary, (count, words), p=chances / chances.sum())
        return [" ".join(text) for text in chosen]

    def write(self) -> None:
        """All of it; a workspace that could not be written whole is taken away. Raises DiskFull and BadWorkspace."""
        try:
            with Workspace.open(self._folder) as workspace:
                self._write(workspace)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _write(self, workspace: Workspace) -> None:
        layers = [Layer(f"layer{number}", "Block", width, (None, width), "", "none", "block") for number, width in self._widths()]
        preprocess = Preprocess(224, 224, 256, "bilinear", (0.5,) * 3, (0.2,) * 3, "assumed")
        checkpoint = Checkpoint(
            "invented.onnx", "onnx", "onnx", "An invented network.", "Invented", "0" * 64, 1, preprocess, (), tuple(layers)
        )
        target = workspace.save_target(checkpoint)
        bank = workspace.settings_id(PictureSettings("invented", "1", {}), 0, 5)
        draw_photos(self._folder / "photos", self._random)
        rows = [ProbePhoto(photo_name(number), f"class {number % CLASSES}") for number in range(PHOTOS)]
        probe = workspace.save_probe_set(str(self._folder / "photos"), "invented", rows)
        for layer in layers:
            layer_id = workspace.layer_id(target, layer.name)
            survey = workspace.begin_survey(layer_id, probe, PHOTOS, layer.width).id
            activations = self._activations(layer.width)
            workspace.save_survey_rows(survey, 0, activations, {})
            workspace.finish_survey(survey, statistics(activations, set()))
            run = workspace.begin_run(layer_id, survey, bank, "line", range(layer.width), {}, {}, "none")
            said = PROVISIONAL if layer is layers[-1] else ""
            for start in range(0, layer.width, WAVE):
                self._wave(workspace, run, range(start, min(start + WAVE, layer.width)), said)
            workspace.end_run(run, "interrupted" if said else "finished")

    def _widths(self) -> list[tuple[int, int]]:
        ends = [min(number * self._width, self._neurons) for number in range(LAYERS + 1)]
        return [(number, end - start) for number, (start, end) in enumerate(pairwise(ends)) if end > start]

    def _activations(self, width: int) -> FloatArray:
        """Every twentieth neuron is dead."""
        values: FloatArray = self._random.exponential(1.0, (PHOTOS, width)).astype(np.float32)
        values[:, 19::20] = 0
        return values

    def _wave(self, workspace: Workspace, run: int, neurons: range, said: str) -> None:
        answers, results = [], []
        for neuron in neurons:
            if neuron % 20 == 19:
                results.append(ResultRow(neuron, "dead", reason="It never fires."))
            elif self._random.random() > UNLABELLED:
                label = self._one_of(self._labels)
                score = float(self._random.exponential(2.0))
                answers.append(Answer(neuron, 0, "proposed", b"", tuple(self._step(neuron, step, label, score) for step in range(STEPS))))
                results.append(ResultRow(neuron, "labelled", label, score, "generated", said))
        workspace.save_answers(run, answers, results)

    def _step(self, neuron: int, step: int, label: str, score: float) -> StepRow:
        board = (Entry(label, score, 0.1, step, "generated"),)
        return StepRow(neuron, step, label, score, "generated", "scored", self._one_of(self._reasons), (), "", board, {})

    def _one_of(self, texts: list[str]) -> str:
        return texts[int(self._random.integers(len(texts)))]


def photo_name(number: int) -> str:
    """The path of a photo inside the probe set."""
    return f"class {number % CLASSES}/{number}.jpg"


def draw_photos(folder: Path, random: np.random.Generator) -> None:
    """Coloured squares as JPEG files of the size of photos."""
    from PIL import Image  # the command line starts without it

    for number in range(PHOTOS):
        file = folder / photo_name(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        squares = random.integers(0, 256, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(squares).resize((640, 480), Image.Resampling.BICUBIC).save(file, quality=85)
