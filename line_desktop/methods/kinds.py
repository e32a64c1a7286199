"""Kinds of photos: which of a neuron's strongest photos have something in common that the other photos of the probe set lack.

Clusters alone do not tell. Photos of one thing fall into clusters as well, by colour or ground, with a silhouette as high as that of two
things. So two clusters are one kind where the photos of one look more like the other than photos of the probe set do.
"""

from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from line_desktop.methods.clusters import DIGITS, Places, clusters, largest_first
from line_desktop.scores import Numbers, auc

ALIKE: Final = 0.6
"""AUC above which two clusters are one kind: 20 photos with nothing in common seldom come there (0.5 and 1.5 standard errors)."""
COMPARED: Final = 2000  # photos of the probe set, at most
STEADY: Final = 0.1  # of the mean variance, added to each, so that directions in which photos hardly differ do not rule


class Space:
    """Embeddings as seen from a probe set: about its mean photo, every direction measured by how much its photos differ there, length 1."""

    def __init__(self, photos: npt.NDArray[np.floating]) -> None:
        """`photos`: (photos, width), embeddings of the probe set; rows that are not finite are left out."""
        seen = np.asarray(photos, np.float64)[np.isfinite(photos).all(axis=1)]
        self._mean = seen.sum(axis=0) / max(len(seen), 1)
        about = seen - self._mean
        variances, directions = np.linalg.eigh(about.T @ about / max(len(seen), 1))
        steady = np.maximum(variances, 0) + STEADY * (variances.mean() if variances.mean() > 0 else 1)
        self._measured = (directions / np.sqrt(steady)) @ directions.T  # turned back: of equal variances any directions may be found
        self.probe = self.placed(seen[:: max(1, -(-len(seen) // COMPARED))])

    def placed(self, vectors: npt.NDArray[np.floating]) -> Numbers:
        """Embeddings (photos, width) in this space, the same shape."""
        measured = (np.asarray(vectors, np.float64) - self._mean) @ self._measured
        lengths = np.linalg.norm(measured, axis=1, keepdims=True)
        placed: Numbers = (measured / np.where(lengths > 0, lengths, 1)).round(DIGITS)
        return placed

    def alike(self, one: Numbers, other: Numbers) -> float:
        """How much two groups of placed photos have in common, from 0 to 1; 0.5: no more than with any photo of the probe set.

        The chance that a photo of one group is nearer to the middle of the other than one of the probe set, each way, weighted by photos.
        """
        parts = [(_nearer(group, self.probe, to.mean(axis=0)), len(group)) for group, to in ((one, other), (other, one))]
        return sum(value * many for value, many in parts) / (len(one) + len(other))


def _nearer(group: Numbers, others: Numbers, middle: Numbers) -> float:
    return float(auc((group @ middle).round(DIGITS), (others @ middle).round(DIGITS)))


def kinds(vectors: npt.NDArray[np.floating], space: Space) -> list[Places]:
    """The rows of each kind, rising; the largest kind first, single photos too. `vectors`: (photos, width), embeddings."""
    placed = space.placed(vectors)
    groups = clusters(placed, clear=-1)
    while len(groups) > 1:
        pairs = {
            (one, other): space.alike(placed[groups[one]], placed[groups[other]]) for one, other in combinations(range(len(groups)), 2)
        }
        one, other = max(pairs, key=lambda pair: pairs[pair])
        if pairs[one, other] <= ALIKE:
            break
        together = np.concatenate([groups[one], groups.pop(other)])  # `other` comes after `one`
        groups[one] = together
    return largest_first(groups)
