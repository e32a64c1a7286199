"""The bank in memory: the mean activation of every neuron on every concept, to look up a neuron's best one."""

from collections.abc import Sequence

import numpy as np

from line_desktop import concepts
from line_desktop.store.rows import BankMeans
from models.types import FloatArray


class Means:
    """The means of a neuron on all concepts lie side by side, because they are asked for neuron by neuron."""

    def __init__(self, kept: BankMeans) -> None:
        self._rows = {name: row for row, name in enumerate(kept.concepts)}
        self._names: list[str] = list(kept.concepts)
        self._values: FloatArray = np.ascontiguousarray(kept.means.T)  # (neurons, concepts), with room for more

    def add(self, names: Sequence[str], values: FloatArray) -> None:
        """Add concepts, in their spelling, with their means (concepts, neurons); those that are known stay as they are."""
        fresh = [index for index, name in enumerate(names) if name not in self._rows]
        before, after = len(self._names), len(self._names) + len(fresh)
        if after > self._values.shape[1]:
            larger = np.empty((len(self._values), max(after, 2 * before)), np.float32)
            larger[:, :before] = self._values[:, :before]
            self._values = larger
        self._values[:, before:after] = values[fresh].T
        for index in fresh:
            self._rows[names[index]] = len(self._names)
            self._names.append(names[index])

    def best(self, neuron: int, known: set[str], floor: float) -> str | None:
        """The concept with the neuron's highest mean, if above `floor`, among those whose keys are not in `known`; the first of equals.

        The highest are taken in ever larger numbers: most often one of the first is new.
        """
        values = np.nan_to_num(self._values[neuron, : len(self._names)], nan=-np.inf)
        count = len(known) + 1
        while True:
            least = np.partition(values, -count)[-count] if count < len(values) else -np.inf
            rows = np.flatnonzero((values >= least) & (values > floor))
            for row in map(int, rows[np.argsort(-values[rows], kind="stable")]):
                if concepts.key(self._names[row]) not in known:
                    return self._names[row]
            if count >= len(values) or not least > floor:
                return None
            count *= 8
