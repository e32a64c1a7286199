"""What a running job has told so far, kept short: for the live view, also after its workspace was closed and opened again."""

from collections import deque
from typing import Final, NamedTuple

from line_desktop.events import (
    Checked,
    Checking,
    JobEvent,
    NeuronEvent,
    Note,
    Pictured,
    Planned,
    RunStarted,
    Stage,
    SurveyProgress,
    Verified,
    Verifying,
)
from line_desktop.methods.asking import Labelled, NotLabelled, Provisional, StepDone
from models.types.shared import Progress

KEPT: Final = 200  # lines


class Line(NamedTuple):
    """One thing that happened to one neuron."""

    layer: str
    neuron: int
    step: int | None  # None: the neuron has ended, or has been searched
    concept: str  # or why there is none
    score: float | None
    confirmed: bool = True  # False: the label may still change


class Live:
    """Takes in events; the newest line comes first. What comes from the store is not told again."""

    def __init__(self) -> None:
        self.stage = ""
        self.within: Progress | None = None  # how far an engine is in the middle of a call
        self.notes: list[str] = []
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.pictured: Pictured | None = None
        self.run_id: int | None = None
        self.neurons = 0
        self.ended = 0  # of the neurons
        self.searched = 0  # of the neurons, those that have ended with them
        self._unsearched: set[int] = set()  # of the run under way
        self.lines_told = 0

    def see(self, event: JobEvent) -> None:
        """Take in one event."""
        if isinstance(event, Stage):
            self.stage, self.within = event.text, None
        elif isinstance(event, Note):
            self.notes.append(event.text)
        elif isinstance(event, SurveyProgress):
            self.within = Progress("", event.done, event.total, "photos")
        elif isinstance(event, Progress):
            self.within = event
        elif isinstance(event, Planned):
            self.neurons = sum(map(len, event.neurons.values()))
        elif isinstance(event, RunStarted):
            self.run_id, self.stage, self.within = event.run_id, "", None
            self._unsearched = set(event.neurons)
        elif isinstance(event, Pictured):
            self.pictured = event
        elif isinstance(event, NeuronEvent):
            self._neuron(event)
        elif isinstance(event, Verifying | Checking):
            self.neurons, self.ended = event.total, event.done
        elif isinstance(event, Verified) and not event.kept:
            self.lines.appendleft(Line(event.layer, event.neuron, None, f"{event.label}: {event.verdict or event.sentence}", None))
            self.lines_told += 1
        elif isinstance(event, Checked) and not event.kept:
            self.lines.appendleft(Line(event.layer, event.neuron, None, f"{event.label}: {event.sentence}".removeprefix(": "), None))
            self.lines_told += 1

    @property
    def searching(self) -> bool:
        """Whether some neurons of the run have not been searched yet."""
        return bool(self._unsearched)

    def _neuron(self, told: NeuronEvent) -> None:
        self.within = None
        self.ended += isinstance(told.event, Labelled | NotLabelled)
        if not isinstance(told.event, StepDone) and told.neuron in self._unsearched:
            self._unsearched.remove(told.neuron)
            self.searched += 1
        if not told.replayed:
            self.lines.appendleft(line(told))
            self.lines_told += 1


def line(told: NeuronEvent) -> Line:
    """An event of a neuron as a line."""
    what = told.event
    if isinstance(what, StepDone):
        missing = what.status.removeprefix("skipped: ")
        return Line(told.layer, told.neuron, what.step, what.concept or missing, what.score)
    if isinstance(what, Labelled | Provisional):
        return Line(told.layer, told.neuron, None, what.label.concept, what.label.score, isinstance(what, Labelled))
    return Line(told.layer, told.neuron, None, what.reason, None)
