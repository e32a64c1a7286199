"""What a person sees in the terminal: progress and the live table of neurons while a job runs, the labels at the end."""

import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from line_desktop.document import ActivityPart, Document, SurveyDocument
from line_desktop.events import (
    Checked,
    Checking,
    JobEvent,
    NeuronEvent,
    Note,
    Planned,
    RunStarted,
    Stage,
    Surveyed,
    SurveyProgress,
    Verified,
    Verifying,
)
from line_desktop.methods.asking import Labelled, Provisional, StepDone
from models.plural import count
from models.types.shared import Progress as EngineProgress

WIDTH = 160  # characters of a line where there is no terminal
ROWS = 20  # neurons shown at once
NEXT_BEST = 3  # concepts shown beside a label
NAMED = 10  # photos named where some could not be read; all are in the workspace
STANDING_OUT = 5  # neurons of a layer in a survey's summary, and photos of each


def output() -> Console:
    """Standard output: as wide as the terminal, or wide enough for whole names in a file."""
    return Console(width=None if sys.stdout.isatty() else WIDTH)


def plain(text: str) -> str:
    """A foreign name as harmless text: control and direction-changing characters become escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def duration(seconds: float) -> str:
    """A length of time as people say it: "about 3 h 10 min"."""
    if seconds < 60:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 60 else f"about {minutes // 60} h {minutes % 60:02d} min"


def how_far(progress: EngineProgress) -> str:
    """How far an engine is: 'drawing "red cat", 2 of 5 pictures: 12 of 25 steps'."""
    return f"{progress.doing}: {progress.done} of {progress.total} {progress.unit}" if progress.total else progress.doing


class Remaining:
    """The time a job still needs: the steps left times the mean time of the last ones."""

    def __init__(self, left: int) -> None:
        self.left = left
        self._last = time.monotonic()
        self._gaps: deque[float] = deque(maxlen=200)

    def pass_over(self, count: int) -> None:
        """`count` steps cost nothing, or nothing like the others: they came from the store, were the start, or are not needed."""
        self.left -= count
        self._last = time.monotonic()

    def step(self) -> None:
        """One step is done."""
        self._gaps.append(time.monotonic() - self._last)
        self.pass_over(1)

    def text(self) -> str:
        """The remaining time in words, or "measuring"."""
        if len(self._gaps) < 5:
            return "measuring the time"
        # A wave's steps arrive together, so the mean over the window is the rate; a median of single gaps would be near zero.
        return duration(self.left * sum(self._gaps) / len(self._gaps)) + " left"


class LiveTable:
    """A context that shows a job's events on standard error: a live table in a terminal, plain lines otherwise."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._steps = 1  # of a neuron, with the start
        self._stage = Text("")
        self._engine = ""  # what an engine is doing in the middle of a call
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=self._console
        )
        self._survey = self._bar.add_task("photos", visible=False)
        self._rows: dict[tuple[str, int], tuple[int, str, str, str]] = {}
        self._remaining = Remaining(0)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True, get_renderable=self._render)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, event: JobEvent) -> None:
        """Take in one event."""
        self._engine = plain(how_far(event)) if isinstance(event, EngineProgress) else ""
        if isinstance(event, Stage):
            self._stage = Text(event.text)
            self._say(event.text)
        elif isinstance(event, Note):
            self._print(event.text)
        elif isinstance(event, SurveyProgress):
            self._bar.update(self._survey, visible=event.done < event.total, total=event.total, completed=event.done)
        elif isinstance(event, Surveyed):
            self._left_out(event)
        elif isinstance(event, Planned):
            self._steps = event.last_step + 1
            self._remaining = Remaining(sum(map(len, event.neurons.values())) * self._steps)
        elif isinstance(event, RunStarted):
            self._stage = Text(plain(event.text))
            self._say(self._stage.plain)
        elif isinstance(event, NeuronEvent):
            self._neuron(event)
        elif isinstance(event, Verified):
            self._print(f"{event.layer} · {event.neuron}: {event.label}. {event.sentence}")
        elif isinstance(event, Verifying):
            self._bar.update(self._survey, description="labels", visible=event.done < event.total, total=event.total, completed=event.done)
        elif isinstance(event, Checked):
            self._print(f"{event.layer} · {event.neuron}{f': {event.label}' if event.label else ''}. {event.sentence}")
        elif isinstance(event, Checking):
            self._bar.update(self._survey, description="neurons", visible=event.done < event.total, total=event.total, completed=event.done)

    def _left_out(self, surveyed: Surveyed) -> None:
        """Name the photos that could not be read."""
        lost = list(surveyed.unreadable.items())
        if lost:
            self._print(f"{len(lost)} of {count(surveyed.photos, 'photo')} could not be read; left out:")
        for path, reason in lost[:NAMED]:
            self._print(f"  {path}: {reason}")
        if lost[NAMED:]:
            self._print(f"  … and {len(lost) - NAMED} more, all named in the workspace.")

    def _neuron(self, told: NeuronEvent) -> None:
        name = (told.layer, told.neuron)
        event = told.event
        if isinstance(event, StepDone):
            score = "" if event.score is None else f"{event.score:.3f}"
            best = "".join(f"{plain(one.concept)} {one.score:.3f}" for one in event.board[:1])
            self._rows.pop(name, None)  # the latest last
            self._rows[name] = (event.step, plain(event.concept) if score else event.status, score, best)
            self._remaining.left -= event.passed
            if told.replayed or event.step == 0:
                self._remaining.pass_over(1)
            else:
                self._remaining.step()
            return
        if isinstance(event, Provisional):
            self._print(f"{told.layer} · {told.neuron}: {event.label.concept} ({event.label.score:.3f}, not confirmed yet)")
            return
        last = self._rows.pop(name, None)
        self._remaining.pass_over(self._steps - last[0] - 1 if last else self._steps)
        if isinstance(event, Labelled):
            text = f"{told.layer} · {told.neuron}: {event.label.concept} ({event.label.score:.3f}, {event.label.origin})"
        else:
            text = f"{told.layer} · {told.neuron}: {event.status}. {event.reason}"
        self._print(text)

    def _print(self, text: str) -> None:
        self._console.print(Text(plain(text)), soft_wrap=not self._console.is_terminal)

    def _say(self, text: str) -> None:
        if not self._console.is_terminal:
            self._print(text)

    def _render(self) -> Group:
        table = Table(box=None, pad_edge=False)
        for column in ("layer", "neuron", "step", "concept", "score", "best so far"):
            table.add_column(column, justify="right" if column in ("neuron", "step", "score") else "left")
        for (layer, neuron), (step, concept, score, best) in sorted(list(self._rows.items())[-ROWS:]):
            table.add_row(Text(plain(layer)), str(neuron), f"{step} of {self._steps - 1}", Text(concept), score, Text(best))
        parts = [self._stage.plain, self._engine, self._remaining.text() if self._remaining.left else ""]
        head = Text(" · ".join(filter(None, parts)))
        return Group(head, self._bar, table if self._rows else Text(""))


def labels_table(document: Document, truth: dict[tuple[str, int], str] | None = None) -> Table:
    """The labels of a document for the terminal; with `truth` a column of known labels."""
    table = Table(title=f"{count(len(document.neurons), 'neuron')} named, {len(document.failed)} not")
    for column in ("layer", "neuron", "label", "score", "origin", *(["class"] if truth else []), "next best"):
        table.add_column(column, justify="right" if column in ("neuron", "score") else "left")
    for one in document.neurons:
        others = ", ".join([entry.concept for entry in one.scoreboard if entry.concept != one.label][:NEXT_BEST])
        known = [truth.get((one.layer, one.neuron), "")] if truth else []
        cells = [one.layer, str(one.neuron), one.label, f"{one.score:.3f}", one.origin, *known, others]
        table.add_row(*(Text(plain(cell)) for cell in cells))
    for lost in document.failed:
        cells = [lost.layer, str(lost.neuron), "–", "", lost.status, *([""] if truth else []), lost.reason]
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def survey_tables(found: SurveyDocument) -> Iterator[Table]:
    """A survey for the terminal: its layers, and the neurons that stand out most."""
    states = list(found.layers[0].states)
    layers = Table(
        title=f"{count(found.probe.photos - len(found.probe.unreadable), 'photo')} surveyed, {len(found.probe.unreadable)} left out"
    )
    for column in ("layer", "neurons", *states):
        layers.add_column(column, justify="left" if column == "layer" else "right")
    for layer in found.layers:
        layers.add_row(Text(plain(layer.layer)), str(len(layer.neurons)), *(str(layer.states[state]) for state in states))
    yield layers
    best = Table(title="Neurons that stand out: the largest maximum above the median")
    for column in ("layer", "neuron", "median", "p99", "maximum", "top photos"):
        best.add_column(column, justify="left" if column in ("layer", "top photos") else "right")
    for layer in found.layers:
        fit = [one for one in layer.neurons if one.state == "ok"]
        for one in sorted(fit, key=lambda one: one.median - one.maximum)[:STANDING_OUT]:
            numbers = (f"{value:.4g}" for value in (one.median, one.p99, one.maximum))
            best.add_row(Text(plain(layer.layer)), str(one.neuron), *numbers, Text(plain(top_photos(one))))
    if best.row_count:
        yield best


def top_photos(one: ActivityPart) -> str:
    """The best photos' classes with their numbers, or their files where the folder is not labelled."""
    counts = Counter(photo.class_name or photo.photo for photo in one.top[:STANDING_OUT])
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in counts.most_common())


def print_error(text: str) -> None:
    """A user's error: one sentence on standard error."""
    print(f"line-desktop: {plain(text)}", file=sys.stderr)
