"""The end of LINE under the preset `line`: which concepts are scored again, and which of them becomes the label."""

from collections.abc import Sequence

import numpy as np
import pytest

from line_desktop.methods.asking import Depict, Depicted
from line_desktop.methods.confirmation import Sure, choose, confirm, shorter
from line_desktop.scoreboard import Board, Entry, best_first

PHOTOS = np.array([*range(100), np.nan], np.float32)  # a picture's activation is its place among them


def on_board(**scores: float) -> Board:
    return tuple(Entry(name.replace("_", " "), score, 1.0, 3, "generated") for name, score in scores.items())


def confirmed(
    fresh: dict[str, float], board: Board, bank: Board = (), forbidden: Sequence[str] = (), finalists: int = 3, broader: bool = True
) -> tuple[Entry, Board, list[tuple[str, ...]]]:
    """The label, the board, and what was drawn in each turn; concepts that are not in `fresh` have no pictures."""
    method = confirm(board, best_first((*board, *bank))[:finalists], finalists, PHOTOS, forbidden, 0.02, broader)
    asked, said = [], next(method)
    while True:
        assert isinstance(said, Depict)
        assert said.fresh
        asked.append(said.concepts)
        try:
            said = method.send(Depicted({name: (fresh[name],) * 4 for name in said.concepts if name in fresh}))
        except StopIteration as end:
            return end.value.label, end.value.board, asked


def test_finalists_are_the_first_of_the_shortlist_and_fresh_pictures_decide() -> None:
    bank = (Entry("pine", 95.0, 1.0, 9, "bank"), Entry("oak", 1.0, 1.0, 9, "bank"))
    label, board, asked = confirmed({"cat": 40, "dog": 60, "pine": 50}, on_board(cat=99, dog=90, ant=5), bank)
    assert asked == [("cat", "pine", "dog")]
    assert (label.concept, label.score) == ("dog", 60)
    assert [(one.concept, one.score) for one in board] == [("dog", 60), ("pine", 50), ("cat", 40), ("ant", 5)]


def test_the_auc_against_the_photos_decides_and_not_the_mean() -> None:
    board = on_board(cat=9, dog=8)
    method = confirm(board, board, 2, PHOTOS, (), 0.0, True)
    next(method)
    with pytest.raises(StopIteration) as end:
        method.send(Depicted({"cat": (500.0, 10.0, 10.0), "dog": (90.0, 90.0, 90.0)}))
    assert end.value.value.label.concept == "dog"


def test_finalists_of_a_longer_shortlist_are_those_that_their_pictures_tell_best_from_the_photos() -> None:
    board, bank = on_board(cat=50, dog=40), on_board(pine=30, oak=20)
    method = confirm(board, (*board, *bank), 2, PHOTOS, (), 0.0, False)
    seen = next(method)
    assert (seen.concepts, seen.fresh) == (("cat", "dog", "pine", "oak"), False)
    drawn = {"cat": (190.0, 5.0, 5.0), "dog": (60.0, 60.0, 0.0), "pine": (30.0, 30.0, 30.0), "oak": (60.0, 0.0, 0.0)}
    again = method.send(Depicted(drawn))
    assert (again.concepts, again.fresh) == (("dog", "cat"), True)  # AUC 0.40, 0.365, 0.305, 0.205
    with pytest.raises(StopIteration) as end:
        method.send(Depicted({"dog": (70.0,) * 3, "cat": (80.0,) * 3}))
    assert end.value.value.label.concept == "cat"
    assert [one.concept for one in end.value.value.board] == ["cat", "dog"]


@pytest.mark.parametrize(("red", "label"), [(89, "red"), (87, "red dotted")])  # AUC 0.895 and 0.875 against 0.905
def test_a_shorter_name_inside_the_best_is_taken_where_it_is_nearly_as_sure(red: float, label: str) -> None:
    found, board, asked = confirmed({"red dotted": 90, "red": red, "dotted": 30}, on_board(red_dotted=80, ant=5), finalists=1)
    assert asked == [("red dotted",), ("red", "dotted")]
    assert found.concept == label
    assert found.origin == ("broader" if label == "red" else "generated")
    assert {one.concept for one in board} == {"red dotted", "red", "dotted", "ant"}


def test_where_words_mean_nothing_alone_the_highest_mean_decides_and_no_shorter_name_is_tried() -> None:
    label, _, asked = confirmed({"worm fence": 89.9, "worm": 89, "pine": 80}, on_board(worm_fence=80, worm=70, pine=60), broader=False)
    assert (label.concept, asked) == ("worm fence", [("worm fence", "worm", "pine")])


def test_a_shorter_name_that_stands_on_the_board_keeps_its_origin() -> None:
    board = (*on_board(red_dotted=80), Entry("red", 10.0, 1.0, 0, "start"))
    label, after, _ = confirmed({"red dotted": 90, "red": 90, "dotted": 30}, board, finalists=1)
    assert (label.concept, label.origin, label.step) == ("red", "start", 0)
    assert [one.concept for one in after].count("red") == 1


def test_shorter_names_that_are_forbidden_or_scored_are_not_drawn() -> None:
    _, _, asked = confirmed({"red cats": 90, "red": 80}, on_board(red_cats=80, red=70), forbidden=["cat"], finalists=2)
    assert asked == [("red cats", "red")]


def test_what_has_no_fresh_pictures_does_not_take_part() -> None:
    label, board, _ = confirmed({"dog": 20}, on_board(cat=99, dog=90))
    assert label.concept == "dog"
    assert [one.concept for one in board] == ["dog", "cat"]
    label, board, asked = confirmed({}, on_board(cat=99, dog=90))
    assert (label.concept, board, len(asked)) == ("cat", on_board(cat=99, dog=90), 1)


def test_among_those_nearly_as_sure_as_the_surest_words_count_first_and_then_the_mean() -> None:
    def sure(name: str, auc: float, score: float) -> Sure:
        return Sure(Entry(name, score, 0.0, 1, "bank"), auc)

    rows = [
        sure("red old cat", 0.97, 1),
        sure("red cat", 0.96, 8),
        sure("old cat", 0.955, 9),
        sure("big dog", 0.94, 99),
        sure("cat", 0.9, 5),
    ]
    assert choose(rows, 0.0, True).concept == "red old cat"
    assert choose(rows, 0.02, True).concept == "old cat"
    assert choose(rows, 0.05, False).concept == "big dog"
    assert choose(rows, 0.08, True).concept == "cat"


def test_shorter_names_have_words_side_by_side_and_no_loose_ends() -> None:
    assert shorter("cat") == []
    assert shorter("red cat") == ["red", "cat"]
    assert shorter("old red cat") == ["old", "red", "cat", "old red", "red cat"]
    assert shorter("fish with stripes") == ["fish", "stripes"]
