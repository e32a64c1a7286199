"""Two methods over the same neurons: who is ahead, by how much, and whether that could be chance (LINE, appendix G).

The differences neuron by neuron are tested for normality (Shapiro-Wilk); then the paired t-test, or Wilcoxon's signed-rank test where
normality is rejected. Shares of hits are compared by McNemar's exact test. Nothing is ever NaN: where there is no test a sentence says why.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import scipy  # its parts are loaded when they are first used

from line_desktop.statistics import mean_interval
from line_desktop.store.rows import Interval

ALPHA: Final = 0.05
FEWEST: Final = 3  # neurons: Shapiro-Wilk asks for three
MOST: Final = 5000  # differences for which the p of Shapiro-Wilk is accurate (Royston, 1995)
EQUAL: Final = 1e-12  # differences that vary by less than this share of their size are one number

Numbers = npt.NDArray[np.float64]
Test = Literal["paired t-test", "Wilcoxon", "McNemar"]


class Tested(msgspec.Struct, frozen=True):
    """A test that could be made."""

    test: Test
    p: float  # two-sided
    effect: float
    effect_name: Literal["Cohen's dz", "rank-biserial", "net wins"]
    p_holm: float = 1.0  # corrected for the other pairs of methods


class Pair(msgspec.Struct, frozen=True):
    """One method against another in one metric, over the same neurons."""

    first: str
    second: str
    difference: Interval  # the mean of first minus second
    wins: int  # neurons on which the first is higher
    ties: int
    losses: int
    normality: float | None  # p of Shapiro-Wilk; None where it was not asked
    tested: Tested | None
    sentence: str


def compare_pairs(values: dict[str, Numbers], seed: int, binary: bool = False) -> tuple[Pair, ...]:
    """Each pair of methods in the order given, p corrected by Holm over the pairs.

    `values`: method -> (neurons), all of one length, at least 1; `binary` where they are 0 or 1.
    """
    names = list(values)
    pairs = [
        _pair(first, second, values[first] - values[second], seed, binary)
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    ]
    corrected = iter(holm([pair.tested.p for pair in pairs if pair.tested]))
    return tuple(_corrected(pair, next(corrected)) if pair.tested else pair for pair in pairs)


def holm(ps: Sequence[float]) -> list[float]:
    """The p values corrected for being several, in their order (Holm, 1979)."""
    found = [0.0] * len(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda place: ps[place])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        found[place] = highest
    return found


def _pair(first: str, second: str, differences: Numbers, seed: int, binary: bool) -> Pair:
    size = np.abs(differences).max()
    if np.ptp(differences) <= EQUAL * size:
        differences = np.full_like(differences, differences[0])
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    normality, tested = (None, _mcnemar(wins, losses)) if binary else _test(differences)
    ties = len(differences) - wins - losses
    return Pair(first, second, mean_interval(differences, seed), wins, ties, losses, normality, tested, _why_not(differences))


def _why_not(differences: Numbers) -> str:
    if not differences.any():
        return f"Equal on {'the only neuron' if len(differences) == 1 else f'all {len(differences)} neurons'}: there is nothing to test."
    if len(differences) < FEWEST:
        return f"{len(differences)} of at least {FEWEST} neurons: too few for a test."
    return ""


def _test(differences: Numbers) -> tuple[float | None, Tested | None]:
    """p of Shapiro-Wilk, and the test that follows from it."""
    if _why_not(differences):
        return None, None
    if np.ptp(differences) == 0:  # of one number there is no normality
        return None, _wilcoxon(differences)
    some = differences if len(differences) <= MOST else np.random.default_rng(0).choice(differences, MOST, replace=False)
    normality = float(scipy.stats.shapiro(some).pvalue)
    return normality, _wilcoxon(differences) if normality < ALPHA else _t_test(differences)


def _t_test(differences: Numbers) -> Tested:
    p = float(scipy.stats.ttest_1samp(differences, 0.0).pvalue)
    return Tested("paired t-test", p, float(differences.mean() / differences.std(ddof=1)), "Cohen's dz")


def _wilcoxon(differences: Numbers) -> Tested:
    """Neurons without a difference count for nothing, as Wilcoxon had it."""
    told = differences[differences != 0]
    ranks = scipy.stats.rankdata(np.abs(told))
    effect = float(ranks[told > 0].sum() - ranks[told < 0].sum()) / float(ranks.sum())  # Kerby, 2014
    return Tested("Wilcoxon", float(scipy.stats.wilcoxon(told).pvalue), effect, "rank-biserial")


def _mcnemar(wins: int, losses: int) -> Tested | None:
    """Exact: of the neurons on which only one is right, how likely is so uneven a split?"""
    if wins + losses == 0:
        return None
    p = float(scipy.stats.binomtest(wins, wins + losses).pvalue)
    return Tested("McNemar", p, (wins - losses) / (wins + losses), "net wins")


def _corrected(pair: Pair, p_holm: float) -> Pair:
    assert pair.tested is not None
    tested = msgspec.structs.replace(pair.tested, p_holm=p_holm)
    return msgspec.structs.replace(pair, tested=tested, sentence=_finding(pair, tested))


def _finding(pair: Pair, tested: Tested) -> str:
    """The outcome in words."""
    if tested.p_holm >= ALPHA:
        return f"No difference between {pair.first} and {pair.second} that chance could not explain."
    ahead, behind = (pair.first, pair.second) if tested.effect > 0 else (pair.second, pair.first)
    return f"{ahead} is ahead of {behind}."
