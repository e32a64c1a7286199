"""A job that keeps its row in the queue up to date while it runs, whoever runs it: the worker or a command in a terminal."""

import contextlib
import math
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from line_desktop import paths, rates
from line_desktop.concepts import spelling
from line_desktop.errors import DiskFull, UserError
from line_desktop.events import Cost, JobEvent, NeuronEvent, Pictured, RunStarted, Surveyed
from line_desktop.jobs import KINDS, labelling, work_of
from line_desktop.label_job import LabelJob
from line_desktop.meter import Meter, together
from line_desktop.methods.asking import StepDone
from line_desktop.pace import Pace
from line_desktop.store.rows import JobRow, JobState
from line_desktop.store.workspace import Workspace
from models.errors import Cancelled, ModelError

EVERY = 1.0  # seconds between two looks at the row, and two writes to it
PICTURES_EVERY = 0.5  # seconds between two concepts whose pictures are shown


class Wish(msgspec.Struct, frozen=True):
    """That a job should stop after its step: what it is to be then, and why in one sentence."""

    state: JobState
    reason: str = ""


PAUSE, CANCEL = Wish("paused"), Wish("cancelled")
AT_ONCE = Wish("interrupted", "It was ended before its step was done; resume it to go on.")


def do(
    workspace: Workspace, job_id: int, wish: Callable[[], Wish | None], tell: Callable[[JobEvent], None], log: str = ""
) -> Iterator[JobEvent]:
    """Do a job of the queue and keep its row up to date; yields its events. An error is written into the row, then raised.

    `wish()`: what this process is asked to do; what the row asks counts as well. `tell` hears what is said in the middle of a call,
    between two events. `log`: the job's log file inside the workspace.
    """
    row = workspace.job(job_id)
    work = work_of(row)
    with Record(workspace, row, labelling(workspace.folder, work), wish, log) as record:

        def hear(event: JobEvent) -> None:
            record.see(event)
            tell(event)

        for event in KINDS[row.kind].run(workspace, work, record.stop, hear):
            record.see(event)
            yield event
            yield from record.pictured(event)


def is_bug(error: BaseException) -> bool:
    """Whether an error is a mistake of ours, not of the user's world and not a wish to end."""
    return not isinstance(error, UserError | ModelError | KeyboardInterrupt | GeneratorExit)


class Record:
    """A context in which this process runs a job: its row tells how far it is and, afterwards, how it ended."""

    def __init__(
        self,
        workspace: Workspace,
        row: JobRow,
        labelling: LabelJob | None,
        wish: Callable[[], Wish | None],
        log: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspace = workspace
        self._job = row.id
        self._labelling = labelling
        self._measured = row.measured  # by earlier goes
        self._wish = wish
        self._log = log
        self._photos = row.kind == "survey"
        self._clock = clock
        self._pace = Pace(self._photos, clock)
        self._meter = Meter(workspace, clock)
        self._asked: Wish | None = None  # by the row
        self._looked = self._written = self._shown = -math.inf
        self._bank = 0  # the picture settings of the run under way
        self._complete = False

    def __enter__(self) -> Self:
        self._workspace.begin_job(self._job, self._log)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        file = self._workspace.folder / self._log if self._log else paths.log_file()
        ended = self.ending(error, file)
        if self._log and error and is_bug(error):
            with file.open("a", encoding="utf-8") as opened:
                traceback.print_exception(error, file=opened)
        measured = self._meter.measured()
        self.write()
        self._workspace.end_job(self._job, ended.state, ended.reason, msgspec.to_builtins(together(self._measured, measured)))
        if ended.state != "failed":
            with contextlib.suppress(OSError, DiskFull):  # the job is done all the same
                rates.keep(self._labelling, measured, self._complete)
        return isinstance(error, Cancelled)  # an engine ended its call because `stop` said so

    def stop(self) -> bool:
        """Whether the job is to end after its step; asked between answers and while an engine works."""
        if self._clock() - self._looked >= EVERY:
            self._looked = self._clock()
            self._asked = {"pause": PAUSE, "cancel": CANCEL}.get(self._workspace.job_wish(self._job))
        return (self._asked or self._wish()) is not None

    def see(self, event: JobEvent) -> None:
        """Take in one event; the row follows once a second, and at once where a run begins."""
        self._pace.see(event)
        self._meter.see(event)
        self._complete |= isinstance(event, Surveyed) if self._photos else isinstance(event, Cost) and event.finished
        if isinstance(event, RunStarted) or self._clock() - self._written >= EVERY:
            self.write()

    def write(self) -> None:
        """Bring the row up to date."""
        self._written = self._clock()
        pace = self._pace
        self._workspace.job_progress(self._job, pace.done, pace.total, pace.text, pace.remaining())

    def pictured(self, event: JobEvent) -> Iterator[Pictured]:
        """The pictures of the concept that a step has scored now, unless others were shown just before."""
        if isinstance(event, RunStarted):
            self._bank = self._workspace.run(event.run_id).settings_id
        if not isinstance(event, NeuronEvent) or event.replayed or not isinstance(event.event, StepDone):
            return
        step = event.event
        if step.status != "scored" or self._clock() - self._shown < PICTURES_EVERY:
            return
        self._shown = self._clock()
        pictures = self._workspace.concept_pictures(self._bank, spelling(step.concept))
        yield Pictured(event.layer, event.neuron, step.concept, tuple(picture.sha256 for picture in pictures))

    def ending(self, error: BaseException | None, log: Path) -> Wish:
        """What the job is now, and why; `log` is where the traceback of a mistake of ours goes."""
        if isinstance(error, DiskFull):
            return Wish("paused", str(error))
        if isinstance(error, UserError | ModelError) and not isinstance(error, Cancelled):
            return Wish("failed", str(error))
        if error is not None and is_bug(error):
            return Wish("failed", f"This is a mistake in LINE Desktop, not yours; the details are in {log}.")
        if self._complete:
            return Wish("finished")
        return self._asked or self._wish() or AT_ONCE
