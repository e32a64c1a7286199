"""The queue goes on, stands still, is asked, killed and left, with real processes that play parts."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import small_inputs
from PySide6.QtCore import QTimer
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from line_desktop.events import Ended, Stage
from line_desktop.job import SurveyJob
from line_desktop.jobs import submit
from line_desktop.store.desk import Desk
from ui.jobs import ending, worker
from ui.jobs.pausing import Pausing
from ui.jobs.runner import JobRunner
from ui.session import Session

Until = Callable[..., None]
Play = Callable[[str], None]
REAL = worker.COMMAND


def add(desk: Desk, title: str = "A job") -> int:
    return desk.add_job("demo", title, {"neurons": 2})


def state(desk: Desk, job: int) -> str:
    return desk.job(job).state


def test_jobs_are_done_one_after_the_other_and_tell_what_happens(desk: Desk, runner: JobRunner, until: Until) -> None:
    first, second = add(desk), add(desk)
    told = QSignalSpy(runner.happened)
    runner.go_on()
    assert runner.working() == [first]
    until(lambda: state(desk, second) == "finished" and runner.working() == [])
    assert [told.at(number)[0] for number in range(told.count())] == [first] * 6 + [second] * 6
    assert told.at(0)[1] == Stage("Reading the checkpoint")
    assert told.at(5)[1] == Ended("finished")
    live = runner.live(second)
    assert live is not None
    assert (live.neurons, live.ended, [line.concept for line in live.lines]) == (1, 1, ["red wheel", "red wheel"])


def test_a_queue_that_is_opened_waits_for_a_person(session: Session, desk: Desk, runner: JobRunner) -> None:
    add(desk)
    session.open(desk.folder)
    runner.look()
    assert runner.working() == []


def test_paused_jobs_hold_the_queue_until_resumed(desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("wait")
    first, second = add(desk), add(desk)
    runner.go_on()
    until(lambda: state(desk, first) == "running")
    runner.pause(first)
    until(lambda: state(desk, first) == "paused" and runner.working() == [])
    runner.look()
    assert state(desk, second) == "queued"
    play("quick")
    runner.resume(first)
    until(lambda: state(desk, second) == "finished" and runner.working() == [])
    assert state(desk, first) == "finished"


def test_who_resumes_before_the_process_has_ended_is_heard(desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("wait")
    job = add(desk)
    runner.go_on()
    until(lambda: state(desk, job) == "running")
    runner.pause(job)
    (process,) = runner.findChildren(worker.Worker)
    process.waitForBytesWritten(5000)
    end = time.monotonic() + 60
    while state(desk, job) != "paused":  # the window's own events wait meanwhile
        assert time.monotonic() < end
        time.sleep(0.01)
    play("quick")
    runner.resume(job)
    assert runner.working() == [job]
    until(lambda: state(desk, job) == "finished" and runner.working() == [])


def test_a_cancelled_job_makes_room_for_the_next(desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("wait")
    first, second = add(desk), add(desk)
    runner.go_on()
    until(lambda: state(desk, first) == "running")
    play("quick")
    runner.cancel(first)
    until(lambda: state(desk, second) == "finished" and runner.working() == [])
    assert state(desk, first) == "cancelled"


def test_a_killed_job_is_interrupted_and_nothing_starts_by_itself(desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("die")
    first, second = add(desk), add(desk)
    ended = QSignalSpy(runner.ended)
    runner.go_on()
    until(lambda: ended.count() == 1)
    assert ended.at(0) == [first, "interrupted"]
    runner.look()
    assert (runner.working(), state(desk, second)) == ([], "queued")
    play("quick")
    runner.resume(first)
    until(lambda: state(desk, first) == "finished" and state(desk, second) == "finished" and runner.working() == [])


def test_a_deaf_job_is_asked_then_told_then_killed_with_what_it_started(
    desk: Desk, runner: JobRunner, play: Play, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "OFFER_MS", 200)
    monkeypatch.setattr(ending, "KILL_MS", 200)
    play("deaf")
    job = add(desk)
    runner.go_on()
    child = desk.folder / "child.txt"
    until(child.exists)
    until(lambda: bool(child.read_text()))
    started = psutil.Process(int(child.read_text()))
    runner.cancel(job)
    found = runner.ending(job)
    assert found is not None
    assert not found.offered
    assert desk.job(job).asked == "cancel"
    until(lambda: found.offered)
    assert state(desk, job) == "pausing"
    runner.end_now(job)
    until(lambda: state(desk, job) == "cancelled" and runner.working() == [])
    with contextlib.suppress(psutil.NoSuchProcess):
        started.wait(60)
    assert not started.is_running()
    runner.look()
    assert runner.ending(job) is None


def test_a_process_that_never_begins_is_said(
    desk: Desk, runner: JobRunner, play: Play, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = QSignalSpy(runner.trouble)
    play("refuse")
    job = add(desk)
    runner.go_on()
    until(lambda: trouble.count() == 1)
    assert trouble.at(0)[0] == "The workspace is in use by process 1."
    assert (state(desk, job), runner.working()) == ("queued", [])
    monkeypatch.setattr(worker, "COMMAND", ("no-such-program",))
    runner.go_on()
    until(lambda: trouble.count() == 2)
    assert "could not be started" in trouble.at(1)[0]


def test_left_running_it_ends_without_the_window(desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("wait")
    job = add(desk)
    runner.go_on()
    until(lambda: state(desk, job) == "running")
    runner.leave_running()
    assert runner.working() == []
    until(lambda: state(desk, job) == "finished")


def test_pause_and_quit_waits_for_the_step(desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("wait")
    job = add(desk)
    runner.go_on()
    until(lambda: state(desk, job) == "running")
    runner.pause_all()
    assert (state(desk, job), runner.working()) == ("paused", [])
    runner.pause_all()


def test_who_does_not_want_to_wait_ends_it(
    desk: Desk, runner: JobRunner, play: Play, until: Until, monkeypatch: pytest.MonkeyPatch, application: QApplication
) -> None:
    monkeypatch.setattr(ending, "KILL_MS", 200)
    play("deaf")
    job = add(desk)
    runner.go_on()
    until((desk.folder / "child.txt").exists)

    def press() -> None:
        (dialog,) = [one for one in application.topLevelWidgets() if isinstance(one, Pausing)]
        dialog.end.click()

    QTimer.singleShot(100, press)
    runner.pause_all()
    assert (state(desk, job), runner.working()) == ("interrupted", [])


def test_a_job_that_has_just_ended_needs_no_ending(application: QApplication, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        gone = worker.Worker(tmp_path, 1)
        gone.pid = process.pid
    dialog = Pausing([gone])
    dialog.end.click()
    assert not dialog.end.isEnabled()


def test_another_workspace_is_opened_while_a_job_runs(
    session: Session, desk: Desk, runner: JobRunner, play: Play, until: Until, tmp_path: Path
) -> None:
    play("wait")
    job = add(desk)
    runner.go_on()
    until(lambda: state(desk, job) == "running")
    until(lambda: runner.live(job) is not None and len(runner.live(job).lines) == 1)
    session.open(tmp_path / "other", create=True)
    assert runner.working() == [job]
    assert runner.live(job) is None
    session.open(tmp_path / "w")
    live = runner.live(job)
    assert live is not None
    assert live.notes == ["All stay loaded."]
    runner.cancel(job)
    until(lambda: runner.working() == [])


def test_a_real_survey_by_the_real_worker(
    desk: Desk, runner: JobRunner, until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "COMMAND", REAL)
    network, photos = small_inputs.network(tmp_path / "net.onnx"), small_inputs.labelled_photos(tmp_path / "photos")
    job = submit(desk, SurveyJob(network, ("relu",), photos))
    runner.go_on()
    until(lambda: state(desk, job) in ("finished", "failed", "interrupted"), 120)
    assert (state(desk, job), desk.job(job).reason) == ("finished", "")
    until(lambda: runner.working() == [])
    assert [count.neurons for count in desk.layer_counts() if count.neurons] == [6]
