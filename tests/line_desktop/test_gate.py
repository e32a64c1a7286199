"""The neuron gate: which neurons it doubts, against numpy's own correlation and SIEVE's ratio."""

import numpy as np
import pytest

from line_desktop import gate as gates
from line_desktop.gate import gate, selectivity
from line_desktop.store.rows import NeuronStats
from line_desktop.survey import statistics


def selective(photos, neurons, seed=0):
    """Activations of which few are high: 5 % of the photos at 10 and more, the others below 0.5."""
    chance = np.random.default_rng(seed)
    low, high = chance.uniform(0, 0.5, (photos, neurons)), chance.uniform(10, 20, (photos, neurons))
    return np.where(chance.random((photos, neurons)) < 0.05, high, low).astype(np.float32)


def doubts(activations, unreadable=(), **settings):
    return gate(statistics(activations, set(unreadable)), activations, **settings)


def test_a_layer_of_selective_and_different_neurons_has_no_doubt():
    assert doubts(selective(500, 30)) == [None] * 30


def test_each_kind_of_doubt_has_its_sentence():
    seen = selective(500, 7)
    seen[:, 1], seen[:, 2], seen[4, 3] = 0.0, 2.5, np.nan
    seen[:, 4] = 3 * seen[:, 0] + 1
    seen[:, 5] = -seen[:, 0]
    seen[:, 6] = np.linspace(1, 2, 500)
    found = doubts(seen)
    assert [one and one.kind for one in found] == [None, "dead", "constant", "non-finite", "redundant", "redundant", "unselective"]
    assert [one.broken for one in found[1:]] == [True, True, True, False, False, False]
    assert found[2].reason == "It is 2.5 on every photo of the probe set."
    assert found[4].reason == "It repeats neuron 0: over the probe set their correlation is 1.000."
    assert "-1.000" in found[5].reason
    assert "is 1.3 times its median 1.5, less than 10 times" in found[6].reason


def test_correlations_are_numpys_over_several_chunks():
    photos, neurons = gates.PHOTOS_AT_ONCE + 90, gates.NEURONS_AT_ONCE + 40
    chance = np.random.default_rng(1)
    base = chance.normal(1e4, 1, (photos, 60))
    mixed = base[:, chance.integers(0, 60, neurons)] + chance.normal(0, 1, (photos, neurons)) * chance.choice([0.05, 0.14, 0.2, 1], neurons)
    mixed[7] = np.nan
    correlation = np.corrcoef(np.delete(mixed, 7, axis=0).T)
    expected = {}
    for neuron in range(neurons):
        same = [earlier for earlier in range(neuron) if abs(correlation[earlier, neuron]) > 0.99]
        if same:
            expected[neuron] = (same[0], pytest.approx(correlation[same[0], neuron], abs=1e-9))
    assert neurons / 10 < len(expected) < neurons
    assert gates.repeats(mixed, np.arange(neurons)) == expected


def test_no_repetition_is_missed_whichever_photos_make_it():
    """Most of a neuron's variation lies on photos that the first look leaves out, or on those alone that it takes."""
    photos, chance = 1000, np.random.default_rng(2)
    taken = np.arange(0, photos, gates.STRIDE)
    left_out = np.setdiff1d(np.arange(photos), taken)
    seen = chance.normal(0, 1, (photos, 12))
    for first, rows, large in ((0, left_out, 100.0), (2, taken, 100.0), (4, left_out[:1], 1000.0), (6, taken[:1], 1000.0)):
        seen[rows, first] += large * chance.random(len(rows))
        seen[:, first + 1] = -2 * seen[:, first] + chance.normal(0, 0.05, photos)
    seen[left_out, 9] = seen[left_out, 8]  # alike on seven photos in eight, at first sight not
    seen[taken, 11] = seen[taken, 10]  # at first sight alike
    correlation = np.corrcoef(seen.T)
    expected = {later: later - 1 for later in range(1, 12) if abs(correlation[later - 1, later]) > 0.99}
    assert sorted(expected) == [1, 3, 5, 7]
    found = gates.repeats(seen, np.arange(12))
    assert {later: earlier for later, (earlier, _) in found.items()} == expected


def test_moments_keep_the_digits_of_large_means():
    chance = np.random.default_rng(3)
    seen = chance.normal(1e6, 1, (gates.PHOTOS_AT_ONCE + 500, 4))
    seen[: gates.PHOTOS_AT_ONCE, 1] = 3e6  # the first photos are of another kind
    mean, deviation = gates.moments(seen, np.arange(len(seen)), np.arange(4))
    assert mean == pytest.approx(seen.mean(axis=0), rel=1e-12)
    assert deviation == pytest.approx(seen.std(axis=0), rel=1e-6)


def test_broken_neurons_are_compared_with_none():
    seen = selective(100, 4)
    seen[:, 0], seen[3, 1] = 1.0, np.inf
    seen[:, 3] = seen[:, 2]
    assert [one and one.kind for one in doubts(seen)] == ["constant", "non-finite", None, "redundant"]


def test_the_ratio_is_p99_over_median_with_a_floor_for_zero_medians():
    seen = selective(500, 1)
    (stats,) = statistics(seen, set())
    assert selectivity(stats) == pytest.approx(np.percentile(seen, 99) / np.median(seen), rel=1e-6)
    for median, p99, ratio in ((0.0, 5.0, 1000), (-2.0, 5.0, 1000), (1.0, 5.0, 5), (0.0, 0.0, np.inf), (-3.0, -1.0, np.inf)):
        assert selectivity(NeuronStats(0, 0.0, median, p99, 9.0, "ok", ())) == pytest.approx(ratio)


def test_beta_can_be_overruled():
    seen = np.random.default_rng(0).uniform(1, 2, (200, 3))
    assert [one.kind for one in doubts(seen)] == ["unselective"] * 3
    assert doubts(seen, beta=1.0) == [None] * 3


def test_unreadable_photos_and_very_few_photos():
    seen = selective(60, 3)
    seen[5] = np.nan
    assert doubts(seen, unreadable=[5]) == [None] * 3
    few = np.array([[0.0, 0.0], [5.0, 10.0]])  # two photos: every pair of neurons correlates
    assert [one and one.kind for one in doubts(few)] == ["unselective"] * 2
