"""Two methods against each other: every test re-derived slowly, and a sentence where there is none."""

import math
from itertools import product

import msgspec
import numpy as np
import pytest
import scipy.stats

from line_desktop.paired import ALPHA, compare_pairs, holm

CHANCE = np.random.default_rng(3)
NORMAL = CHANCE.normal(0.4, 1, 24)
SKEWED = CHANCE.exponential(1, 12) ** 3 - 0.2


def pair(first, second=None, binary=False):
    other = np.zeros(len(first)) if second is None else np.asarray(second, float)
    (found,) = compare_pairs({"line": np.asarray(first, float), "sieve": other}, 1, binary)
    numbers = [*msgspec.structs.astuple(found.difference), *([found.tested.p, found.tested.effect] if found.tested else [])]
    assert all(map(math.isfinite, numbers))
    assert (found.tested is None) <= bool(found.sentence)
    return found


def test_normal_differences_are_tested_by_the_paired_t_test():
    found = pair(NORMAL + 3, np.full(24, 3))
    t = NORMAL.mean() / (NORMAL.std(ddof=1) / math.sqrt(24))
    assert found.normality >= ALPHA
    assert found.tested.test == "paired t-test"
    assert found.tested.p == pytest.approx(2 * scipy.stats.t.sf(abs(t), 23), abs=1e-9)
    assert found.tested.effect == pytest.approx(t / math.sqrt(24))
    assert found.tested.effect_name == "Cohen's dz"
    assert (found.wins, found.ties, found.losses) == ((NORMAL > 0).sum(), 0, (NORMAL < 0).sum())
    assert found.difference.value == pytest.approx(NORMAL.mean())
    assert found.difference.low < NORMAL.mean() < found.difference.high


def slow_wilcoxon(differences):
    """Exact, from all signs that the ranks may have."""
    told = [one for one in differences if one]
    ranks = [1 + sum(abs(other) < abs(one) for other in told) + (sum(abs(other) == abs(one) for other in told) - 1) / 2 for one in told]
    total = sum(rank * np.sign(one) for rank, one in zip(ranks, told, strict=True))
    every = [sum(rank * sign for rank, sign in zip(ranks, signs, strict=True)) for signs in product((-1, 1), repeat=len(told))]
    return np.mean(np.abs(every) >= abs(total) - 1e-9), total / sum(ranks)


def test_others_by_wilcoxons_signed_ranks():
    found = pair(SKEWED)
    p, effect = slow_wilcoxon(SKEWED)
    assert found.normality < ALPHA
    assert found.tested.test == "Wilcoxon"
    assert found.tested.p == pytest.approx(p, abs=1e-9)
    assert found.tested.effect == pytest.approx(effect)
    assert found.tested.effect_name == "rank-biserial"


def test_the_same_difference_everywhere_is_no_sample_of_a_normal_one():
    found = pair(np.full(8, 0.1) + 0.2, np.full(8, 0.2))
    assert found.normality is None
    assert (found.tested.test, found.tested.effect, found.wins) == ("Wilcoxon", 1.0, 8)
    assert found.tested.p == pytest.approx(2 / 2**8)
    assert found.sentence == "line is ahead of sieve."


def test_ties_of_wilcoxon_count_for_nothing():
    found = pair([0, 0, 0, 0, 0, 0, 0, 0, 9])
    assert (found.wins, found.ties, found.losses) == (1, 8, 0)
    assert found.tested.p == 1.0
    assert found.sentence == "No difference between line and sieve that chance could not explain."


@pytest.mark.parametrize(
    ("differences", "sentence"),
    [
        ([0.0], "Equal on the only neuron: there is nothing to test."),
        ([0.0] * 9, "Equal on all 9 neurons: there is nothing to test."),
        ([0.3], "1 of at least 3 neurons: too few for a test."),
        ([0.3, -0.1], "2 of at least 3 neurons: too few for a test."),
    ],
)
def test_where_there_is_no_test_a_sentence_says_why(differences, sentence):
    found = pair(differences)
    assert (found.tested, found.normality, found.sentence) == (None, None, sentence)


def test_hits_are_compared_by_the_neurons_on_which_one_is_right():
    first, second = [1] * 9 + [0] * 3 + [1] * 2, [0] * 8 + [1] * 4 + [1] * 2  # 8 against 3
    found = pair(first, second, binary=True)
    both = sum(math.comb(11, wins) for wins in range(12) if math.comb(11, wins) <= math.comb(11, 8)) / 2**11
    assert found.tested.test == "McNemar"
    assert found.tested.p == pytest.approx(both, abs=1e-9)
    assert (found.wins, found.ties, found.losses) == (8, 3, 3)
    assert pair([1, 0], [1, 0], binary=True).sentence == "Equal on all 2 neurons: there is nothing to test."


def test_holm_is_stepwise_bonferroni():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_every_pair_is_compared_and_corrected_for_the_others():
    values = {name: CHANCE.normal(mean, 0.5, 20) for name, mean in (("a", 0.0), ("b", 0.9), ("c", 0.9))}
    found = compare_pairs(values, 1)
    assert [(one.first, one.second) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [one.tested.p_holm for one in found] == holm([one.tested.p for one in found])
    assert [one.sentence for one in found[:2]] == ["b is ahead of a.", "c is ahead of a."]
    assert compare_pairs(values, 1) == found
    assert compare_pairs({"a": np.ones(3)}, 1) == ()


def test_thousands_of_neurons_are_no_trouble():
    found = pair(CHANCE.normal(0.1, 1, 6000))
    assert found.tested.p < 0.001
