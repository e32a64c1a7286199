"""Groups of photos that look alike: Ward's clustering of their embeddings, as many as the silhouette favours (SIEVE, section 3.3)."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy  # its parts are loaded when they are first used

from line_desktop.scores import Numbers

MOST: Final = 6  # clusters
CLEAR: Final = 0.1  # silhouette; below it the photos are one cluster (METHOD section 4)
DIGITS: Final = 6
"""Decimals of what is compared: the last bits differ with threads and machines, and a tie that tipped when a job goes on elsewhere would
put the answers kept for one group of photos under another."""

Places = npt.NDArray[np.int64]


def clusters(vectors: npt.NDArray[np.floating], clear: float = CLEAR) -> list[Places]:
    """The rows of each cluster, rising; the largest cluster first, of equal ones that with the first row.

    `vectors`: (photos, width); `clear`: the silhouette below which they are one cluster.
    """
    count = len(vectors)
    everything = [np.arange(count)] if count else []
    if count < 3:  # two clusters of one each have no silhouette
        return everything
    pairs = scipy.spatial.distance.pdist(np.asarray(vectors, np.float64)).round(DIGITS)
    tree = scipy.cluster.hierarchy.linkage(pairs, "ward")
    distances = scipy.spatial.distance.squareform(pairs)
    best, score = np.ones(count, np.int64), np.nextafter(clear, -1)  # at `clear` it is clear enough
    for number in range(2, min(MOST, count - 1) + 1):
        numbers = scipy.cluster.hierarchy.fcluster(tree, number, "maxclust")
        if len(np.unique(numbers)) == number and (found := round(silhouette(distances, numbers), DIGITS)) > score:
            best, score = numbers, found
    return largest_first([np.flatnonzero(best == number) for number in np.unique(best)])


def largest_first(groups: Iterable[Places]) -> list[Places]:
    """Groups of rows by falling size, of equal ones that with the first row; the rows of each rising."""
    return sorted(map(np.sort, groups), key=lambda rows: (-len(rows), int(rows[0])))


def silhouette(distances: Numbers, numbers: Places) -> float:
    """The mean silhouette of rows with these cluster numbers, two at least (Rousseeuw, 1987). A row alone in its cluster counts 0."""
    members = numbers == np.unique(numbers)[:, None]  # (clusters, rows)
    sizes = members.sum(axis=1)
    own = members.argmax(axis=0)
    rows = np.arange(len(numbers))
    apart = distances @ members.T  # (rows, clusters), sums
    inside = apart[rows, own] / np.maximum(sizes[own] - 1, 1)
    apart = apart / sizes
    apart[rows, own] = np.inf
    outside = apart.min(axis=1)
    widest = np.maximum(inside, outside)
    values = np.divide(outside - inside, widest, out=np.zeros(len(rows)), where=(widest > 0) & (sizes[own] > 1))
    return float(values.mean())
