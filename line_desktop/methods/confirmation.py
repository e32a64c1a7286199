"""The end of LINE but in the preset `paper`: which of the concepts that look best becomes the label (METHOD sections 7.3 and 7.4).

The highest of many scores of few pictures is partly luck, so the best of board and bank are scored again on pictures that no step has
seen. Their AUC against the photos says which of them may be the label, as it will when the label is judged: a mean is led by a few strong
pictures. A name that leaves out words of the best and excites the neuron nearly as surely says more: "red" is true of all that
"red dotted" is true of.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import msgspec
import numpy as np

from line_desktop import scoreboard
from line_desktop.concepts import key, word_count
from line_desktop.methods.asking import Depict, Depicted, Part
from line_desktop.scoreboard import Board, Entry
from line_desktop.scores import Numbers, auc_against
from models.concept_words import tidy
from models.types.shared import FloatArray

CONFIRMED: Final = "confirmed"
NOT_CONFIRMED: Final = "not confirmed: no finalist could be drawn again"


class Confirmation(msgspec.Struct, frozen=True):
    """What becomes the label, the board, best first, and the status of the step."""

    label: Entry
    board: Board
    status: str


class Sure(msgspec.Struct, frozen=True):
    """A concept as its fresh pictures show it."""

    entry: Entry
    auc: float  # of the pictures against the photos


def confirm(
    board: Board, shortlist: Board, finalists: int, photos: FloatArray, forbidden: Sequence[str], level: float, broader: bool
) -> Part:
    """Score the finalists on fresh pictures, then the shorter names inside the best of them. Returns a Confirmation.

    `shortlist`: concepts that may be finalists, best first, on the board or not; `finalists`: how many are scored again; `photos`:
    (photos,), the neuron's activations on the probe set; `forbidden`: concepts that may not become its label; `level`: AUC that the label
    may lack; `broader`: whether names of fewer words are tried and preferred. The places on the board of what was scored again are taken
    by the new scores.
    """
    values = np.array(photos, np.float64)  # a column of a mapped file, read once
    control = np.sort(values[np.isfinite(values)])
    chosen = yield from surest(shortlist, finalists, control)
    sure = yield from again(chosen, control)
    if not sure:
        return Confirmation(board[0], board, NOT_CONFIRMED)
    best = max(sure, key=lambda one: (one.auc, one.entry.score)).entry
    if broader:
        kept = {key(one.concept): one for one in board}
        known = {key(name) for name in (*forbidden, *(one.entry.concept for one in sure))}
        inside = [name for name in shorter(best.concept) if key(name) not in known]
        derived = [kept.get(key(name), msgspec.structs.replace(best, concept=name, origin="broader")) for name in inside]
        sure += yield from again(derived, control)
    confirmed = scoreboard.best_first(tuple(one.entry for one in sure))
    again_scored = {one.concept for one in confirmed}
    others = (one for one in board if one.concept not in again_scored)
    return Confirmation(choose(sure, level, broader), (*confirmed, *others), CONFIRMED)


def surest(shortlist: Board, finalists: int, control: Numbers) -> Part:
    """Those of a shortlist whose pictures have the highest AUC, if it is longer than that: few pictures rank by AUC better than by mean.

    Nothing is drawn for it. `control`: (photos,), sorted. Returns a Board.
    """
    if len(shortlist) <= finalists:
        return shortlist
    answer: Depicted = yield Depict(tuple(one.concept for one in shortlist))
    return tuple(sorted(shortlist, key=lambda one: -auc_against(np.array(answer.activations[one.concept]), control))[:finalists])


def again(entries: Sequence[Entry], control: Numbers) -> Part:
    """Score concepts on fresh pictures; those without any are left out. `control`: (photos,), sorted. Returns a list of Sure."""
    if not entries:
        return []
    answer: Depicted = yield Depict(tuple(one.concept for one in entries), fresh=True)
    return [
        Sure(scoreboard.entry(one.concept, values, one.step, one.origin), auc_against(np.array(values), control))
        for one in entries
        if (values := answer.activations.get(one.concept))
    ]


def choose(sure: Sequence[Sure], level: float, broader: bool) -> Entry:
    """Among the concepts whose AUC is at most `level` below the highest, that of fewest words if `broader`, and of these the highest mean.

    Near 1 an AUC cannot tell concepts apart any more; the mean can.
    """
    highest = max(one.auc for one in sure)
    good = [one.entry for one in sure if one.auc >= highest - level]
    return min(good, key=lambda one: (word_count(one.concept) if broader else 0, -one.score))


def shorter(concept: str) -> list[str]:
    """The names made of words of a concept that stand side by side, not of all of them; the shortest first."""
    words = concept.split()
    cuts = sorted(combinations(range(len(words) + 1), 2), key=lambda cut: cut[1] - cut[0])
    names = (tidy(" ".join(words[first:end])) for first, end in cuts[:-1])
    return [name for name in dict.fromkeys(names) if name]
