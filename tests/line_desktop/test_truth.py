"""`bench truth`: which names count as right, what is withheld, and a small run from end to end."""

from pathlib import Path

import pytest

from line_desktop import demo
from line_desktop.errors import UserError
from line_desktop.known_world import Known, Ran, World
from line_desktop.methods.asking import Labelled
from line_desktop.right_names import accepted, holds, is_right
from line_desktop.scoreboard import Entry
from line_desktop.survey import read_probe_set
from line_desktop.target import Overrides
from line_desktop.truth import Truth, contestants, judge, pairs, truth
from models.embedded import SYNONYMS, planted

KNOWN = Known("class neurons", Path("net"), "head", Overrides(), ("cat", "ice cream", "red"), (("cat", "kitten"), ("ice cream",), ("red",)))


def labelled(concept: str) -> Labelled:
    entry = Entry(concept, 1.0, 0.1, 1, "generated")
    return Labelled(entry, (entry,))


def ran(**labels: str) -> Ran:
    """A job's result; n2="cat" names neuron 2."""
    return Ran([], {int(name[1:]): labelled(label) for name, label in labels.items()}, 30, 6.0)


def test_synonyms_are_accepted() -> None:
    name, others = next((name, others) for name, others in SYNONYMS.items() if others)
    assert accepted(name) == [name, *others]
    assert accepted("no such name") == ["no such name"]


@pytest.mark.parametrize(
    ("label", "right", "inside"),
    [("cat", True, True), ("Kittens", True, True), ("striped cat", False, True), ("caterpillar", False, False), ("dog", False, False)],
)
def test_right_or_with_words_too_many(label: str, right: bool, inside: bool) -> None:
    assert is_right(label, ("cat", "kitten")) == right
    assert holds(label, ("cat", "kitten")) == inside


def test_a_neuron_without_a_label_is_wrong() -> None:
    cell = judge("line", KNOWN, "in", [0, 1, 2], ran(n0="kitten", n1="ice cream cone"))
    assert [(one.label, one.right, one.holds) for one in cell.named] == [
        ("kitten", True, True), ("ice cream cone", False, True), (None, False, False),
    ]  # fmt: skip
    assert cell.right.value == pytest.approx(1 / 3)
    assert cell.holds.value == pytest.approx(2 / 3)
    assert cell.right.low < 1 / 3 < cell.right.high
    assert (cell.seconds, cell.pictures) == (2.0, 10.0)


def test_methods_are_compared_neuron_by_neuron() -> None:
    cells = [judge(name, KNOWN, "in", [0, 1, 2], ran(n0=first, n2="red")) for name, first in (("one", "cat"), ("other", "dog"))]
    (pair,) = pairs(cells, 0)
    assert (pair.wins, pair.ties, pair.losses) == (1, 2, 0)


def test_line_comes_once_for_each_preset() -> None:
    found = contestants(["line", "invert"], ["line", "paper"])
    assert list(found) == ["line", "line-paper", "invert"]
    assert found["line-paper"] == {"preset": "paper"}


@pytest.mark.parametrize(
    ("methods", "presets", "named"),
    [
        (["lime"], ["line"], "method lime"),
        (["line"], ["papers"], "preset papers"),
        ([], ["line"], "No method"),
        (["describe-and-dissect"], ["line"], "a captioner"),
        (["line"], [], "No preset"),
    ],
)
def test_methods_that_are_not_there(methods: list[str], presets: list[str], named: str) -> None:
    with pytest.raises(UserError, match=named):
        contestants(methods, presets)


@pytest.fixture(scope="module")
def found(world: World) -> Truth:
    """By INVERT, which needs no engine of its own; LINE runs in such a world in test_bench."""
    return truth(world, contestants(["invert"], ["line"]), 2, 3, lambda _: None)


def test_both_vocabularies_face_the_same_neurons(found: Truth) -> None:
    assert [(one.what, one.vocabulary) for one in found.cells] == [
        (what, vocabulary) for what in ("class neurons", "planted neurons") for vocabulary in ("in", "withheld")
    ]
    for known, withheld in (found.cells[:2], found.cells[2:]):
        assert [(one.neuron, one.truth) for one in known.named] == [(one.neuron, one.truth) for one in withheld.named]


def test_withheld_names_are_not_given(found: Truth) -> None:
    """INVERT knows no names but those of the photos' classes, so it cannot say a withheld one; else it finds class neurons."""
    by = {(one.what, one.vocabulary): one for one in found.cells}
    assert by["class neurons", "withheld"].holds.value == 0
    assert by["planted neurons", "withheld"].holds.value == 0
    assert by["class neurons", "in"].right.value > 0


def test_tables_show_every_neuron(found: Truth) -> None:
    head, *rows = found.tables()
    assert head.row_count == 4
    assert [table.row_count for table in rows] == [2, 2, 2, 2]


def test_a_copy_of_the_world_has_surveys_and_no_pictures(world: World) -> None:
    with world.copy() as workspace:
        assert not workspace.runs()
        assert not any((workspace.folder / "objects").rglob("*.png"))
        for row, layer, width in zip(workspace.targets(), (demo.CLASSES, planted.LAYER), (149, len(planted.NEURONS)), strict=True):
            probe = workspace.find_probe_set(read_probe_set(demo.probe_folder(world.folder)).digest)
            assert probe is not None
            survey = workspace.find_survey(workspace.layer_id(row.id, layer), probe)
            assert survey is not None
            assert (survey.complete, survey.width) == (True, width)
