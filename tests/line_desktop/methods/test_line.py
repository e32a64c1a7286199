"""LINE as a generator: what it asks, in which order, and what it does with the answers."""

import math
from collections.abc import Callable, Sequence

import method_player
import numpy as np
import pytest

from line_desktop.concepts import key
from line_desktop.methods.asking import (
    Answer,
    Depict,
    Depicted,
    Event,
    Gather,
    Gathered,
    Labelled,
    LookUp,
    NotLabelled,
    Propose,
    Proposed,
    StepDone,
)
from line_desktop.methods.line import Settings, line
from models.types.language import Proposal

NAMES = [f"name{chr(97 + number)}" for number in range(20)]
PAPER = Settings(preset="paper")
PHOTOS = np.array([-40.0, 0.0, 2.0, 4.5, np.nan], np.float32)


class World:
    """Answers a method's requests from a table of scores and a queue of proposals; remembers everything."""

    def __init__(
        self, scores: dict[str, float], proposals: Sequence[str], undepictable: Sequence[str] = (), bank: Sequence[str] = ()
    ) -> None:
        self.scores = scores
        self.queue = list(proposals)
        self.undepictable = undepictable
        self.bank = bank
        self.requests: list[object] = []
        self.answers: list[Answer] = []

    def activations(self, concept: str) -> tuple[float, ...]:
        return (self.scores.get(concept, 0.0),) * 5

    def answer(self, request: object) -> Answer:
        self.requests.append(request)
        answer: Answer
        if isinstance(request, Depict):
            seen = {name: self.activations(name) for name in request.concepts}
            finite = {name: values for name, values in seen.items() if math.isfinite(values[0])}
            answer = Depicted(finite, {name: "not finite" for name in seen if name not in finite})
        elif isinstance(request, LookUp):
            better = [name for name in self.bank if key(name) not in request.known and self.scores[name] > request.floor]
            answer = Depicted({name: self.activations(name) for name in better[: request.count]})
        elif isinstance(request, Gather):
            answer = Gathered()
        else:
            assert isinstance(request, Propose)
            concepts = [self.queue.pop(0) if self.queue else "" for _ in request.seeds]
            proposals = tuple(Proposal(name, f"why {name}", name, seed) for name, seed in zip(concepts, request.seeds, strict=True))
            answer = Proposed(proposals, {name: "no such picture" for name in concepts if name in self.undepictable}, "sha")
        self.answers.append(answer)
        return answer


def play(
    settings: Settings, respond: Callable[[object], Answer], ranked: Sequence[str] = NAMES, forbidden: Sequence[str] = ()
) -> list[Event]:
    return method_player.play(line(ranked, PHOTOS, "layer 0", settings, forbidden), respond)


def test_start_is_the_five_best_and_five_others_all_distinct() -> None:
    world = World({}, [])
    play(PAPER, world.answer)
    start = world.requests[0]
    assert isinstance(start, Depict)
    assert start.concepts[:5] == tuple(NAMES[:5])
    assert len(set(start.concepts)) == 10
    assert set(start.concepts[5:]) <= set(NAMES[5:])


def test_ten_steps_then_a_summary_of_the_three_best() -> None:
    world = World({"namea": 5, "nameb": 4, "namec": 3}, [f"new {number}" for number in range(11)])
    events = play(PAPER, world.answer)
    asked = [one for one in world.requests if isinstance(one, Propose)]
    assert [one.step for one in asked] == list(range(1, 12))
    assert [one.summary for one in asked] == [False] * 10 + [True]
    assert [one.concept for one in asked[-1].board] == ["namea", "nameb", "namec"]
    assert [one.step for one in events if isinstance(one, StepDone)] == list(range(12))


def test_label_is_the_best_of_the_board_and_carries_its_origin() -> None:
    for winner, origin in (("new 3", "generated"), ("new 10", "summary"), ("namea", "start")):
        events = play(PAPER, World({winner: 9.0}, [f"new {number}" for number in range(11)]).answer)
        last = events[-1]
        assert isinstance(last, Labelled)
        assert (last.label.concept, last.label.origin) == (winner, origin)


def test_every_proposed_name_is_forbidden_from_then_on() -> None:
    world = World({}, [f"new {number}" for number in range(11)])
    play(PAPER, world.answer)
    last = [one for one in world.requests if isinstance(one, Propose)][-1]
    assert {f"new {number}" for number in range(10)} <= set(last.forbidden)
    assert set(world.requests[0].concepts) <= set(last.forbidden)  # type: ignore[attr-defined]


def test_four_duplicates_are_recorded_as_skipped() -> None:
    world = World({}, ["namea", "NAMEA", "nameas", " namea "] + [f"new {number}" for number in range(10)])
    events = play(PAPER, world.answer)
    asked = [one for one in world.requests if isinstance(one, Propose) and one.step == 1]
    assert len(asked) == 4
    assert len({seed for one in asked for seed in one.seeds}) == 4
    skipped = events[1]
    assert isinstance(skipped, StepDone)
    assert (skipped.status, skipped.score, len(skipped.board)) == ("skipped: duplicate", None, 10)


def test_what_cannot_be_depicted_is_forbidden_and_asked_again() -> None:
    world = World({}, ["justice", "new x"] + [f"new {number}" for number in range(10)], undepictable=["justice"])
    events = play(PAPER, world.answer)
    asked = [one for one in world.requests if isinstance(one, Propose) and one.step == 1]
    assert "justice" in asked[1].forbidden
    assert isinstance(events[1], StepDone)
    assert events[1].concept == "new x"


def test_nothing_usable_ends_without_a_label_and_keeps_the_raw_text() -> None:
    world = World({"namea": 3.0}, [])
    events = play(PAPER, lambda request: world.answer(request))
    last = events[-1]
    assert isinstance(last, NotLabelled)
    assert last.status == "no usable proposal"
    assert all(len(one.raw) == 4 for one in events if isinstance(one, StepDone) and one.step)


def test_a_model_that_repeats_what_cannot_be_depicted_gives_no_label() -> None:
    events = play(PAPER, World({"namea": 3.0}, ["justice"] * 44, undepictable=["justice"]).answer)
    assert isinstance(events[-1], NotLabelled)
    assert {one.status for one in events if isinstance(one, StepDone) and one.step} == {"skipped: cannot be depicted"}


def test_nan_concepts_never_reach_the_board() -> None:
    scores = {name: float("nan") for name in NAMES} | {"namea": 1.0, "new 0": float("inf")}
    events = play(PAPER, World(scores, [f"new {number}" for number in range(11)]).answer)
    steps = [one for one in events if isinstance(one, StepDone)]
    assert [one.concept for one in steps[0].board] == ["namea"]
    assert steps[1].status == "skipped: not finite"


def test_no_finite_start_concept_fails_in_words() -> None:
    events = play(PAPER, World(dict.fromkeys(NAMES, float("nan")), []).answer)
    assert isinstance(events[-1], NotLabelled)
    assert "finite" in events[-1].reason


def test_line_takes_better_concepts_from_the_bank_and_paper_does_not() -> None:
    scores = {"from bank": 7.0, "worse": -1.0}
    for preset, label in (("line", "from bank"), ("paper", "namea")):
        world = World(scores | {"namea": 1.0}, [f"new {number}" for number in range(20)], bank=["from bank", "worse"])
        events = play(Settings(preset=preset), world.answer)  # type: ignore[arg-type]
        last = events[-1]
        assert isinstance(last, Labelled)
        assert last.label.concept == label
        assert any(isinstance(one, LookUp) for one in world.requests) == (preset == "line")


def test_compact_asks_for_several_candidates_at_once_and_takes_the_first_new_one() -> None:
    world = World({}, ["namea", "", "fresh", "other"] * 11)
    events = play(Settings(preset="paper", profile="compact"), world.answer)
    assert isinstance(events[1], StepDone)
    assert events[1].concept == "fresh"
    assert all(len(one.seeds) == 4 for one in world.requests if isinstance(one, Propose))


def test_what_is_forbidden_is_neither_start_nor_proposal_nor_taken_from_the_bank() -> None:
    world = World({"nameb": 9.0, "from bank": 8.0, "worn": 7.0}, ["NAMEB", "worns", "free"] * 20, bank=["from bank"])
    events = play(Settings(), world.answer, forbidden=["nameb", "from banks", "worn"])
    start = world.requests[0]
    assert isinstance(start, Depict)
    assert start.concepts[:5] == ("namea", "namec", "named", "namee", "namef")
    assert "nameb" not in start.concepts
    assert isinstance(events[1], StepDone)
    assert (events[1].concept, events[1].origin) == ("free", "generated")
    last = events[-1]
    assert isinstance(last, Labelled)
    assert not {"nameb", "from bank", "worns", "worn"} & {one.concept for one in last.board}


def test_nothing_left_to_start_from_is_told() -> None:
    (end,) = play(PAPER, World({}, []).answer, ranked=["cat", "dog"], forbidden=["Cats", "dog"])
    assert isinstance(end, NotLabelled)
    assert "all of the 2 are forbidden" in end.reason


def steps_of(settings: Settings, world: World) -> list[StepDone]:
    return [one for one in play(settings, world.answer) if isinstance(one, StepDone)]


def test_where_no_finalist_can_be_drawn_again_the_step_says_so() -> None:
    world = World({"namea": 3.0}, [f"new {number}" for number in range(11)])

    def respond(request: object) -> Answer:
        if isinstance(request, Depict) and request.fresh:
            return Depicted({}, dict.fromkeys(request.concepts, "gone"))
        return world.answer(request)

    *_, step, _ = play(Settings(), respond)
    assert isinstance(step, StepDone)
    assert (step.concept, step.status) == ("namea", "not confirmed: no finalist could be drawn again")


@pytest.mark.parametrize("patience", [1, 2, 4])
def test_a_neuron_with_nothing_new_among_its_best_goes_to_its_summary_and_confirmation(patience: int) -> None:
    scores = {"new 0": 5.0, "new 2": 4.0}  # a newcomer at steps 1 and 3, if it comes to that
    scores |= {name: 0.1 - number for number, name in enumerate(NAMES)} | {f"new {number}": -30.0 for number in (1, *range(3, 11))}
    steps = steps_of(Settings(patience=patience), World(scores, [f"new {number}" for number in range(11)]))
    last = 1 + patience if patience < 2 else 3 + patience  # with patience 1 the second newcomer is not awaited
    assert [one.step for one in steps] == [*range(last + 1), 11, 12]
    assert [one.passed for one in steps] == [0] * (last + 1) + [10 - last, 0]
    assert (steps[-2].origin, steps[-1].status, steps[-1].concept) == ("summary", "confirmed", "new 0")


def test_one_of_the_best_from_the_bank_keeps_a_neuron_going() -> None:
    scores = dict.fromkeys([f"new {number}" for number in range(11)], -30.0) | {f"bank {number}": 9.0 - number for number in range(3)}
    without = steps_of(Settings(patience=2), World(scores, [f"new {number}" for number in range(11)]))
    taking = steps_of(
        Settings(patience=2), World(scores, [f"new {number}" for number in range(11)], bank=[f"bank {number}" for number in range(3)])
    )
    assert [one.step for one in without] == [0, 1, 2, 11, 12]
    assert [one.step for one in taking] == [0, 1, 2, 3, 4, 5, 11, 12]  # the bank gives one at each of the steps 1, 2 and 3


def test_as_long_as_the_best_change_all_steps_are_made() -> None:
    scores = {f"new {number}": 1.0 + number for number in range(11)}
    proposals = [f"new {number}" for number in range(11)]
    assert steps_of(Settings(patience=1), World(scores, proposals)) == steps_of(Settings(), World(scores, proposals))


@pytest.mark.parametrize("cut", [1, 4, 9])
@pytest.mark.parametrize("patience", [0, 2])
def test_replay_of_stored_answers_is_exact(cut: int, patience: int) -> None:
    settings = Settings(seed=5, patience=patience)
    scores = {f"new {number}": float(number % 4) for number in range(30)} | {name: 0.1 * number for number, name in enumerate(NAMES)}
    whole = World(scores, [f"new {number}" for number in range(30)])
    expected = play(settings, whole.answer)
    stored = whole.answers[:cut]
    rest = World(scores, whole_queue_after(stored))
    replayed = iter(stored)

    def respond(request: object) -> Answer:
        return next(replayed, None) or rest.answer(request)

    assert play(settings, respond) == expected


def whole_queue_after(stored: Sequence[Answer]) -> list[str]:
    used = sum(len(one.proposals) for one in stored if isinstance(one, Proposed))
    return [f"new {number}" for number in range(used, 30)]
