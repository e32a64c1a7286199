"""How sure a number is: bootstrap intervals from seeded resamples, and Wilson's interval of a share.

A resample is as many draws from a sample as it has values, with replacement. Plainly done, 1,000 resamples of 50,000 photos are
sorted 1,000 times. A score that only asks for the order of things needs less: of the second sample just how many draws fall on each
value of the first and how many between two, and these numbers are multinomial, with the shares of the sample as chances. Drawing
them at once is the same experiment, so the intervals have the same distribution. Scores of the values themselves, such as a mean,
are resampled plainly.
"""

import math
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from line_desktop import scores
from line_desktop.scores import CountedScore, Counts
from line_desktop.store.rows import Interval

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
NORMAL: Final = 1.959963984540054  # the standard normal's quantile at (1 + LEVEL) / 2
AT_ONCE: Final = 1 << 20  # numbers of resamples held together

Numbers = npt.NDArray[np.float64]
Score = Callable[[Numbers, Numbers], Numbers]


def bootstrap(score: Score, first: Numbers, second: Numbers, seed: int) -> Interval:
    """A score of two samples, (m,) and (n,), with its percentile interval; each sample is resampled for itself (Efron, 1979)."""
    chance = np.random.default_rng(seed)
    counted = scores.COUNTED.get(score)
    values = None if counted is None else counted.values(first, second)
    if counted is None or values is None or 2 * len(values) >= len(first) + len(second):
        found = resampled(score, first, second, chance)
    else:
        found = counted_resamples(counted, values, first, second, chance)
    return _interval(float(score(first, second)), found)


def mean_interval(values: Numbers, seed: int) -> Interval:
    """The mean of a sample (n,), n ≥ 1, with its interval."""
    return bootstrap(lambda some, _: some.mean(axis=-1), values, values[:1], seed)


def wilson(hits: int, count: int) -> Interval:
    """A share with Wilson's score interval (1927), which stays inside 0..1 and has a width also at its ends; count ≥ 1."""
    share, z = hits / count, NORMAL**2 / count
    middle, half = share + z / 2, math.sqrt(z * share * (1 - share) + z**2 / 4)
    return Interval(share, max(0.0, (middle - half) / (1 + z)), min(1.0, (middle + half) / (1 + z)))


def resampled(score: Score, first: Numbers, second: Numbers, chance: np.random.Generator) -> Numbers:
    """The score of RESAMPLES resamples, (RESAMPLES,), each drawn value by value."""
    return np.concatenate([score(first[one], second[other]) for one, other in _places(len(first), len(second), chance)])


def counted_resamples(score: CountedScore, values: Numbers, first: Numbers, second: Numbers, chance: np.random.Generator) -> Numbers:
    """The same from counts at `values`, rising and different, among which are all of the first sample."""
    own, others = _bins(first, values), _bins(second, values)
    found = []
    for rows in _rows(4 * len(values)):
        of_first, of_second = _multinomial(own, rows, chance), _multinomial(others, rows, chance)
        equal = of_second[:, 1::2]
        below = of_second.cumsum(axis=-1)[:, 1::2] - equal
        found.append(score.of_counts(Counts(of_first[:, 1::2], below, equal, len(second))))
    return np.concatenate(found)


def _bins(sample: Numbers, values: Numbers) -> npt.NDArray[np.int64]:
    """How many are below the first value, equal to it, between it and the second, …, above the last: (2 · values + 1)."""
    place, after = np.searchsorted(values, sample, "left"), np.searchsorted(values, sample, "right")
    return np.bincount(place + after, minlength=2 * len(values) + 1)


def _multinomial(bins: npt.NDArray[np.int64], rows: int, chance: np.random.Generator) -> Numbers:
    """Resamples of a sample as counts in its bins, (rows, bins)."""
    found = np.zeros((rows, len(bins)))
    full = np.flatnonzero(bins)  # without the empty ones no rounding makes a chance greater than one
    found[:, full] = chance.multinomial(bins.sum(), bins[full] / bins.sum(), rows)
    return found


def _places(m: int, n: int, chance: np.random.Generator) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Places in two samples, (rows, m) and (rows, n), RESAMPLES rows in all."""
    for count in _rows(m + n):
        yield chance.integers(0, m, (count, m)), chance.integers(0, n, (count, n))


def _rows(width: int) -> Iterator[int]:
    """How many resamples at once, of so many numbers each; RESAMPLES in all."""
    rows = max(1, AT_ONCE // width)
    for start in range(0, RESAMPLES, rows):
        yield min(rows, RESAMPLES - start)


def _interval(value: float, found: Numbers) -> Interval:
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))
