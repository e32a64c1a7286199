"""Causal verdicts, re-derived slowly: drops in ranges of the neuron, paired resamples, one rule; and never NaN."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from line_desktop.effects import FEWEST, RULE, CannotCheck, Subjected, judge, paired, span_of
from line_desktop.store.intervention_rows import CausalPicture, KeptEdit
from line_desktop.store.rows import NeuronStats
from models.types.pictures import PictureSettings

STATS = NeuronStats(0, 1.5, 1.0, 5.0, 6.0, "ok", ())
EDIT = KeptEdit("a", "b", "c", {}, "red → blue", "cat → dog", (9.0, 8.0))


def given(before: Any, without: Any, control: Any, parts: dict[str, Any] | None = None) -> Subjected:
    parts = parts or {}
    pictures = [
        CausalPicture(EDIT, float(one), float(two), float(three), {name: float(values[row]) for name, values in parts.items()})
        for row, (one, two, three) in enumerate(zip(before, without, control, strict=True))
    ]
    return Subjected(1, 0, "red", pictures, len(pictures), 1, PictureSettings("fake", "1", {}), "pictograms", 0)


def check(before: Any, without: Any, control: Any, parts: dict[str, Any] | None = None) -> Any:
    return judge(given(before, without, control, parts), STATS, "2026-01-01T00:00:00Z")


def noisy(middle: float, seed: int, count: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).normal(middle, 0.2, count)


def numbers(value: Any) -> list[float]:
    """Every number inside a value."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in numbers(part)]
    return [value] if isinstance(value, float) else []


def test_drops_are_means_in_ranges_of_the_neuron() -> None:
    before, without, control = noisy(5, 1), noisy(1.4, 2), noisy(4.8, 3)
    found = check(before, without, control)
    assert found.span == 4.0
    assert found.response.value == pytest.approx(sum((one - 1.0) / 4.0 for one in before) / 12)
    assert found.edit.absolute.value == pytest.approx(sum(one - two for one, two in zip(before, without, strict=True)) / 12 / 4.0)
    assert found.edit.relative.value == pytest.approx(sum(before - without) / sum(before - 1.0))
    assert found.control.absolute.value == pytest.approx(sum(before - control) / 48)
    assert found.beyond.value == pytest.approx(found.edit.absolute.value - found.control.absolute.value)
    assert found.verdict == "causal"
    assert found.rule == RULE


def test_intervals_resample_whole_pictures() -> None:
    rows = np.stack([noisy(3, 4), noisy(5, 5)], axis=-1)

    def ratio(values: np.ndarray) -> np.ndarray:
        found: np.ndarray = values[..., 0].mean(axis=-1) / values[..., 1].mean(axis=-1)
        return found

    found = paired(ratio, rows, 7)
    chance = np.random.default_rng(7)
    slowly = []
    for places in chance.integers(0, 12, (1000, 12)):
        slowly.append(sum(rows[place][0] for place in places) / sum(rows[place][1] for place in places))
    assert found.value == pytest.approx(rows[:, 0].sum() / rows[:, 1].sum())
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(slowly, [0.025, 0.975])))


@pytest.mark.parametrize(
    ("without", "control", "verdict"),
    [(1.2, 4.9, "causal"), (3.9, 5.0, "partly causal"), (4.9, 4.9, "not causal"), (1.0, 1.0, "not causal")],
)
def test_the_verdict_follows_from_what_the_edit_takes_away_beyond_the_control(without: float, control: float, verdict: str) -> None:
    found = check(noisy(5, 1), noisy(without, 2), noisy(control, 3))
    assert found.verdict == verdict
    assert found.sentence.startswith(verdict.capitalize())


def test_pictures_that_do_not_raise_the_neuron_have_no_response_to_lose() -> None:
    found = check(noisy(1.1, 1), noisy(0.2, 2), noisy(1.1, 3))
    assert found.verdict == "no response"
    assert found.edit.relative is None  # the mean response may be nothing, and nobody divides by that
    below = check(noisy(-3, 1), noisy(-9, 2), noisy(-3, 3))
    assert below.verdict == "no response"


def test_each_part_alone_has_its_own_drop() -> None:
    before = noisy(5, 1)
    found = check(before, noisy(1, 2), noisy(5, 3), {"colour": before - 3.2, "object": before})
    assert found.parts["colour"].absolute.value == pytest.approx(0.8)
    assert found.parts["object"].absolute.value == 0
    assert "colour 80% [80%, 80%]" in found.sentence
    assert found.sentence.endswith("too narrow: without its object the neuron fires as before.")


def test_pictures_without_a_finite_activation_are_left_out() -> None:
    before = noisy(5, 1)
    before[0] = math.nan
    found = check(before, noisy(1, 2), noisy(5, 3))
    assert (len(found.pictures), found.asked, found.left_out) == (11, 12, 1)
    with pytest.raises(CannotCheck, match=f"2 of 12 pictures .* {FEWEST} are needed"):
        check(np.where(np.arange(12) < 2, 5.0, math.inf), noisy(1, 2), noisy(5, 3))
    with pytest.raises(CannotCheck, match="1 of 1 picture "):
        check([5.0], [1.0], [5.0])


@pytest.mark.parametrize("value", [0.0, 1.0, 5.0])
def test_constant_activations_give_numbers(value: float) -> None:
    found = check([value] * 5, [value] * 5, [value] * 5)
    assert all(map(math.isfinite, numbers(msgspec.to_builtins(found))))
    assert found.verdict in ("not causal", "no response")


def test_the_range_of_a_neuron_that_seldom_fires_reaches_to_its_maximum() -> None:
    assert span_of(msgspec.structs.replace(STATS, median=0.0, p99=0.0, maximum=3.0)) == 3.0
    with pytest.raises(CannotCheck, match="same activation on every"):
        span_of(msgspec.structs.replace(STATS, median=2.0, p99=2.0, maximum=2.0, state="constant"))
    with pytest.raises(CannotCheck, match="not finite"):
        span_of(msgspec.structs.replace(STATS, maximum=math.inf, state="non-finite"))
