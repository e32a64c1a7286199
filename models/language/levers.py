"""What single levers of the language engine are worth on this machine, each measured with it and without it in one go."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from models.cores import spare_cores
from models.embedded import GrammarFigures, PromptFigures
from models.inspect.gguf import language_info
from models.language.answers import FORMS
from models.language.engine import LlamaProposer
from models.language.formats import constant_part, task_part
from models.language.llama import Llama, Row
from models.language.memory import Cache
from models.language.sampler import Grammar, Sampler
from models.types.language import Proposal, ProposalRequest
from models.types.shared import FloatArray

DRAWS: Final = 100


class LanguageLevers:
    """Implements models.embedded.LanguageLever for one GGUF file."""

    def __init__(self, model: Path) -> None:
        self._model = model

    def prompts(self, requests: list[ProposalRequest]) -> PromptFigures:
        """The same requests together, one by one, and one by one with nothing of a prompt kept from the one before."""
        proposer = LlamaProposer(self._model)
        proposer.propose(requests)  # what is paid once is not counted
        # A first line of its own gives every request a constant part that no other has.
        own = [msgspec.structs.replace(one, instructions=f"{number}\n{one.instructions}") for number, one in enumerate(requests)]

        def one_by_one(asked: list[ProposalRequest]) -> list[Any]:
            return [proposer.propose([one])[0] for one in asked]

        before = proposer.usage()
        together, answers = timed(lambda: proposer.propose(requests))
        kept = proposer.usage()
        apart, same = timed(lambda: one_by_one(requests))
        between = proposer.usage()
        whole, _ = timed(lambda: one_by_one(own))
        return PromptFigures(
            together, apart, whole, kept.prompt_tokens - before.prompt_tokens, kept.evaluated_tokens - before.evaluated_tokens,
            proposer.usage().evaluated_tokens - between.evaluated_tokens, answers == same,
        )  # fmt: skip

    def grammar(self, request: ProposalRequest) -> GrammarFigures:
        """Choosing a token with the grammar after the 40 best, and before them over the whole vocabulary."""
        info = language_info(self._model, request.profile)
        llama = Llama(self._model, Cache(2048, 1, 0), spare_cores(), 0)
        form = FORMS[request.profile]
        constant = constant_part(info.format, request.profile, request.instructions)
        task = task_part(info.format, request.profile, request.task, form.opening)
        tokens = [*llama.tokens(constant, start=True), *llama.tokens(task, start=False)]
        rows = [Row(token, place, 0, place == len(tokens) - 1) for place, token in enumerate(tokens)]
        (logits,) = (values.copy() for _, values in llama.evaluate(rows))
        grammar = Grammar(llama.vocab, form)
        after, _ = timed(lambda: [Sampler(grammar, seed).draw(logits) for seed in range(DRAWS)])
        before, _ = timed(lambda: [WholeVocabulary(grammar, seed).draw(logits) for seed in range(DRAWS)])
        return GrammarFigures(llama.vocabulary, 1000 * after / DRAWS, 1000 * before / DRAWS)


class ForgetfulProposer(LlamaProposer):
    """Keeps nothing of a prompt from one call to the next: every call evaluates its prompts from the first token."""

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """As a LlamaProposer that was opened just now."""
        for sequence, _ in self._constants.values():
            self._llama.forget(sequence)
        self._constants.clear()
        return super().propose(requests)


class WholeVocabulary(Sampler):
    """Asks the grammar about every token, as llama-cpp-python's high-level class does."""

    def draw(self, logits: FloatArray) -> int | None:
        """The next token."""
        tokens, allowed = self._permitted(np.arange(len(logits), dtype=np.int64), logits)
        masked = np.full(len(logits), -np.inf, np.float32)
        masked[tokens] = allowed
        return super().draw(masked)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that something took, and what it gave."""
    began = time.perf_counter()
    value = work()
    return time.perf_counter() - began, value
