"""`jobs` and `worker`: the queue of a workspace, and the process that does one job of it."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from line_desktop.commands.options import Json
from line_desktop.commands.running import INTERRUPTED, print_json, shown, stopped
from line_desktop.console import duration, output, plain
from line_desktop.store.desk import Desk
from line_desktop.store.rows import JobRow
from line_desktop.store.workspace import Workspace
from line_desktop.worker import work
from models.plural import count

app = typer.Typer(help="The queue of a workspace: what was asked for, and how far it is.", invoke_without_command=True)
process = typer.Typer()
Folder = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")]
JobId = Annotated[int, typer.Argument(metavar="ID", help="The number of a job, as the list gives it.")]


@app.callback()
def jobs(context: typer.Context, workspace: Folder) -> None:
    """The queue of a workspace: what was asked for, in which order, and how far it is."""
    context.obj = workspace
    if context.invoked_subcommand is None:
        jobs_list(context)


@app.command("list")
def jobs_list(context: typer.Context, as_json: Json = False) -> None:
    """List the jobs in their order."""
    with closing(Desk.open(context.obj)) as desk:
        desk.mark_interrupted()
        found = desk.jobs()
    print_json(msgspec.to_builtins(found, enc_hook=str)) if as_json else output().print(jobs_table(found))


@app.command("resume")
def jobs_resume(context: typer.Context, job: JobId) -> None:
    """Do a job here and now, from where it stopped; Ctrl+C pauses it after the step."""
    with Workspace.open(context.obj) as workspace:
        workspace.queue_job(job)
        for _ in shown(workspace, job):
            pass
        if workspace.job(job).state != "finished":
            raise stopped(workspace)


@app.command("pause")
def jobs_pause(context: typer.Context, job: JobId) -> None:
    """Pause a job: one that runs ends its step first. Nothing is lost; `resume` goes on."""
    with closing(Desk.open(context.obj)) as desk:
        desk.ask_job(job, "pause")
        _tell(desk.job(job))


@app.command("cancel")
def jobs_cancel(context: typer.Context, job: JobId) -> None:
    """Cancel a job: one that runs ends its step first. What it has done stays in the workspace."""
    with closing(Desk.open(context.obj)) as desk:
        desk.ask_job(job, "cancel")
        _tell(desk.job(job))


@app.command("move")
def jobs_move(
    context: typer.Context, job: JobId, place: Annotated[int, typer.Argument(metavar="PLACE", min=1, help="1 is the first.")]
) -> None:
    """Give a job another place in the queue."""
    with closing(Desk.open(context.obj)) as desk:
        desk.move_job(job, place)
        _tell(desk.job(job))


@process.command("worker")
def worker(
    workspace: Folder, job: JobId,
    keep_running: Annotated[bool, typer.Option("--keep-running", help="Go on when standard input closes.")] = False,
) -> None:  # fmt: skip
    """Do one job of a workspace's queue, as the window does: events on standard output, one line of JSON each.

    Words on standard input: pause, stop (cancels), keep. The end of standard input means to stop after the step.
    """
    if work(workspace, job, keep_running) != "finished":
        raise typer.Exit(INTERRUPTED)


def jobs_table(found: list[JobRow]) -> Table:
    """The queue for the terminal."""
    table = Table(title=count(len(found), "job"))
    for column in ("place", "id", "job", "state", "done", "left", "stage or reason"):
        table.add_column(column, justify="right" if column in ("place", "id", "done") else "left")
    for job in found:
        done = f"{job.done} of {job.total}" if job.total else ""
        left = duration(job.remaining) if job.remaining is not None else ""
        cells = (str(job.position), str(job.id), job.title, in_words(job), done, left, job.reason or job.text)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def in_words(job: JobRow) -> str:
    """A job's state; where it was asked to stop, to what end."""
    return {"pause": "pausing", "cancel": "cancelling"}.get(job.asked, job.state)


def _tell(job: JobRow) -> None:
    print(f"Job {job.id} ({plain(job.title)}), place {job.position}: {in_words(job)}.", file=sys.stderr)
