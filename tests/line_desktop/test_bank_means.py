"""The best concepts of the bank, against a slow search through all of them."""

import numpy as np
import pytest

from line_desktop import concepts
from line_desktop.bank_means import Means
from line_desktop.store.rows import BankMeans

NAMES = [f"{first} {second}{plural}" for first in ("red", "blue", "old", "wet") for second in ("cat", "dog", "hat") for plural in ("", "s")]


def slow_best(names, values, known, floor, count):
    """The first of the highest, one after the other."""
    left = [(name, value) for name, value in zip(names, values, strict=True) if concepts.key(name) not in known and value > floor]
    best = []
    while left and len(best) < count:
        highest = max(value for _, value in left)
        best.append(next(name for name, value in left if value == highest))
        left = [(name, value) for name, value in left if name != best[-1]]
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_best_are_those_of_a_slow_search(seed):
    random = np.random.default_rng(seed)
    names = list(random.permutation(NAMES))[: int(random.integers(1, len(NAMES)))]
    values = random.integers(-2, 4, (len(names), 3)).astype(np.float32)  # many equal
    values[random.random(values.shape) < 0.2] = np.nan
    start = int(random.integers(0, len(names) + 1))
    means = Means(BankMeans(names[:start], names[:start], values[:start], start))
    for row in range(start, len(names)):
        means.add(names[row : row + 1], values[row : row + 1])
    means.add(names[:2], values[:2] + 100)  # known: they stay as they are
    for neuron in range(3):
        for taken in range(len(names) + 1):
            known = {concepts.key(name) for name in random.permutation(names)[:taken]} | {"something else"}
            for floor in (-np.inf, 0.0, 3.0):
                for wanted in (1, 3):
                    assert means.best(neuron, known, floor, wanted) == slow_best(names, values[:, neuron], known, floor, wanted)


def test_nothing_beats_nothing():
    empty = Means(BankMeans([], [], np.empty((0, 4), np.float32), 0))
    assert empty.best(3, set(), -np.inf, 2) == []
    empty.add(["cat"], np.array([[1, 2, np.nan, np.nan]], np.float32))
    assert empty.best(1, set(), 1.5, 2) == ["cat"]
    assert empty.best(2, set(), -np.inf, 2) == []
