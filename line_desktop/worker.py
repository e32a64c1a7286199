"""The process of one job: events out as lines of JSON, control words in, and a row that is true whenever it ends.

    line-desktop worker WORKSPACE JOB_ID

Words on standard input, one a line: `pause` and `stop` (cancel) after the step under way, `keep` to go on when standard input
closes, which else means to stop. SIGTERM means to stop; where that was asked already, at once.
"""

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

from line_desktop.errors import WorkspaceBusy
from line_desktop.events import Ended, JobEvent, Note, RunStarted, Stage, to_line
from line_desktop.record import CANCEL, PAUSE, Wish, do
from line_desktop.store.disk import room_for
from line_desktop.store.rows import JobState
from line_desktop.store.workspace import Workspace

LOGS = "logs"  # folder of the workspace
STDIN = 0
LEFT = Wish("interrupted", "The program that started it was closed; resume it to go on.")
TERMINATED = Wish("interrupted", "It was told to end; resume it to go on.")


class Control:
    """What this process is asked to do, by words and by signals."""

    def __init__(self, keep_running: bool) -> None:
        self.wish: Wish | None = None
        self._keep_running = keep_running

    def listen(self) -> None:
        """Take words from standard input, in a thread of its own, and the system's signals."""
        threading.Thread(target=self._read, daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def left(self) -> None:
        """Nobody is at the other end any more."""
        if not self._keep_running:
            self.wish = self.wish or LEFT

    def _read(self) -> None:
        # Not sys.stdin: a thread that waits inside its lock hangs the interpreter's end.
        with os.fdopen(os.dup(STDIN), "rb", buffering=0) as words:
            for word in words:
                self._hear(word.strip())
        self.left()

    def _hear(self, word: bytes) -> None:
        if word == b"keep":
            self._keep_running = True
        elif word == b"pause":
            self.wish = PAUSE
        elif word == b"stop":
            self.wish = CANCEL

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self.wish:
            raise KeyboardInterrupt
        self.wish = TERMINATED


def work(folder: Path, job_id: int, keep_running: bool) -> JobState:
    """Do one job of a workspace and print its events, the last an `Ended`; returns what it is then. Raises what the job raised."""
    control = Control(keep_running)
    control.listen()
    tell = Printer(control)
    try:
        with Workspace.open(folder) as workspace, job_log(workspace.folder, job_id) as log:
            try:
                for event in do(workspace, job_id, lambda: control.wish, tell, f"{LOGS}/job-{job_id}.log"):
                    tell(event)
                    note(event, log)
            finally:
                row = workspace.job(job_id)
                tell(Ended(row.state, row.reason))
                note(Ended(row.state, row.reason), log)
            return row.state
    except WorkspaceBusy as busy:
        with Workspace.open(folder, write=False) as workspace:
            tell(Ended(workspace.job(job_id).state, str(busy)))
        raise


class Printer:
    """Prints events on standard output until nobody reads them."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def __call__(self, event: JobEvent) -> None:
        try:
            sys.stdout.buffer.write(to_line(event))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._control.left()


@contextlib.contextmanager
def job_log(workspace: Path, job_id: int) -> Iterator[TextIO]:
    """The job's log file, open at its end; what kills this process is written there too."""
    folder = workspace / LOGS
    with room_for(workspace, 1 << 16):
        folder.mkdir(exist_ok=True)
        with (folder / f"job-{job_id}.log").open("a", encoding="utf-8") as file:
            faulthandler.enable(file)
            yield file
            faulthandler.disable()


def note(event: JobEvent, log: TextIO) -> None:
    """Write the landmarks of a job into its log."""
    if isinstance(event, Stage | Note):
        text = event.text
    elif isinstance(event, RunStarted):
        text = f"{event.text} (run {event.run_id})"
    elif isinstance(event, Ended):
        text = f"{event.state}. {event.reason}"
    else:
        return
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, file=log, flush=True)
