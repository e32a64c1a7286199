"""Times in words; the live memory of a job."""

import pytest

from line_desktop.events import NeuronEvent, Note, Planned, RunStarted, Stage, SurveyProgress
from line_desktop.methods.asking import Labelled, NotLabelled, Provisional, StepDone
from line_desktop.scoreboard import Entry
from models.types.shared import Progress
from ui.jobs import story_table, words
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


def label_of(event: type[Provisional] | type[Labelled], neuron: int, replayed: bool = False) -> NeuronEvent:
    best = Entry("cat", 1.0, 0.0, 1, "generated")
    return NeuronEvent("relu", neuron, Provisional(best) if event is Provisional else Labelled(best, (best,)), replayed)


def test_neurons_that_wait_for_the_others_are_told_as_searched() -> None:
    live, said = Live(), []
    live.see(Planned({"relu": tuple(range(1000)), "log": tuple(range(1240))}, 5))
    live.see(RunStarted(1, "relu", tuple(range(1000))))
    live.see(NeuronEvent("relu", 0, NotLabelled("dead", "It never fires."), False))
    said.append(words.neurons(live))
    for neuron in range(1, 1000):
        live.see(label_of(Provisional, neuron, replayed=neuron > 1))
        said.append(words.neurons(live))
    assert said[:2] + said[-2:] == ["1 of 2,240 neurons", "2 of 2,240 searched", "999 of 2,240 searched", "1 of 2,240 finished"]
    assert live.lines[0] == Line("relu", 1, None, "cat", 1.0, confirmed=False)
    for neuron in range(1, 1000):
        live.see(label_of(Labelled, neuron))
    assert words.neurons(live) == "1,000 of 2,240 neurons"
    assert live.lines[0].confirmed
    live.see(RunStarted(2, "log", tuple(range(1240))))
    live.see(label_of(Provisional, 3))
    assert words.neurons(live) == "1,001 of 2,240 searched"
    live.see(label_of(Labelled, 3))
    assert (words.neurons(live), live.searched) == ("1,001 of 2,240 neurons", 1001)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (Line("relu", 2, None, "cat", 1.0), "label"),
        (Line("relu", 2, None, "cat", 1.0, confirmed=False), "searched"),
        (Line("relu", 2, None, "It broke.", None), "no label"),
        (Line("relu", 2, 0, "cat", 1.0), "start"),
        (Line("relu", 2, 3, "cat", 1.0), "step 3"),
    ],
)
def test_the_story_says_what_a_line_is_of(line: Line, step: str) -> None:
    assert story_table.text(line, story_table.STEP) == step


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
