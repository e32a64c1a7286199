"""`line-desktop bench truth`: how often each method names a neuron right, where the right name is known.

Class neurons of the demo network, and planted neurons, which compute known functions. Once with the right name in the start vocabulary
and the concept list, once with the right names of all neurons kept out of them: then a method must find the name by itself. Every method
and preset gets the same neurons, and a workspace in which nothing was drawn or proposed yet. A neuron without a label counts as wrong.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, get_args

import msgspec
import numpy as np
from rich.table import Table

from line_desktop.errors import UserError
from line_desktop.kits import KITS
from line_desktop.known_world import Known, Ran, Say, World
from line_desktop.methods.line import Preset
from line_desktop.paired import Pair, compare_pairs
from line_desktop.right_names import holds, is_right
from line_desktop.statistics import wilson
from line_desktop.store.rows import Interval

Vocabulary = Literal["in", "withheld"]
VOCABULARIES: Final[tuple[Vocabulary, ...]] = get_args(Vocabulary)
WORDS: Final[dict[Vocabulary, str]] = {"in": "name known", "withheld": "name withheld"}
WITHOUT_CLIP: Final = {"line", "invert"}
FORMULA: Final = 1  # concepts in a formula of INVERT: a name, as CoSy compares it


class Named(msgspec.Struct, frozen=True):
    """One neuron, and how it was named; `label` None: not at all."""

    neuron: int
    truth: str
    label: str | None
    right: bool  # the name or a listed synonym
    holds: bool  # it stands in the label, perhaps with other words


class Cell(msgspec.Struct, frozen=True):
    """One method on one kind of neurons with one vocabulary."""

    method: str  # "line-paper" is LINE under its preset "paper"
    what: str  # class neurons or planted neurons
    vocabulary: Vocabulary
    named: list[Named]
    right: Interval  # share, with Wilson's interval
    holds: Interval
    seconds: float  # a neuron; the survey is not counted
    pictures: float  # a neuron


class Against(msgspec.Struct, frozen=True):
    """Two methods on the same neurons: who is right more often (McNemar)."""

    what: str
    vocabulary: Vocabulary
    pair: Pair


class Truth(msgspec.Struct, frozen=True):
    """The figures of `bench truth`."""

    seed: int
    cells: list[Cell]
    against: list[Against]

    def tables(self) -> Iterator[Table]:
        """Shares with intervals, pairs of methods, and every neuron."""
        head = Table(title=f"Right names, seed {self.seed}; 95 % intervals in brackets")
        for column in ("neurons", "vocabulary", "method", "n", "right", "or with words too many", "s a neuron", "pictures a neuron"):
            head.add_column(column)
        for one in self.cells:
            shares = (share(one.right), share(one.holds))
            head.add_row(
                one.what, WORDS[one.vocabulary], one.method, str(len(one.named)), *shares, f"{one.seconds:.1f}", f"{one.pictures:.0f}"
            )
        yield head
        if self.against:
            yield _pairs(self.against)
        methods = list(dict.fromkeys(one.method for one in self.cells))
        for what, vocabulary in dict.fromkeys((one.what, one.vocabulary) for one in self.cells):
            rows = Table(title=f"{what}, {WORDS[vocabulary]}")
            for column in ("neuron", "right name", *methods):
                rows.add_column(column)
            cells = [one for one in self.cells if (one.what, one.vocabulary) == (what, vocabulary)]
            for named in zip(*(one.named for one in cells), strict=True):
                rows.add_row(str(named[0].neuron), named[0].truth, *(_mark(one) for one in named))
            yield rows


def _pairs(against: Sequence[Against]) -> Table:
    table = Table(title="First against second, the same neurons (McNemar, corrected by Holm)")
    for column in ("neurons", "vocabulary", "first", "second", "only first right", "only second right", "p"):
        table.add_column(column)
    for one in against:
        pair = one.pair
        p = f"{pair.tested.p_holm:.2g}" if pair.tested else "–"
        table.add_row(one.what, WORDS[one.vocabulary], pair.first, pair.second, str(pair.wins), str(pair.losses), p)
    return table


def share(one: Interval) -> str:
    """A share in words."""
    return f"{one.value:.0%} [{one.low:.0%}, {one.high:.0%}]"


def _mark(one: Named) -> str:
    return f"{'✓ ' if one.right else '(✓) ' if one.holds else ''}{one.label or '–'}"


def contestants(methods: Sequence[str], presets: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Name -> what a job of it differs in; LINE once for each preset. Raises UserError for a method or preset that is not there."""
    for kind, asked, known in (("method", methods, list(KITS)), ("preset", presets, list(get_args(Preset)))):
        unknown = [one for one in asked if one not in known]
        if unknown or not asked:
            named = f"There is no {kind} {unknown[0]}" if unknown else f"No {kind} is named"
            raise UserError(f"{named}; there are {', '.join(known)}.")
    if "describe-and-dissect" in methods:
        raise UserError("The method describe-and-dissect needs a captioner, and the demo has none: leave it out of --methods.")
    found: dict[str, dict[str, Any]] = {}
    for method in methods:
        if method == "line":
            found |= {"line" if preset == "line" else f"line-{preset}": {"preset": preset} for preset in presets}
        else:
            found[method] = {"method": method, "formula_length": FORMULA}
    return found


def truth(world: World, methods: dict[str, dict[str, Any]], neurons: int, seed: int, say: Say, steps: int | None = None) -> Truth:
    """Run each method on `neurons` class neurons and as many planted ones. Raises UserError where a method lacks what it needs."""
    cells, against = [], []
    if not {changes.get("method", "line") for changes in methods.values()} <= WITHOUT_CLIP:
        say("Converting the CLIP")
        world.convert_clip()
    for known in (world.classes, world.planted):
        chosen = sorted(map(int, np.random.default_rng(seed).permutation(len(known.names))[:neurons]))
        for vocabulary in VOCABULARIES:
            withheld = [one for index in chosen for one in known.accepted[index]] if vocabulary == "withheld" else []
            mine = []
            for name, changes in methods.items():
                say(f"{name}: {len(chosen)} {known.what}, {WORDS[vocabulary]}")
                job = msgspec.structs.replace(world.job(known, chosen, seed), steps=steps, withheld=tuple(withheld), **changes)
                mine.append(judge(name, known, vocabulary, chosen, world.run(job)))
            cells += mine
            against += [Against(known.what, vocabulary, pair) for pair in pairs(mine, seed)]
    return Truth(seed, cells, against)


def judge(method: str, known: Known, vocabulary: Vocabulary, chosen: Sequence[int], ran: Ran) -> Cell:
    """How the labels of a job compare with the right names."""
    named = []
    for neuron in chosen:
        found = ran.labels.get(neuron)
        label = found.label.concept if found else None
        right = label is not None and is_right(label, known.accepted[neuron])
        named.append(Named(neuron, known.names[neuron], label, right, label is not None and holds(label, known.accepted[neuron])))
    shares = (wilson(sum(one.right for one in named), len(named)), wilson(sum(one.holds for one in named), len(named)))
    return Cell(method, known.what, vocabulary, named, *shares, ran.seconds / len(named), ran.pictures / len(named))


def pairs(cells: Sequence[Cell], seed: int) -> tuple[Pair, ...]:
    """Each method against each other, over the same neurons."""
    return compare_pairs({one.method: np.array([float(row.right) for row in one.named]) for one in cells}, seed, binary=True)
