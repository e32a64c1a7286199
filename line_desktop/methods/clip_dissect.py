"""CLIP-Dissect: name a neuron by the concept of a list that CLIP finds in the photos it fires on most (Oikarinen and Weng, 2023).

The photos are weighed by SoftWPMI for all neurons of a layer at once; what is left for one neuron is to take the best.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import scipy  # its parts are loaded when they are first used

from line_desktop.errors import UserError
from line_desktop.methods.asking import Labelled, Method, NotLabelled, StepDone
from line_desktop.scoreboard import Entry
from line_desktop.scores import Numbers

NEURONS_AT_ONCE: Final = 64  # columns copied together from a file of activations
CONCEPTS_AT_ONCE: Final = 1024  # columns of the result that are averaged together

Rows = npt.NDArray[np.int64]


class Settings(msgspec.Struct, frozen=True):
    """The numbers of the authors' published code (METHOD section 5)."""

    photos: int = 100  # the most activating ones of each neuron
    sharpness: float = 10.0  # of the softmax over concepts
    first: float = 0.998  # membership of the strongest photo; it falls by equal steps, and would reach `last` one photo further
    last: float = 0.97
    least: float = 1e-7  # keeps the logarithm finite
    prior: float = 1.0  # lambda: how much counts against a concept that it fits every neuron
    board_size: int = 10


def soft_wpmi(activations: npt.NDArray[np.floating], cosines: npt.NDArray[np.floating], settings: Settings) -> Numbers:
    """SoftWPMI of every neuron and concept: float64 (neurons, concepts). CLIP-Dissect's tables call it `similarity`.

    `activations`: (photos, neurons); `cosines`: (photos, concepts), of photo and concept in CLIP; both may be mapped from files. A photo
    that could not be read is a row of NaN in either. A neuron that is constant or not finite has a row of NaN and does not touch the
    others. Besides the result it takes a few copies of `settings.photos` rows of `cosines` and of NEURONS_AT_ONCE columns of
    `activations`.
    Raises UserError for too few photos and where no neuron can be used.
    """
    readable = np.flatnonzero(np.isfinite(cosines[:, 0]) & ~np.isnan(activations).all(axis=1))
    if len(readable) < settings.photos:
        raise UserError(
            f"CLIP-Dissect weighs the {settings.photos} strongest photos of a neuron, but only {len(readable)} of {len(cosines)} photos "
            "could be read: give a larger probe set."
        )
    evidence = _evidence(activations, cosines, readable, settings)
    used = np.flatnonzero(np.isfinite(evidence).all(axis=1))
    if not len(used):
        raise UserError(
            f"None of the {len(evidence)} neurons can be named by CLIP-Dissect: each is constant or not finite on the probe set."
        )
    for start in range(0, evidence.shape[1], CONCEPTS_AT_ONCE):
        block = evidence[:, start : start + CONCEPTS_AT_ONCE]
        block -= settings.prior * (scipy.special.logsumexp(block[used], axis=0) - np.log(len(used)))
    return evidence


def _evidence(activations: npt.NDArray[np.floating], cosines: npt.NDArray[np.floating], readable: Rows, settings: Settings) -> Numbers:
    """log p(strongest photos | concept) of every neuron: (neurons, concepts), NaN for a neuron that is constant or not finite."""
    found = np.full((activations.shape[1], cosines.shape[1]), np.nan)
    place = np.arange(settings.photos)[:, None] / settings.photos
    membership = settings.first - place * (settings.first - settings.last)
    for neuron, values in _columns(activations, readable):
        if np.isfinite(values).all() and np.ptp(values) > 0:
            shown = np.asarray(cosines[readable[strongest(values, settings.photos)]], np.float64)
            powers = np.exp(settings.sharpness * (shown - shown.max(axis=1, keepdims=True)))
            chance = powers / powers.sum(axis=1, keepdims=True)
            found[neuron] = np.log(1 + membership * (chance - 1) + settings.least).sum(axis=0)
    return found


def clip_dissect(scores: Numbers, names: Sequence[str], settings: Settings) -> Method:
    """Label one neuron. `scores`: its row of `soft_wpmi`, (concepts,); `names`: the concepts. It asks nothing."""
    if not names:
        yield NotLabelled("failed", "CLIP-Dissect has no concept to choose from: give a concept list that is not empty.")
        return
    if not np.isfinite(scores).all():
        yield NotLabelled("failed", "CLIP-Dissect has no score for this neuron: it is constant or not finite on the probe set.")
        return
    best = np.argsort(-scores, kind="stable")[: settings.board_size]
    board = tuple(Entry(names[concept], float(scores[concept]), 0.0, 0, "list") for concept in best)
    said = f"SoftWPMI {board[0].score:.4g}, the highest of {len(names)} concepts."
    yield StepDone(0, board[0].concept, board[0].score, "list", "scored", said, (), "", board)
    yield Labelled(board[0], board)


def strongest(values: npt.NDArray[np.floating], count: int) -> Rows:
    """The places of the highest values, highest first; of equal ones the earlier first."""
    border = np.partition(values, -count)[-count]
    above = np.flatnonzero(values > border)
    level = np.flatnonzero(values == border)[: count - len(above)]
    return np.concatenate([above[np.argsort(-values[above], kind="stable")], level])


def _columns(activations: npt.NDArray[np.floating], rows: Rows) -> Iterator[tuple[int, Numbers]]:
    """Each neuron with its activations on the photos of these rows, some neurons copied at a time."""
    for start in range(0, activations.shape[1], NEURONS_AT_ONCE):
        block = np.asarray(activations[:, start : start + NEURONS_AT_ONCE], np.float64)[rows]
        for offset, values in enumerate(np.ascontiguousarray(block.T)):
            yield start + offset, values
