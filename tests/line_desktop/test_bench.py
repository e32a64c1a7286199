"""`bench quality` on two neurons of each group: the judge's figures are what they say they are."""

import math

import pytest

from line_desktop.bench import PRESETS, Quality, accepted, quality
from line_desktop.concepts import key
from models.embedded import SYNONYMS


@pytest.fixture(scope="module")
def found(demo_llm: object) -> Quality:
    return quality(2, 5, lambda _: None, steps=2)


def test_both_presets_face_the_same_neurons(found: Quality) -> None:
    assert [(one.group, one.preset) for one in found.outcomes] == [(group, preset) for group in ("hidden", "class") for preset in PRESETS]
    for line, paper in (found.outcomes[:2], found.outcomes[2:]):
        assert sorted(one.neuron for one in line.found) == sorted(one.neuron for one in paper.found)
        assert {one.neuron: one.truth for one in line.found} == {one.neuron: one.truth for one in paper.found}


def test_a_label_from_the_list_is_never_better_than_the_best_of_the_list(found: Quality) -> None:
    for one in (row for outcome in found.outcomes for row in outcome.found):
        assert math.isfinite(one.on_board)
        assert math.isfinite(one.fresh)
        assert one.label != one.truth or one.fresh == pytest.approx(1) or one.right


def test_withheld_names_never_come_from_the_start(found: Quality) -> None:
    for outcome in found.outcomes[2:]:
        truths = {key(name) for row in outcome.found for name in accepted(row.truth)}
        for row in outcome.found:
            assert row.right == (key(row.label) in set(map(key, accepted(row.truth))))
            assert row.origin != "start" or key(row.label) not in truths


def test_tables_show_every_neuron(found: Quality) -> None:
    head, *tables = found.tables()
    assert head.row_count == 4
    assert [table.row_count for table in tables] == [2, 2, 2, 2]


def test_synonyms_are_accepted() -> None:
    name, others = next((name, others) for name, others in SYNONYMS.items() if others)
    assert accepted(name) == [name, *others]
    assert accepted("no such name") == ["no such name"]
