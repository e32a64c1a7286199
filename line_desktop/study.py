"""A study: many neurons of one layer labelled together, their requests answered in batches and kept before they are sent on.

Each neuron is a generator (`line.line`). The study collects what all of them wait for, asks the language model once, draws each
concept once, runs the checkpoint once, writes the answers in one transaction, and sends them. Resuming is replay: the stored
answers go into fresh generators until they run out.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from line_desktop import prompts
from line_desktop.bank import Bank
from line_desktop.events import NeuronEvent
from line_desktop.isolation import Isolation
from line_desktop.methods.asking import (
    Answer,
    Depict,
    Depicted,
    Labelled,
    LookUp,
    Method,
    NotLabelled,
    Propose,
    Proposed,
    Request,
    StepDone,
)
from line_desktop.methods.asking import Event as MethodEvent
from line_desktop.methods.line import Settings, line
from line_desktop.store.rows import Answer as AnswerRow
from line_desktop.store.rows import ResultRow, StepRow
from line_desktop.store.workspace import Workspace
from models.errors import Cancelled
from models.types import Proposal, ProposalRequest, Proposer

WAVE = 32  # neurons that move together


class Neuron(msgspec.Struct):
    """A neuron under way: its method, what it waits for, and what is to be written with the next answer."""

    index: int
    method: Method
    answers: int = 0
    waiting: Request | None = None
    events: list[MethodEvent] = []
    seconds: dict[str, float] = {}


class Study:
    """One layer, one run: settings, engines, bank and store."""

    def __init__(
        self,
        workspace: Workspace,
        run_id: int,
        layer: str,
        ranked: Callable[[int], Sequence[str]],
        proposer: Proposer,
        bank: Bank,
        fresh: Bank,
        settings: Settings,
    ) -> None:
        """`ranked(neuron)`: the depictable start vocabulary, best first for that neuron (see `line.line`).

        `fresh`: the bank of the pictures that confirm labels, drawn with seeds of their own.
        """
        self._workspace = workspace
        self._run = run_id
        self._layer = layer
        self._ranked = ranked
        self._proposer = proposer
        self._bank = bank
        self._fresh = fresh
        self._settings = settings
        self._isolation = Isolation()

    def run(self, neurons: Sequence[int], stop: Callable[[], bool] = lambda: False) -> Iterator[NeuronEvent]:
        """Label the neurons, wave by wave; yields every event.

        Ends early, resumable, when `stop()` says so between answers, or where drawing was stopped.
        """
        for start in range(0, len(neurons), WAVE):
            wave = []
            for index in neurons[start : start + WAVE]:
                neuron = self._begin(index)
                yield from self._replay(neuron)
                if neuron.waiting is not None:
                    wave.append(neuron)
            while wave and not stop():
                try:
                    yield from self._answer(wave)
                except Cancelled:  # in the middle of an answer, which nobody has seen yet
                    return
                wave = [neuron for neuron in wave if neuron.waiting is not None]
            if wave:
                return

    def _begin(self, index: int) -> Neuron:
        return Neuron(index, line(self._ranked(index), f"{self._layer} {index}", self._settings))

    def _replay(self, neuron: Neuron) -> Iterator[NeuronEvent]:
        self._advance(neuron, None)
        for body in self._workspace.answers(self._run, neuron.index):
            yield from self._told(neuron, replayed=True)
            neuron.answers += 1
            assert neuron.waiting is not None
            self._advance(neuron, msgspec.json.decode(body, type=neuron.waiting.answer))
        yield from self._told(neuron, replayed=True)  # else the next answer would keep them once more

    def _advance(self, neuron: Neuron, answer: Answer | None) -> None:
        """Send an answer and run to the next request; events on the way are kept in `neuron.events`."""
        neuron.waiting = None
        reply: Answer | None = answer
        try:
            while neuron.waiting is None:
                said = neuron.method.send(reply)
                reply = None
                if isinstance(said, Request):
                    neuron.waiting = said
                else:
                    neuron.events.append(said)
        except StopIteration:
            pass

    def _told(self, neuron: Neuron, replayed: bool) -> Iterator[NeuronEvent]:
        for event in neuron.events:
            yield NeuronEvent(self._layer, neuron.index, event, replayed)
        neuron.events = []

    def _answer(self, wave: list[Neuron]) -> Iterator[NeuronEvent]:
        """Answer the requests of one kind in one batch: look-ups before pictures before proposals.

        What is answered next follows from what the neurons wait for and from nothing else, so a resumed run goes on in the same order.
        """
        for kind, respond in ((LookUp, self._look_up), (Depict, self._depict), (Propose, self._propose)):
            asking = [neuron for neuron in wave if isinstance(neuron.waiting, kind)]
            if not asking:
                continue
            began = time.perf_counter()
            answers = respond(asking)
            share = (time.perf_counter() - began) / len(asking)
            for neuron in asking:
                neuron.seconds[kind.__name__.lower()] = neuron.seconds.get(kind.__name__.lower(), 0.0) + share
            self._keep_and_send(asking, answers)
            for neuron in asking:
                yield from self._told(neuron, replayed=False)
            return

    def _keep_and_send(self, asking: list[Neuron], answers: list[Answer]) -> None:
        """Advance every neuron and write its answer with the steps that follow from it, in one transaction."""
        written, finished = [], []
        for neuron, answer in zip(asking, answers, strict=True):
            kind = type(neuron.waiting).__name__.lower()
            self._advance(neuron, answer)
            steps = tuple(step_row(neuron, event) for event in neuron.events if isinstance(event, StepDone))
            written.append(AnswerRow(neuron.index, neuron.answers, kind, msgspec.json.encode(answer), steps))
            neuron.answers += 1
            finished += [result_row(neuron.index, event) for event in neuron.events if isinstance(event, Labelled | NotLabelled)]
        self._workspace.save_answers(self._run, written, finished)

    def _look_up(self, asking: list[Neuron]) -> list[Answer]:
        answers: list[Answer] = []
        for neuron in asking:
            request = neuron.waiting
            assert isinstance(request, LookUp)
            best = self._bank.best(self._layer, neuron.index, request.known, request.floor)
            answers.append(self._activations(self._bank, neuron.index, [best] if best else []))
        return answers

    def _depict(self, asking: list[Neuron]) -> list[Answer]:
        requests = [neuron.waiting for neuron in asking if isinstance(neuron.waiting, Depict)]
        for bank, fresh in ((self._bank, False), (self._fresh, True)):
            bank.activations([name for request in requests if request.fresh == fresh for name in request.concepts], self._layer)
        return [
            self._activations(self._fresh if request.fresh else self._bank, neuron.index, request.concepts)
            for neuron, request in zip(asking, requests, strict=True)
        ]

    def _activations(self, bank: Bank, neuron: int, names: Sequence[str]) -> Depicted:
        seen = {name: tuple(map(float, values[:, neuron])) for name, values in bank.activations(names, self._layer).items()}
        finite = {name: values for name, values in seen.items() if all(map(math.isfinite, values))}
        lost = {name: bank.isolation.lost.get(name, "not finite") for name in names if name not in finite}
        return Depicted(finite, lost)

    def _ask(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """The proposals for each request; where the language model fails on one again and again, its reason instead of an answer."""
        answered: dict[int, list[Proposal]] = {}

        def ask(numbers: Sequence[int]) -> None:
            answered.update(zip(numbers, self._proposer.propose([requests[number] for number in numbers]), strict=True))

        self._isolation.work(range(len(requests)), ask, str)
        failed = [Proposal("", "", self._isolation.lost.get(str(number), ""), 0) for number in range(len(requests))]
        return [answered.get(number, [failed[number]]) for number in range(len(requests))]

    def _propose(self, asking: list[Neuron]) -> list[Answer]:
        requests = [prompt(neuron.waiting, self._settings) for neuron in asking if isinstance(neuron.waiting, Propose)]
        answered = self._ask(requests)
        refused = self._bank.undepictable(one.concept for proposals in answered for one in proposals if one.concept)
        hashes = self._workspace.save_prompts([f"{request.instructions}\n{request.task}" for request in requests])
        answers: list[Answer] = []
        for sha256, proposals in zip(hashes, answered, strict=True):
            mine = {one.concept: refused[one.concept] for one in proposals if one.concept in refused}
            answers.append(Proposed(tuple(proposals), mine, sha256))
        return answers


def prompt(request: Propose, settings: Settings) -> ProposalRequest:
    """The language model's prompt for a request."""
    shown = [(one.concept, one.score) for one in request.board]
    if request.summary:
        return prompts.summarise(shown, request.forbidden, request.seeds, settings.profile)
    return prompts.propose(shown, request.forbidden, request.seeds, settings.profile, request.step + request.attempt)


def step_row(neuron: Neuron, done: StepDone) -> StepRow:
    """The row of a step; it takes the seconds the neuron has run up since its last step."""
    seconds, neuron.seconds = neuron.seconds, {}
    return StepRow(
        neuron.index, done.step, done.concept, done.score, done.origin, done.status, done.reasoning, done.raw, done.prompt_sha256,
        done.board, seconds,
    )  # fmt: skip


def result_row(neuron: int, event: Labelled | NotLabelled) -> ResultRow:
    """The row of a neuron that has ended."""
    if isinstance(event, NotLabelled):
        return ResultRow(neuron, event.status, reason=event.reason)
    return ResultRow(neuron, "labelled", event.label.concept, event.label.score, event.label.origin)
