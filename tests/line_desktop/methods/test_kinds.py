"""Kinds of photos, told against the probe set; how alike two groups are, slowly."""

import numpy as np
import pytest

from line_desktop.methods.kinds import ALIKE, STEADY, Space, kinds

WIDTH = 12


def photos(seed=0, many=300):
    return np.random.default_rng(seed).normal(size=(many, WIDTH)) * np.arange(1, WIDTH + 1)


def test_a_space_is_about_the_mean_photo_with_every_direction_measured_by_its_spread():
    seen, some = photos(), photos(1, 5)
    covariance = np.cov(seen, rowvar=False, bias=True)
    covariance += STEADY * np.trace(covariance) / WIDTH * np.eye(WIDTH)
    about = some - seen.mean(axis=0)
    squared = about @ np.linalg.inv(covariance) @ about.T  # Mahalanobis
    lengths = np.sqrt(np.diag(squared))
    placed = Space(seen).placed(some)
    np.testing.assert_allclose(placed @ placed.T, squared / np.outer(lengths, lengths), atol=1e-5)


def test_alike_is_the_chance_to_be_nearer_than_a_photo_of_the_probe_set():
    space = Space(photos(many=50))
    one, other = space.placed(photos(1, 4)), space.placed(photos(2, 3))

    def nearer(group, to):
        centre = to.mean(axis=0)
        wins = [float(mine @ centre > theirs @ centre) for mine in group for theirs in space.probe]
        return sum(wins) / len(wins)

    expected = (4 * nearer(one, other) + 3 * nearer(other, one)) / 7
    assert space.alike(one, other) == pytest.approx(expected, abs=1e-12)
    assert space.alike(other, one) == pytest.approx(expected, abs=1e-12)


def test_clusters_that_share_what_the_probe_set_lacks_are_one_kind():
    seen = photos()
    shared = np.eye(WIDTH)[0] * 8
    apart = np.eye(WIDTH)[11] * 30
    first, second = photos(3, 8) * 0.3 + apart, photos(4, 6) * 0.3 - apart
    space = Space(seen)
    assert [rows.tolist() for rows in kinds(np.concatenate([first, second]), space)] == [list(range(8)), list(range(8, 14))]
    assert [rows.tolist() for rows in kinds(np.concatenate([first, second]) + shared, space)] == [list(range(14))]
    assert space.alike(space.placed(first), space.placed(second)) < ALIKE


def test_nothing_becomes_nan_where_photos_are_few_or_equal_or_lost():
    for seen in (np.ones((5, 3)), np.ones((1, 3)), np.empty((0, 3)), np.full((4, 3), np.nan)):
        space = Space(seen)
        assert np.isfinite(space.placed(np.ones((2, 3)))).all()
        assert [rows.tolist() for rows in kinds(np.ones((2, 3)), space)] == [[0, 1]]


def test_of_a_large_probe_set_some_photos_are_compared():
    assert len(Space(photos(many=4500)).probe) == 1500
