"""Bootstrap intervals: seeded, as wide as the theory says, and the same however many resamples are held together."""

import numpy as np
import pytest
import scipy.stats

from line_desktop import scores, statistics
from line_desktop.statistics import bootstrap, counted_resamples, mean_interval, resampled, wilson

CHANCE = np.random.default_rng(2)
FIRST, SECOND = CHANCE.normal(1, 1, 50), CHANCE.normal(0, 1, 200)


def means(first, second):
    return first.mean(axis=-1) - second.mean(axis=-1)


def test_the_interval_of_a_difference_of_means_is_that_of_the_normal_theory():
    found = bootstrap(means, FIRST, SECOND, 1)
    error = np.sqrt(FIRST.var() / 50 + SECOND.var() / 200)
    assert found.value == pytest.approx(FIRST.mean() - SECOND.mean())
    assert (found.low, found.high) == pytest.approx((found.value - 1.96 * error, found.value + 1.96 * error), abs=0.2 * error)


def test_the_same_seed_gives_the_same_interval_and_another_another():
    assert bootstrap(scores.auc, FIRST, SECOND, 1) == bootstrap(scores.auc, FIRST, SECOND, 1)
    assert bootstrap(scores.auc, FIRST, SECOND, 1) != bootstrap(scores.auc, FIRST, SECOND, 2)


@pytest.mark.parametrize("at_once", [1, 250 * 999, 250 * 1000, 1 << 30])
def test_every_resample_counts_however_many_are_held_together(monkeypatch, at_once):
    monkeypatch.setattr(statistics, "AT_ONCE", at_once)
    rows = []

    def score(first, second):
        rows.append(len(first) if first.ndim == 2 else 0)
        return means(first, second)

    bootstrap(score, FIRST, SECOND, 1)
    assert sum(rows) == statistics.RESAMPLES


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """AUC of two normal samples one deviation apart is Φ(1/√2) = 0.760."""
    chance = np.random.default_rng(11)
    found = [bootstrap(scores.auc, chance.normal(1, 1, 50), chance.normal(0, 1, 100), trial) for trial in range(30)]
    assert sum(one.low <= 0.7602 <= one.high for one in found) >= 24


def test_what_does_not_vary_has_no_width():
    assert bootstrap(scores.auc, np.ones(5), np.zeros(5), 1) == statistics.Interval(1.0, 1.0, 1.0)


def ranked_samples(case):
    """Distinct values, many equal ones, and most photos at zero, as after a ReLU."""
    chance = np.random.default_rng(6)
    first, second = chance.normal(0.7, 1, 12), chance.normal(0, 1, 400)
    if case == "ties":
        return np.round(2 * first), np.round(2 * second)
    return (np.maximum(first, 0), np.maximum(second, 0)) if case == "zeros" else (first, second)


@pytest.mark.parametrize("case", ["distinct", "ties", "zeros"])
@pytest.mark.parametrize("score", list(scores.COUNTED))
def test_resamples_by_counts_are_distributed_as_those_drawn_value_by_value(score, case, monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 3000)
    first, second = ranked_samples(case)
    counted = scores.COUNTED[score]
    fast = counted_resamples(counted, counted.values(first, second), first, second, np.random.default_rng(1))
    slow = resampled(score, first, second, np.random.default_rng(2))
    assert len(fast) == len(slow) == 3000
    assert scipy.stats.ks_2samp(fast, slow, method="asymp").pvalue > 0.001
    assert fast.mean() == pytest.approx(slow.mean(), abs=5 * slow.std() / np.sqrt(3000))
    assert fast.std() == pytest.approx(slow.std(), rel=0.15)


@pytest.mark.parametrize("score", list(scores.COUNTED))
def test_a_score_follows_from_counts(score):
    """Of the samples themselves, which are a resample too."""
    for case in ("distinct", "ties", "zeros"):
        first, second = ranked_samples(case)
        values = scores.COUNTED[score].values(first, second)
        counts = [[(sample == value).sum() for value in values] for sample in (first, second)]
        below = [(second < value).sum() for value in values]
        label, equal, under = (np.array([row], float) for row in (*counts, below))
        found = scores.COUNTED[score].of_counts(scores.Counts(label, under, equal, len(second)))
        assert found == pytest.approx([float(score(first, second))], abs=1e-12)


def test_fifty_thousand_photos_are_not_sorted_a_thousand_times():
    """By the number of values that are looked at, not by the clock."""
    chance = np.random.default_rng(8)
    first, second = chance.normal(1, 1, 50), np.maximum(chance.normal(0, 1, 50_000), 0)
    assert all(len(counted.values(first, second)) <= 350 for counted in scores.COUNTED.values())
    found = bootstrap(scores.auc, first, second, 3)
    assert found.low < found.value < found.high


def test_the_interval_of_a_mean():
    found = mean_interval(FIRST, 4)
    assert found.value == pytest.approx(FIRST.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * FIRST.std() / np.sqrt(50), rel=0.15)
    assert mean_interval(np.array([2.5]), 4) == statistics.Interval(2.5, 2.5, 2.5)


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (1, 1), (0, 24), (9, 24), (24, 24), (500, 1000)])
def test_wilsons_interval_is_scipys(hits, count):
    found = wilson(hits, count)
    expected = scipy.stats.binomtest(hits, count).proportion_ci(method="wilson")
    assert found.value == hits / count
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
