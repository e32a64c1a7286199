"""`line-desktop bench metrics`: what each metric says of a wrong, a too broad and a too narrow label, where the true one is known.

The neurons are class neurons of the demo network, so that "cat" is right, "dog" wrong, "mammal" too broad and "red striped cat" too narrow.
The photos are drawn for the purpose, and which of them each label is true of is known exactly: half of those of a class of the bench are
of its narrow label, and a kind's are those of all classes of that kind. A metric that can be trusted puts the true label first
(the sanity checks of "Evaluating Neuron Explanations", ICML 2025).
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from rich.table import Table

from line_desktop import demo, scores
from line_desktop.bank import Bank
from line_desktop.concepts import seed, spelling
from line_desktop.engines import Engines
from line_desktop.scores import Numbers
from line_desktop.statistics import mean_interval
from line_desktop.store.rows import Interval
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint
from line_desktop.verify import PICTURES, SETS
from models import embedded
from models.layers import find_layer

PHOTOS: Final = 6  # of each class, and as many of each narrow label
FEWEST_OF_KIND: Final = 3  # classes, for a kind to be broader than one of them
Kind = Literal["true", "wrong", "too broad", "too narrow"]
KINDS: Final[tuple[Kind, ...]] = ("true", "wrong", "too broad", "too narrow")
Say = Callable[[str], None]


class Labels(msgspec.Struct, frozen=True):
    """A class neuron with a label of each kind."""

    neuron: int
    labels: dict[Kind, str]


class Verdict(msgspec.Struct, frozen=True):
    """One metric: its mean for each kind of label, and for how many neurons the true label's is the higher one."""

    metric: str
    means: dict[Kind, Interval]
    above: dict[Kind, int]  # neurons whose true label scores strictly higher than this
    first: int  # than all others


class Sanity(msgspec.Struct, frozen=True):
    """The figures of `bench metrics`."""

    seed: int
    neurons: tuple[Labels, ...]
    verdicts: tuple[Verdict, ...]

    def table(self) -> Table:
        """A row for each metric."""
        count = len(self.neurons)
        table = Table(title=f"{count} class neurons of the demo network, seed {self.seed}: means, and how often the true label is above")
        for column in ("metric", *KINDS, *(f"above {kind}" for kind in KINDS[1:]), "first"):
            table.add_column(column, justify="left" if column == "metric" else "right")
        for one in self.verdicts:
            means = (f"{one.means[kind].value:.3f}" for kind in KINDS)
            table.add_row(one.metric, *means, *(f"{one.above[kind]} of {count}" for kind in KINDS[1:]), f"{one.first} of {count}")
        return table


def metrics(neurons: int, study_seed: int, say: Say) -> Sanity:
    """Draw, score and judge labels for `neurons` class neurons of the demo network, or for as many as have a kind."""
    with tempfile.TemporaryDirectory(prefix="line-bench-") as folder, Workspace.open(Path(folder) / "metrics") as workspace:
        say("Exporting the demo network to ONNX")
        imported = import_checkpoint(workspace, embedded.NETWORK, Overrides())
        names = [spelling(name) for name in imported.checkpoint.class_names]
        chosen = choose(names, neurons, study_seed)
        layer = find_layer(imported.checkpoint.layers, demo.CLASSES)
        ids = {layer.name: workspace.layer_id(imported.id, layer.name)}
        with Engines() as engines:
            source, target = engines.pictures(demo.PICTURES), engines.target(imported.model, imported.checkpoint.preprocess, [layer])

            def seen(concepts: Sequence[str], what: str, each: int) -> dict[str, Numbers]:
                say(f"Drawing {each} {what} of {len(concepts)} concepts")
                bank = Bank(workspace, source, target, ids, seed(study_seed, what), each)
                return {name: found.astype(np.float64) for name, found in bank.activations(concepts, layer.name).items()}

            narrow = [one.labels["too narrow"] for one in chosen]
            photos = seen([*names, *narrow], "photos", PHOTOS)
            fresh = seen(sorted({label for one in chosen for label in one.labels.values()}), "fresh pictures", SETS * PICTURES)
    return sanity(study_seed, chosen, photos, fresh)


def sanity(study_seed: int, chosen: Sequence[Labels], photos: Mapping[str, Numbers], fresh: Mapping[str, Numbers]) -> Sanity:
    """Judge the metrics on activations, (pictures, neurons): of PHOTOS of every class and narrow label, of fresh ones of every label."""
    numbers = {kind: [_numbers(one, one.labels[kind], chosen, photos, fresh) for one in chosen] for kind in KINDS}
    return Sanity(study_seed, tuple(chosen), tuple(_verdicts(numbers, study_seed)))


def choose(names: Sequence[str], count: int, study_seed: int) -> list[Labels]:
    """Random class neurons whose name has a kind, each with its labels."""
    chance = np.random.default_rng(seed(study_seed, "labels"))
    kinds = {name: kind for name in names if (kind := kind_of(name, names)) is not None}
    found = []
    for neuron in sorted(int(one) for one in chance.permutation([names.index(name) for name in kinds])[:count]):
        true = names[neuron]
        others = [name for name in names if name not in embedded.GROUPS[kinds[true]] and name != true]
        look = f"{chance.choice(list(embedded.COLOURS))} {chance.choice(embedded.TEXTURES)}"
        labels: dict[Kind, str] = {
            "true": true,
            "wrong": str(chance.choice(others)),
            "too broad": kinds[true],
            "too narrow": f"{look} {true}",
        }
        found.append(Labels(neuron, labels))
    return found


def kind_of(name: str, names: Sequence[str]) -> str | None:
    """The narrowest kind that a class belongs to together with others."""
    kinds = {kind: len(set(members) & set(names)) for kind, members in embedded.GROUPS.items() if name in members and kind not in names}
    fit = {kind: size for kind, size in kinds.items() if size >= FEWEST_OF_KIND}
    return min(fit, key=lambda kind: (fit[kind], kind), default=None)


def _numbers(
    one: Labels, label: str, chosen: Sequence[Labels], photos: Mapping[str, Numbers], fresh: Mapping[str, Numbers]
) -> dict[str, float]:
    """Every metric of one label of a neuron."""
    narrow = {other.labels["too narrow"]: other.labels["true"] for other in chosen}
    true_of = np.concatenate([[_holds(label, concept, narrow.get(concept, concept))] * PHOTOS for concept in photos])
    values = np.concatenate([found[:, one.neuron] for found in photos.values()])
    drawn = fresh[label][:, one.neuron]
    found = {"AUC": scores.auc(drawn, values), "AUC strict": scores.auc_strict(drawn, values), "MAD": scores.mad(drawn, values)}
    found["activation rate"] = scores.activation_rate(drawn, float(np.percentile(values, 99)))
    for name, score in {"AUPRC": scores.average_precision, "F1": scores.f1, "correlation": scores.correlation}.items():
        found[name] = score(values[true_of], values[~true_of])
    return {name: float(value) for name, value in found.items()}


def _holds(label: str, drawn: str, class_name: str) -> bool:
    """Whether a label is true of photos drawn for a concept, which are of that class."""
    return label in (drawn, class_name) or class_name in embedded.GROUPS.get(label, ())


def _verdicts(numbers: dict[Kind, list[dict[str, float]]], study_seed: int) -> Iterator[Verdict]:
    for metric in numbers["true"][0]:
        values = {kind: np.array([one[metric] for one in rows]) for kind, rows in numbers.items()}
        means = {kind: mean_interval(found, seed(study_seed, metric)) for kind, found in values.items()}
        higher: dict[Kind, npt.NDArray[np.bool_]] = {kind: values["true"] > values[kind] for kind in KINDS[1:]}
        first = int(np.logical_and.reduce(list(higher.values())).sum())
        yield Verdict(metric, means, {kind: int(found.sum()) for kind, found in higher.items()}, first)
