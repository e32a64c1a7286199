"""How well a neuron tells one set of pictures from another: CoSy's scores, and those of a classifier.

Every score takes activations on two sets, (..., m) and (..., n), and works along the last axis, so many resamples are one call.
All are finite for finite activations and m, n ≥ 1, also where all are equal. Sources: [C] CoSy, [L] LINE, [S] SIEVE.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy  # its parts are loaded when they are first used

Numbers = npt.NDArray[np.float64]


def auc(label: Numbers, control: Numbers) -> Numbers:
    """P(control < label), ties counted one half [C]: from ranks, in O((m + n) log (m + n))."""
    m, n = label.shape[-1], control.shape[-1]
    ranks = _ranks(label, control, "average")[..., :m]
    found: Numbers = (ranks.sum(axis=-1) - m * (m + 1) / 2) / (m * n)
    return found


def auc_against(label: Numbers, ordered: Numbers) -> float:
    """`auc` of one label (m,) against a control (n,) that is sorted: in O(m log n), for many labels against one control."""
    below, up_to = (np.searchsorted(ordered, label, side) for side in ("left", "right"))
    return float((below + up_to).mean()) / (2 * len(ordered))


def auc_strict(label: Numbers, control: Numbers) -> Numbers:
    """P(control < label), ties counting nothing [L]."""
    m, n = label.shape[-1], control.shape[-1]
    below = _ranks(label, control, "min")[..., :m] - scipy.stats.rankdata(label, method="min", axis=-1)
    found: Numbers = below.sum(axis=-1) / (m * n)
    return found


def mad(label: Numbers, control: Numbers) -> Numbers:
    """Difference of the means over the standard deviation (n - 1) of the control [C]; 0 where that is 0."""
    if control.shape[-1] < 2:
        return np.zeros(np.shape(control)[:-1])
    deviation = control.std(axis=-1, ddof=1)
    return _ratio(label.mean(axis=-1) - control.mean(axis=-1), np.where(np.ptp(control, axis=-1) > 0, deviation, 0.0))


def mann_whitney(label: Numbers, control: Numbers) -> tuple[float, float]:
    """U of the label (m,) against the control (n,), and its two-sided p by the normal approximation; 1 where all are equal [C]."""
    if np.ptp(np.concatenate([label, control])) == 0:
        return len(label) * len(control) / 2, 1.0
    u, p = scipy.stats.mannwhitneyu(label, control, alternative="two-sided", method="asymptotic")
    return float(u), float(p)


def average_precision(of_class: Numbers, others: Numbers) -> Numbers:
    """Area under the precision-recall curve: the mean over the class's photos of the precision at their activation."""
    m, n = of_class.shape[-1], others.shape[-1]
    hits = m + 1 - scipy.stats.rankdata(of_class, method="min", axis=-1)
    fires = m + n + 1 - _ranks(of_class, others, "min")[..., :m]
    found: Numbers = (hits / fires).mean(axis=-1)
    return found


def f1(of_class: Numbers, others: Numbers) -> Numbers:
    """F1 where the neuron fires on as many photos as are of the class, the strongest ones; photos that tie with the last fire too."""
    m, n = of_class.shape[-1], others.shape[-1]
    threshold = np.partition(np.concatenate([of_class, others], axis=-1), n, axis=-1)[..., n : n + 1]
    hits = (of_class >= threshold).sum(axis=-1)
    found: Numbers = 2 * hits / (m + hits + (others >= threshold).sum(axis=-1))
    return found


def correlation(of_class: Numbers, others: Numbers) -> Numbers:
    """Pearson's correlation of activation and class; 0 where all activations are equal."""
    m, n = of_class.shape[-1], others.shape[-1]
    together = np.concatenate([of_class, others], axis=-1)
    deviation = np.where(np.ptp(together, axis=-1) > 0, together.std(axis=-1), 0.0)
    return _ratio((of_class.mean(axis=-1) - others.mean(axis=-1)) * np.sqrt(m * n) / (m + n), deviation)


def activation_rate(label: Numbers, threshold: float) -> Numbers:
    """Share of the label's pictures above the threshold [S]."""
    found: Numbers = (label > threshold).mean(axis=-1)
    return found


class Counts(NamedTuple):
    """Resamples of two samples as counts at rising values, (resamples, values) each; every value of the first sample is among them."""

    label: Numbers  # of the first sample, equal to each value
    below: Numbers  # of the second, below each value
    equal: Numbers  # of the second, equal to each value
    control: int  # size of the second


class CountedScore(NamedTuple):
    """A score that follows from counts, and the values at which it needs them: of the first sample alone, or some of the second too."""

    of_counts: Callable[[Counts], Numbers]
    values: Callable[[Numbers, Numbers], Numbers]


def _auc_of(counts: Counts) -> Numbers:
    pairs = counts.label.sum(axis=-1) * counts.control
    found: Numbers = (counts.label * (counts.below + counts.equal / 2)).sum(axis=-1) / pairs
    return found


def _average_precision_of(counts: Counts) -> Numbers:
    hits, fires = _at_least(counts)
    found: Numbers = (counts.label * hits / np.maximum(fires, 1)).sum(axis=-1) / counts.label.sum(axis=-1)
    return found


def _f1_of(counts: Counts) -> Numbers:
    hits, fires = _at_least(counts)
    size = counts.label.sum(axis=-1)
    last = (fires >= size[:, None]).sum(axis=-1) - 1  # the highest value that as many reach as are of the class
    row = np.arange(len(last))
    found: Numbers = 2 * hits[row, last] / (size + fires[row, last])
    return found


def _at_least(counts: Counts) -> tuple[Numbers, Numbers]:
    """How many of the first sample, and how many of both, are at or above each value."""
    hits = counts.label[:, ::-1].cumsum(axis=-1)[:, ::-1]
    return hits, hits + counts.control - counts.below


def _of_first(first: Numbers, _: Numbers) -> Numbers:
    return np.unique(first)


def _of_first_and_top(first: Numbers, second: Numbers) -> Numbers:
    """F1's threshold may be a value of the second sample, but only a high one.

    That fewer than m draws fall on its 4 m + 100 strongest has a chance below 10⁻⁴⁰ (the count is nearly Poisson).
    """
    top = min(len(second), 4 * len(first) + 100)
    return np.unique(np.concatenate([first, np.partition(second, -top)[-top:]]))


COUNTED: Final[dict[Any, CountedScore]] = {
    auc: CountedScore(_auc_of, _of_first),
    average_precision: CountedScore(_average_precision_of, _of_first),
    f1: CountedScore(_f1_of, _of_first_and_top),
}


def _ranks(first: Numbers, second: Numbers, method: str) -> Any:
    return scipy.stats.rankdata(np.concatenate([first, second], axis=-1), method=method, axis=-1)


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
