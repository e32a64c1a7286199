"""A study: many neurons of one layer labelled together, their requests answered in batches and kept before they are sent on.

Each neuron is a generator (see `methods.asking`). The study collects what all of them wait for, has each kind answered in one call,
writes the answers in one transaction, and sends them. Resuming is replay: the stored answers go into fresh generators until they run out.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence

import msgspec

from line_desktop.answering import Answerer
from line_desktop.events import NeuronEvent
from line_desktop.methods.asking import Answer, Gather, Gathered, Labelled, Method, NotLabelled, Provisional, Request, StepDone
from line_desktop.methods.asking import Event as MethodEvent
from line_desktop.provisional import PROVISIONAL
from line_desktop.store.rows import Answer as AnswerRow
from line_desktop.store.rows import ResultRow, StepRow
from line_desktop.store.workspace import Workspace
from models.errors import Cancelled

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
    """One layer, one run: a method, those who answer it, and the store."""

    def __init__(
        self, workspace: Workspace, run_id: int, layer: str, begin: Callable[[int], Method], answerers: Sequence[Answerer]
    ) -> None:
        """`begin(neuron)`: the method of a neuron. `answerers`: one for each kind of request it makes; the first are asked first."""
        self._workspace = workspace
        self._run = run_id
        self._layer = layer
        self._begin = begin
        self._answerers = answerers

    def run(self, neurons: Sequence[int], stop: Callable[[], bool] = lambda: False) -> Iterator[NeuronEvent]:
        """Label the neurons, wave by wave; yields every event.

        Ends early, resumable, when `stop()` says so between answers, or where drawing was stopped.
        """
        gathered: list[Neuron] = []
        for start in range(0, len(neurons), WAVE):
            wave = [Neuron(index, self._begin(index)) for index in neurons[start : start + WAVE]]
            for neuron in wave:
                yield from self._replay(neuron)
            yield from self._unasked([neuron for neuron in wave if neuron.waiting is None and not neuron.answers])
            if not (yield from self._work(wave, stop)):
                return
            gathered += [neuron for neuron in wave if neuron.waiting is not None]
        while gathered:
            wave, gathered = gathered[:WAVE], gathered[WAVE:]
            yield from self._answered(wave, [Gathered()] * len(wave), "gather")
            if not (yield from self._work(wave, stop)):
                return
            gathered += [neuron for neuron in wave if neuron.waiting is not None]

    def _work(self, wave: list[Neuron], stop: Callable[[], bool]) -> Generator[NeuronEvent, None, bool]:
        """Answer a wave until all its neurons have ended or gather; whether that is so, or the study is to stop."""
        while not stop():
            busy = [neuron for neuron in wave if neuron.waiting is not None and not isinstance(neuron.waiting, Gather)]
            if not busy:
                return True
            try:
                yield from self._answer(busy)
            except Cancelled:  # in the middle of an answer, which nobody has seen yet
                return False
        return False

    def _replay(self, neuron: Neuron) -> Iterator[NeuronEvent]:
        """Send the answers that are kept; what is said on the way is told, but for what a new method says before its first answer."""
        self._advance(neuron, None)
        for body in self._workspace.answers(self._run, neuron.index):
            yield from self._told(neuron, replayed=True)
            neuron.answers += 1
            if neuron.waiting is not None:
                self._advance(neuron, msgspec.json.decode(body, type=neuron.waiting.answer))
        if neuron.answers:
            yield from self._told(neuron, replayed=True)  # else the next answer would keep them once more

    def _unasked(self, done: list[Neuron]) -> Iterator[NeuronEvent]:
        """Keep and tell what neurons say whose method ended without asking anything."""
        if done:
            self._keep(done, [b"null"] * len(done))
        for neuron in done:
            yield from self._told(neuron, replayed=False)

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
        """Have the requests of one kind answered, advance their neurons, and write the answers with the steps that follow from them.

        What is answered next follows from what the neurons wait for and from nothing else, so a resumed run goes on in the same order.
        """
        answerer = next(one for one in self._answerers if any(isinstance(neuron.waiting, one.asked) for neuron in wave))
        asking = [neuron for neuron in wave if isinstance(neuron.waiting, answerer.asked)]
        kind = answerer.asked.__name__.lower()
        began = time.perf_counter()
        answers = answerer.answer([(neuron.index, neuron.waiting) for neuron in asking])
        share = (time.perf_counter() - began) / len(asking)
        for neuron in asking:
            neuron.seconds[kind] = neuron.seconds.get(kind, 0.0) + share
        yield from self._answered(asking, answers, kind)

    def _answered(self, asking: Sequence[Neuron], answers: Sequence[Answer], kind: str) -> Iterator[NeuronEvent]:
        """Send answers, keep them, and tell what is said on them."""
        for neuron, answer in zip(asking, answers, strict=True):
            self._advance(neuron, answer)
        self._keep(asking, [msgspec.json.encode(answer) for answer in answers], kind)
        for neuron in asking:
            yield from self._told(neuron, replayed=False)

    def _keep(self, neurons: Sequence[Neuron], bodies: Sequence[bytes], kind: str = "nothing") -> None:
        """Write an answer of each neuron with the steps and the result that follow from it, in one transaction."""
        written, finished = [], []
        for neuron, body in zip(neurons, bodies, strict=True):
            steps = tuple(step_row(neuron, event) for event in neuron.events if isinstance(event, StepDone))
            written.append(AnswerRow(neuron.index, neuron.answers, kind, body, steps))
            neuron.answers += 1
            finished += [result_row(neuron.index, event) for event in neuron.events if not isinstance(event, StepDone)]
        self._workspace.save_answers(self._run, written, finished)


def step_row(neuron: Neuron, done: StepDone) -> StepRow:
    """The row of a step; it takes the seconds the neuron has run up since its last step."""
    seconds, neuron.seconds = neuron.seconds, {}
    return StepRow(
        neuron.index, done.step, done.concept, done.score, done.origin, done.status, done.reasoning, done.raw, done.prompt_sha256,
        done.board, seconds,
    )  # fmt: skip


def result_row(neuron: int, event: Provisional | Labelled | NotLabelled) -> ResultRow:
    """The row of a neuron that has ended, or of one that waits with a label."""
    if isinstance(event, NotLabelled):
        return ResultRow(neuron, event.status, reason=event.reason)
    reason = PROVISIONAL if isinstance(event, Provisional) else ""
    return ResultRow(neuron, "labelled", event.label.concept, event.label.score, event.label.origin, reason)
