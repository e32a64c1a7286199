"""Progress and remaining time against a slow count, with a clock of our own."""

import random
from statistics import median

import msgspec

from line_desktop.events import NeuronEvent, Planned, RunStarted, Stage, SurveyProgress, Verified, Verifying
from line_desktop.methods.asking import Labelled, NotLabelled, StepDone
from line_desktop.pace import Pace, Rate
from line_desktop.scoreboard import entry
from models.types.shared import Progress

BOARD = (entry("cat", (1.0, 2.0), 0, "start"),)
LAST = 5


class Clock:
    """A time that stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def step(neuron: int, number: int, replayed: bool = False) -> NeuronEvent:
    done = StepDone(number, "cat", 1.0, "generated", "scored", "", (), "", BOARD)
    return NeuronEvent("pool", neuron, done, replayed)


def begun(clock: Clock, neurons: int = 2) -> Pace:
    pace = Pace(clock=clock)
    pace.see(Planned({"pool": tuple(range(neurons))}, LAST))
    pace.see(RunStarted(1, "pool", tuple(range(neurons))))
    return pace


def test_units_are_neurons_times_steps() -> None:
    pace = begun(Clock(), 3)
    assert (pace.done, pace.total) == (0, 3 * (LAST + 1))
    for number in range(LAST + 1):
        pace.see(step(0, number))
    pace.see(NeuronEvent("pool", 0, Labelled(BOARD[0], BOARD), False))
    assert pace.done == LAST + 1


def test_a_neuron_that_ends_early_passes_over_its_steps() -> None:
    pace = begun(Clock(), 2)
    pace.see(step(0, 0))
    pace.see(NeuronEvent("pool", 0, NotLabelled("failed", "no"), False))
    pace.see(NeuronEvent("pool", 1, NotLabelled("dead", "never fires"), False))
    assert pace.done == pace.total
    assert pace.remaining() in (None, 0)


def test_steps_that_are_not_needed_count_as_done() -> None:
    pace = begun(Clock(), 1)
    pace.see(step(0, 0))
    summary = msgspec.structs.replace(step(0, LAST - 1).event, passed=LAST - 2)
    pace.see(NeuronEvent("pool", 0, summary, False))
    pace.see(step(0, LAST))
    assert pace.done == pace.total


def test_nobody_knows_before_two_units_are_measured() -> None:
    clock = Clock()
    pace = begun(clock, 1)
    for number in range(2):
        clock.now += 7
        pace.see(step(0, number))
        assert pace.remaining() is None
    clock.now += 7
    pace.see(step(0, 2))
    assert pace.remaining() == 7 * (LAST - 2)


def test_what_comes_from_the_store_is_done_but_not_timed() -> None:
    clock = Clock()
    pace = begun(clock, 2)
    for number in range(4):
        clock.now += 1000
        pace.see(step(0, number, replayed=True))
    for number in range(3):
        clock.now += 2
        pace.see(step(1, number))
    assert pace.done == 7
    assert pace.remaining() == 2 * (pace.total - pace.done)


def test_the_start_and_the_last_step_have_rates_of_their_own() -> None:
    clock = Clock()
    pace = begun(clock, 3)
    costs = {0: 50.0, LAST: 30.0}
    for neuron in range(2):
        for number in range(LAST + 1):
            clock.now += costs.get(number, 4.0)
            pace.see(step(neuron, number))
        pace.see(NeuronEvent("pool", neuron, Labelled(BOARD[0], BOARD), False))
    assert pace.remaining() == 50 + 4 * (LAST - 1) + 30


def test_a_wave_arrives_together_and_counts_as_a_whole() -> None:
    clock = Clock()
    pace = begun(clock, 8)
    for number in range(4):
        clock.now += 16
        for neuron in range(8):
            pace.see(step(neuron, number))
    assert pace.remaining() == (pace.total - pace.done) * 2


def test_the_rate_is_the_median_of_means_over_a_wave() -> None:
    dice = random.Random(3)
    gaps = [dice.expovariate(1) for _ in range(40)]
    rate = Rate()
    for gap in gaps:
        rate.add(gap)
    windows = [gaps[start : start + 6] for start in range(len(gaps) - 5)]
    assert rate.seconds(6) is not None
    assert abs(rate.seconds(6) - median(sum(window) / 6 for window in windows)) < 1e-12


def test_one_hang_does_not_spoil_the_rest() -> None:
    clock = Clock()
    pace = begun(clock, 1)
    pace.see(step(0, 0))
    for number, seconds in enumerate((2, 900, 2), 1):
        clock.now += seconds
        pace.see(step(0, number))
    assert pace.remaining() == 2 * 2


def test_a_survey_counts_photos_from_its_second_chunk() -> None:
    clock = Clock()
    pace = Pace(photos=True, clock=clock)
    clock.now += 500
    pace.see(SurveyProgress(64, 256))
    assert (pace.done, pace.total, pace.remaining()) == (64, 256, None)
    clock.now += 32
    pace.see(SurveyProgress(128, 256))
    assert (pace.done, pace.remaining()) == (128, 64.0)


def test_the_survey_of_a_labelling_job_is_no_unit() -> None:
    pace = Pace()
    pace.see(SurveyProgress(64, 256))
    assert (pace.done, pace.total, pace.text) == (0, 0, "Surveying photos: 64 of 256")


def test_what_an_engine_says_stands_beside_the_stage_until_the_next_step() -> None:
    pace = begun(Clock())
    pace.see(Progress('drawing "red cat"', 3, 25, "steps"))
    assert pace.text == 'Naming 2 neurons of pool · drawing "red cat": 3 of 25 steps'
    pace.see(step(0, 0))
    assert pace.text == "Naming 2 neurons of pool"
    pace.see(Stage("Ending"))
    assert pace.text == "Ending"


def test_a_verification_counts_labels_and_times_those_it_judged() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    pace.see(Verifying(0, 6))
    assert (pace.done, pace.total, pace.remaining()) == (0, 6, None)
    for done, (kept, seconds) in enumerate([(True, 0), (True, 0), (False, 5), (False, 7)], 1):
        clock.now += seconds
        pace.see(Verified(1, "pool", done, "zebra", "weak", "Weak.", kept))
        pace.see(Verifying(done, 6))
    assert (pace.done, pace.total, pace.remaining()) == (4, 6, 2 * 6.0)
