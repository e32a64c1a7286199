"""Clusters against scikit-learn's silhouette and a slow Ward clustering."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from line_desktop.methods.clusters import CLEAR, MOST, clusters, silhouette


def spread(centres, each, width=8, noise=0.05, seed=0):
    chance = np.random.default_rng(seed)
    points = np.repeat(chance.normal(size=(centres, width)), each, axis=0) + chance.normal(0, noise, (centres * each, width))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def slow_ward(points, number):
    """Joins, again and again, the two groups whose joining raises the squared distances to their centres least (Ward, 1963)."""
    groups = [[row] for row in range(len(points))]

    def cost(rows):
        own = points[rows]
        return ((own - own.mean(axis=0)) ** 2).sum()

    while len(groups) > number:
        pairs = combinations(groups, 2)
        first, second = min(pairs, key=lambda pair: cost(pair[0] + pair[1]) - cost(pair[0]) - cost(pair[1]))
        groups = [one for one in groups if one not in (first, second)] + [first + second]
    return sorted(sorted(one) for one in groups)


@pytest.mark.parametrize("seed", range(6))
def test_equals_slow_ward_with_the_best_silhouette(seed):
    points = spread(seed % 3 + 2, 5, noise=0.2, seed=seed).astype(np.float64)
    best, score = [list(range(len(points)))], CLEAR
    for number in range(2, MOST + 1):
        groups = slow_ward(points, number)
        numbers = np.array([next(index for index, one in enumerate(groups) if row in one) for row in range(len(points))])
        clear = silhouette_score(points, numbers)
        if clear > score:
            best, score = groups, clear
    assert sorted(rows.tolist() for rows in clusters(points)) == sorted(best)


@pytest.mark.parametrize("numbers", [[0, 0, 0, 1, 1, 1, 2], [4, 4, 1, 1, 1, 1, 1], [0, 1, 2, 3, 4, 5, 5]])
def test_silhouette_is_scikit_learns(numbers):
    points = np.random.default_rng(2).normal(size=(7, 3))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    assert silhouette(distances, np.array(numbers)) == pytest.approx(silhouette_score(points, numbers), abs=1e-9)


def test_clear_groups_are_found_the_largest_first():
    points = np.concatenate([spread(1, 4, seed=1), spread(1, 9, seed=2), spread(1, 6, seed=3)])
    assert [rows.tolist() for rows in clusters(points)] == [list(range(4, 13)), list(range(13, 19)), list(range(4))]


def test_what_has_no_groups_is_one_cluster():
    one_direction = np.random.default_rng(0).normal(size=(20, 400))  # all equally far apart
    for points in (one_direction, np.ones((5, 3)), np.ones((1, 3)), np.eye(2)):
        assert [rows.tolist() for rows in clusters(points)] == [list(range(len(points)))]
    assert clusters(np.empty((0, 3))) == []
