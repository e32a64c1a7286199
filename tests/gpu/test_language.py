"""The language model through the ordinary proposer in its child: tokens a second, time of a proposal, memory, layers on the card."""

import re
import time

from gpu.conftest import Figures, Models
from gpu.scale import Scale
from gpu.watch import watched
from line_desktop.prompts import propose
from models.memory import gpus
from models.types.language import ProposalRequest, Proposer

NAMES = ("cherry", "tomato", "fire truck", "rose", "strawberry", "ladybug", "heart", "lava", "sunset", "brick", "sofa", "sea", "oak", "cat")
ROOM = 16 << 30  # bytes free on a card with which all layers of an 8B model must be there


def boards(count: int) -> list[ProposalRequest]:
    """As many neurons ask: each sees other names."""
    shown = [[(NAMES[(start + rank) % len(NAMES)], 9.0 - rank) for rank in range(5)] for start in range(count)]
    return [propose(board, [name for name, _ in board], (number,), "paper", 1) for number, board in enumerate(shown)]


def test_neurons_are_answered_together(scale: Scale, built: Models, figures: Figures) -> None:
    file = built.language(scale)
    room = gpus()[0].free if scale.gpu else 0
    requests = boards(scale.boards)
    start = time.monotonic()
    with watched(scale.gpu, Proposer, "language", file, "paper") as (proposer, watch):  # type: ignore[type-abstract]
        info = proposer.info()
        opened = time.monotonic()
        (first,) = proposer.propose(requests[:1])
        warm, before = time.monotonic(), proposer.usage()
        together = proposer.propose(requests)
        seconds, after = time.monotonic() - warm, proposer.usage()
        again = proposer.propose(requests)
    asked, evaluated = after.prompt_tokens - before.prompt_tokens, after.evaluated_tokens - before.evaluated_tokens
    generated = after.generated_tokens - before.generated_tokens
    figures.note(
        scale, f"{len(requests)} proposals at once, {info.parameters / 1e9:.2g} billion parameters, {info.quantization}",
        seconds_a_proposal=seconds / len(requests), seconds_of_the_first=warm - opened, tokens_a_second=generated / seconds,
        prompt_tokens=asked, of_them_evaluated=evaluated, generated_tokens=generated, seconds_to_open=opened - start,
        peak_gib=watch.peak / 2**30, device=info.device, first_as_alone=first == together[0],
    )  # fmt: skip
    assert (info.format, info.quantization) == ("llama3", "Q4_K_M")
    assert evaluated < asked / 3, "the constant part is evaluated once"
    assert all(re.match("<thinking>[^<]", answer.raw) for row in together for answer in row)
    assert together == again
    if scale.gpu:  # where answers may round differently with the number of rows, see docs/benchmarks.md
        assert info.on_gpu == info.layers if room > ROOM else info.on_gpu > 0
    else:
        assert (first, info.on_gpu) == (together[0], 0)
