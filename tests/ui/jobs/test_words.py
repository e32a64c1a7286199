"""Times in words; the live memory of a job."""

import pytest

from line_desktop.events import NeuronEvent, Note, Planned, RunStarted, Stage, SurveyProgress
from line_desktop.methods.asking import NotLabelled, StepDone
from models.types import Progress
from ui.jobs import words
from ui.jobs.live import KEPT, Line, Live


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (3, "a few seconds left"),
        (31, "about 30 s left"),
        (61, "about 1 min left"),
        (11_400, "about 3 h 10 min left"),
        (3_590, "about 1 h 00 min left"),
    ],
)
def test_time_left(seconds: float | None, text: str) -> None:
    assert words.left(seconds) == text


def step(number: int, replayed: bool = False, status: str = "scored") -> NeuronEvent:
    scored = status == "scored"
    done = StepDone(number, "cat" if scored else "", 1.0 if scored else None, "generated", status, "", (), "", ())
    return NeuronEvent("relu", 2, done, replayed)


def test_live_keeps_what_is_new_and_not_without_end() -> None:
    live = Live()
    for event in (Stage("Reading"), Note("a"), Note("b"), SurveyProgress(3, 9), Planned({"relu": (2, 4)}, 5)):
        live.see(event)
    assert (live.stage, live.notes, words.within(live.within), words.neurons(live)) == (
        "Reading",
        ["a", "b"],
        "3 of 9 photos",
        "0 of 2 neurons",
    )
    live.see(RunStarted(7, "relu", (2, 4)))
    live.see(Progress('drawing "cat"', 2, 8, "steps"))
    assert (live.run_id, words.within(live.within)) == (7, 'drawing "cat": 2 of 8 steps')
    live.see(step(1, replayed=True))
    live.see(step(2))
    live.see(step(3, status="skipped: duplicate"))
    live.see(NeuronEvent("relu", 2, NotLabelled("failed", "It broke."), False))
    assert list(live.lines) == [
        Line("relu", 2, None, "It broke.", None),
        Line("relu", 2, 3, "duplicate", None),
        Line("relu", 2, 2, "cat", 1.0),
    ]
    assert (live.ended, live.lines_told) == (1, 3)
    for _ in range(KEPT + 5):
        live.see(step(4))
    assert (len(live.lines), live.lines_told) == (KEPT, KEPT + 8)
