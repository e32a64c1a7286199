"""Work that is shared out: everybody works, in order it comes back, and whoever is lost or fails costs nothing but time."""

import threading
from typing import Any

import pytest
from fleet_hands import Hand, Told, crew

from line_desktop.fleet.crew import NobodyLeft
from line_desktop.isolation import PATIENCE
from models.errors import BadFile, Cancelled, DoesNotFit, EngineFailed

PATIENCE_S = 60.0  # nothing is measured by it
PIECES = [(number,) for number in range(12)]
SQUARES = [number**2 for (number,) in PIECES]


def square(what: str, engine: str, method: str, number: int) -> int:
    """What the engines of these tests do."""
    assert (what, engine, method) == ("call", "numbers", "square")
    return number**2


def test_answers_come_in_order_and_everybody_works_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def together(*call: Any) -> int:
        both.wait()
        return square(*call)

    hands = [Hand("a", together), Hand("b", together)]
    heard: list[int] = []
    assert crew(hands).share("numbers", "square", PIECES, heard.append) == SQUARES
    assert sorted(heard) == list(range(12))
    assert crew(hands).share("numbers", "square", []) == []


def test_who_is_faster_does_more() -> None:
    almost_all = threading.Event()

    def fast(*call: Any) -> int:
        if hands[1].calls == len(PIECES) - 1:
            almost_all.set()
        return square(*call)

    def slowly(*call: Any) -> int:
        assert almost_all.wait(PATIENCE_S)
        return square(*call)

    hands = [Hand("slow", slowly), Hand("fast", fast)]
    assert crew(hands).share("numbers", "square", PIECES) == SQUARES
    assert [one.calls for one in hands] == [1, len(PIECES) - 1]


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_what_a_lost_one_was_doing_is_done_again(moment: int) -> None:
    told = Told()

    def patient(*call: Any) -> int:
        assert lost.lost.wait(PATIENCE_S)
        return square(*call)

    lost = Hand("b", square, dies=moment)
    members = crew([Hand("a", patient), lost], told)
    assert members.share("numbers", "square", PIECES) == SQUARES
    assert [one.name for one in members.actors] == ["a"]
    assert told.notes == ["b does not take part: it was lost (its process is gone). What it was doing is done again."]


def test_when_the_last_one_is_lost_one_sentence_says_how_to_go_on() -> None:
    members = crew([Hand("a", square, dies=3), Hand("b", square, dies=2)])
    with pytest.raises(
        NobodyLeft, match=r"^No worker is left\. [ab] does not take part: .* Everything done is kept: .* the same command goes on\.$"
    ):
        members.share("numbers", "square", PIECES)


def failing(kind: type[Exception], *numbers: int) -> Any:
    """An engine that fails on some numbers."""

    def work(*call: Any) -> int:
        if call[-1] in numbers:
            raise kind(f"The engine's process ended on {call[-1]}.")
        return square(*call)

    return work


@pytest.mark.parametrize("kind", [EngineFailed, DoesNotFit])
def test_what_one_machine_fails_on_another_does(kind: type[Exception]) -> None:
    told = Told()
    members = crew([Hand("weak", failing(kind, 3, 7)), Hand("strong", square)], told)
    assert members.share("numbers", "square", PIECES) == SQUARES
    assert told.notes == []


def test_a_machine_whose_engine_always_fails_is_left_out() -> None:
    told = Told()
    weak = Hand("weak", failing(EngineFailed, *range(100)))
    members = crew([weak, Hand("strong", square)], told)
    for _ in range(3):
        assert members.share("numbers", "square", PIECES) == SQUARES
    assert told.notes == [f"weak does not take part: its engine failed {PATIENCE} times in a row on what others could do."]
    calls = weak.calls
    assert calls >= PATIENCE
    assert members.share("numbers", "square", PIECES) == SQUARES
    assert weak.calls == calls


@pytest.mark.parametrize("kind", [EngineFailed, DoesNotFit])
def test_what_two_machines_fail_on_is_the_pieces_fault(kind: type[Exception]) -> None:
    hands = [Hand(name, failing(kind, 3)) for name in "abc"]
    members = crew(hands)
    with pytest.raises(kind, match="on 3"):
        members.share("numbers", "square", PIECES)
    assert len(members.actors) == 3
    assert members.share("numbers", "square", PIECES[:3]) == SQUARES[:3]


def test_what_the_only_one_left_has_failed_on_is_raised() -> None:
    lonely = crew([Hand("a", failing(EngineFailed, 0))])
    with pytest.raises(EngineFailed):
        lonely.share("numbers", "square", PIECES)
    widowed = crew([Hand("a", failing(EngineFailed, *range(12))), Hand("b", square, dies=1)])
    with pytest.raises(EngineFailed):
        widowed.share("numbers", "square", PIECES)


def test_a_mistake_of_the_users_is_told_at_once() -> None:
    hands = [Hand("a", failing(BadFile, 0)), Hand("b", failing(BadFile, 0))]
    with pytest.raises(BadFile):
        crew(hands).share("numbers", "square", PIECES[:1])
    assert sum(one.calls for one in hands) == 1


def test_a_stop_ends_the_running_calls_before_it_is_told() -> None:
    ended: list[int] = []
    hands: list[Hand] = []

    def stubborn(*call: Any) -> int:
        assert hands[0].stopped.wait(PATIENCE_S)
        ended.append(call[-1])
        raise Cancelled("The call was stopped, as asked.")

    hands += [Hand("a", stubborn), Hand("b", square)]
    with pytest.raises(Cancelled):
        crew(hands, stop=lambda: hands[1].calls == len(PIECES) - 1).share("numbers", "square", PIECES)
    assert ended == [0]


def test_everywhere_leaves_out_those_that_cannot_and_those_with_whom_something_is_wrong() -> None:
    told = Told()

    def name_of(number: int) -> Any:
        def work(what: str) -> int:
            if number == 1:
                raise BadFile("There is no such model.")
            return number

        return work

    hands = [Hand(f"machine {number}", name_of(number)) for number in range(4)]
    members = crew(hands, told)
    assert members.everywhere("number", wrong=lambda number: "it is the third." if number == 2 else "") == [0, 3]
    assert told.notes == ["machine 1 does not take part: There is no such model.", "machine 2 does not take part: it is the third."]
    assert members.everywhere("number", among=[hands[3]]) == [3]
    with pytest.raises(NobodyLeft, match="machine 3 does not take part: no"):
        members.everywhere("number", wrong=lambda number: "no.")
