"""What commands have in common while they run: the live table, Ctrl+C, the output and the exit code."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import typer

from line_desktop.console import LiveTable, labels_table, output
from line_desktop.demo import DemoJob
from line_desktop.document import Document, document
from line_desktop.events import Cost, JobEvent, Note, RunStarted
from line_desktop.jobs import Work, submit
from line_desktop.label_job import LabelJob
from line_desktop.record import PAUSE, do
from line_desktop.store.workspace import Workspace
from models.plural import count

T = TypeVar("T")

DONE, USER, FAILURES, BUG, INTERRUPTED = 0, 2, 3, 70, 130


def in_words(cost: Cost) -> Iterator[str]:
    """What the engines did; nothing of those that were not asked."""
    if cost.pictures_drawn or cost.bank_hits:
        yield f"{count(cost.pictures_drawn, 'picture')} drawn, {count(cost.bank_hits, 'concept')} from the bank"
    if cost.prompt_tokens:
        yield f"{cost.evaluated_tokens:,} of {count(cost.prompt_tokens, 'prompt token')} evaluated, {cost.generated_tokens:,} generated"
    if cost.passed:
        yield f"{count(cost.passed, 'step')} not needed"


def run_job(workspace: Workspace, work: LabelJob | DemoJob) -> Document:
    """Label with a live table, as a job of the workspace's queue; Ctrl+C finishes the step and ends with how to resume."""
    chosen: dict[int, Sequence[int]] = {}
    cost: Cost | None = None
    began = time.monotonic()
    for event in shown(workspace, submit(workspace, work, "command line")):
        if isinstance(event, RunStarted):
            chosen[event.run_id] = event.neurons
        elif isinstance(event, Cost):
            cost = event
    if cost:
        print("; ".join([f"{time.monotonic() - began:.0f} s", *in_words(cost)]) + ".", file=sys.stderr)
    if not cost or not cost.finished:
        raise stopped(workspace)
    return document(workspace, chosen)


def shown(workspace: Workspace, job_id: int) -> Iterator[JobEvent]:
    """Do a job of the queue with a live table; yields its events. Ctrl+C pauses it after the step."""
    with LiveTable() as table, stop_on_interrupt() as stop:
        for event in do(workspace, job_id, lambda: PAUSE if stop() else None, table.show):
            table.show(event)
            yield event


def all_told(workspace: Workspace, work: Work, kind: type[T]) -> tuple[list[T], list[str]]:
    """Do a job of the queue with a live table; returns its events of one kind, and its notes. Raises typer.Exit where it was stopped."""
    found: list[T] = []
    notes: list[str] = []
    finished = False
    for event in shown(workspace, submit(workspace, work, "command line")):
        if isinstance(event, kind):
            found.append(event)
        elif isinstance(event, Note):
            notes.append(event.text)
        finished |= isinstance(event, Cost) and event.finished
    if not finished:
        raise stopped(workspace)
    return found, notes


def stopped(workspace: Workspace) -> typer.Exit:
    """The end of a command after Ctrl+C, with how to go on."""
    print(f"Stopped. Everything done is kept in {workspace.folder}; type the same command again to go on.", file=sys.stderr)
    return typer.Exit(INTERRUPTED)


def report(workspace: Workspace, found: Document, as_json: bool, truth: dict[tuple[str, int], str] | None = None) -> None:
    """Print a job's result and end with the exit code that fits."""
    if as_json:
        print_json(found)
    else:
        output().print(labels_table(found, truth))
        print(f"Kept in {workspace.folder}", file=sys.stderr)
    if found.failed:
        raise typer.Exit(FAILURES)


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """A function that says whether Ctrl+C was pressed; a second Ctrl+C stops at once."""
    pressed = False

    def press(*_: Any) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        print("Finishing the step; Ctrl+C again stops at once.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
