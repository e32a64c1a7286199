"""The panel of jobs below: one line while little happens, and with it the whole queue and the chosen job as it happens."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from line_desktop.errors import UserError
from ui.actions import Menus
from ui.crash_dialog import show_error
from ui.gallery.thumbs import Thumbs
from ui.jobs import words
from ui.jobs.actions import Actions
from ui.jobs.live_view import LiveView
from ui.jobs.log_dialog import LogDialog
from ui.jobs.queue_list import QueueList, in_order
from ui.jobs.runner import JobRunner
from ui.jobs.strip import Strip
from ui.session import Session
from ui.theme import SPACE

LIVE_MS: Final = 500  # between two updates of the live view
LIST_WIDTH: Final = 340
DETAILS: Final = 232  # height
NO_LIMIT: Final = (1 << 24) - 1  # QWIDGETSIZE_MAX
FIRST = ("running", "pausing", "interrupted", "failed", "paused", "queued")  # which job the line shows unasked


class JobPanel(QWidget):
    """The queue of the workspace that is open in `session`."""

    def __init__(self, session: Session, runner: JobRunner, thumbs: Thumbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._wanted = True  # the details, once a job runs
        self._trouble = ""
        self.on = Actions(self)
        self.strip = Strip(self.on)
        self.list = QueueList()
        self.live = LiveView(thumbs)
        self._details = QWidget()
        self._arrange()
        self._live_timer = QTimer(self, singleShot=True, interval=LIVE_MS)
        self._live_timer.timeout.connect(self.show_live)
        session.opened.connect(self._opened)
        session.closed.connect(self._closed)
        session.changed.connect(self.refresh)
        runner.changed.connect(self.refresh)
        runner.happened.connect(self._happened)
        runner.began.connect(self._began)
        runner.ended.connect(self._ended)
        runner.trouble.connect(self._say_trouble)
        self.list.selectionModel().currentChanged.connect(self._show_current)
        self._set_expanded(False)
        self.refresh()

    def _arrange(self) -> None:
        rule = QFrame()
        rule.setProperty("role", "rule")
        self.list.setMinimumWidth(LIST_WIDTH // 2)
        self.list.setMaximumWidth(LIST_WIDTH)
        row = QHBoxLayout(self._details)
        row.setContentsMargins(SPACE, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.list, 2)
        row.addWidget(self.live, 5)
        self._details.setMinimumHeight(DETAILS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(rule)
        column.addWidget(self._details, 1)

    def menu_actions(self) -> Menus:
        """Menu title -> actions."""
        return {self.tr("&Jobs"): self.on.all()}

    # What is shown

    @Slot()
    def refresh(self) -> None:
        """Read the queue again."""
        desk = self._session.desk
        before = self.list.current()
        self.list.queue.show_jobs([] if desk is None else in_order(desk.jobs()))
        if self.list.current() is None:
            chosen = self._to_show(before.id if before is not None else 0)
            if chosen is not None:
                self.list.choose(chosen)
        self._show_current()

    def _to_show(self, job_id: int) -> int | None:
        """The job that was chosen, or the one that says most of what happens."""
        jobs = self.list.queue.jobs
        if any(job.id == job_id for job in jobs):
            return job_id
        states = [state for state in FIRST if any(job.state == state for job in jobs)]
        return next((job.id for job in jobs if not states or job.state == states[0]), None)

    @Slot()
    def _show_current(self) -> None:
        job = self.list.current()
        waiting = [one.id for one in self.list.queue.jobs if one.state not in words.ENDED]
        place = waiting.index(job.id) if job is not None and job.id in waiting else 0
        ending = self._runner.ending(job.id) if job is not None else None
        self.on.allow(job, ending, place == 0, place == len(waiting) - 1)
        self.show_live()

    @Slot()
    def show_live(self) -> None:
        """Show what the chosen job told."""
        job = self.list.current()
        live = self._runner.live(job.id) if job is not None else None
        self.strip.show_job(job, live, self._trouble)
        if self._details.isVisible():
            self.live.show_job(job, live, self._session.desk)

    @Slot(int, object)
    def _happened(self, job_id: int, event: object) -> None:
        if not self._live_timer.isActive():
            self._live_timer.start()

    @Slot(object)
    def _opened(self, desk: object) -> None:
        self._trouble = ""
        self.refresh()
        self._set_expanded(any(job.state in words.RUNS for job in self.list.queue.jobs))

    @Slot()
    def _closed(self) -> None:
        self._trouble = ""
        self.list.queue.show_jobs([])
        self._show_current()
        self._set_expanded(False)

    @Slot(int)
    def _began(self, job_id: int) -> None:
        self._trouble = ""
        self.refresh()
        self.list.choose(job_id)
        self._set_expanded(self._wanted)

    @Slot(int, str)
    def _ended(self, job_id: int, state: str) -> None:
        self.refresh()
        if state == "finished" and not self._runner.working():
            self._set_expanded(False)

    @Slot(str)
    def _say_trouble(self, reason: str) -> None:
        self._trouble = reason
        self._show_current()

    @Slot(bool)
    def expand(self, shown: bool) -> None:
        """Show the whole queue and the live view, or only the line; remembered until the window closes."""
        self._wanted = shown
        self._set_expanded(shown)

    def _set_expanded(self, shown: bool) -> None:
        self.on.details.blockSignals(True)
        self.on.details.setChecked(shown)
        self.on.details.blockSignals(False)
        self.strip.more.setChecked(shown)
        self._details.setVisible(shown)
        self.strip.show_tools(shown)
        self.setMaximumHeight(NO_LIMIT if shown else self.strip.sizeHint().height() + 1)
        self.show_live()

    # What a person does

    def _do(self, what: Callable[[int], object]) -> None:
        job = self.list.current()
        if job is None:
            return
        self._trouble = ""
        try:
            what(job.id)
        except UserError as error:
            show_error(self, error)
        self.refresh()

    @Slot()
    def pause(self) -> None:
        """After its step."""
        self._do(self._runner.pause)

    @Slot()
    def resume(self) -> None:
        """Where it stopped."""
        self._do(self._runner.resume)

    @Slot()
    def cancel(self) -> None:
        """After its step."""
        self._do(self._runner.cancel)

    @Slot()
    def end_now(self) -> None:
        """In the middle of its step."""
        self._do(self._runner.end_now)

    @Slot()
    def move_up(self) -> None:
        """Before the one above it."""
        self._move(-1)

    @Slot()
    def move_down(self) -> None:
        """After the one below it."""
        self._move(1)

    def _move(self, by: int) -> None:
        job, desk = self.list.current(), self._session.desk
        if job is None or desk is None:
            return
        shown = [one.id for one in self.list.queue.jobs]
        other = shown[shown.index(job.id) + by]
        place = [one.id for one in desk.jobs()].index(other) + 1
        self._do(lambda job_id: desk.move_job(job_id, place))
        self.list.choose(job.id)

    @Slot()
    def remove(self) -> None:
        """What it has found stays."""
        desk = self._session.desk
        if desk is not None:
            self._do(desk.remove_job)

    @Slot()
    def open_log(self) -> None:
        """To read and copy."""
        job = self.list.current()
        if job is not None and job.log is not None:
            dialog = LogDialog(job.log, self)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()
