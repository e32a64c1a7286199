"""Facets: a neuron that fires on several kinds of photos gets a label for each kind (METHOD section 7.5).

The photos that excite it most are sorted into kinds by what CLIP sees in them. For each kind that is large enough, the largest first, LINE
runs once with the labels found before forbidden, and starts from the concepts that are nearest to it.
"""

from collections.abc import Generator, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from line_desktop.concepts import key, word_count
from line_desktop.methods.asking import Event, Labelled, Method, NotLabelled, Request, StepDone
from line_desktop.methods.clusters import DIGITS
from line_desktop.methods.kinds import Space, kinds
from line_desktop.methods.line import Settings, line
from line_desktop.scoreboard import Entry, best_first
from line_desktop.scores import Numbers
from models.types.shared import FloatArray

FIRES: Final = 0.5  # of the way from the median to the strongest photo: below it a photo excites a neuron too little to be sorted
FEWEST: Final = 3  # photos of a facet
SMALLEST: Final = 0.15  # share of a facet


class Facet(msgspec.Struct, frozen=True):
    """A kind of photos that excite a neuron."""

    photos: tuple[int, ...]  # probe rows, best first
    share: float  # of the strongest photos that could be embedded
    centre: Numbers  # (width,), the mean of their embeddings


class Found(msgspec.Struct, frozen=True):
    """A label with the share of the photos that it is for."""

    label: Entry
    share: float


def firing(photos: Sequence[int], activations: FloatArray, median: float) -> list[int]:
    """Those of a neuron's strongest photos (probe rows, best first) that excite it enough; `activations`: (photos,), of the probe set."""
    enough = median + FIRES * (float(activations[photos[0]]) - median) if photos else median
    return [photo for photo in photos if activations[photo] >= enough]


def facets(photos: Sequence[int], embedded: FloatArray, space: Space) -> list[Facet]:
    """The facets of a neuron, the largest first; none if no photo could be embedded. What is in no facet is in too small a kind.

    `photos`: those that excite it, best first; `embedded`: (photos, width), of the probe set, NaN for those that could not be embedded.
    """
    seen = [photo for photo in photos if np.isfinite(embedded[photo]).all()]
    if not seen:
        return []
    fewest = max(FEWEST, SMALLEST * len(seen))
    large = [rows for rows in kinds(embedded[seen], space) if len(rows) >= fewest] or [np.arange(len(seen))]
    groups = [[seen[row] for row in rows] for rows in large]
    return [Facet(tuple(group), len(group) / len(seen), embedded[group].mean(axis=0, dtype=np.float64)) for group in groups]


def nearest_first(facet: Facet, names: Sequence[str], vectors: FloatArray) -> list[str]:
    """Concepts by falling cosine to a facet; `vectors`: (concepts, width), their unit embeddings."""
    cosines = (np.asarray(vectors, np.float64) @ facet.centre).round(DIGITS)
    return [names[concept] for concept in np.argsort(-cosines, kind="stable")]


def line_by_facet(
    found: Sequence[Facet], names: Sequence[str], vectors: FloatArray, activations: FloatArray, neuron: str, settings: Settings
) -> Method:
    """Label each facet of one neuron; the neuron's label is that of the largest facet, and its board has the labels of all.

    `names` and `vectors`: the start vocabulary, depictable names only, and their unit embeddings in the space of the facets; `activations`:
    of the neuron on the probe photos; `neuron`: as for `line`. The steps are numbered through. After them comes one for each label; its
    status tells the facet's share, or why it is dropped.
    """
    if not found:
        yield NotLabelled("failed", "None of the photos that excite it could be read by the CLIP, so there are no facets.")
        return
    labels, reasons = yield from line_for_each(found, names, vectors, activations, neuron, settings)
    if not labels:
        yield reasons[0]
        return
    apart, dropped = told_apart(labels)
    begin = len(found) * (settings.last_step + 1)
    board = best_first(tuple(msgspec.structs.replace(one.label, step=begin + place) for place, one in enumerate(apart)))
    for step, (label, status) in enumerate([*shares(apart), *dropped], begin):
        yield StepDone(step, label.concept, label.score, label.origin, status, "", (), "", board)
    yield Labelled(msgspec.structs.replace(apart[0].label, step=begin), board)


def line_for_each(
    found: Sequence[Facet], names: Sequence[str], vectors: FloatArray, activations: FloatArray, neuron: str, settings: Settings
) -> Generator[Request | Event, Any, tuple[list[Found], list[NotLabelled]]]:
    """LINE once for each facet; returns the labels, and why the other facets have none."""
    labels: list[Found] = []
    reasons: list[NotLabelled] = []
    for number, facet in enumerate(found):
        forbidden = [one.label.concept for one in labels]
        loop = line(nearest_first(facet, names, vectors), activations, f"{neuron} facet {number + 1}", settings, forbidden)
        end = yield from numbered(loop, number * (settings.last_step + 1))
        if isinstance(end, Labelled):
            labels.append(Found(end.label, facet.share))
        else:
            reasons.append(end)
    return labels, reasons


def told_apart(labels: Sequence[Found]) -> tuple[list[Found], list[tuple[Entry, str]]]:
    """The labels that say different things, that of the largest facet first; and the others, each with a status that says why.

    Of two of which one has all the words of the other ("red", "red dotted") the shorter stays, for it is true of both facets.
    """
    apart: list[Found] = []
    dropped = []
    for new in labels:
        while same := next((one for one in apart if one_contains_the_other(one.label.concept, new.label.concept)), None):
            apart.remove(same)
            stays, goes = sorted((same, new), key=lambda found: word_count(found.label.concept))
            dropped.append((goes.label, f"dropped: it says what '{stays.label.concept}' says, so their facets are one"))
            new = Found(stays.label, same.share + new.share)
        apart.append(new)
    return sorted(apart, key=lambda found: -found.share), dropped


def shares(apart: Sequence[Found]) -> list[tuple[Entry, str]]:
    """Each label with a status that tells its share of the photos."""
    none = 1 - sum(one.share for one in apart)
    rest = f"; {none:.0%} are of none" if none > 1e-9 else ""
    many = len(apart)
    return [(one.label, f"facet {place} of {many}: {one.share:.0%} of the strongest photos{rest}") for place, one in enumerate(apart, 1)]


def one_contains_the_other(one: str, other: str) -> bool:
    """Whether all words of a concept are words of the other."""
    words, others = set(key(one).split()), set(key(other).split())
    return words <= others or others <= words


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
