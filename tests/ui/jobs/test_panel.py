"""The panel clicked and read: what it says of each state, what can be pressed, what happens live."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from line_desktop.events import Pictured
from line_desktop.store.desk import Desk
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture
from ui.jobs.log_dialog import LogDialog
from ui.jobs.panel import JobPanel
from ui.jobs.runner import JobRunner
from ui.session import Session

Until = Callable[..., None]
Play = Callable[[str], None]


def add(desk: Desk, title: str = "Demo") -> int:
    return desk.add_job("demo", title, {"neurons": 2})


def words(panel: JobPanel) -> list[str]:
    return [one.text() for one in panel.strip.buttons if not one.isHidden()]


def press(panel: JobPanel, text: str) -> None:
    (button,) = [one for one in panel.strip.findChildren(QPushButton) if one.text() == text and not one.isHidden()]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_it_is_one_line_while_nothing_runs(panel: JobPanel, desk: Desk) -> None:
    assert panel.strip.title.whole == "No jobs"
    assert not panel.list.isVisible()
    assert panel.maximumHeight() < 100
    assert words(panel) == []


def test_a_job_from_start_over_pause_to_end(panel: JobPanel, desk: Desk, session: Session, play: Play, until: Until) -> None:
    play("wait")
    job = add(desk)
    session.poll()
    assert words(panel) == ["Pause", "Start", "Cancel"]
    press(panel, "Start")
    until(lambda: desk.job(job).state == "running")
    session.poll()
    assert panel.list.isVisible()
    until(lambda: panel.live.story.story.rowCount() == 1)
    session.poll()
    line = panel.live.story.story
    assert [line.data(line.index(0, column)) for column in range(4)] == ["stage.1 · 3", "start", "red wheel", "1.50"]
    assert (panel.strip.bar.value(), panel.strip.left.text()) == (250, "0 of 1 neuron · about 3 h 10 min left")
    assert words(panel) == ["Pause", "Cancel"]
    press(panel, "Pause")
    until(lambda: desk.job(job).state == "paused")
    session.poll()
    assert words(panel) == ["Resume", "Cancel"]
    play("quick")
    press(panel, "Resume")
    until(lambda: desk.job(job).state == "finished" and not panel.list.isVisible())
    assert panel.strip.now.whole == "finished"


def test_a_crash_is_said_with_resume_and_log(panel: JobPanel, desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("die")
    job = add(desk)
    runner.go_on()
    until(lambda: desk.job(job).state == "interrupted" and runner.working() == [])
    assert "interrupted · Its process ended without a word" in panel.strip.now.whole
    assert words(panel) == ["Resume", "Cancel"]
    log = desk.job(job).log
    assert log is not None
    log.parent.mkdir()
    log.write_text("what happened")
    panel.on.log.trigger()
    dialog = panel.findChild(LogDialog)
    assert dialog is not None
    assert dialog.text.toPlainText() == "what happened"


def test_end_now_is_offered_only_when_it_does_not_listen(
    panel: JobPanel, desk: Desk, runner: JobRunner, play: Play, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.jobs.ending.OFFER_MS", 300)
    monkeypatch.setattr("ui.jobs.ending.KILL_MS", 100)
    play("deaf")
    job = add(desk)
    runner.go_on()
    until((desk.folder / "child.txt").exists)
    panel.refresh()
    press(panel, "Cancel")
    assert "End now" not in words(panel)
    assert panel.strip.now.whole.startswith("finishing its step, then it ends")
    until(lambda: "End now" in words(panel))
    press(panel, "End now")
    until(lambda: desk.job(job).state == "cancelled" and runner.working() == [])


def test_jobs_are_moved_and_taken_off(panel: JobPanel, desk: Desk, session: Session) -> None:
    first, second, third = (add(desk, title) for title in ("one", "two", "three"))
    session.poll()
    panel.on.details.trigger()
    assert panel.list.isVisible()
    panel.list.choose(third)
    assert panel.on.up.isEnabled()
    assert not panel.on.down.isEnabled()
    panel.on.up.trigger()
    panel.on.up.trigger()
    assert [job.id for job in desk.jobs()] == [third, first, second]
    assert panel.strip.title.whole == "three"
    assert not panel.on.up.isEnabled()
    panel.on.down.trigger()
    assert [job.id for job in desk.jobs()] == [first, third, second]
    panel.on.cancel.trigger()
    assert desk.job(third).state == "cancelled"
    assert [job.id for job in panel.list.queue.jobs] == [first, second, third]
    panel.on.remove.trigger()
    assert [job.id for job in desk.jobs()] == [first, second]


def test_a_job_of_the_command_line_is_marked_and_asked_through_its_row(panel: JobPanel, desk: Desk, session: Session) -> None:
    with Workspace.open(desk.folder) as elsewhere:
        job = elsewhere.add_job("demo", "Typed", {"neurons": 2}, "command line")
        elsewhere.begin_job(job)
        elsewhere.job_progress(job, 5, 10, "Naming 2 neurons of relu", 30.0)
        session.poll()
        assert panel.strip.now.whole == "from the command line · Naming 2 neurons of relu"
        assert panel.strip.left.text() == "about 30 s left"
        panel.on.details.trigger()
        assert "not started by this window" in panel.live.silence.text()
        panel.on.pause.trigger()
        assert elsewhere.job_wish(job) == "pause"
        elsewhere.end_job(job, "paused")
    session.poll()
    assert words(panel) == ["Resume", "Cancel"]


def test_the_newest_pictures_are_shown(panel: JobPanel, desk: Desk, runner: JobRunner, play: Play, tmp_path: Path, until: Until) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    image.save(str(tmp_path / "red.png"))
    with Workspace.open(desk.folder) as writer:
        (sha256,) = writer.put_objects([Picture((tmp_path / "red.png").read_bytes(), ".png")])
    play("wait")
    job = add(desk)
    runner.go_on()
    until(lambda: panel.live.story.story.rowCount() == 1)
    live = runner.live(job)
    assert live is not None
    live.see(Pictured("stage.1", 3, "red wheel", (sha256, "0" * 64)))
    panel.show_live()
    assert panel.live.pictures.shown == ()
    live.see(Pictured("stage.1", 3, "red wheel", (sha256,)))
    panel.show_live()
    assert panel.live.pictures.shown == (desk.object_path(sha256),)
    assert panel.live.caption.text() == "red wheel  1.50"
    until(lambda: panel.live.pictures.grab().toImage().pixelColor(20, 20) == QColor("red"))
    runner.cancel(job)
    until(lambda: runner.working() == [])


def test_what_went_wrong_at_the_start_is_said_in_the_line(panel: JobPanel, desk: Desk, runner: JobRunner, play: Play, until: Until) -> None:
    play("refuse")
    add(desk)
    runner.go_on()
    until(lambda: panel.strip.now.whole == "The workspace is in use by process 1.")
    assert words(panel) == ["Pause", "Start", "Cancel"], "it still waits and may be started again"


def test_the_keyboard_reaches_everything_by_name(panel: JobPanel, desk: Desk, nameless: Callable[[QWidget], list[str]]) -> None:
    add(desk)
    panel.on.details.trigger()
    assert nameless(panel) == []
    assert len(panel.on.all()) > 5
    assert all(one.statusTip() and one.shortcut().toString() for one in panel.on.all())
