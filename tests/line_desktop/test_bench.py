"""`bench quality` on two hidden neurons: the judge's figures are what they say they are."""

import math

import pytest

from line_desktop.bench import PRESETS, Quality, quality
from line_desktop.known_world import World


@pytest.fixture(scope="module")
def found(world: World) -> Quality:
    return quality(world, 2, 5, lambda _: None, steps=1, fresh_pictures=1)


def test_both_presets_face_the_same_neurons(found: Quality) -> None:
    line, paper = found.outcomes
    assert (line.preset, paper.preset) == PRESETS
    assert {one.neuron: one.best for one in line.found} == {one.neuron: one.best for one in paper.found}
    assert len(line.found) == 2


def test_a_label_is_judged_by_the_list(found: Quality) -> None:
    for one in (row for outcome in found.outcomes for row in outcome.found):
        assert math.isfinite(one.on_board)
        assert math.isfinite(one.fresh)
        assert one.label != one.best or one.fresh == pytest.approx(1)


def test_the_counters_are_of_each_preset(found: Quality) -> None:
    for outcome in found.outcomes:
        assert outcome.pictures_drawn > 0  # nothing was in the bank
        assert 0 <= outcome.proposals <= 2  # one step and the summary


def test_tables_show_every_neuron(found: Quality) -> None:
    head, *tables = found.tables()
    assert head.row_count == 2
    assert [table.row_count for table in tables] == [2, 2]
