"""`line-desktop bench growth`: how a job grows with the neurons, the concepts in the bank and the probe photos, and where its time goes.

Everything is the job's own code on the embedded network. Each row of figures comes from a process of its own, so that its memory is its
own; only the rows of neurons go on one from the other, as when somebody labels 16 neurons of a layer, then more, then all: each part is
confirmed with the bank as it is then.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import psutil
from rich.table import Table

from line_desktop import demo
from line_desktop.errors import UserError
from line_desktop.gate import gate
from line_desktop.known_world import PLANTED, Say, World
from line_desktop.label_job import LabelJob
from line_desktop.memory_bench import peak
from line_desktop.methods.line import Preset
from line_desktop.speed_bench import this_machine
from line_desktop.stopwatch import Spent, Stopwatch, TimedEngines, TimedWorkspace
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder, read_probe_set
from line_desktop.versions import versions
from line_desktop.ways import REST, begun, hidden_job, opened, timed_answerers
from models import embedded
from models.layers import find_layer
from models.machine import Machine

Part = Literal["neurons", "concepts", "photos"]
TITLES: dict[Part, str] = {
    "neurons": "Neurons, from an empty bank; a column goes on from the one before it",
    "concepts": "Concepts in the bank before the first neuron",
    "photos": "Probe photos",
}
FILLING = "filling the bank"
AT_ONCE = 64  # concepts put into the bank together
SIDE = 64  # pixels of an invented photo; the network takes so many
SHOWN = 0.05  # seconds; a stage below it in all columns has no row of its own
LEAST = 0.7  # of a photo's side stays in a crop


class Sizes(msgspec.Struct, frozen=True):
    """What is measured; an empty part is left out."""

    neurons: tuple[int, ...] = (16, 64, 256)
    presets: tuple[Preset, ...] = ("line", "sparing", "paper")
    concepts: tuple[int, ...] = (1000, 10_000)
    photos: tuple[int, ...] = (500, 5000, 50_000)
    labelled: int = 8  # neurons, in the rows of concepts and photos


class Row(msgspec.Struct, frozen=True):
    """One size: seconds by stage before the first neuron and from then on, the counters, and the most memory held until then."""

    part: Part
    size: int
    preset: Preset
    neurons: int  # labelled
    preparing: dict[str, Spent]
    labelling: dict[str, Spent]
    pictures: int  # drawn for these neurons
    hits: int  # concepts that were in the bank
    prompt_tokens: int
    evaluated_tokens: int
    job: float  # MB, of the job's process
    engines: float  # MB, of all its children together


class Growth(msgspec.Struct, frozen=True):
    """The figures of `bench growth`."""

    versions: dict[str, str]
    machine: Machine
    load: float  # processes waiting for a core or running, the mean of the minute before
    steps: int | None  # None: as many as the preset makes
    rows: tuple[Row, ...]

    def tables(self) -> Iterator[Table]:
        """One for each part: the stages downwards, the sizes across."""
        for part in dict.fromkeys(row.part for row in self.rows):
            yield _table(part, [row for row in self.rows if row.part == part])


class Plan(msgspec.Struct, frozen=True):
    """What one process measures: a row after each of the waves."""

    part: Part
    sizes: tuple[int, ...]  # of the rows
    job: LabelJob
    waves: tuple[tuple[int, ...], ...]
    concepts: int = 0  # to fill the bank with


def growth(world: World, sizes: Sizes, seed: int, say: Say, steps: int | None = None) -> Growth:
    """Measure every part, one row after the other. Raises UserError for sizes that the embedded network and pictograms do not have."""
    load = psutil.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="growth-", dir=world.folder.parent) as folder:
        for plan in plans(world, sizes, seed, steps, Path(folder) / "probe"):
            told = ", ".join(f"{size:,}" for size in plan.sizes)
            say(f"{plan.part}: {told}, preset {plan.job.preset}")
            rows += measured(world, plan, Path(folder) / "workspace")
    return Growth(versions(), this_machine(), load, steps, tuple(rows))


def plans(world: World, sizes: Sizes, seed: int, steps: int | None, probe: Path) -> Iterator[Plan]:
    """What each process measures; the photos of a plan are in `probe` until the next one is asked for."""
    with Workspace.open(world.folder) as workspace:
        width = find_layer(workspace.target(workspace.targets()[0].id).layers, demo.HIDDEN).width
    refuse(sizes, width)
    order = tuple(map(int, np.random.default_rng(seed).permutation(width)))
    ends = tuple(sorted(set(sizes.neurons)))
    for preset in sizes.presets if ends else ():
        waves = tuple(order[start:end] for start, end in pairwise((0, *ends)))
        yield Plan("neurons", ends, hidden_job(world, order[: ends[-1]], seed, steps, preset), waves)
    few = order[: sizes.labelled]
    job = hidden_job(world, few, seed, steps, sizes.presets[0])
    for count in sizes.concepts:
        yield Plan("concepts", (count,), job, (few,), count)
    source = read_probe_set(job.probe)
    for count in sizes.photos:
        try:
            write_photos(source, probe, count)
            yield Plan("photos", (count,), msgspec.structs.replace(job, probe=probe), (few,))
        finally:
            shutil.rmtree(probe, ignore_errors=True)


def refuse(sizes: Sizes, width: int) -> None:
    """Raises UserError for sizes that there are not."""
    most = len(concept_names())
    if max((*sizes.neurons, sizes.labelled)) > width or min((*sizes.neurons, sizes.labelled)) < 1:
        raise UserError(f"The layer {demo.HIDDEN} has {width} neurons: ask for 1 to {width}.")
    if sizes.concepts and not 1 <= min(sizes.concepts) <= max(sizes.concepts) <= most:
        raise UserError(f"Pictograms for the bank have {most:,} names: ask for 1 to {most:,} concepts.")
    if sizes.photos and min(sizes.photos) < 2:
        raise UserError("A probe set for LINE needs photos of two classes at least: ask for 2 photos or more.")
    if not sizes.presets:
        raise UserError("Name at least one preset: line, sparing or paper.")


def concept_names() -> list[str]:
    """Every colour, texture and object together, in an order by chance, always the same."""
    words = product(("", *embedded.COLOURS), ("", *embedded.TEXTURES), embedded.OBJECTS)
    names = [" ".join(filter(None, several)) for several in words]
    return [names[place] for place in np.random.default_rng(0).permutation(len(names))]


def write_photos(source: ProbeFolder, folder: Path, count: int) -> None:
    """Photos of all classes in turn: first those of the probe set themselves, made smaller, then crops of them by chance."""
    from PIL import Image  # the command line starts without it

    random = np.random.default_rng(0)
    of_class: dict[str, list[Path]] = {}
    for file, name in zip(source.photos, source.classes, strict=True):
        of_class.setdefault(str(name), []).append(file)
    names = list(of_class)
    for number in range(count):
        name, turn = names[number % len(names)], number // len(names)
        files = of_class[name]
        made = folder / name / f"{turn:05d}.jpg"
        made.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(files[turn % len(files)]) as photo:
            box = (0, 0, *photo.size)
            if turn >= len(files):
                side = int(min(photo.size) * random.uniform(LEAST, 1))
                left, top = (int(random.integers(0, length - side + 1)) for length in photo.size)
                box = (left, top, left + side, top + side)
            photo.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=box).save(made, quality=85)


def measured(world: World, plan: Plan, folder: Path) -> list[Row]:
    """The rows of a plan, by a process of its own in a copy of the world."""
    try:
        shutil.copytree(world.folder, folder, ignore=shutil.ignore_patterns("probe", "line.lock", PLANTED))
        command = [sys.executable, "-P", "-m", "line_desktop.growth_bench", str(folder)]
        done = subprocess.run(command, input=msgspec.json.encode(plan, enc_hook=str), stdout=subprocess.PIPE, check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode:
        raise RuntimeError(f"the job's process ended with exit code {done.returncode}")
    return [msgspec.json.decode(line, type=Row) for line in done.stdout.splitlines()]


def work(folder: Path, plan: Plan) -> Iterator[Row]:
    """What the process does: everything a job does, by the ordinary code, on a stopwatch."""
    watch = Stopwatch(REST)
    with TimedWorkspace.open(folder) as workspace, TimedEngines(watch) as engines:
        workspace.watch = watch
        with watch.stage("names and sizes of photos"):
            photos = read_probe_set(plan.job.probe)
        everything = opened(workspace, engines, plan.job, photos, watch)
        layer, found = everything.surveyed, everything.kit.found
        with watch.stage("gate"):
            gate(layer.stats, layer.activations)
        names = concept_names()[: plan.concepts]
        for start in range(0, len(names), AT_ONCE):
            with watch.stage(FILLING, whole=True):
                found.activations(names[start : start + AT_ONCE], layer.layer.name)
        study = begun(workspace, everything, [one for wave in plan.waves for one in wave], timed_answerers(everything.working, watch))
        preparing = watch.spent()
        before = [(bank.drawn, bank.hits) for bank in everything.kit.banks]
        neurons = 0
        for size, wave in zip(plan.sizes, plan.waves, strict=True):
            for _ in study.run(wave):
                pass
            neurons += len(wave)
            labelling = {stage: spent - preparing.get(stage, Spent()) for stage, spent in watch.spent().items()}
            usage = everything.kit.usage()
            after = [(bank.drawn, bank.hits) for bank in everything.kit.banks]
            drawn, hits = (sum(now) - sum(then) for now, then in zip(zip(*after, strict=True), zip(*before, strict=True), strict=True))
            children = psutil.Process().children(recursive=True)
            yield Row(
                plan.part, size, plan.job.preset, neurons, preparing, {stage: spent for stage, spent in labelling.items() if spent.wall},
                drawn, hits, usage.prompt_tokens, usage.evaluated_tokens, peak(), sum(peak(child.pid) for child in children),
            )  # fmt: skip


def _table(part: Part, rows: Sequence[Row]) -> Table:
    table = Table(title=f"{TITLES[part]}: s on the wall / of CPU")
    table.add_column("")
    for row in rows:
        table.add_column(f"{row.size:,} {row.preset}", justify="right")
    for when in ("preparing", "labelling"):
        spent: list[dict[str, Spent]] = [getattr(row, when) for row in rows]
        for stage in dict.fromkeys(stage for one in spent for stage in one):
            if max(one.get(stage, Spent()).wall for one in spent) >= SHOWN:
                table.add_row(f"{when}: {stage}", *(_seconds(one.get(stage, Spent())) for one in spent))
        table.add_row(f"{when}, all", *(_seconds(sum(one.values(), Spent())) for one in spent), end_section=True)
    labelling = [sum(row.labelling.values(), Spent()) for row in rows]
    pairs = zip(labelling, rows, strict=True)
    table.add_row("labelling, a neuron", *(f"{one.wall / row.neurons:.2f} / {one.cpu / row.neurons:.2f}" for one, row in pairs))
    table.add_row("new pictures a neuron", *(f"{row.pictures / row.neurons:.1f}" for row in rows))
    table.add_row("concepts from the bank a neuron", *(f"{row.hits / row.neurons:.1f}" for row in rows))
    table.add_row("prompt tokens evaluated", *(f"{row.evaluated_tokens:,} of {row.prompt_tokens:,}" for row in rows))
    table.add_row("most memory of the job, MB", *(f"{row.job:,.0f}" for row in rows))
    table.add_row("most memory of the engines, MB", *(f"{row.engines:,.0f}" for row in rows))
    return table


def _seconds(spent: Spent) -> str:
    return f"{spent.wall:.1f} / {spent.cpu:.1f}"


def _made(kind: Any, value: Any) -> Any:
    """Paths travel as text."""
    return kind(value)


def main(folder: Path, plan: Plan) -> None:
    """The job's process: a line of JSON for each row."""
    for row in work(folder, plan):
        print(msgspec.json.encode(row).decode(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), msgspec.json.decode(sys.stdin.buffer.read(), type=Plan, dec_hook=_made))
