"""The scoreboard's rules, against the paper's words re-derived slowly."""

from collections import Counter

import numpy as np
import pytest

from line_desktop.scoreboard import Board, Entry, best_first, entry, update


def board_of(*scores: float, error: float = 0.0) -> Board:
    return tuple(Entry(f"concept {number}", score, error, 0, "start") for number, score in enumerate(scores))


def new(score: float) -> Entry:
    return Entry("new", score, 0.0, 1, "generated")


def test_score_is_the_mean_and_its_standard_error() -> None:
    values = [1.0, 2.0, 4.0, 5.0, 8.0]
    made = entry("cat", values, 3, "generated")
    mean = sum(values) / 5
    variance = sum((value - mean) ** 2 for value in values) / 4
    assert made.score == pytest.approx(mean)
    assert made.error == pytest.approx((variance / 5) ** 0.5)


def test_better_newcomer_takes_the_lowest_place() -> None:
    after = update(board_of(3, 1, 2), new(1.5), np.random.default_rng(0))
    assert sorted(one.score for one in after) == [1.5, 2, 3]


def test_worse_newcomer_removes_in_proportion_to_the_distance_from_the_best() -> None:
    board = board_of(4, 3, 2, 1)
    random = np.random.default_rng(0)
    gone: Counter[float] = Counter()
    for _ in range(6000):
        after = update(board, new(0.5), random)
        assert len(after) == 4
        gone.update({one.score for one in board} - {one.score for one in after})
    total = sum(4 - score for score in (4, 3, 2, 1))
    for score in (4, 3, 2, 1):
        assert gone[score] / 6000 == pytest.approx((4 - score) / total, abs=0.02)


def test_equal_scores_remove_uniformly() -> None:
    board = board_of(1, 1, 1)
    random = np.random.default_rng(0)
    gone: Counter[str] = Counter()
    for _ in range(3000):
        gone.update({one.concept for one in board} - {one.concept for one in update(board, new(1), random)})
    assert all(count == pytest.approx(1000, abs=120) for count in gone.values())
    assert len(gone) == 3


def test_best_first() -> None:
    assert [one.score for one in best_first(board_of(1, 3, 2))] == [3, 2, 1]
