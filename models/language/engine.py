"""A language model that answers many prompts at once: the constant part is evaluated once, each task once, each seed is a sequence.

Answers are queued; as one ends, the next begins. The evaluated constant part of a prompt stays in the cache between calls.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from models.cores import spare_cores
from models.errors import ModelError
from models.inspect.gguf import language_info, read_gguf, usual_profile
from models.language.answers import FORMS, read_answer
from models.language.formats import constant_part, task_part
from models.language.llama import Llama, Row, supports_gpu
from models.language.memory import choose_cache
from models.language.offload import layers_that_fit
from models.language.sampler import Grammar, Sampler
from models.memory import gpus
from models.types.language import LanguageInfo, LanguageUsage, Profile, Proposal, ProposalRequest
from models.types.shared import FloatArray

MOST_THREADS: Final = 8
_Constant = tuple[Profile, str]


@dataclass
class _Task:
    """A request's task, and those of its seeds that are answered together."""

    request: ProposalRequest
    index: int
    seeds: tuple[int, ...]
    tokens: list[int]


@dataclass
class _Answer:
    """An answer being written in a sequence of its own; `position` is the next token's."""

    task: _Task
    seed: int
    sampler: Sampler
    sequence: int
    position: int
    tokens: list[int] = field(default_factory=list)
    raw: bytes = b""
    ended: bool = False

    def last_row(self) -> Row:
        return Row(self.tokens[-1], self.position + len(self.tokens) - 1, self.sequence, True)


class LlamaProposer:
    """A `Proposer` over a GGUF file."""

    def __init__(self, path: Path, profile: Profile | None = None, threads: int = 0, gpu_layers: int = -1) -> None:
        """Open the file; `threads` 0 leaves one core free, `gpu_layers` -1 puts as many layers on the GPU as its free memory holds.

        Raises BadFile for what is no readable GGUF language model, DoesNotFit for one that is too large for the free memory.
        """
        header = read_gguf(path)
        on_card = sum(card.free for card in gpus()[:1]) if supports_gpu() else 0
        # Before the file's SHA-256, which may take minutes.
        self._cache = choose_cache(path.name, header, profile or usual_profile(header), on_card)
        if gpu_layers < 0:
            gpu_layers = layers_that_fit(header, self._cache, on_card)
        self._llama = Llama(path, self._cache, threads or min(MOST_THREADS, spare_cores()), gpu_layers)
        self._info = msgspec.structs.replace(language_info(path, profile), on_gpu=self._llama.on_gpu)
        self._longest = min(header.context, self._cache.longest)
        self._grammars = {name: Grammar(self._llama.vocab, form) for name, form in FORMS.items()}
        self._constants: dict[_Constant, tuple[int, int]] = {}  # -> sequence, tokens; the least recently used first
        self._prompt_tokens = self._evaluated_tokens = self._generated_tokens = 0

    def info(self) -> LanguageInfo:
        """What the opened file is."""
        return self._info

    def usage(self) -> LanguageUsage:
        """Counters since the model was opened."""
        return LanguageUsage(self._prompt_tokens, self._evaluated_tokens, self._generated_tokens)

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """For each request one proposal for each of its seeds, in order.

        Raises ModelError if a prompt is longer than the model's context, or the model computes nothing usable.
        """
        done: dict[tuple[int, int], Proposal] = {}
        # One constant part after the other, so that any number of them passes through the few that are kept.
        for constant in dict.fromkeys((request.profile, request.instructions) for request in requests):
            self._hold(constant)
            chosen = [(i, request) for i, request in enumerate(requests) if (request.profile, request.instructions) == constant]
            self._answer(constant, deque(task for i, request in chosen for task in self._tasks(i, request)), done)
        return [[done[i, seed] for seed in request.seeds] for i, request in enumerate(requests)]

    def _hold(self, constant: _Constant) -> None:
        """Make sure that the constant part of a prompt is in the cache, and the last to be dropped from it."""
        if constant in self._constants:
            self._constants[constant] = self._constants.pop(constant)
            return
        tokens = self._llama.tokens(constant_part(self._info.format, *constant), start=True)
        self._check_length(len(tokens) + 1)
        if len(self._constants) == self._cache.prefixes:
            oldest = next(iter(self._constants))
            self._llama.forget(self._constants.pop(oldest)[0])
        sequence = min(set(range(self._cache.prefixes)) - {used for used, _ in self._constants.values()})
        self._llama.forget(sequence)  # what an evaluation that failed may have left
        for _ in self._llama.evaluate([Row(token, position, sequence, False) for position, token in enumerate(tokens)]):
            pass
        self._constants[constant] = (sequence, len(tokens))
        self._evaluated_tokens += len(tokens)

    def _tasks(self, index: int, request: ProposalRequest) -> Iterator[_Task]:
        form = FORMS[request.profile]
        tokens = self._llama.tokens(task_part(self._info.format, request.profile, request.task, form.opening), start=False)
        length = self._constants[request.profile, request.instructions][1] + len(tokens)
        self._check_length(length + form.limit)
        self._prompt_tokens += length * len(request.seeds)
        seeds = tuple(dict.fromkeys(request.seeds))
        for start in range(0, len(seeds), self._cache.parallel):
            yield _Task(request, index, seeds[start : start + self._cache.parallel], tokens)

    def _answer(self, constant: _Constant, waiting: deque[_Task], done: dict[tuple[int, int], Proposal]) -> None:
        """Answer the tasks, as many at once as the cache has sequences for."""
        free = list(range(self._cache.prefixes, self._cache.sequences))
        writing: list[_Answer] = []
        try:
            while waiting or writing:
                steps = [([answer.last_row()], [answer]) for answer in writing]
                while waiting and len(waiting[0].seeds) <= len(free):
                    task = waiting.popleft()
                    answers = self._begin(task, constant, [free.pop() for _ in task.seeds])
                    writing += answers
                    steps.append((self._task_rows(answers[0]), answers))
                self._step(steps)
                ended = [answer for answer in writing if answer.ended]
                writing = [answer for answer in writing if not answer.ended]
                for answer in ended:
                    done[answer.task.index, answer.seed] = self._finish(answer)
                    free.append(answer.sequence)
        finally:
            for answer in writing:
                self._llama.forget(answer.sequence)

    def _begin(self, task: _Task, constant: _Constant, sequences: list[int]) -> list[_Answer]:
        prefix, length = self._constants[constant]
        self._llama.copy(prefix, sequences[0])
        grammar = self._grammars[task.request.profile]
        position = length + len(task.tokens)
        pairs = zip(task.seeds, sequences, strict=True)
        return [_Answer(task, seed, Sampler(grammar, seed), sequence, position) for seed, sequence in pairs]

    def _task_rows(self, first: _Answer) -> list[Row]:
        start = first.position - len(first.task.tokens)
        last = first.position - 1
        self._evaluated_tokens += len(first.task.tokens)
        return [Row(token, position, first.sequence, position == last) for position, token in enumerate(first.task.tokens, start)]

    def _step(self, steps: list[tuple[list[Row], list[_Answer]]]) -> None:
        """Evaluate the rows and let the answers that hang on them grow by one token."""
        rows: list[Row] = []
        readers: dict[int, list[_Answer]] = {}
        for own, answers in steps:
            rows += own
            readers[len(rows) - 1] = answers
        for index, logits in self._llama.evaluate(rows):
            for answer in readers[index]:
                self._grow(answer, logits)
        for _, (first, *others) in steps:
            for other in others:
                self._llama.copy(first.sequence, other.sequence)

    def _grow(self, answer: _Answer, logits: FloatArray) -> None:
        token = answer.sampler.draw(logits)
        if token is None or self._llama.ends(token):
            answer.ended = True
            return
        self._generated_tokens += 1
        answer.tokens.append(token)
        answer.raw += self._llama.text(token)
        form = FORMS[answer.task.request.profile]
        answer.ended = len(answer.tokens) == form.limit or answer.raw.endswith(form.ending.encode())

    def _finish(self, answer: _Answer) -> Proposal:
        self._llama.forget(answer.sequence)
        request = answer.task.request
        raw = FORMS[request.profile].opening + answer.raw.decode("utf-8", "replace")
        return read_answer(request.profile, request.task, raw, answer.seed)

    def _check_length(self, tokens: int) -> None:
        if tokens > self._longest:
            raise ModelError(
                f"A prompt and its answer need {tokens:,} tokens and the language model holds {self._longest:,}. "
                "Use a model with a longer context, or fewer forbidden names."
            )
