"""`line-desktop bench quality`: how near the labels of hidden neurons come to the best there is, for both presets in one run.

A label's score over the best score of an exhaustive list: every object, colour, texture, and colour × texture pair. Whether names are
right where they are known is `bench truth`'s question.
"""

from collections.abc import Iterator, Sequence
from typing import Self

import msgspec
import numpy as np
from rich.table import Table

from line_desktop import demo
from line_desktop.bank import Bank
from line_desktop.concepts import seed, spelling
from line_desktop.engines import Engines
from line_desktop.known_world import Ran, Say, World
from line_desktop.methods.asking import Labelled, StepDone
from line_desktop.methods.line import Preset
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint
from models import embedded
from models.layers import find_layer
from models.plural import count
from models.types.shared import FloatArray

FRESH_PICTURES = 40  # for each concept, drawn with seeds no labelling used
PRESETS: tuple[Preset, ...] = ("line", "paper")
HEADINGS = ("preset", "n", "board / best", "fresh / best", "not a start name", "proposals", "pictures", "s")


class Found(msgspec.Struct, frozen=True):
    """One neuron's result under one preset."""

    neuron: int
    label: str
    origin: str
    on_board: float  # the label's score as LINE saw it, over the best score of the exhaustive list
    fresh: float  # both scored on the same fresh pictures
    best: str  # of the exhaustive list


class Outcome(msgspec.Struct, frozen=True):
    """One preset, with its counters."""

    preset: Preset
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
        head = Table(title=f"Hidden neurons of the demo network, seed {self.seed}")
        for column in HEADINGS:
            head.add_column(column)
        for one in self.outcomes:
            new = np.mean([row.origin != "start" for row in one.found])
            head.add_row(
                one.preset, str(len(one.found)), f"{np.mean([row.on_board for row in one.found]):.3f}",
                f"{np.mean([row.fresh for row in one.found]):.3f}", f"{new:.0%}", f"{one.proposals:.1f}",
                str(one.pictures_drawn), f"{one.seconds:.0f}",
            )  # fmt: skip
        yield head
        for one in self.outcomes:
            rows = Table(title=one.preset)
            for column in ("neuron", "label", "origin", "board / best", "fresh / best", "best of the list"):
                rows.add_column(column)
            for row in one.found:
                rows.add_row(str(row.neuron), row.label, row.origin, f"{row.on_board:.3f}", f"{row.fresh:.3f}", row.best)
            yield rows


def quality(world: World, neurons: int, study_seed: int, say: Say, steps: int = 10, fresh_pictures: int = FRESH_PICTURES) -> Quality:
    """Run both presets on `neurons` hidden neurons, each in a copy of the world."""
    outcomes = []
    with world.copy() as workspace, Judge(workspace, study_seed, fresh_pictures) as judge:
        say("Scoring the exhaustive list")
        chosen = judge.choose(neurons)
        hidden = msgspec.structs.replace(world.classes, layer=demo.HIDDEN)
        for preset in PRESETS:
            say(f"{preset}: {count(len(chosen), 'hidden neuron')}")
            ran = world.run(msgspec.structs.replace(world.job(hidden, chosen, study_seed), preset=preset, steps=steps))
            outcomes.append(judge.outcome(preset, chosen, ran))
    return Quality(study_seed, outcomes)


class Judge:
    """Knows the best there is: a bank of fresh pictures, that no labelling uses, of the exhaustive list."""

    def __init__(self, workspace: Workspace, study_seed: int, pictures: int) -> None:
        self._seed = study_seed
        self._engines = Engines()
        imported = import_checkpoint(workspace, embedded.NETWORK, Overrides())
        layer = find_layer(imported.checkpoint.layers, demo.HIDDEN)
        target = self._engines.target(imported.model, imported.checkpoint.preprocess, [layer])
        self._width = layer.width
        ids = {layer.name: workspace.layer_id(imported.id, layer.name)}
        source = self._engines.pictures(demo.PICTURES)
        self._bank = Bank(workspace, source, target, ids, seed(study_seed, "fresh pictures"), pictures)
        pairs = [f"{colour} {texture}" for colour in embedded.COLOURS for texture in embedded.TEXTURES]
        self._list = [spelling(name) for name in (*imported.checkpoint.class_names, *pairs)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engines.__exit__(*error)

    def choose(self, count: int) -> list[int]:
        """Random neurons that fire on at least one concept of the list."""
        best = self._scores(self._list).max(axis=0)
        order = np.random.default_rng(self._seed).permutation(self._width)
        return sorted([int(index) for index in order if best[index] > 0][:count])

    def outcome(self, preset: Preset, chosen: Sequence[int], ran: Ran) -> Outcome:
        """Judge every label on the fresh pictures."""
        done = [one.event for one in ran.events if isinstance(one.event, StepDone)]
        scored = sum(event.step > 0 and event.status == "scored" for event in done)
        found = [self._judge(neuron, ran.labels[neuron]) for neuron in chosen if neuron in ran.labels]
        return Outcome(preset, found, scored / len(chosen), ran.pictures, ran.seconds)

    def _judge(self, neuron: int, event: Labelled) -> Found:
        scores = self._scores(self._list)[:, neuron]
        best = float(scores.max())
        mine = float(self._scores([spelling(event.label.concept)])[0, neuron])
        name = self._list[int(scores.argmax())]
        return Found(neuron, event.label.concept, event.label.origin, event.label.score / best, mine / best, name)

    def _scores(self, names: Sequence[str]) -> FloatArray:
        seen = self._bank.activations(names, demo.HIDDEN)
        return np.stack([seen[name].mean(axis=0) for name in names])
