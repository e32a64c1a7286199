"""From activations before and after an edit to a causal verdict: drops with their paired bootstrap intervals, and one rule."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np

from line_desktop import concepts
from line_desktop.errors import UserError
from line_desktop.scores import Numbers
from line_desktop.statistics import LEVEL, RESAMPLES
from line_desktop.store.intervention_rows import CausalCheck, CausalPicture, CausalVerdict, Drop
from line_desktop.store.rows import Interval, NeuronStats
from models.plural import count
from models.types.pictures import PictureSettings

FEWEST: Final = 3  # pictures; with fewer an interval means nothing
NOTICEABLE: Final = 0.1  # of the neuron's range: a response below is none
HALF: Final = 0.5
RULE: Final = (
    f"A label is causal if leaving its concept out takes away at least {HALF:.0%} of the neuron's range and, with the whole 95 % interval, "
    f"more than changing something else; partly causal if it takes away more, but less than {HALF:.0%}; else not causal. There is no "
    f"response if the label's pictures may raise the neuron by less than {NOTICEABLE:.0%} of its range, which goes from its median on the "
    "probe photos to their 99th percentile."
)

Score = Callable[[Numbers], Numbers]


class CannotCheck(UserError):
    """A label that no causal check can be made for."""


class Subjected(msgspec.Struct, frozen=True):
    """What a check is made of: whose label it is, the pictures with their activations, and how they were made."""

    neuron_id: int
    neuron: int
    label: str
    pictures: Sequence[CausalPicture]
    asked: int
    survey_id: int
    source: PictureSettings
    editor: str
    seed: int


def span_of(stats: NeuronStats) -> float:
    """A neuron's range: from the median to the 99th percentile, or to the maximum of one that fires on fewer photos. Raises CannotCheck."""
    if stats.state == "non-finite":
        raise CannotCheck("The neuron is not finite on some probe photos, so nobody knows what a drop is worth.")
    span = next((top - stats.median for top in (stats.p99, stats.maximum) if top > stats.median), 0.0)
    if not span:
        raise CannotCheck("The neuron gives the same activation on every probe photo, so there is nothing that an edit could take away.")
    return span


def judge(given: Subjected, stats: NeuronStats, made: str) -> CausalCheck:
    """The causal check of a label. Pictures without finite activations are left out. Raises CannotCheck if too few remain."""
    span = span_of(stats)
    pictures = [one for one in given.pictures if np.isfinite([one.before, one.without, one.control, *one.parts.values()]).all()]
    if len(pictures) < FEWEST:
        raise CannotCheck(
            f"{len(pictures)} of {count(given.asked, 'picture')} could be edited and gave a finite activation; {FEWEST} are needed."
        )
    before, without, control = np.array([(one.before, one.without, one.control) for one in pictures], np.float64).T
    seed = concepts.seed(given.seed, "causal bootstrap", given.label, given.neuron)
    scaled = (before - stats.median) / span
    response = paired(_mean, scaled[:, None], seed)
    edit, other = _drop(before - without, scaled, span, seed), _drop(before - control, scaled, span, seed)
    beyond = paired(_mean, ((control - without) / span)[:, None], seed)
    names = pictures[0].parts
    parts = {name: _drop(np.array([one.before - one.parts[name] for one in pictures]), scaled, span, seed) for name in names}
    verdict = verdict_of(response, edit, beyond)
    return CausalCheck(
        neuron_id=given.neuron_id, label=given.label, verdict=verdict, sentence=sentence(verdict, response, edit, other, parts),
        rule=RULE, response=response, edit=edit, control=other, beyond=beyond, parts=parts, median=stats.median, span=span,
        pictures=tuple(pictures), asked=given.asked, left_out=given.asked - len(pictures), survey_id=given.survey_id,
        source=given.source, editor=given.editor, seed=given.seed, made=made,
    )  # fmt: skip


def paired(score: Score, rows: Numbers, seed: int) -> Interval:
    """A score of rows (n, numbers) with its percentile interval; whole rows are resampled, so what belongs together stays together.

    `score` takes (..., n, numbers) and gives (...).
    """
    chance = np.random.default_rng(seed)
    found = score(rows[chance.integers(0, len(rows), (RESAMPLES, len(rows)))])
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(score(rows)), float(low), float(high))


def _mean(rows: Numbers) -> Numbers:
    found: Numbers = rows[..., 0].mean(axis=-1)
    return found


def _share(rows: Numbers) -> Numbers:
    """Mean of the first numbers over the mean of the second."""
    found: Numbers = rows[..., 0].mean(axis=-1) / rows[..., 1].mean(axis=-1)
    return found


def _drop(difference: Numbers, response: Numbers, span: float, seed: int) -> Drop:
    """`response` in ranges. A share of it is told where the response is noticeable, also in every resample."""
    rows = np.stack([difference / span, response], axis=-1)
    whole = paired(_mean, rows[:, ::-1], seed)
    lowest = response[np.random.default_rng(seed).integers(0, len(response), (RESAMPLES, len(response)))].mean(axis=-1).min()
    noticeable = whole.low >= NOTICEABLE and lowest > 0
    return Drop(paired(_mean, rows, seed), paired(_share, rows, seed) if noticeable else None)


def verdict_of(response: Interval, edit: Drop, beyond: Interval) -> CausalVerdict:
    """RULE as code."""
    if response.low < NOTICEABLE:
        return "no response"
    if beyond.low <= 0:
        return "not causal"
    return "causal" if edit.absolute.value >= HALF else "partly causal"


def sentence(verdict: CausalVerdict, response: Interval, edit: Drop, control: Drop, parts: dict[str, Drop]) -> str:
    """The verdict with the numbers that decided it."""
    if verdict == "no response":
        return f"No response: the label's pictures raise the neuron by {_percent(response)} of its range; there is little to take away."
    told = (
        f"{verdict.capitalize()}: without the concept the neuron loses {_percent(edit.absolute)} of its range{_of_response(edit)}, "
        f"with something else changed {_percent(control.absolute)}."
    )
    alone = [f"{name} {_percent(one.absolute)}" for name, one in parts.items()]
    idle = [name for name, one in parts.items() if one.absolute.value < NOTICEABLE]
    narrow = f" The label may be too narrow: without its {' or its '.join(idle)} the neuron fires as before." if idle else ""
    return told + (f" Each part alone: {', '.join(alone)}.{narrow}" if alone else "")


def _of_response(one: Drop) -> str:
    return f" ({one.relative.value:z.0%} of its response)" if one.relative else ""


def _percent(one: Interval) -> str:
    return f"{one.value:z.0%} [{one.low:z.0%}, {one.high:z.0%}]"
