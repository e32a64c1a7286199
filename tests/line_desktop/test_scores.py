"""Every score against a slow one written from its definition: loops over pairs, thresholds and photos."""

import math
from itertools import product

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from line_desktop import scores

SCORES = (scores.auc, scores.auc_strict, scores.mad, scores.average_precision, scores.f1, scores.correlation)


def samples(ties: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of samples of several sizes, one better than the other, some with many equal values."""
    chance = np.random.default_rng(3)
    sizes = [(1, 1), (1, 9), (2, 2), (7, 5), (20, 60)]
    found = [(chance.normal(0.7, 1, m), chance.normal(0, 1, n)) for m, n in sizes for _ in range(4)]
    return [(np.round(first), np.round(second)) for first, second in found] if ties else found


@pytest.fixture(params=[False, True], ids=["distinct", "ties"])
def pairs(request):
    return samples(request.param)


def slow_auc(label, control, tie):
    worth = [1.0 if low < high else tie if low == high else 0.0 for high, low in product(label, control)]
    return sum(worth) / len(worth)


def test_auc_counts_pairs(pairs):
    for label, control in pairs:
        assert scores.auc(label, control) == pytest.approx(slow_auc(label, control, 0.5), abs=1e-9)
        assert scores.auc_strict(label, control) == pytest.approx(slow_auc(label, control, 0.0), abs=1e-9)
        assert scores.auc_against(label, np.sort(control)) == pytest.approx(slow_auc(label, control, 0.5), abs=1e-9)


def test_mad_is_the_difference_of_means_over_the_deviation_of_the_control(pairs):
    for label, control in pairs:
        mean = sum(control) / len(control)
        squares = sum((one - mean) ** 2 for one in control)
        deviation = math.sqrt(squares / (len(control) - 1)) if len(control) > 1 else 0.0
        expected = (sum(label) / len(label) - mean) / deviation if deviation else 0.0
        assert scores.mad(label, control) == pytest.approx(expected, abs=1e-9)


def slow_mann_whitney(label, control):
    """U counts pairs; p by the normal approximation with corrections for ties and continuity (Mann and Whitney; Lehmann, 1975)."""
    m, n = len(label), len(control)
    u = slow_auc(label, control, 0.5) * m * n
    together = [*label, *control]
    ties = sum(together.count(one) ** 3 - together.count(one) for one in set(together))
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    z = (abs(u - m * n / 2) - 0.5) / math.sqrt(variance) if variance else -math.inf
    return u, min(1.0, math.erfc(z / math.sqrt(2)))


def test_mann_whitney_counts_pairs(pairs):
    for label, control in pairs:
        u, p = scores.mann_whitney(label, control)
        expected_u, expected_p = slow_mann_whitney(list(label), list(control))
        assert u == pytest.approx(expected_u, abs=1e-9)
        assert p == pytest.approx(expected_p, abs=1e-9)


def slow_f1(of_class, others):
    threshold = sorted([*of_class, *others])[-len(of_class)]
    hits = sum(one >= threshold for one in of_class)
    false_alarms = sum(one >= threshold for one in others)
    precision, recall = hits / (hits + false_alarms), hits / len(of_class)
    return 2 * precision * recall / (precision + recall) if hits else 0.0


def test_f1_lets_as_many_photos_fire_as_are_of_the_class(pairs):
    for of_class, others in pairs:
        assert scores.f1(of_class, others) == pytest.approx(slow_f1(of_class, others), abs=1e-9)


def test_average_precision_sums_over_thresholds(pairs):
    for of_class, others in pairs:
        area = recall = 0.0
        for threshold in sorted({*of_class, *others}, reverse=True):
            hits, fires = (of_class >= threshold).sum(), (of_class >= threshold).sum() + (others >= threshold).sum()
            area += (hits / len(of_class) - recall) * hits / fires
            recall = hits / len(of_class)
        truth = [1] * len(of_class) + [0] * len(others)
        assert scores.average_precision(of_class, others) == pytest.approx(area, abs=1e-9)
        assert area == pytest.approx(average_precision_score(truth, [*of_class, *others]), abs=1e-9)


def test_correlation_is_pearsons(pairs):
    for of_class, others in pairs:
        both = np.array([*of_class, *others])
        expected = np.corrcoef(both, [1] * len(of_class) + [0] * len(others))[0, 1] if np.ptp(both) else 0.0
        assert scores.correlation(of_class, others) == pytest.approx(expected, abs=1e-9)


def test_activation_rate_is_the_share_above():
    assert scores.activation_rate(np.array([1.0, 2.0, 2.5, 3.0]), 2.0) == 0.5


@pytest.mark.parametrize("score", SCORES)
def test_many_resamples_are_one_call(score):
    chance = np.random.default_rng(5)
    first, second = np.round(chance.normal(1, 1, (6, 8))), np.round(chance.normal(0, 1, (6, 11)))
    assert score(first, second) == pytest.approx([float(score(one, other)) for one, other in zip(first, second, strict=True)])


@pytest.mark.parametrize("value", [0.0, -1.5, 0.1, 1e-30, 1e30])
def test_equal_activations_say_nothing(value):
    same = np.full(7, value), np.full(9, value)
    assert [float(score(*same)) for score in SCORES] == pytest.approx([0.5, 0.0, 0.0, 7 / 16, 2 * 7 / 23, 0.0])
    assert scores.mann_whitney(*same) == (31.5, 1.0)


@pytest.mark.parametrize("score", SCORES)
def test_one_picture_and_one_photo_give_a_number(score):
    assert math.isfinite(score(np.array([2.0]), np.array([1.0])))
