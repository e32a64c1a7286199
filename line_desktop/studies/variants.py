"""Variants of one labelling job, each in a workspace of its own: which there are, where they lie, and how their labels compare."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from rich.table import Table
from rich.text import Text

from line_desktop.concepts import key, seed
from line_desktop.console import plain
from line_desktop.errors import UserError
from line_desktop.jobs import labelling, work_of
from line_desktop.label_job import LabelJob
from line_desktop.paired import Pair, compare_pairs
from line_desktop.statistics import mean_interval, wilson
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Interval
from line_desktop.store.transfer import IMPORTED
from line_desktop.store.workspace import Workspace
from models.plural import count
from models.types.pictures import Picture

FOLDER = "studies"
Kind = Literal["steps", "pictures", "presets", "vocabulary"]
Neuron = tuple[str, int]  # layer name and number


class Variant(msgspec.Struct, frozen=True):
    """One way to label: its name, its job, and the folder of its workspace."""

    name: str
    job: LabelJob
    folder: Path


class Label(msgspec.Struct, frozen=True):
    """What a neuron was called in a variant; `auc` and `mad` where the label was verified."""

    label: str
    score: float
    auc: float | None = None
    mad: float | None = None


class Metric(msgspec.Struct, frozen=True):
    """One number of every label, of the neurons that have it in all variants."""

    name: str
    neurons: int
    values: dict[str, tuple[float, ...]]  # variant -> a number for each neuron
    means: dict[str, Interval]
    pairs: tuple[Pair, ...]


class Change(msgspec.Struct, frozen=True):
    """How many labels differ between two variants."""

    first: str
    second: str
    changed: Interval  # share, with Wilson's interval


class Row(msgspec.Struct, frozen=True):
    """One neuron's labels, by variant."""

    layer: str
    neuron: int
    labels: dict[str, str]


class Contrast(msgspec.Struct, frozen=True):
    """The figures of a study of variants, over the neurons that all of them labelled."""

    study: str
    rows: list[Row]
    metrics: list[Metric]
    changes: list[Change]
    notes: list[str]

    def tables(self) -> Iterator[Table]:
        """Means, pairs, changed labels, every neuron."""
        names = list(self.rows[0].labels)
        means = Table(title=f"{self.study}: {count(len(self.rows), 'neuron')}; means, 95 % intervals in brackets")
        for column in ("metric", "neurons", *names):
            means.add_column(Text(plain(column)), justify="left" if column == "metric" else "right")
        for one in self.metrics:
            cells = (f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]" for mean in one.means.values())
            means.add_row(one.name, str(one.neurons), *cells)
        yield means
        yield self._pairs()
        labels = Table(title="Labels")
        for column in ("layer", "neuron", *names):
            labels.add_column(Text(plain(column)))
        for row in self.rows:
            labels.add_row(Text(plain(row.layer)), str(row.neuron), *(Text(plain(label)) for label in row.labels.values()))
        yield labels

    def _pairs(self) -> Table:
        table = Table(title="First against second")
        for column in ("metric", "first", "second", "difference", "wins", "losses", "test", "p, corrected", "labels changed"):
            table.add_column(column)
        changed = {(one.first, one.second): f"{one.changed.value:.0%}" for one in self.changes}
        for metric in self.metrics:
            for pair in metric.pairs:
                tested = (pair.tested.test, f"{pair.tested.p_holm:.2g}") if pair.tested else (pair.sentence, "")
                names = (Text(plain(pair.first)), Text(plain(pair.second)))
                counts = (f"{pair.difference.value:+.3f}", str(pair.wins), str(pair.losses))
                table.add_row(metric.name, *names, *counts, *tested, changed[pair.first, pair.second])
        return table


def template(desk: Desk, neurons: str = "", layers: Sequence[str] = ()) -> LabelJob:
    """The newest labelling job by LINE of a workspace, with other neurons or layers where they are named. Raises UserError."""
    for row in sorted(desk.jobs(), key=lambda one: -one.id):
        job = labelling(desk.folder, work_of(row)) if row.kind in ("label", "demo") else None
        if job is not None and job.method == "line":
            which = {layer: neurons or job.layers.get(layer, "all") for layer in layers or job.layers}
            return msgspec.structs.replace(job, layers=which)
    raise UserError(f"The workspace {desk.folder} has no job of labelling by LINE to take after: run `line-desktop label` with it first.")


def variants(workspace: Path, kind: Kind, jobs: Mapping[str, LabelJob]) -> list[Variant]:
    """Each job with a folder of its own below the workspace; the same job comes to the same folder again."""
    place = workspace.absolute() / FOLDER / kind
    return [
        Variant(name, job, place / f"{_readable(name)}-{seed(msgspec.json.encode(job, enc_hook=str).hex()):08x}")
        for name, job in jobs.items()
    ]


def _readable(name: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in name)[:40].strip("-")


def make_ready(variant: Variant, workspace: Path) -> None:
    """Give a new variant the converted networks and the pictures of the workspace, but no score: what is paid stays paid.

    Pictures depend on concept, seed and source alone, so a variant that asks for one of them gets what it would have drawn.
    """
    if (variant.folder / "line.db").exists():
        return
    variant.folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(workspace / "targets", variant.folder / "targets", dirs_exist_ok=True)
    with Workspace.open(variant.folder) as own, Workspace.open(workspace, write=False) as paid:
        for settings_id, layer_id in {(bank, run.layer_id) for run in paid.runs() for bank in _banks(run.settings_id, run.settings)}:
            settings = paid.bank_settings(settings_id)
            if IMPORTED in settings.settings.options:  # its picture files may be missing
                continue
            entries = [entry for name in paid.bank_means(settings_id, layer_id).concepts if (entry := paid.bank_entry(settings_id, name))]
            for entry in entries:
                files = [paid.object_path(picture.sha256) for picture in entry.pictures]
                own.put_objects([Picture(file.read_bytes(), file.suffix) for file in files])  # type: ignore[arg-type]
            own.save_concepts(own.settings_id(settings.settings, settings.seed, settings.pictures), entries)


def _banks(settings_id: int, settings: Mapping[str, object]) -> Iterator[int]:
    """The banks of a run: of its steps, and of its confirmation."""
    yield settings_id
    fresh = settings.get("fresh_bank")
    if isinstance(fresh, int):
        yield fresh


def labels_of(workspace: Workspace, run_ids: Sequence[int]) -> dict[Neuron, Label]:
    """The labels of some runs, with the evidence there is for them."""
    ids = {(claim.layer_id, claim.neuron): claim.neuron_id for claim in workspace.claims()}
    found = {}
    for run in map(workspace.run, run_ids):
        layer = workspace.layer(run.layer_id).layer.name
        for result in workspace.results(run.id):
            if result.label is not None and result.score is not None:
                number = ids.get((run.layer_id, result.neuron))
                evidence = None if number is None else workspace.evidence(number, result.label)
                numbers = (evidence.auc.value, evidence.mad.value) if evidence else ()
                found[layer, result.neuron] = Label(result.label, result.score, *numbers)
    return found


def contrast(study: str, labels: Mapping[str, Mapping[Neuron, Label]], notes: Sequence[str] = ()) -> Contrast:
    """Compare variants over the neurons that all of them labelled. Raises UserError where there is none."""
    names = list(labels)
    common = sorted(set.intersection(*(set(of) for of in labels.values())))
    if not common:
        counts = ", ".join(f"{name} {len(of)}" for name, of in labels.items())
        raise UserError(f"No neuron has a label in each variant (labelled: {counts}): choose other neurons.")
    numbers: dict[str, Callable[[Label], float | None]] = {
        "score": lambda one: one.score, "AUC": lambda one: one.auc, "MAD": lambda one: one.mad,
    }  # fmt: skip
    metrics = [metric for name, number in numbers.items() if (metric := _metric(name, number, labels, common))]
    changes = [
        Change(first, second, wilson(sum(key(labels[first][one].label) != key(labels[second][one].label) for one in common), len(common)))
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    ]
    rows = [Row(*one, {name: labels[name][one].label for name in names}) for one in common]
    lost = len(set.union(*(set(of) for of in labels.values()))) - len(common)
    left = [f"Left out: {count(lost, 'neuron')} without a label in some variant."] if lost else []
    return Contrast(study, rows, metrics, changes, [*notes, *left])


def _metric(
    name: str, number: Callable[[Label], float | None], labels: Mapping[str, Mapping[Neuron, Label]], common: Sequence[Neuron]
) -> Metric | None:
    """None where no neuron has the number in all variants."""
    table = {variant: [number(of[one]) for one in common] for variant, of in labels.items()}
    whole = [place for place in range(len(common)) if all(column[place] is not None for column in table.values())]
    if not whole:
        return None
    values = {variant: np.array([column[place] for place in whole], np.float64) for variant, column in table.items()}
    own = seed("study", name)
    means = {variant: mean_interval(column, own) for variant, column in values.items()}
    return Metric(
        name, len(whole), {variant: tuple(map(float, column)) for variant, column in values.items()}, means, compare_pairs(values, own)
    )
