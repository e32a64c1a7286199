"""The neuron gate: which neurons of a layer are not worth labelling, and why, told before any time is spent on them.

A neuron is broken (dead, constant, not finite), redundant (it repeats an earlier one) or unselective (SIEVE, section 3.2: what it does on
its best photos is not much more than what it does on any).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, Self

import msgspec
import numpy as np
import numpy.typing as npt

from line_desktop.scores import Numbers
from line_desktop.store.rows import NeuronStats
from models import plural

BETA: Final = 10.0  # p99 / median of a selective neuron, at least
ZERO_MEDIAN: Final = 1e-3  # share of p99 that stands for a median at or near zero (METHOD section 4)
SAME: Final = 0.99  # correlation, of either sign
FEWEST: Final = 10  # photos; on fewer, neurons that have nothing in common correlate by chance
PHOTOS_AT_ONCE: Final = 1024
NEURONS_AT_ONCE: Final = 512
STRIDE: Final = 8

Kind = Literal["dead", "constant", "non-finite", "redundant", "unselective"]
BROKEN: Final[tuple[Kind, ...]] = ("dead", "constant", "non-finite")


class Doubt(msgspec.Struct, frozen=True):
    """Why a neuron is not worth labelling, in a sentence. Only of those that are not `broken` a label can be had."""

    kind: Kind
    reason: str

    @property
    def broken(self) -> bool:
        """Whether no method can label it."""
        return self.kind in BROKEN


def gate(stats: Sequence[NeuronStats], activations: npt.NDArray[np.floating], beta: float = BETA) -> list[Doubt | None]:
    """The doubt about each neuron of a layer, or None.

    `stats`: of all neurons, in order; `activations`: (photos, neurons), perhaps mapped from a file; a photo that could not be read is a row
    of NaN. Besides a few copies of PHOTOS_AT_ONCE rows it takes about three arrays of neurons x NEURONS_AT_ONCE numbers.
    """
    fit = [one.index for one in stats if one.state == "ok"]
    repeated = repeats(activations, np.array(fit, np.int64))
    return [broken(one) or repeats_another(one, repeated) or unselective(one, beta) for one in stats]


def summary(doubts: Iterable[Doubt], asked: int, left_out: int) -> str:
    """What the gate says of the neurons that were asked for, in a sentence."""
    counts = Counter(one.kind for one in doubts)
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"In doubt: {counts.total()} of {plural.count(asked, 'neuron')} ({kinds}); left out: {left_out or 'none'}."


def broken(stats: NeuronStats) -> Doubt | None:
    """The doubt about a neuron that no method can label."""
    if stats.state == "ok":
        return None
    reasons = {
        "dead": "It never fires on the probe set.",
        "constant": f"It is {stats.mean:.4g} on every photo of the probe set.",
        "non-finite": "It is NaN or infinite on at least one photo of the probe set.",
    }
    return Doubt(stats.state, reasons[stats.state])


def repeats_another(stats: NeuronStats, repeated: dict[int, tuple[int, float]]) -> Doubt | None:
    """The doubt about a neuron that repeats an earlier one."""
    if stats.index not in repeated:
        return None
    earlier, correlation = repeated[stats.index]
    return Doubt("redundant", f"It repeats neuron {earlier}: over the probe set their correlation is {correlation:.3f}.")


def unselective(stats: NeuronStats, beta: float) -> Doubt | None:
    """The doubt about a neuron whose strongest photos stand out too little.

    Says nothing of a neuron that fires on less than one photo in a hundred, nor of one that is mostly negative: their ratio has no meaning.
    """
    ratio = selectivity(stats)
    if ratio >= beta:
        return None
    said = f"its 99th percentile {stats.p99:.4g} is {ratio:.1f} times its median {stats.median:.4g}"
    return Doubt("unselective", f"It responds to most photos alike: {said}, less than {beta:.3g} times.")


def selectivity(stats: NeuronStats) -> float:
    """p99 / median of a neuron's activations, with ZERO_MEDIAN of p99 for a smaller median; infinite where p99 is not above zero."""
    return stats.p99 / max(stats.median, ZERO_MEDIAN * stats.p99) if stats.p99 > 0 else np.inf


def repeats(activations: npt.NDArray[np.floating], neurons: npt.NDArray[np.int64]) -> dict[int, tuple[int, float]]:
    """Neuron -> the earliest neuron that it repeats, and their correlation over the readable photos; `neurons`: those compared, rising."""
    photos = np.flatnonzero(~np.isnan(activations).all(axis=1))
    if len(photos) < FEWEST:
        return {}
    layer = Standard(activations, neurons, *moments(activations, photos, neurons))
    layer = layer.only(near_another(layer, photos))
    found: dict[int, tuple[int, float]] = {}
    for start, products in layer.products(photos, np.float64):
        for place in range(start, start + products.shape[1]):
            correlation = products[:place, place - start] / len(photos)
            same = np.flatnonzero(np.abs(correlation) > SAME)
            if len(same):
                found[int(layer.neurons[place])] = (int(layer.neurons[same[0]]), float(correlation[same[0]]))
    return found


class Standard(NamedTuple):
    """Neurons of a layer in standard units: less their mean, over their standard deviation."""

    activations: npt.NDArray[np.floating]
    neurons: npt.NDArray[np.int64]
    mean: Numbers
    deviation: Numbers

    def only(self, places: npt.NDArray[np.int64]) -> Self:
        """Some of the neurons."""
        return self._replace(neurons=self.neurons[places], mean=self.mean[places], deviation=self.deviation[places])

    def products(self, photos: npt.NDArray[np.int64], kind: type[np.floating]) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
        """For every NEURONS_AT_ONCE neurons the place of the first, and the sums over photos of each earlier or own times each of them."""
        for start in range(0, len(self.neurons), NEURONS_AT_ONCE):
            end = min(start + NEURONS_AT_ONCE, len(self.neurons))
            sums = np.zeros((end, end - start), kind)
            for rows in chunks(photos):
                seen = np.asarray(self.activations[rows], np.float64)[:, self.neurons[:end]]
                scaled = ((seen - self.mean[:end]) / self.deviation[:end]).astype(kind, copy=False)
                sums += scaled.T @ scaled[:, start:]
            yield start, sums


def near_another(layer: Standard, photos: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The places of all neurons that may repeat another or be repeated, from one photo in STRIDE: none is missed.

    Over all n photos two neurons in standard units of correlation r are 2 n (1 - r) apart, squared; over some of the photos not farther.
    With r < 0 the one and the other's negative are.
    """
    near = np.zeros(len(layer.neurons), bool)
    farthest = 1.01 * 2 * len(photos) * (1 - SAME)  # a hundredth more than single precision could hide
    squares = np.zeros(0)
    for start, products in layer.products(photos[::STRIDE], np.float32):
        own = np.arange(products.shape[1])
        squares = np.concatenate([squares, products[start + own, own]])
        apart = squares[:, None] + squares[start:] - 2 * np.abs(products)
        earlier, later = np.nonzero(apart < farthest)
        pairs = earlier < start + later
        near[earlier[pairs]] = near[start + later[pairs]] = True
    return np.flatnonzero(near)


def moments(
    activations: npt.NDArray[np.floating], photos: npt.NDArray[np.int64], neurons: npt.NDArray[np.int64]
) -> tuple[Numbers, Numbers]:
    """Mean and standard deviation of each neuron, in one pass of what is apart from the mean of the first photos.

    That lies within a few standard deviations of all photos' mean, so no digits are lost where a mean is large.
    """
    first, total, square = np.zeros(len(neurons)), np.zeros(len(neurons)), np.zeros(len(neurons))
    for number, rows in enumerate(chunks(photos)):
        seen = np.asarray(activations[rows], np.float64)[:, neurons]
        if number == 0:
            first = seen.mean(axis=0)
        seen -= first
        total += seen.sum(axis=0)
        square += np.einsum("pn,pn->n", seen, seen)
    apart = total / len(photos)
    return first + apart, np.sqrt(square / len(photos) - apart**2)


def chunks(photos: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """The photos, PHOTOS_AT_ONCE together."""
    return [photos[start : start + PHOTOS_AT_ONCE] for start in range(0, len(photos), PHOTOS_AT_ONCE)]
