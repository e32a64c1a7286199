"""The prompts: what is constant, what each task shows, and that nothing known is asked for by joining."""

import pytest

from line_desktop.methods.asking import Condense
from line_desktop.prompts import CAPTIONS_SHOWN, FORBIDDEN_SHOWN, JOIN, RELATED, SHARE, condense, propose, score_digits, summarise

BOARD = [("striped", 0.91234), ("blue", 0.8), ("zebra", 0.7), ("red car", 0.1)]
FORBIDDEN = [name for name, _ in BOARD]


def test_the_paper_task_shows_board_scores_and_forbidden_names() -> None:
    request = propose(BOARD, [*FORBIDDEN, "sky"], [4, 5], "paper", 1)
    assert request.seeds == (4, 5)
    assert request.task.splitlines()[1:] == [
        "Concepts:", "striped: 0.91", "blue: 0.80", "zebra: 0.70", "red car: 0.10", "Forbidden: striped, blue, zebra, red car, sky"
    ]  # fmt: skip


def test_paper_instructions_are_constant_and_hold_the_worked_examples() -> None:
    first, later = propose(BOARD, [], [1], "paper", 1), propose(BOARD[::-1], FORBIDDEN, [2], "paper", 9)
    assert first.instructions == later.instructions
    for answer in ("polka dots", "umbrella", "rectangle", "red fruit"):
        assert f"<answer>{answer}</answer>" in first.instructions
    for answer in ("volcano", "green", "yellow fruit"):
        assert f"<answer>{answer}</answer>" in summarise(BOARD, [], [1], "paper").instructions


def test_a_long_forbidden_list_keeps_its_latest_names() -> None:
    names = [f"name {number}" for number in range(500)]
    task = propose(BOARD, names, [1], "paper", 1).task
    assert task.count("name ") == FORBIDDEN_SHOWN
    assert "name 499" in task


def test_the_forms_of_compact_lines_take_turns() -> None:
    asked = [propose(BOARD, FORBIDDEN, [1], "compact", step) for step in range(1, 14)]
    assert [request.instructions for request in asked[:6]] == [JOIN, SHARE, RELATED] * 2
    assert asked[0].task == "striped, blue =>"
    assert asked[1].task == "striped, blue, zebra, red car =>"
    assert asked[4].task == "striped, blue =>"
    assert len({(request.instructions, request.task) for request in asked}) > 6


@pytest.mark.parametrize("done", ["striped blue", "blue striped"])
def test_a_pair_that_was_joined_is_not_joined_again(done: str) -> None:
    assert propose(BOARD, [*FORBIDDEN, done], [1], "compact", 1).task == "striped, zebra =>"


def test_without_a_pair_to_join_the_words_are_compared() -> None:
    board = [("red fruit", 3.0), ("red car", 2.0), ("red", 1.0)]
    request = propose(board, [], [1], "compact", 1)
    assert (request.instructions, request.task) == (SHARE, "red fruit, red car, red =>")
    assert propose([("red", 1.0)], [], [1], "compact", 3).task == "red =>"


def test_the_compact_summary_shows_the_three_best() -> None:
    request = summarise(BOARD, FORBIDDEN, [1], "compact")
    assert (request.instructions, request.task) == (SHARE, "striped, blue, zebra =>")


@pytest.mark.parametrize(
    ("scores", "digits"),
    [([0.91, 0.1], 2), ([120.0, 3.0], 0), ([12.0, 3.0], 1), ([0.0031, 0.0012], 4), ([5.0, 5.0], 1), ([0.0], 0), ([1e-30, 0.0], 9), ([], 0)],
)
def test_scores_show_two_digits_of_their_spread(scores: list[float], digits: int) -> None:
    assert score_digits(scores) == digits


def test_negative_scores_are_shown() -> None:
    assert "dark: -0.25" in propose([("light", -0.05), ("dark", -0.25)], [], [1], "paper", 1).task


def test_captions_are_condensed_in_a_list_or_for_a_small_model_in_a_line() -> None:
    captions = tuple(f"a photo of thing {number}" for number in range(9))
    paper, compact = (condense(Condense(captions, (3, 4)), profile) for profile in ("paper", "compact"))
    assert paper.task.splitlines()[2:] == [f"- {caption}" for caption in captions]
    assert compact.task == f"{', '.join(captions[:CAPTIONS_SHOWN])} =>"
    assert (paper.seeds, paper.profile, compact.seeds, compact.profile) == ((3, 4), "paper", (3, 4), "compact")
    for answer in ("red", "boat", "repeated pattern"):
        assert f"<answer>{answer}</answer>" in paper.instructions
