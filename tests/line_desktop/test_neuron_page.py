"""What is gathered of a neuron, against the numbers that were put into the workspace."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from neuron_study import EACH, UNREADABLE, NeuronStudy, neuron_study
from other_methods import entry, keep_labels

from line_desktop.bank import NO_PICTURES
from line_desktop.evidence import Control, Fresh, judge
from line_desktop.neuron_page import CounterExamples, NeuronView, gather, matching_classes
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Filter
from line_desktop.store.workspace import Workspace


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> NeuronStudy:
    return neuron_study(tmp_path_factory.mktemp("neuron"))


@pytest.fixture
def desk(study: NeuronStudy) -> Iterator[Desk]:
    opened = study.desk()
    yield opened
    for neuron_id in opened.neuron_ids(Filter()):
        opened.set_human_word(int(neuron_id), None, "")
    opened.close()


def view(desk: Desk, neuron: int, run_id: int | None = None) -> NeuronView:
    return gather(desk, desk.neuron_id(desk.layer_counts()[0].layer_id, neuron), run_id)


def test_the_top_photos_are_the_strongest_of_the_column(desk: Desk, study: NeuronStudy) -> None:
    found = view(desk, 1).activity
    assert found
    column = study.activations[:, 1]
    order = [row for row in np.argsort(-np.nan_to_num(column, nan=-np.inf), kind="stable") if row != UNREADABLE][: len(found.top)]
    assert [one.path for one in found.top] == [study.photos[row] for row in order]
    assert [one.activation for one in found.top] == [float(column[row]) for row in order]
    assert [one.class_name for one in found.top] == [study.classes[row] for row in order]
    assert sorted(found.values) == sorted(value for value in column if not np.isnan(value))
    assert (found.photos, found.left_out) == (len(column), 1)


@pytest.mark.parametrize("run", [0, 1])
def test_every_score_is_the_mean_over_the_pictures_shown_with_it(desk: Desk, study: NeuronStudy, run: int) -> None:
    found = view(desk, 0, study.runs[run])
    assert found.shown == study.runs[run]
    assert len(found.story) == 6  # the start, three steps, the summary, the check
    for step in found.story:
        if step.score is not None:
            assert step.score == pytest.approx(np.mean([one.activation for one in step.pictures]), rel=1e-5)
    for ranked in found.board:
        assert ranked.entry.score == pytest.approx(np.mean([one.activation for one in ranked.pictures]), rel=1e-5)
    assert all(one.path.is_file() for one in found.pictures)
    label = next(one for one in found.board if one.entry.concept == desk.results(study.runs[run])[0].label)
    assert set(label.pictures) <= set(found.pictures)


def test_the_best_so_far_is_the_highest_of_the_board(desk: Desk, study: NeuronStudy) -> None:
    found = view(desk, 2)
    assert found.shown
    for told, step in zip(found.story, desk.steps(found.shown, 2), strict=True):
        assert told.best == max(entry.score for entry in step.board)
    best = [one.best or 0.0 for one in found.story if one.status != "confirmed"]
    assert best == sorted(best)


def test_the_story_is_of_the_label_on_the_card_and_all_runs_stand_beside_it(desk: Desk, study: NeuronStudy) -> None:
    for neuron in range(3):
        found = view(desk, neuron)
        shown = next(one for one in found.names if one.run_id == found.shown)
        assert (shown.label, shown.score) == (found.card.label, found.card.score)
        assert {one.run_id for one in found.names} == set(study.runs)
        assert found.provenance.run
        assert found.provenance.run.id == found.shown
        assert {one.kind for one in found.names} == {"line"}


def test_a_neuron_that_was_only_surveyed_has_photos_and_nothing_else(desk: Desk) -> None:
    found = view(desk, 3)
    assert found.activity
    assert (found.board, found.story, found.pictures, found.names, found.shown) == ((), (), (), (), None)
    assert found.counter_examples is None
    assert found.provenance.run is None
    assert found.provenance.probe


def test_counter_examples_follow_from_class_names_and_thresholds(desk: Desk, study: NeuronStudy) -> None:
    neuron_id = view(desk, 1).card.id
    desk.set_human_word(neuron_id, "bear", "")
    found = view(desk, 1)
    assert found.counter_examples
    assert found.activity
    assert_counter_examples(found.counter_examples, study, 1, {"polar bear", "brown bear"}, found.activity.stats.median)
    desk.set_human_word(neuron_id, "Polar Bears", "")
    found = view(desk, 1)
    assert found.counter_examples
    assert found.counter_examples.classes == ("polar bear",)
    assert found.counter_examples.photos == EACH


def assert_counter_examples(found: CounterExamples, study: NeuronStudy, neuron: int, classes: set[str], median: float) -> None:
    rows = [row for row in range(len(study.photos)) if row != UNREADABLE]
    column = study.activations[:, neuron]
    p99 = np.percentile(column[rows], 99)
    assert set(found.classes) == classes
    assert median == pytest.approx(np.median(column[rows]))
    silent = sorted((float(column[row]), study.photos[row]) for row in rows if study.classes[row] in classes and column[row] <= median)
    other = sorted((float(column[row]), study.photos[row]) for row in rows if study.classes[row] not in classes and column[row] > p99)
    assert [(one.activation, one.path) for one in found.silent] == silent[:6]
    assert [(one.activation, one.path) for one in found.other] == other[::-1][:6]
    assert silent


def test_a_label_without_a_class_of_its_name_has_none(desk: Desk) -> None:
    desk.set_human_word(view(desk, 0).card.id, "justice", "")
    found = view(desk, 0).counter_examples
    assert found == CounterExamples((), 0, (), ())


def test_a_missing_picture_is_left_out(tmp_path: Path) -> None:
    made = neuron_study(tmp_path)
    desk = made.desk()
    before = view(desk, 0).pictures
    before[0].path.unlink()
    after = view(desk, 0).pictures
    desk.close()
    assert len(after) == len(before) - sum(one.path == before[0].path for one in before)


def test_an_unknown_neuron_is_a_key_error(desk: Desk) -> None:
    with pytest.raises(KeyError):
        gather(desk, 10**9)


@pytest.mark.parametrize(
    ("label", "classes", "found"),
    [
        ("bear", ["brown bear", "bear skin", "car"], ["brown bear", "bear skin"]),
        ("brown bear", ["ice bear", "brown bear"], ["brown bear"]),
        ("great white shark", ["tiger shark", "white house"], ["tiger shark"]),
        ("Zebra-stripes", ["zebra", "stripe"], ["zebra", "stripe"]),
        ("red", ["red fox"], ["red fox"]),
        ("red sailing-boat", ["red fox"], []),
        ("", ["a"], []),
        ("!", ["", "a"], []),
    ],
)
def test_which_classes_are_named_like_a_label(label: str, classes: list[str], found: list[str]) -> None:
    assert matching_classes(label, classes) == found


def test_labels_of_other_methods_stand_beside_with_their_evidence(tmp_path: Path) -> None:
    study = neuron_study(tmp_path)
    cat, dog, pig = entry("cat", 0.9), entry("dog", 0.7), entry("pig", 0.6)
    with Workspace.open(study.folder) as workspace:
        sieve = keep_labels(workspace, "sieve", 0, [("cat", "scored", (cat, dog)), ("cat", "verified: 2 kept", (cat, dog))])
        told = [("cat", "facet 1 of 2: 60% of the strongest photos", [cat]), ("pig", "scored", [pig])]
        told += [("dog", "facet 2 of 2: 40% of the strongest photos", (cat, dog)), ("pig", "scored", [pig])]
        facets = keep_labels(workspace, "facets", 0, told, {"facets": {"preset": "paper"}}, cat)
        claims = [one for one in workspace.claims(None, ALL, every=True) if one.label == "dog"]
        evidence = judge(
            claims[0], Fresh(tuple(map(str, range(50))), np.arange(50.0)), Control(1, np.zeros(60), [None] * 60), NO_PICTURES, 0, "now"
        )
        workspace.save_evidence([evidence])
    with closing(study.desk()) as desk:
        names = {one.run_id: one for one in view(desk, 0).names}
    assert [(one.label, one.score, one.share, one.evidence) for one in names[sieve].others] == [("dog", 0.7, "", evidence)]
    assert (names[sieve].label, names[sieve].evidence) == ("cat", None)
    assert (names[facets].kind, names[facets].share) == ("paper", "facet 1 of 2: 60% of the strongest photos")
    assert [(one.label, one.share) for one in names[facets].others] == [("dog", "facet 2 of 2: 40% of the strongest photos")]
    assert all(one.others == () for run, one in names.items() if run in study.runs)
