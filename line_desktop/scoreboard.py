"""The scoreboard H of one neuron: its concepts with their scores, and the rules by which one enters and one leaves."""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

Origin = Literal["start", "generated", "summary", "bank", "broader", "list", "formula", "caption"]


class Entry(msgspec.Struct, frozen=True):
    """A concept on the board.

    `score` is the mean activation over its pictures and `error` the standard error of that mean, unless the method's page says otherwise.
    """

    concept: str
    score: float
    error: float
    step: int  # 0: there from the start; N + 1: the summary
    origin: Origin


Board = tuple[Entry, ...]


def entry(concept: str, activations: Sequence[float], step: int, origin: Origin) -> Entry:
    """Score a concept by the mean of the neuron's activations over its pictures (LINE eq. 2)."""
    values = np.asarray(activations, dtype=np.float64)
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Entry(concept, float(values.mean()), error, step, origin)


def best_first(board: Board) -> Board:
    """The entries by falling score."""
    return tuple(sorted(board, key=lambda one: -one.score))


def update(board: Board, new: Entry, random: np.random.Generator) -> Board:
    """Let `new` in and one entry out, so that the board keeps its length (LINE section 3.2, "Updating Scoreboard").

    A newcomer above the lowest score takes that entry's place. Otherwise one entry r leaves with a probability proportional
    to max(s) - s_r, so the best always stays; among equal scores each is as likely (METHOD section 2).
    """
    scores = np.array([one.score for one in board])
    if new.score > scores.min():
        leaves = int(scores.argmin())
    else:
        distance = scores.max() - scores
        chances = distance / distance.sum() if distance.sum() > 0 else None
        leaves = int(random.choice(len(board), p=chances))
    return (*board[:leaves], *board[leaves + 1 :], new)
