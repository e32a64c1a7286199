"""The bank in memory: the mean activation of every neuron on every concept, to look up a neuron's best ones."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from line_desktop import concepts
from line_desktop.store.rows import BankMeans
from models.types.shared import FloatArray


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

    def best(self, neuron: int, known: set[str], floor: float, count: int) -> list[str]:
        """The `count` concepts of highest mean for a neuron, above `floor` and with keys not in `known`, best first; the first of equals.

        The highest are taken in ever larger numbers: most often they are new.
        """
        values = np.nan_to_num(self._values[neuron, : len(self._names)], nan=-np.inf)
        taken = len(known) + count
        while True:
            least = np.partition(values, -taken)[-taken] if taken < len(values) else -np.inf
            rows = np.flatnonzero((values >= least) & (values > floor))
            ordered = (self._names[row] for row in rows[np.argsort(-values[rows], kind="stable")])
            found = list(islice((name for name in ordered if concepts.key(name) not in known), count))
            if len(found) == count or taken >= len(values) or not least > floor:
                return found
            taken *= 8
