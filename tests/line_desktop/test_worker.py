"""The worker as the window uses it: a process that is paused, told to stop, killed, and whose job ends as an undisturbed one."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
import rigged

from line_desktop.events import Ended, JobEvent, NeuronEvent, Pictured, RunStarted, from_line
from line_desktop.jobs import submit
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import StepDone
from line_desktop.store.desk import Desk

STEPS = 3
MANY = 10_000  # steps of a job that does not end by itself while a test looks at it
PATIENCE_S = 60  # nothing is measured by it
PIPE = 4096  # bytes: the least a pipe holds, so that a worker is never far ahead of who reads it
Seen = Callable[[JobEvent], bool]


@pytest.fixture
def work(network: Path, probe: Path, demo_llm: Path) -> LabelJob:
    return LabelJob(network, {"relu": "0-2"}, probe, demo_llm, "pictograms", steps=STEPS)


@pytest.fixture
def long_work(work: LabelJob) -> LabelJob:
    return msgspec.structs.replace(work, steps=MANY)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with contextlib.closing(Desk.open(tmp_path / "w", create=True)) as opened:
        yield opened


@contextlib.contextmanager
def worker(desk: Desk, job: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a job, which waits until its events are read; ended in any case."""
    command = [sys.executable, "-m", "line_desktop", "worker", str(desk.folder), str(job), *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0, "pipesize": PIPE}
    with subprocess.Popen(command, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: subprocess.Popen[bytes], until: Seen = lambda _: False) -> list[JobEvent]:
    """The events up to the first that is looked for, or to the end."""
    assert process.stdout is not None
    events: list[JobEvent] = []
    for line in iter(process.stdout.readline, b""):
        events.append(from_line(line))
        if until(events[-1]):
            break
    return events


def say(process: subprocess.Popen[bytes], word: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(word + b"\n")
    process.stdin.flush()


def new_step(number: int) -> Seen:
    """Looks for a step that cost something."""

    def seen(event: JobEvent) -> bool:
        return isinstance(event, NeuronEvent) and not event.replayed and isinstance(event.event, StepDone) and event.event.step >= number

    return seen


def labels(desk: Desk) -> list[Any]:
    """Everything that was decided: results and steps, without how long they took and who did them."""
    (run,) = desk.runs()
    results = [(one.neuron, one.status, one.label, one.score, one.origin) for one in desk.results(run.id)]
    steps = [
        (one.neuron, one.step, one.concept, one.score, one.raw, one.board) for neuron in range(3) for one in desk.steps(run.id, neuron)
    ]
    return [results, steps]


def test_paused_killed_and_resumed_a_job_ends_as_an_undisturbed_one(desk: Desk, work: LabelJob, tmp_path: Path) -> None:
    job = submit(desk, work)
    with worker(desk, job) as process:
        events = read(process, new_step(1))
        row = desk.job(job)
        assert (row.state, row.pid, row.total) == ("running", process.pid, 3 * (STEPS + 3))
        say(process, b"pause")
        events += read(process)
        assert events[-1] == Ended("paused")
        assert process.wait() == 130
    shown = [event for event in events if isinstance(event, Pictured)]
    assert shown
    assert all(len(one.pictures) == 5 and all(desk.object_path(sha256).exists() for sha256 in one.pictures) for one in shown)
    assert (desk.job(job).state, desk.job(job).pid) == ("paused", None)

    desk.queue_job(job)
    with worker(desk, job) as process:
        events = read(process, new_step(2))
        assert any(isinstance(event, NeuronEvent) and event.replayed for event in events)
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.kill()
        process.wait()
        _, left = psutil.wait_procs(children, timeout=PATIENCE_S)
        assert left == []
    assert desk.mark_interrupted() == [job]
    assert (desk.job(job).state, desk.job(job).reason) == ("interrupted", "Its process ended without a word; resume it to go on.")

    desk.queue_job(job)
    with worker(desk, job) as process:
        assert read(process)[-1] == Ended("finished")
        assert process.wait() == 0
    row = desk.job(job)
    assert (row.state, row.done, row.measured["neurons"]) == ("finished", row.total, 3)
    assert "finished" in row.log.read_text()

    with contextlib.closing(Desk.open(tmp_path / "undisturbed", create=True)) as other:
        with worker(other, submit(other, work)) as process:
            assert read(process)[-1] == Ended("finished")
        assert labels(desk) == labels(other)
        assert other.check(deep=True) == []
    assert desk.check(deep=True) == []


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (lambda process: say(process, b"stop"), "cancelled", ""),
        (lambda process: process.stdin.close(), "interrupted", "The program that started it was closed; resume it to go on."),
        (lambda process: process.send_signal(signal.SIGTERM), "interrupted", "It was told to end; resume it to go on."),
    ],
)
def test_how_a_job_is_told_to_end(desk: Desk, long_work: LabelJob, end: Any, state: Any, reason: str) -> None:
    job = submit(desk, long_work)
    with worker(desk, job) as process:
        read(process, new_step(0))
        end(process)
        assert read(process)[-1] == Ended(state, reason)
    assert (desk.job(job).state, desk.job(job).reason) == (state, reason)


def test_the_window_asks_through_the_row_and_a_second_worker_is_refused(desk: Desk, long_work: LabelJob) -> None:
    job, other = submit(desk, long_work), desk.add_job("demo", "waits", {"neurons": 2})
    with worker(desk, job, "--keep-running") as process:
        assert process.stdin is not None
        process.stdin.close()
        read(process, lambda event: isinstance(event, RunStarted))
        with worker(desk, other) as second:
            (refused,) = read(second)
            assert isinstance(refused, Ended)
            assert refused.state == "queued"
            assert f"in use by process {process.pid}" in refused.reason
            assert second.wait() == 2
        desk.ask_job(job, "cancel")
        assert read(process)[-1] == Ended("cancelled")
    assert [one.state for one in desk.jobs()] == ["cancelled", "queued"]


def test_told_twice_a_job_ends_at_once(desk: Desk, work: LabelJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rigged.install(tmp_path, monkeypatch)
    job = submit(desk, msgspec.structs.replace(work, pictures=f"rigged:{tmp_path},stubborn"))
    with worker(desk, job) as process:
        read(process, lambda event: isinstance(event, RunStarted))
        rigged.wait_for_call(tmp_path)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)  # another one: of two that are the same only one may arrive
        assert process.wait(PATIENCE_S) == 130
        assert read(process)[-1] == Ended("interrupted", "It was told to end; resume it to go on.")
    assert desk.job(job).state == "interrupted"


def test_what_the_user_can_mend_is_one_sentence_in_the_row(desk: Desk, work: LabelJob, tmp_path: Path) -> None:
    job = submit(desk, LabelJob(tmp_path / "gone.onnx", {"relu": "0"}, work.probe, work.llm, "pictograms"))
    with worker(desk, job) as process:
        (*_, ended) = read(process)
        assert process.stderr is not None
        said = process.stderr.read().decode()
        assert process.wait() == 2
    row = desk.job(job)
    assert ended == Ended("failed", row.reason)
    assert "gone.onnx" in row.reason
    assert said == f"line-desktop: {row.reason}\n"
    assert "Traceback" not in row.log.read_text()


def test_a_job_cancelled_while_its_process_starts_does_not_begin(desk: Desk, work: LabelJob) -> None:
    job = submit(desk, work)
    desk.cancel_queued(job)
    with worker(desk, job) as process:
        assert read(process) == [Ended("cancelled")]
        assert process.wait() == 2
    assert (desk.job(job).state, desk.job(job).began) == ("cancelled", None)


def test_the_queue_on_the_command_line(desk: Desk, line: Any, work: LabelJob) -> None:
    first, second = submit(desk, work), desk.add_job("demo", "another", {"neurons": 2})
    assert "another: queued" in line("jobs", desk.folder, "move", second, 1).err.replace(")", "").replace(", place 1", "")
    assert line("jobs", desk.folder, "pause", first).code == 0
    assert line("jobs", desk.folder, "cancel", second).code == 0
    listed = json.loads(line("jobs", desk.folder, "list", "--json").out)
    assert [(one["id"], one["state"]) for one in listed] == [(second, "cancelled"), (first, "paused")]
    assert "another" in line("jobs", desk.folder).out
    assert "There is no job 99" in line("jobs", desk.folder, "cancel", 99).error


def test_a_command_in_a_terminal_is_a_job_of_the_queue(labelled: Any) -> None:
    with contextlib.closing(Desk.open(labelled.workspace)) as desk:
        (row, *_) = [one for one in desk.jobs() if one.what["layers"] == {"relu": "0,4-5", "log": "0,4-5"} and one.what["steps"] == 1]
    assert (row.kind, row.origin, row.state, row.done) == ("label", "command line", "finished", row.total)
    assert row.title.startswith("Label net.onnx (relu: 0,4-5, log: 0,4-5")
