"""How a prompt is wrapped for each family of chat models: our own formats, never the file's template.

A wrapped prompt is a constant part, the same for a whole study, and a part for each task. Only the markers written here
become control tokens; instructions and tasks hold names from foreign files and stay plain text whatever they contain.
"""

from typing import NamedTuple

from models.types.language import Profile, PromptFormat


class Piece(NamedTuple):
    """Text to tokenise; `control` where its markers are meant as control tokens."""

    text: str
    control: bool


class _Frame(NamedTuple):
    opening: str
    middle: str  # between instructions and task
    closing: str


FRAMES: dict[PromptFormat, _Frame] = {
    "llama3": _Frame(
        "<|start_header_id|>system<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n",
        "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    "chatml": _Frame("<|im_start|>system\n", "<|im_end|>\n<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"),
    "mistral": _Frame("[INST] ", "\n\n", " [/INST]"),
    "gemma": _Frame("<start_of_turn>user\n", "\n\n", "<end_of_turn>\n<start_of_turn>model\n"),
    "phi": _Frame("<|system|>\n", "<|end|>\n<|user|>\n", "<|end|>\n<|assistant|>\n"),
    "phi4": _Frame("<|im_start|>system<|im_sep|>", "<|im_end|><|im_start|>user<|im_sep|>", "<|im_end|><|im_start|>assistant<|im_sep|>"),
    "plain": _Frame("", "\n\n", "\n\n"),
}


def constant_part(form: PromptFormat, profile: Profile, instructions: str) -> list[Piece]:
    """Everything before the task. A compact model completes plain text even if it was trained to chat (METHOD section 2)."""
    if profile == "compact":
        return [Piece(instructions, False)]
    frame = FRAMES[form]
    return [Piece(frame.opening, True), Piece(instructions, False), Piece(frame.middle, True)]


def task_part(form: PromptFormat, profile: Profile, task: str, opening: str) -> list[Piece]:
    """The task and the beginning of the answer, `opening`, which the model need not write itself."""
    if profile == "compact":
        return [Piece(task + opening, False)]
    return [Piece(task, False), Piece(FRAMES[form].closing, True), Piece(opening, False)]
