"""Waiting for jobs that were asked to pause, before the window closes; who does not want to wait ends them, and nothing is lost."""

import contextlib
from collections.abc import Sequence

import psutil
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ui.jobs.ending import Ending
from ui.jobs.worker import Worker
from ui.theme import SPACE, label

WIDTH = 420


class Pausing(QDialog):
    """Closes by itself when the last of the jobs has ended."""

    def __init__(self, workers: Sequence[Worker], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workers = list(workers)
        self.setWindowTitle(self.tr("Pausing"))
        self.setFixedWidth(WIDTH)
        bar = QProgressBar(maximum=0)
        bar.setAccessibleName(self.tr("Pausing"))
        self.end = QPushButton(self.tr("Do not wait"))
        self.end.setToolTip(self.tr("End it in the middle of its step; the step is done again when the job is resumed"))
        self.end.clicked.connect(self.end_now)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(self.end)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(label(self.tr("The job finishes its step"), "heading"))
        column.addWidget(label(self.tr("Then it is paused, and the window closes. What is done is kept."), "quiet", wrap=True))
        column.addWidget(bar)
        column.addLayout(foot)
        for worker in self._workers:
            worker.over.connect(self._one_over)

    @classmethod
    def wait_for(cls, workers: Sequence[Worker]) -> None:
        """Show it until all have ended; returns at once where none runs."""
        if workers:
            dialog = cls(workers, QApplication.activeWindow())
            dialog.exec()
            dialog.deleteLater()

    @Slot(str)
    def _one_over(self, reason: str) -> None:
        self._workers = [worker for worker in self._workers if worker is not self.sender()]
        if not self._workers:
            self.accept()

    @Slot()
    def end_now(self) -> None:
        """End them; those that do not listen are killed."""
        self.end.setEnabled(False)
        for worker in self._workers:
            with contextlib.suppress(psutil.NoSuchProcess):  # it ends just now
                Ending(worker.pid, self).end_now()

    def reject(self) -> None:
        """Esc: as the button."""
        if self.end.isEnabled():
            self.end_now()
