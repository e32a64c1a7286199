"""`line-desktop bench quality`: how good the labels are where the truth can be known, for both presets in one run.

Hidden neurons: the label's score over the best score of an exhaustive list (every object, colour, texture, and colour × texture
pair). Class neurons: how often the label is the true class name, withheld from the start vocabulary, or a listed synonym.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import msgspec
import numpy as np
from rich.table import Table

from line_desktop import demo
from line_desktop.bank import Bank
from line_desktop.concepts import key, seed, spelling
from line_desktop.engines import Engines
from line_desktop.events import Cost, NeuronEvent
from line_desktop.job import label
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Labelled, StepDone
from line_desktop.methods.line import Preset
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint
from models import embedded
from models.layers import find_layer
from models.types import FloatArray

FRESH_PICTURES = 40  # for each concept, drawn with seeds no labelling used
PRESETS: tuple[Preset, ...] = ("line", "paper")
Group = Literal["hidden", "class"]
GROUPS: dict[Group, str] = {"hidden": demo.HIDDEN, "class": demo.CLASSES}
HEADINGS = ("neurons", "preset", "n", "board / best", "fresh / best", "right name", "not a start name", "proposals", "pictures", "s")
Say = Callable[[str], None]


class Found(msgspec.Struct, frozen=True):
    """One neuron's result under one preset."""

    neuron: int
    label: str
    origin: str
    on_board: float  # the label's score as LINE saw it, over the best score of the exhaustive list
    fresh: float  # both scored on the same fresh pictures
    truth: str  # the exhaustive list's best concept, or the class name
    right: bool  # for class neurons: the label is the truth or a listed synonym


class Outcome(msgspec.Struct, frozen=True):
    """One preset on one group of neurons, with its counters."""

    preset: Preset
    group: Group
    found: list[Found]
    proposals: float  # scored proposals for each neuron
    pictures_drawn: int
    seconds: float


class Quality(msgspec.Struct, frozen=True):
    """The figures of `bench quality`."""

    seed: int
    outcomes: list[Outcome]

    def tables(self) -> Iterator[Table]:
        """The figures, then every neuron."""
        head = Table(title=f"Quality on the demo network, seed {self.seed}")
        for column in HEADINGS:
            head.add_column(column)
        for one in self.outcomes:
            right = f"{sum(row.right for row in one.found)} of {len(one.found)}" if one.group == "class" else "–"
            new = np.mean([row.origin != "start" for row in one.found])
            head.add_row(
                one.group, one.preset, str(len(one.found)), f"{np.mean([row.on_board for row in one.found]):.3f}",
                f"{np.mean([row.fresh for row in one.found]):.3f}", right, f"{new:.0%}", f"{one.proposals:.1f}",
                str(one.pictures_drawn), f"{one.seconds:.0f}",
            )  # fmt: skip
        yield head
        for one in self.outcomes:
            rows = Table(title=f"{one.group} neurons, {one.preset}")
            truth = "best of the list" if one.group == "hidden" else "class"
            for column in ("neuron", "label", "origin", "board / best", "fresh / best", truth):
                rows.add_column(column)
            for row in one.found:
                rows.add_row(str(row.neuron), row.label, row.origin, f"{row.on_board:.3f}", f"{row.fresh:.3f}", row.truth)
            yield rows


def quality(neurons: int, study_seed: int, say: Say, steps: int = 10) -> Quality:
    """Run both presets on `neurons` hidden and as many class neurons, each in a workspace of its own."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="line-bench-") as folder, Workspace.open(Path(folder) / "truth") as truth:
        for stage in demo.prepare(truth):
            say(stage.text)
        with Judge(truth, study_seed, steps) as judge:
            say("Scoring the exhaustive list")
            judge.score_list()
            for group, layer in GROUPS.items():
                chosen = judge.choose(layer, neurons)
                for preset in PRESETS:
                    say(f"{preset}: {len(chosen)} {group} neurons")
                    outcomes.append(judge.outcome(Path(folder) / f"{preset}-{group}", layer, group, chosen, preset))
    return Quality(study_seed, outcomes)


class Judge:
    """Knows the truth of the demo network: a bank of fresh pictures that no labelling uses, and the class names."""

    def __init__(self, truth: Workspace, study_seed: int, steps: int) -> None:
        self._steps = steps
        self._truth = truth
        self._seed = study_seed
        self._engines = Engines()
        imported = import_checkpoint(truth, embedded.NETWORK, Overrides())
        self._checkpoint = imported.checkpoint
        layers = [find_layer(imported.checkpoint.layers, name) for name in (demo.HIDDEN, demo.CLASSES)]
        target = self._engines.target(imported.model, imported.checkpoint.preprocess, layers)
        ids = {layer.name: truth.layer_id(imported.id, layer.name) for layer in layers}
        fresh = seed(study_seed, "fresh pictures")
        self._widths = {layer.name: layer.width for layer in layers}
        self._bank = Bank(truth, self._engines.pictures(demo.PICTURES), target, ids, fresh, FRESH_PICTURES)
        self._list: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engines.__exit__(*error)

    def score_list(self) -> None:
        """Score the exhaustive list: every class name, and every colour with every texture."""
        names = self._checkpoint.class_names
        pairs = [f"{colour} {texture}" for colour in embedded.COLOURS for texture in embedded.TEXTURES]
        self._list = [spelling(name) for name in (*names, *pairs)]
        self._bank.activations(self._list, demo.HIDDEN)

    def choose(self, layer: str, count: int) -> list[int]:
        """Random neurons of a layer that fire on at least one concept of the list."""
        best = self._scores(self._list, layer).max(axis=0)
        order = np.random.default_rng(self._seed).permutation(self._widths[layer])
        return sorted([int(index) for index in order if best[index] > 0][:count])

    def outcome(self, folder: Path, layer: str, group: Group, chosen: Sequence[int], preset: Preset) -> Outcome:
        """Label the neurons in a new workspace and judge every label on the fresh pictures."""
        shutil.copytree(self._truth.folder / "targets", folder / "targets")
        names = self._checkpoint.class_names
        withheld = tuple(name for index in chosen for name in accepted(names[index])) if group == "class" else ()
        which = ",".join(map(str, chosen))
        job = LabelJob(
            embedded.NETWORK, {layer: which}, demo.probe_folder(self._truth.folder), embedded.demo_model_path(), demo.PICTURES,
            preset=preset, steps=self._steps, seed=self._seed, withheld=withheld,
        )  # fmt: skip
        began = time.perf_counter()
        with Workspace.open(folder) as workspace:
            events = list(label(workspace, job))
        seconds = time.perf_counter() - began
        told = [event for event in events if isinstance(event, NeuronEvent)]
        cost = next(event for event in events if isinstance(event, Cost))
        scored = sum(isinstance(one.event, StepDone) and one.event.step > 0 and one.event.status == "scored" for one in told)
        found = [self._judge(layer, group, one.neuron, one.event) for one in told if isinstance(one.event, Labelled)]
        return Outcome(preset, group, found, scored / len(chosen), cost.pictures_drawn, seconds)

    def _judge(self, layer: str, group: Group, neuron: int, event: Labelled) -> Found:
        scores = self._scores(self._list, layer)[:, neuron]
        best = float(scores.max())
        mine = float(self._scores([spelling(event.label.concept)], layer)[0, neuron])
        truth = self._list[int(scores.argmax())] if group == "hidden" else self._checkpoint.class_names[neuron]
        right = key(event.label.concept) in set(map(key, accepted(truth)))
        return Found(neuron, event.label.concept, event.label.origin, event.label.score / best, mine / best, truth, right)

    def _scores(self, names: Sequence[str], layer: str) -> FloatArray:
        seen = self._bank.activations(names, layer)
        return np.stack([seen[name].mean(axis=0) for name in names])


def accepted(name: str) -> list[str]:
    """A class name and its listed synonyms."""
    return [name, *embedded.SYNONYMS.get(name, ())]
