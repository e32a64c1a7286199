"""Facets: a neuron that fires on several kinds of photos gets a label for each kind (METHOD section 7.5).

Its strongest photos are clustered by what CLIP sees in them. For each cluster, the largest first, LINE runs once with the labels found
before forbidden, and starts from the concepts that are nearest to the cluster.
"""

from collections.abc import Generator, Sequence
from typing import Any

import msgspec
import numpy as np

from line_desktop.methods.asking import Event, Labelled, Look, Looked, Method, NotLabelled, Request, StepDone
from line_desktop.methods.clusters import clusters
from line_desktop.methods.line import Settings, line
from line_desktop.scoreboard import Entry, best_first
from line_desktop.scores import Numbers
from models.types import FloatArray


class Facet(msgspec.Struct, frozen=True):
    """A cluster of a neuron's strongest photos."""

    photos: tuple[int, ...]  # probe rows, best first
    share: float  # of the strongest photos that could be embedded
    centre: Numbers  # (width,), the mean of their embeddings


def facets(photos: Sequence[int], looked: Looked) -> list[Facet]:
    """The facets of a neuron, the largest first; none if no photo could be embedded. `photos`: its strongest ones, best first."""
    seen = [place for place, photo in enumerate(photos) if photo not in looked.lost]
    if not seen:
        return []
    vectors = looked.matrix()[seen]
    return [
        Facet(tuple(photos[seen[row]] for row in rows), len(rows) / len(seen), vectors[rows].mean(axis=0, dtype=np.float64))
        for rows in clusters(vectors)
    ]


def nearest_first(facet: Facet, names: Sequence[str], vectors: FloatArray) -> list[str]:
    """Concepts by falling cosine to a facet; `vectors`: (concepts, width), their unit embeddings."""
    cosines = np.asarray(vectors, np.float64) @ facet.centre
    return [names[concept] for concept in np.argsort(-cosines, kind="stable")]


def line_by_facet(top_photos: Sequence[int], names: Sequence[str], vectors: FloatArray, neuron: str, settings: Settings) -> Method:
    """Label each facet of one neuron; the neuron's label is that of the largest facet, and its board has the labels of all.

    `top_photos`: probe rows, best first; `names` and `vectors`: the start vocabulary, depictable names only, and their unit embeddings in
    the space of the photos' that `Look` asks for; `neuron`: as for `line`. The steps are numbered through, and each facet ends with one
    whose status tells its share.
    """
    looked: Looked = yield Look(tuple(top_photos), cropped=True)
    found = facets(top_photos, looked)
    labels: list[Entry] = []
    reasons: list[NotLabelled] = []
    begin = 0
    for number, facet in enumerate(found, start=1):
        forbidden = [one.concept for one in labels]
        loop = line(nearest_first(facet, names, vectors), f"{neuron} facet {number}", settings, forbidden)
        end = yield from numbered(loop, begin)
        begin += settings.last_step + 1
        share = f"facet {number} of {len(found)}: {facet.share:.0%} of the strongest photos"
        if isinstance(end, Labelled):
            labels.append(msgspec.structs.replace(end.label, step=begin))
            yield StepDone(begin, end.label.concept, end.label.score, end.label.origin, share, "", (), "", best_first(tuple(labels)))
        else:
            reasons.append(end)
        begin += 1
    if labels:
        yield Labelled(labels[0], best_first(tuple(labels)))
    else:
        yield reasons[0] if reasons else NotLabelled("failed", why_none(looked))


def numbered(loop: Method, begin: int) -> Generator[Request | Event, Any, Labelled | NotLabelled]:
    """A run of LINE whose steps count from `begin`; how it ends is returned instead of told."""
    reply = None
    while True:
        said = loop.send(reply)
        reply = None
        if isinstance(said, Labelled | NotLabelled):
            return said
        if isinstance(said, StepDone):
            board = tuple(msgspec.structs.replace(one, step=one.step + begin) for one in said.board)
            yield msgspec.structs.replace(said, step=said.step + begin, board=board)
        else:
            reply = yield said


def why_none(looked: Looked) -> str:
    """Why there is no facet."""
    if not looked.lost:
        return "There is no photo to start from: the probe set has none that could be read."
    return f"None of its {len(looked.lost)} strongest photos could be embedded; the first: {next(iter(looked.lost.values()))}."
