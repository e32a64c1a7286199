"""INVERT: name a neuron by the formula of labelled concepts that best tells the photos it fires on from the others (Bykov et al., 2023).

A beam search builds formulas: a concept or its negation, then one more at a time, joined by AND or OR. The better of two is the one whose
photos the neuron's activation separates with the higher AUROC. Of the thousands that are tried only the best are ever computed photo by
photo: an AUROC follows from how many photos a formula holds for and from the sum of their ranks, and both follow, also for OR and NOT,
from one product of the beam with the labels.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import scipy  # its parts are loaded when they are first used

from line_desktop import scores
from line_desktop.methods.asking import Labelled, Method, NotLabelled, StepDone
from line_desktop.scoreboard import Board, Entry
from line_desktop.scores import Numbers

PHOTOS_AT_ONCE: Final = 4096  # rows of the labels turned into numbers together

Truth = npt.NDArray[np.bool_]
Join = Literal["and", "or"]
JOINS: Final[tuple[tuple[Join, bool], ...]] = (("and", False), ("and", True), ("or", False), ("or", True))  # and whether negated


class Settings(msgspec.Struct, frozen=True):
    """The numbers of METHOD section 5; CoSy compares INVERT with `length` 1."""

    length: int = 3  # concepts in a formula, at most
    beam: int = 3
    least: float = 0.002  # share of the photos that a formula holds for
    most: float = 0.5
    board_size: int = 10


class Formula(msgspec.Struct, frozen=True):
    """A formula in words, the photos it holds for, and how well the neuron tells them from the others."""

    words: str
    holds: Truth  # (photos,)
    auroc: float
    length: int  # concepts in it
    join: Join | None = None  # the last one; another one after it needs brackets


class Labels(msgspec.Struct, frozen=True):
    """The labelled photos as one neuron sees them."""

    names: Sequence[str]
    truth: Truth  # (photos, concepts)
    activations: Numbers  # (photos,)
    ranks: Numbers  # (photos,), from 1, the mean of those that tie


def invert(activations: npt.NDArray[np.floating], names: Sequence[str], truth: Truth, settings: Settings) -> Method:
    """Label one neuron. It asks nothing; step n is about formulas of n + 1 concepts.

    `activations`: (photos,), NaN for a photo that could not be read; `truth`: (photos, concepts), whether each of `names` holds for
    the photo. Photos without labels are to be left out.
    """
    readable = ~np.isnan(activations)
    seen = np.asarray(activations[readable], np.float64)
    unfit = why_not(seen, names)
    if unfit:
        yield unfit
        return
    photos = Labels(names, truth if readable.all() else truth[readable], seen, scipy.stats.rankdata(seen))
    beam = [Formula("", np.ones(len(seen), np.bool_), 0.5, 0)]  # holds for every photo, so AND makes the single concepts of it
    best: list[Formula] = []
    for length in range(1, settings.length + 1):
        new = longer(beam, best, photos, settings)
        best = sorted([*best, *new], key=lambda one: -one.auroc)[: settings.board_size]
        beam = best[: settings.beam]
        if not best:
            share = f"between {settings.least:.1%} and {settings.most:.0%} of the {len(seen)} labelled photos"
            yield NotLabelled("failed", f"None of the {len(names)} concepts and their negations holds for {share}.")
            return
        yield step(length, new, board_of(best), photos)
    yield Labelled(board_of(best)[0], board_of(best))


def why_not(seen: Numbers, names: Sequence[str]) -> NotLabelled | None:
    """Why a neuron cannot be labelled from its activations on the readable photos, or None."""
    if not names:
        return NotLabelled("failed", "INVERT needs labelled photos, and these have no labels: give one folder of photos for each class.")
    if len(seen) < 2:
        return NotLabelled("failed", f"INVERT compares labelled photos, but only {len(seen)} could be read: give a larger probe set.")
    if not np.isfinite(seen).all():
        return NotLabelled("non-finite", "It is infinite on at least one labelled photo.")
    if np.ptp(seen) == 0:
        return NotLabelled("constant", f"It is {seen[0]:.4g} on each of the {len(seen)} labelled photos.")
    return None


def longer(beam: Sequence[Formula], known: Sequence[Formula], photos: Labels, settings: Settings) -> list[Formula]:
    """The best formulas that have one concept more than those of the beam, best first.

    Of formulas that hold for the same photos only the first is taken, and none that holds for those of a `known` one.
    """
    auroc = aurocs(beam, photos, settings)
    found: list[Formula] = []
    taken = {one.holds.tobytes() for one in known}
    for place in np.argsort(-auroc, axis=None, kind="stable"):
        member, join, concept = np.unravel_index(place, auroc.shape)
        if len(found) == settings.board_size or auroc[member, join, concept] < 0:
            break
        formula = joined(beam[member], *JOINS[join], int(concept), float(auroc[member, join, concept]), photos)
        if formula.holds.tobytes() not in taken:
            taken.add(formula.holds.tobytes())
            found.append(formula)
    return found


def aurocs(beam: Sequence[Formula], photos: Labels, settings: Settings) -> Numbers:
    """The AUROC of each formula of the beam joined with each concept: (beam, JOINS, concepts); -1 for one that may not be.

    It may not be if it holds for too few or too many photos, or for just those that it holds for without the concept.
    """
    count = len(photos.ranks)
    holds = np.stack([one.holds for one in beam])
    everywhere = np.ones(count)
    both, single = np.split(sums(np.concatenate([holds, holds * photos.ranks, [everywhere, photos.ranks]]), photos.truth), [2 * len(beam)])
    before, before_ranks = holds.sum(axis=1)[:, None], (holds @ photos.ranks)[:, None]
    found = all_joins(before, both[: len(beam)], single[0], count)
    ranks = all_joins(before_ranks, both[len(beam) :], single[1], photos.ranks.sum())
    few, many = max(settings.least * count, 1), min(settings.most * count, count - 1)
    allowed = (found >= few) & (found <= many) & (found != before[:, None])
    wins = ranks - found * (found + 1) / 2
    result: Numbers = np.divide(wins, found * (count - found), out=np.full(found.shape, -1.0), where=allowed)
    return result


def sums(weights: Numbers, truth: Truth) -> Numbers:
    """For each row of weights and each concept, the weights' sum over the concept's photos: (rows, concepts)."""
    total = np.zeros((len(weights), truth.shape[1]))
    for start in range(0, len(truth), PHOTOS_AT_ONCE):
        photos = slice(start, start + PHOTOS_AT_ONCE)
        total += weights[:, photos] @ truth[photos].astype(np.float64)
    return total


def all_joins(one: Numbers, both: Numbers, other: Numbers, everything: float) -> Numbers:
    """A sum over the photos of each of JOINS, (rows, 4, concepts), from the sums over those of one, of both, of the other, and of all."""
    return np.stack([both, one - both, one + other - both, everything - other + both], axis=1)


def joined(formula: Formula, join: Join, negated: bool, concept: int, auroc: float, photos: Labels) -> Formula:
    """A formula with one concept more."""
    name, holds = photos.names[concept], photos.truth[:, concept]
    atom, holds = (f"not {name}", ~holds) if negated else (name, holds)
    if not formula.length:
        return Formula(atom, holds, auroc, 1)
    words = f"({formula.words})" if formula.join not in (None, join) else formula.words
    both = formula.holds & holds if join == "and" else formula.holds | holds
    return Formula(f"{words} {join} {atom}", both, auroc, formula.length + 1, join)


def board_of(formulas: Sequence[Formula]) -> Board:
    """The formulas as a board, scored by their AUROC."""
    return tuple(Entry(one.words, one.auroc, 0.0, one.length - 1, "formula") for one in formulas)


def step(length: int, new: Sequence[Formula], board: Board, photos: Labels) -> StepDone:
    """What became of one length: its best formula, with its p by Mann-Whitney."""
    if not new:
        status = f"skipped: no further formula of {length} concepts holds for as many photos as it must"
        return StepDone(length - 1, "", None, "formula", status, "", (), "", board)
    best = new[0]
    _, p = scores.mann_whitney(photos.activations[best.holds], photos.activations[~best.holds])
    said = f"AUROC {best.auroc:.3f}, p {p:.2g}; holds for {best.holds.sum()} of {len(best.holds)} photos."
    return StepDone(length - 1, best.words, best.auroc, "formula", "scored", said, (), "", board)
