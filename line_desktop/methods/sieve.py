"""SIEVE: select neurons that stand out, hypothesise concepts from their strongest photos, verify each on pictures (its paper, section 3).

A neuron may keep several concepts. All that are kept stand on its board, scored by their activation rate: the share of a concept's pictures
on which the neuron fires above its 99th percentile on the probe set.

A low rate does not say that a concept is wrong. One photo in a hundred is above that percentile, so where a tenth of the photos show red, a
neuron for red fires above it on one in ten of them, and on about as many pictures of red: none of 20 is nothing rare. Where no hypothesis
has such a picture, the one with the highest mean activation is the label, and its step says so.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from line_desktop import scoreboard
from line_desktop.gate import Doubt
from line_desktop.methods.asking import Depict, Depicted, Labelled, Look, Looked, Method, NotLabelled, StepDone
from line_desktop.methods.clusters import clusters
from line_desktop.scoreboard import Board, Entry
from line_desktop.scores import Numbers
from models.types.shared import FloatArray


class Settings(msgspec.Struct, frozen=True):
    """The paper's numbers; that of the pictures is ours (METHOD section 4)."""

    photos: int = 20  # the most activating ones
    per_cluster: int = 2  # hypotheses
    pictures: int = 20  # of each hypothesis, drawn by whoever answers


class Selected(msgspec.Struct, frozen=True):
    """What the survey says of a neuron."""

    top_photos: tuple[int, ...]  # probe rows, best first
    threshold: float  # its 99th percentile on the probe set
    doubt: Doubt | None = None  # of the gate, unless it was overruled


class Hypothesis(msgspec.Struct, frozen=True):
    """A concept that is near to one cluster of the strongest photos."""

    concept: str
    photos: int  # in the cluster
    cosine: float  # to them, on average


class Verified(msgspec.Struct, frozen=True):
    """A hypothesis on its pictures."""

    entry: Entry  # scored by the activation rate
    mean: float  # activation


def sieve(selected: Selected, names: Sequence[str], vectors: FloatArray, settings: Settings) -> Method:
    """Label one neuron.

    `names`: the concept list; `vectors`: (concepts, width), the names' unit embeddings in the space of the photos' that `Look` asks for.
    A step for each hypothesis tells its activation rate and whether it is dropped, and one more the mean rate before and after.
    """
    if selected.doubt:
        yield NotLabelled(selected.doubt.kind, selected.doubt.reason)
        return
    photos = selected.top_photos[: settings.photos]
    looked: Looked = yield Look(photos, cropped=True)
    seen = [place for place, photo in enumerate(photos) if photo not in looked.lost]
    if not seen or not names:
        yield NotLabelled("failed", why_none(photos, looked))
        return
    hypotheses = hypothesise(looked.matrix()[seen], names, vectors, settings.per_cluster)
    answer: Depicted = yield Depict(tuple(one.concept for one in hypotheses))
    found = verify(hypotheses, answer, selected.threshold)
    if not found:
        first = next(iter(answer.lost.values()))
        yield NotLabelled("failed", f"None of the {len(hypotheses)} hypotheses could be verified on pictures; the first: {first}.")
        return
    rates = np.array([one.entry.score for one in found.values()])
    board = best_first([one for one, stays in zip(found.values(), kept(rates), strict=True) if stays])
    if not rates.any():
        board = board[:1]
    for number, one in enumerate(hypotheses):
        yield told(number, one, found.get(one.concept), selected.threshold, float(rates.mean()), answer, board)
    after = np.mean([one.score for one in board])
    status = f"verified: mean activation rate {rates.mean():.1%} of {len(rates)} hypotheses, {after:.1%} of the {len(board)} kept"
    if not rates.any():
        status = f"verified: no picture of the {len(rates)} hypotheses is above the 99th percentile; the highest mean activation decides"
    yield StepDone(len(hypotheses), board[0].concept, board[0].score, "list", status, "", (), "", board)
    yield Labelled(board[0], board)


def hypothesise(photos: FloatArray, names: Sequence[str], vectors: FloatArray, per_cluster: int) -> list[Hypothesis]:
    """The concepts nearest to each cluster of photos (SIEVE eq. 1 to 3), each once, those of the largest cluster first."""
    found: dict[str, Hypothesis] = {}
    for rows in clusters(photos):
        cosines = np.asarray(vectors, np.float64) @ photos[rows].mean(axis=0, dtype=np.float64)
        for concept in np.argsort(-cosines, kind="stable")[:per_cluster]:
            found.setdefault(names[concept], Hypothesis(names[concept], len(rows), float(cosines[concept])))
    return list(found.values())


def verify(hypotheses: Sequence[Hypothesis], answer: Depicted, threshold: float) -> dict[str, Verified]:
    """The activation rate of every hypothesis that has pictures (SIEVE eq. 4)."""
    found = {}
    for step, one in enumerate(hypotheses):
        if one.concept in answer.activations:
            values = np.asarray(answer.activations[one.concept])
            fires = (values > threshold).astype(np.float64)
            found[one.concept] = Verified(scoreboard.entry(one.concept, fires.tolist(), step, "list"), float(values.mean()))
    return found


def kept(rates: Numbers) -> npt.NDArray[np.bool_]:
    """Which hypotheses stay: those not below the mean rate.

    The paper takes the mean over the hypotheses of all neurons, so that some neurons keep none; for that, pass all of them. One neuron
    alone knows only its own, and keeps one at least.
    """
    stays: npt.NDArray[np.bool_] = rates >= rates.mean() - 1e-9  # equal rates may have a mean a little above them
    return stays


def best_first(found: Sequence[Verified]) -> Board:
    """A board by falling activation rate, of equal ones by falling mean activation."""
    return tuple(one.entry for one in sorted(found, key=lambda one: (-one.entry.score, -one.mean)))


def told(
    step: int, hypothesis: Hypothesis, found: Verified | None, threshold: float, mean_rate: float, answer: Depicted, board: Board
) -> StepDone:
    """What became of a hypothesis."""
    said = f"Nearest to {hypothesis.photos} of the strongest photos, with a mean cosine of {hypothesis.cosine:.3f}."
    if found is None:
        status = f"skipped: {answer.lost[hypothesis.concept]}"
        return StepDone(step, hypothesis.concept, None, "list", status, said, (), "", board)
    rate = found.entry.score
    said += f" Its pictures bring the neuron to {found.mean:.3g} on average; its 99th percentile is {threshold:.3g}."
    if found.entry in board:
        status = "scored"
    elif rate < mean_rate:
        status = f"dropped: activation rate {rate:.1%}, below the mean {mean_rate:.1%}"
    else:
        status = "dropped: no picture above the 99th percentile"
    return StepDone(step, hypothesis.concept, rate, "list", status, said, (), "", board)


def why_none(photos: Sequence[int], looked: Looked) -> str:
    """Why there is no hypothesis."""
    if not photos:
        return "There is no photo to start from: the probe set has none that could be read."
    if len(looked.lost) < len(photos):
        return "SIEVE has no concept to choose from: give a concept list that is not empty."
    return f"None of its {len(photos)} strongest photos could be embedded; the first: {next(iter(looked.lost.values()))}."
