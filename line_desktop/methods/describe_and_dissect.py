"""Describe-and-Dissect: name a neuron by what descriptions of its strongest photos have in common (Bai et al., 2024).

Its three steps: describe the strongest photos, and if wanted their most active regions; let a language model condense the captions into
candidates; draw the candidates, and take the one whose pictures excite the neuron most.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
import scipy  # its parts are loaded when they are first used

from line_desktop import concepts
from line_desktop.methods.asking import (
    Caption,
    Captioned,
    Condense,
    Depict,
    Depicted,
    Labelled,
    Method,
    NotLabelled,
    Part,
    Proposed,
    Status,
    StepDone,
)
from line_desktop.scoreboard import Board, Entry, best_first
from models.types.language import Proposal


class Settings(msgspec.Struct, frozen=True):
    """The numbers of the authors' published code.

    It describes the ten strongest of the photos and their crops together, and weighs the candidates also by how much their pictures look
    like the photos. Here the photos are described, the crops beside them if wanted, and the pictures are only ranked: crops are what
    the LINE paper holds against the method (section 4).
    """

    photos: int = 10  # the most activating ones
    crops: bool = False
    candidates: int = 5
    pictures: int = 10  # of each candidate, drawn by whoever answers
    strongest: int = 5  # of a candidate's pictures, those that count
    seed: int = 0


class Candidate(msgspec.Struct, frozen=True):
    """An answer of the language model, and what became of it."""

    step: int
    proposal: Proposal
    status: Status


def describe_and_dissect(top_photos: Sequence[int], neuron: str, settings: Settings) -> Method:
    """Label one neuron. Step n is the language model's answer n; for the scores see `ranked`.

    `top_photos`: probe rows, best first; `neuron`: a text that names it in the study ("layer index"), for the seeds.
    """
    captions, lost = yield from describe(tuple(top_photos[: settings.photos]), settings.crops)
    if not captions:
        yield NotLabelled("failed", why_none(lost))
        return
    seeds = tuple(concepts.seed(settings.seed, neuron, "condense", number) for number in range(settings.candidates))
    condensed: Proposed = yield Condense(captions, seeds)
    candidates = sort_out(condensed)
    names = tuple(one.proposal.concept for one in candidates if one.status == "scored")
    if not names:
        yield from told(candidates, (), condensed.prompt_sha256)
        said = f"None of the language model's {len(seeds)} answers to {len(captions)} captions was a concept that can be depicted."
        yield NotLabelled("no usable proposal", said)
        return
    answer: Depicted = yield Depict(names)
    candidates = [missing(one, answer.lost) for one in candidates]
    board = ranked(candidates, answer.activations, settings.strongest)
    yield from told(candidates, board, condensed.prompt_sha256)
    if board:
        yield Labelled(board[0], board)
    else:
        yield NotLabelled("failed", f"None of the {len(names)} candidates could be scored; the first: {next(iter(answer.lost.values()))}.")


def describe(photos: tuple[int, ...], crops: bool) -> Part:
    """Step 1. Returns the captions of the photos, and then of their crops, and why there is none for some."""
    captions: list[str] = []
    lost: dict[int, str] = {}
    for cropped in (False, True)[: 1 + crops] if photos else ():
        answer: Captioned = yield Caption(photos, cropped)
        captions += [one for one in answer.captions if one]
        lost |= answer.lost
    return tuple(captions), lost


def sort_out(condensed: Proposed) -> list[Candidate]:
    """Step 2: which answers are candidates, each concept once."""
    known: set[str] = set()
    found = []
    for step, one in enumerate(condensed.proposals):
        status = "scored"
        if not one.concept:
            status = "skipped: no answer"
        elif one.concept in condensed.undepictable:
            status = "skipped: cannot be depicted"
        elif concepts.key(one.concept) in known:
            status = "skipped: duplicate"
        known.add(concepts.key(one.concept))
        found.append(Candidate(step, one, status))
    return found


def missing(candidate: Candidate, lost: dict[str, str]) -> Candidate:
    """The candidate, skipped if it has no pictures."""
    if candidate.status != "scored" or candidate.proposal.concept not in lost:
        return candidate
    return msgspec.structs.replace(candidate, status=f"skipped: {lost[candidate.proposal.concept]}")


def ranked(candidates: Sequence[Candidate], activations: Mapping[str, Sequence[float]], strongest: int) -> Board:
    """Step 3: the candidates by the mean square of the ranks of their strongest pictures among the pictures of all, the lowest first.

    The score is 1 minus the root of that mean as a share of the number of pictures: near 1 for the candidate that has all the best ones.
    """
    drawn = [one for one in candidates if one.status == "scored"]
    values = [np.asarray(activations[one.proposal.concept]) for one in drawn]
    if not drawn:
        return ()
    ranks = scipy.stats.rankdata(-np.concatenate(values))
    own = np.split(ranks, np.cumsum([len(one) for one in values])[:-1])
    scores = [1 - np.sqrt(np.mean(np.sort(one)[:strongest] ** 2)) / len(ranks) for one in own]
    return best_first(
        tuple(Entry(one.proposal.concept, float(score), 0.0, one.step, "caption") for one, score in zip(drawn, scores, strict=True))
    )


def told(candidates: Sequence[Candidate], board: Board, prompt_sha256: str) -> Iterator[StepDone]:
    """A step for each answer of the language model; the board is the last one."""
    scores = {one.step: one.score for one in board}
    for one in candidates:
        said = one.proposal
        yield StepDone(
            one.step, said.concept, scores.get(one.step), "caption", one.status, said.reasoning, (said.raw,), prompt_sha256, board
        )


def why_none(lost: dict[int, str]) -> str:
    """Why there is no caption."""
    if not lost:
        return "There is nothing to describe: no photo of the probe set could be read, or none gave a caption."
    return f"None of its {len(lost)} strongest photos could be described; the first: {next(iter(lost.values()))}."
