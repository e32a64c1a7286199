"""Prompt formats: ours for each family, with foreign text never read as control."""

from typing import get_args

import pytest

from models.language.formats import FRAMES, constant_part, task_part
from models.types.language import PromptFormat


@pytest.mark.parametrize("form", get_args(PromptFormat))
def test_every_format_wraps_instructions_then_task_and_ends_where_the_answer_begins(form: PromptFormat) -> None:
    constant, task = constant_part(form, "paper", "INSTRUCTIONS"), task_part(form, "paper", "TASK", "<thinking>")
    whole = "".join(piece.text for piece in constant + task)
    frame = FRAMES[form]
    assert whole == f"{frame.opening}INSTRUCTIONS{frame.middle}TASK{frame.closing}<thinking>"
    assert [piece.text for piece in constant + task if not piece.control] == ["INSTRUCTIONS", "TASK", "<thinking>"]


def test_a_compact_model_completes_plain_text() -> None:
    assert [tuple(piece) for piece in constant_part("llama3", "compact", "a => b\n") + task_part("llama3", "compact", "c =>", " ")] == [
        ("a => b\n", False),
        ("c => ", False),
    ]
