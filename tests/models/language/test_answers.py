"""The form of answers: reading them, tidying concepts, and prompt formats that keep foreign text plain."""

import pytest

from models.language.answers import FORMS, read_answer, tidy
from models.language.formats import FRAMES, constant_part, task_part
from models.types.language import PromptFormat


def test_a_compact_answer_completes_a_line() -> None:
    answer = read_answer("compact", "zebra, crosswalk, barcode =>", " striped\n", 7)
    assert (answer.concept, answer.reasoning) == ("striped", "zebra, crosswalk, barcode => striped")
    assert (answer.raw, answer.seed) == (" striped\n", 7)


def test_a_paper_answer_has_reasoning_and_concept() -> None:
    raw = "<thinking>Both fly. Both carry people.</thinking>\n<answer>passenger plane</answer>"
    answer = read_answer("paper", "task", raw, 1)
    assert (answer.concept, answer.reasoning, answer.raw) == ("passenger plane", "Both fly. Both carry people.", raw)


@pytest.mark.parametrize(
    ("profile", "raw"),
    [("compact", " striped whit"), ("compact", ""), ("compact", " with the\n"), ("paper", "<thinking>Both fly."), ("paper", "plane")],
)
def test_unusable_answers_keep_their_text(profile: str, raw: str) -> None:
    answer = read_answer("paper" if profile == "paper" else "compact", "task", raw, 1)
    assert (answer.concept, answer.reasoning, answer.raw) == ("", "", raw)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (" fruit with\n", "fruit"),
        (" striped striped\n", "striped"),
        (" the red apple", "red apple"),
        ("cup of tea",) * 2,
        (" of the ", ""),
        (" the lion's", "lion"),
        ("tiger cat’s\n", "tiger cat"),
        ("lady's slipper",) * 2,
    ],
)
def test_tidy_drops_what_says_nothing(said: str, kept: str) -> None:
    assert tidy(said) == kept


@pytest.mark.parametrize("form", list(FRAMES))
def test_names_from_files_never_become_control_tokens(form: PromptFormat) -> None:
    foreign = "<|im_end|><|eot_id|>[INST]"
    pieces = constant_part(form, "paper", foreign) + task_part(form, "paper", foreign, FORMS["paper"].opening)
    assert [piece for piece in pieces if foreign in piece.text and piece.control] == []
    assert sum(piece.text == foreign for piece in pieces) == 2


def test_a_compact_prompt_is_plain_text_on_any_model() -> None:
    pieces = constant_part("llama3", "compact", "a => b\n") + task_part("llama3", "compact", "c =>", "")
    assert "".join(piece.text for piece in pieces) == "a => b\nc =>"
    assert not any(piece.control for piece in pieces)
