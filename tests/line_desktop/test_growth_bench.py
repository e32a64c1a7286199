"""`bench growth`: every part is there, its stages add up, its counters are those of a job; and the stopwatch it rests on."""

import json
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from line_desktop.errors import UserError
from line_desktop.growth_bench import Growth, Row, Sizes, concept_names, growth, refuse, write_photos
from line_desktop.growth_plot import OTHERS, height_of, heights, largest, plot
from line_desktop.known_world import World
from line_desktop.stopwatch import OPENING, Spent, Stopwatch
from line_desktop.survey import read_probe_set
from models.machine import Machine


class Clock:
    """Time as a test sets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_moment_belongs_to_the_innermost_stage() -> None:
    wall, cpu = Clock(), Clock()
    watch = Stopwatch("rest", wall, cpu)

    def pass_time(seconds: float) -> None:
        wall.now += seconds
        cpu.now += seconds / 4

    pass_time(1)
    with watch.stage("asking"):
        pass_time(2)
        with watch.stage("store"):
            pass_time(4)
        watch.add_cpu(10)
        pass_time(8)
    with watch.stage("filling", whole=True), watch.stage("store"):
        pass_time(16)
    pass_time(32)
    spent = watch.spent()
    assert spent == {"rest": Spent(33, 8.25), "asking": Spent(10, 12.5), "store": Spent(4, 1), "filling": Spent(16, 4)}
    assert sum(spent.values(), Spent()).wall == wall.now


def test_a_stage_that_fails_ends() -> None:
    wall = Clock()
    watch = Stopwatch("rest", wall, Clock())

    def fail() -> None:
        with watch.stage("filling", whole=True):
            wall.now += 1
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with watch.stage("store"):
        wall.now += 2
    assert {stage: spent.wall for stage, spent in watch.spent().items()} == {"rest": 0, "filling": 1, "store": 2}


@pytest.fixture(scope="module")
def found(world: World) -> Growth:
    sizes = Sizes(neurons=(2, 1), presets=("paper",), concepts=(70,), photos=(300,), labelled=1)
    return growth(world, sizes, 0, lambda _: None, steps=1)


def test_each_size_has_a_row_with_its_stages_and_counters(found: Growth) -> None:
    assert [(row.part, row.size, row.neurons) for row in found.rows] == [
        ("neurons", 1, 1), ("neurons", 2, 2), ("concepts", 70, 1), ("photos", 300, 1),
    ]  # fmt: skip
    for row in found.rows:
        assert {"proposing", "drawing", "scoring", "store"} <= set(row.labelling)
        assert {OPENING, "statistics", "gate", "start vocabulary", "store"} <= set(row.preparing)
        assert all(spent.wall >= 0 for spent in row.labelling.values())
        assert ("decoding and network" in row.preparing) == (row.part == "photos")
        assert ("filling the bank" in row.preparing) == (row.part == "concepts")
        assert 0 < row.evaluated_tokens <= row.prompt_tokens
        assert 10 < row.job < 2000
        assert row.engines > 10
    one, two, concepts, _ = found.rows
    assert one.pictures <= 12 * 5  # ten start concepts, a proposal and the summary
    assert one.pictures <= two.pictures
    assert one.prompt_tokens < two.prompt_tokens
    assert concepts.pictures <= one.pictures, "what fills the bank is not counted as drawn for the neurons"


def test_the_table_has_the_sums(found: Growth) -> None:
    neurons, _, _ = found.tables()
    rows = list(zip(*(column.cells for column in neurons.columns), strict=True))
    cells = {row[0]: row[2] for row in rows}
    two = found.rows[1]
    assert cells["new pictures a neuron"] == f"{two.pictures / 2:.1f}"
    wall = sum(spent.wall for spent in two.labelling.values())
    assert cells["labelling, all"].split()[0] == f"{wall:.1f}"
    assert cells["labelling, a neuron"].split()[0] == f"{wall / 2:.2f}"


def test_the_plot_draws_all_of_a_row(found: Growth, tmp_path: Path) -> None:
    stages = [*largest(found.rows), OTHERS]
    for row in found.rows:
        seconds = row.preparing if row.part == "photos" else row.labelling
        unit = 1000 / row.size if row.part == "photos" else 1 / row.neurons
        drawn = sum(height_of(stage, stages, heights(row)) for stage in stages)
        assert drawn == pytest.approx(unit * sum(spent.wall for stage, spent in seconds.items() if stage != OPENING))
    for name in ("one.png", "two.png"):
        plot(found, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with pytest.raises(UserError, match="nothing to plot"):
        plot(msgspec.structs.replace(found, rows=()), tmp_path / "none.png")


def test_stages_without_a_colour_are_drawn_together() -> None:
    labelling = {f"stage {number}": Spent(float(number + 1), 0.0) for number in range(12)}
    row = Row("neurons", 1, "line", 1, {}, labelling, 0, 0, 0, 0, 0.0, 0.0)
    stages = [*largest([row]), OTHERS]
    assert stages == ["stage 11", "stage 10", "stage 9", "stage 8", "stage 7", "stage 6", "stage 5", OTHERS]
    assert height_of(OTHERS, stages, heights(row)) == 1 + 2 + 3 + 4 + 5


def test_invented_photos_are_of_all_classes_and_differ(world: World, tmp_path: Path) -> None:
    source = read_probe_set(world.job(world.classes, [0], 0).probe)
    count = 3 * len(source.class_names) + 1
    write_photos(source, tmp_path / "many", count)
    made = read_probe_set(tmp_path / "many")
    assert len(made.photos) == count
    assert made.class_names == source.class_names
    first = made.classes[0]
    of_first = [photo for photo, name in zip(made.photos, made.classes, strict=True) if name == first]
    assert len({photo.read_bytes() for photo in of_first}) == len(of_first) >= 3
    with Image.open(of_first[-1]) as photo:
        assert photo.size == (64, 64)


def test_concepts_can_all_be_told_apart() -> None:
    names = concept_names()
    assert len(set(names)) == len(names) > 10_000
    assert names == concept_names()


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        (Sizes(neurons=(16, 257)), "ask for 1 to 256"),
        (Sizes(neurons=(0,)), "ask for 1 to 256"),
        (Sizes(concepts=(100, 20_000)), "ask for 1 to 10,241 concepts"),
        (Sizes(photos=(1,)), "2 photos or more"),
        (Sizes(presets=()), "at least one preset"),
    ],
)
def test_sizes_that_there_are_not(sizes: Sizes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        refuse(sizes, 256)


def test_the_command_refuses_before_it_measures(line, tmp_path: Path) -> None:
    assert "whole numbers" in line("bench", "growth", "--neurons", "many").error
    assert "line, sparing and paper" in line("bench", "growth", "--presets", "fast").error
    assert "does not say what to draw" in line("bench", "growth", "--plot", tmp_path / "plot.docx").error


def test_figures_survive_json(found: Growth) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found), type=Growth) == found
    assert json.loads(msgspec.json.encode(found))["machine"]["cores"] == found.machine.cores
    assert isinstance(found.machine, Machine)
