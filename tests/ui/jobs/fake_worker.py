"""A worker that plays the part written in its workspace's `part.txt`: quick, wait, die, deaf."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from line_desktop.events import Ended, JobEvent, NeuronEvent, Note, Planned, Stage, to_line
from line_desktop.methods.asking import Labelled, StepDone
from line_desktop.scoreboard import Entry
from line_desktop.store.rows import JobState
from line_desktop.store.workspace import Workspace

BEST = Entry("red wheel", 1.5, 0.1, 0, "start")
STARTED = "child.txt"  # the number of the process that a deaf worker has started


def tell(event: JobEvent) -> None:
    sys.stdout.buffer.write(to_line(event))
    sys.stdout.buffer.flush()


def begin() -> None:
    tell(Stage("Reading the checkpoint"))
    tell(Note("All stay loaded."))
    tell(Planned({"stage.1": (3,)}, 1))
    tell(NeuronEvent("stage.1", 3, StepDone(0, "red wheel", 1.5, "start", "scored", "", (), "", (BEST,)), False))


def listen() -> JobState:
    """Until a word comes; a kept one goes on for a moment."""
    for word in sys.stdin:
        if word.strip() == "keep":
            time.sleep(1)
            return "finished"
        if word.strip() in ("pause", "stop"):
            return "paused" if word.strip() == "pause" else "cancelled"
    return "interrupted"


def main(folder: Path, job: int) -> None:
    part = (folder / "part.txt").read_text()
    if part == "refuse":
        sys.exit("line-desktop: The workspace is in use by process 1.")
    with Workspace.open(folder) as workspace:
        workspace.begin_job(job, f"logs/job-{job}.log")
        workspace.job_progress(job, 1, 4, "Naming 1 neuron of stage.1", 11_400.0)
        begin()
        state: JobState = "finished"
        if part == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif part == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            (folder / STARTED).write_text(str(child.pid))
            time.sleep(600)
        elif part == "wait":
            state = listen()
        if state == "finished":
            tell(NeuronEvent("stage.1", 3, Labelled(BEST, (BEST,)), False))
        workspace.end_job(job, state)
    tell(Ended(state))


main(Path(sys.argv[1]), int(sys.argv[2]))
