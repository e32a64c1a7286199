"""Accuracy without a neuron: names matched, ranks and counts re-derived slowly, intervals that keep their width, plain sentences."""

import numpy as np
import pytest

from line_desktop import accuracy
from line_desktop.statistics import wilson
from line_desktop.store.intervention_rows import Ablation, ClassCounts


def test_classes_are_matched_by_any_of_their_names() -> None:
    names = ("tench, Tinca tinca", "great_white_shark", "crane", "Crane", "cats")
    found = accuracy.class_outputs(["Tinca tinca", "great white-shark", "crane", "cat", "unknown"], names)
    assert found == {"Tinca tinca": (0,), "great white-shark": (1,), "crane": (2, 3), "cat": (4,)}


def test_ranks_are_places_among_the_answers() -> None:
    chance = np.random.default_rng(1)
    answers = chance.integers(0, 5, (40, 6)).astype(np.float32)  # with ties
    outputs = [(int(chance.integers(6)),) if row % 2 else (0, 3) for row in range(40)]
    found = accuracy.ranks(answers, outputs)
    for row, own in enumerate(outputs):
        best = max(answers[row][one] for one in own)
        assert found[row] == 1 + sum(answers[row][one] >= best for one in range(6) if one not in own)


def test_an_answer_that_cannot_be_given_is_in_no_place() -> None:
    answers = np.array([[-np.inf, 1, 2], [-np.inf, -np.inf, -np.inf]], np.float32)
    assert list(accuracy.ranks(answers, [(0,), (1,)])) == [4, 4]


def test_counts_by_class() -> None:
    classes = ["b", "a", "b", "b", "a"]
    before, after = np.array([1, 0, 1, 0, 1], bool), np.array([0, 1, 1, 0, 1], bool)
    assert accuracy.count(classes, before, after) == (ClassCounts("a", 2, 1, 0, 1), ClassCounts("b", 3, 2, 1, 0))
    whole = accuracy.together(accuracy.count(classes, before, after))
    assert (whole.photos, whole.right, whole.lost, whole.gained) == (5, 3, 1, 1)
    assert accuracy.accuracies(whole) == (0.6, 0.6)


@pytest.mark.parametrize(("lost", "gained", "count"), [(0, 0, 5), (5, 0, 5), (0, 5, 5), (30, 10, 100), (0, 0, 1)])
def test_the_interval_of_a_drop_squares_and_adds_wilsons(lost: int, gained: int, count: int) -> None:
    found = accuracy.drop(ClassCounts("x", count, lost, lost, gained))
    one, other = wilson(lost, count), wilson(gained, count)
    assert found.value == pytest.approx((lost - gained) / count)
    assert found.low == pytest.approx(max(-1, found.value - ((one.value - one.low) ** 2 + (other.high - other.value) ** 2) ** 0.5))
    assert found.high == pytest.approx(min(1, found.value + ((one.high - one.value) ** 2 + (other.value - other.low) ** 2) ** 0.5))
    assert -1 <= found.low < found.high <= 1


def ablation(*classes: ClassCounts, of_answers: bool = False) -> Ablation:
    return Ablation(1, classes, 1, of_answers, 1, "head", "CPU", "")


def test_the_sentence_is_of_the_labels_classes_and_the_others() -> None:
    found = ablation(ClassCounts("dog", 10, 8, 0, 0), ClassCounts("tabby cat", 10, 9, 3, 0))
    said = accuracy.sentence(found, "cat")
    assert said.startswith("Without the neuron accuracy on tabby cat falls from 90.0% to 60.0% (drop 30.0% [")
    assert said.endswith("10 photos); on 1 other class it stays at 80.0%.")
    assert accuracy.sentence(ablation(ClassCounts("cat", 2, 1, 0, 1)), "cat").count("rises from 50.0% to 100.0%") == 1


def test_without_a_class_of_the_label_the_most_hurt_are_named() -> None:
    found = ablation(ClassCounts("dog", 10, 8, 1, 0), ClassCounts("cat", 10, 9, 3, 0), ClassCounts("fox", 10, 9, 1, 1))
    for label in ("umbrella", None):
        assert accuracy.sentence(found, label).endswith("Most hurt: cat (by 30% of 10 photos), dog (by 10% of 10 photos).")
    assert accuracy.sentence(ablation(ClassCounts("dog", 10, 8, 0, 0)), None).endswith("No class is hurt.")


def test_an_answer_of_the_network_is_said_to_be_one() -> None:
    assert "by definition" in accuracy.sentence(ablation(ClassCounts("cat", 5, 5, 5, 0), of_answers=True), "cat")
