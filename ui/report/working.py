"""The foot of a dialog that writes a file: what is being done and how far, cancel, and at the end what can be done with the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from line_desktop.report.told import Doing, Ended, heard
from line_desktop.store.disk import in_words
from ui.gallery.words import one_or
from ui.process import Command
from ui.theme import SPACE, label, set_role

PATIENCE_MS: Final = 2000
LONGEST: Final = 600  # characters of a sentence


class Working(QWidget):
    """One command at a time. `ended` comes however it ended."""

    start_asked = Signal()
    close_asked = Signal()
    ended = Signal(bool)  # whether the work was done

    def __init__(self, start: str) -> None:
        super().__init__()
        self._command: Command | None = None
        self._cancelled = False
        self._told: Ended | None = None
        self.file: Path | None = None  # the latest that was written
        self.sentence = label("", "quiet", wrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(self.tr("How far it is"))
        self.open = self._button(self.tr("Open"), self._open)
        self.show_folder = self._button(self.tr("Show in folder"), self._show_folder)
        self.cancel = self._button(self.tr("Close"), self._cancel)
        self.start = self._button(start, self.start_asked)
        self.start.setProperty("primary", True)
        self.start.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for part in (self.open, self.show_folder):
            row.addWidget(part)
            part.hide()
        row.addStretch()
        row.addWidget(self.cancel)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.sentence)
        column.addWidget(self.bar)
        column.addLayout(row)
        self.bar.hide()

    def _button(self, text: str, slot: object) -> QPushButton:
        made = QPushButton(text, autoDefault=False)
        made.clicked.connect(slot)
        return made

    @property
    def running(self) -> bool:
        """Whether something is being written."""
        return self._command is not None

    def say(self, text: str, bad: bool = False) -> None:
        """A sentence above the buttons."""
        self.sentence.setText(text if len(text) <= LONGEST else f"{text[:LONGEST]} …")
        self.sentence.setToolTip(text if len(text) > LONGEST else "")
        set_role(self.sentence, "bad" if bad else "quiet")

    def run(self, arguments: Sequence[str], file: Path | None) -> None:
        """Run a command that writes `file`; None: one that writes none to show."""
        self._cancelled, self._told, self.file = False, None, file
        self._command = Command(arguments, self, by_line=True)
        self._command.told.connect(self._hear)
        self._command.answered.connect(self._done)
        self._command.failed.connect(self._failed)
        self._turn(working=True)
        self.say(self.tr("Beginning …"))
        self._command.start()

    def stop(self) -> None:
        """Nothing is waited for any more."""
        if self._command is not None:
            self._command.stop(PATIENCE_MS)
            self._leave()

    def _turn(self, working: bool) -> None:
        self.bar.setRange(0, 0)
        self.bar.setVisible(working)
        self.start.setEnabled(not working)
        self.cancel.setText(self.tr("Cancel") if working else self.tr("Close"))
        for part in (self.open, self.show_folder):
            part.setVisible(not working and self.file is not None)

    @Slot(bytes)
    def _hear(self, line: bytes) -> None:
        message = heard(line)
        if isinstance(message, Doing) and not self._cancelled:
            self.bar.setRange(0, message.total)
            self.bar.setValue(message.done)
            far = f" {message.done:,} / {message.total:,}" if message.total else ""
            self.say(f"{message.text}{far}")
        elif isinstance(message, Ended):
            self._told = message

    @Slot(bytes)
    def _done(self, answer: bytes) -> None:
        assert self._command is not None, "it has just ended"
        said, told = self._command.said, self._told
        self._leave()
        self.say(said if told is None else self._in_words(told))
        self.ended.emit(True)

    def _in_words(self, told: Ended) -> str:
        names = ", ".join(file.name for file in told.files)
        written = self.tr("Written: {names}, {size}.").format(names=names, size=in_words(told.bytes))
        if not told.complaints:
            return written
        lost = one_or(len(told.complaints), self.tr("1 thing could not be shown"), self.tr("{n} things could not be shown"))
        return self.tr("{written} {lost}; the first: {first}").format(written=written, lost=lost, first=told.complaints[0])

    @Slot(str)
    def _failed(self, reason: str) -> None:
        if self._told is not None:  # it was cancelled when everything was written
            self._done(b"")
            return
        cancelled, self.file = self._cancelled, None
        self._leave()
        self.say(self.tr("Cancelled; what was there before is as it was.") if cancelled else reason, bad=not cancelled)
        self.ended.emit(False)

    def _leave(self) -> None:
        assert self._command is not None
        self._command.deleteLater()
        self._command = None
        self._turn(working=False)

    @Slot()
    def _cancel(self) -> None:
        if self._command is None:
            self.close_asked.emit()
        else:
            self._cancelled = True
            self.say(self.tr("Cancelling …"))
            self._command.end()

    @Slot()
    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.file)))

    @Slot()
    def _show_folder(self) -> None:
        if self.file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.file.parent)))
