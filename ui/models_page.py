"""The models page: the model files of this computer on the left, everything known of the chosen one on the right."""

import time
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from line_desktop import model_list
from line_desktop.errors import UserError
from line_desktop.model_list import Check
from models.machine import Gpu
from models.memory import free_memory, gpus
from ui.actions import Menus, action
from ui.background import Task
from ui.crash_dialog import show_error
from ui.model_details import ModelDetails
from ui.model_entries import Entry, entries, fit_now, keep_check
from ui.model_list_delegate import ENTRY, FIT, ModelDelegate
from ui.model_words import kind_title
from ui.process import Command
from ui.reading import Reading
from ui.settings import Settings
from ui.theme import SPACE, label

LIST_WIDTH: Final = 380


class ModelsPage(QWidget):
    """Files are looked at in a child process; the page only shows what it found."""

    use_asked = Signal(str, str)  # kind, path

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._gpu_free = 0
        self._command: Command | None = None
        self._entries: list[Entry] = []
        self._waiting: list[str] = []  # paths to add next
        self._tried: set[str] = set()  # paths that were checked unasked
        self.details = ModelDetails(self)
        self.list = QListWidget(self)
        self.reading = Reading(self)
        self._build()
        self._actions = self._make_actions()
        self.list.currentItemChanged.connect(self._show_current)
        self.details.check_asked.connect(self.check)
        self.details.forget_asked.connect(self.forget)
        self.details.add_asked.connect(self.choose_file)
        self.details.use_asked.connect(self.use)

    def _build(self) -> None:
        self.list.setItemDelegate(ModelDelegate(self.list))
        self.list.setAccessibleName(self.tr("Models"))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(3 * SPACE, 4 * SPACE, SPACE, SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(label(self.tr("Models"), "title"))
        column.addLayout(self._buttons())
        column.addWidget(self.list, 1)
        column.addWidget(self.reading)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.details)
        split.setChildrenCollapsible(False)
        split.setSizes([LIST_WIDTH, 2 * LIST_WIDTH])
        split.setStretchFactor(1, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for text, slot in ((self.tr("Add file…"), self.choose_file), (self.tr("Add folder…"), self.choose_folder)):
            button = QPushButton(text)
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch()
        return row

    def _make_actions(self) -> list[QAction]:
        tr = self.tr
        return [
            action(self, tr("Add a model file…"), "Ctrl+M", tr("Remember a model file; it stays where it is"), self.choose_file),
            action(self, tr("Add a model folder…"), "Ctrl+Shift+M", tr("Remember a model that is a folder"), self.choose_folder),
            action(self, tr("Check the model"), "Ctrl+K", tr("Read the chosen file again: SHA-256, trust, memory"), self.check),
            action(self, tr("Use in a new run"), "Ctrl+U", tr("Go to a new run with the chosen model"), self.use),
            action(self, tr("Forget the model"), "Ctrl+Backspace", tr("Take it off the list; the file stays"), self.forget),
        ]

    def menu_actions(self) -> Menus:
        """Menu title -> actions."""
        return {self.tr("&Models"): self._actions}

    def showEvent(self, event: QShowEvent) -> None:
        """Free memory, and what is where, may have changed since the page was last shown."""
        task = Task(gpus, self)
        task.done.connect(self._know_gpus)
        task.start()
        super().showEvent(event)
        self.refresh()
        self._check_next()

    @Slot(object)
    def _know_gpus(self, found: tuple[Gpu, ...]) -> None:
        self._gpu_free = max((gpu.free for gpu in found), default=0)
        self.refresh()

    @Slot()
    def refresh(self, choose: str = "") -> None:
        """Read the list again, keeping the choice, or choosing the model at a path."""
        current = self.current()
        wanted = choose or (current.path or current.title if current else "")
        try:
            self._entries = entries()
        except UserError as error:
            show_error(self, error)
            return
        self.list.blockSignals(True)
        self.list.clear()
        kind = None
        for one in self._entries:
            if one.kind != kind:
                kind = one.kind
                heading = QListWidgetItem(kind_title(kind), self.list)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
            item = QListWidgetItem(one.title, self.list)
            item.setData(ENTRY, one)
            item.setData(FIT, fit_now(one, free_memory(), self._gpu_free))
            if wanted in (one.path, one.title) and wanted:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        if self.list.currentItem() is None:
            self.list.setCurrentRow(1)
        self._show_current()

    def current(self) -> Entry | None:
        """The chosen model."""
        item = self.list.currentItem()
        found = item.data(ENTRY) if item is not None else None
        return found if isinstance(found, Entry) else None

    @Slot()
    def _show_current(self) -> None:
        item, entry = self.list.currentItem(), self.current()
        if entry is None:
            return
        self.details.show_entry(entry, item.data(FIT))
        _, _, check, use, forget = self._actions
        check.setEnabled(bool(entry.path) and entry.there)
        use.setEnabled(entry.there)
        forget.setEnabled(entry.origin == "remembered")

    @Slot()
    def choose_file(self) -> None:
        """Add a file by its path."""
        last = self._settings.last_path("language model")
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Add a model file"), last)
        if path:
            self._settings.set_last_path("language model", path)
            self.add_path(Path(path))

    @Slot()
    def choose_folder(self) -> None:
        """Add a folder by its path."""
        path = QFileDialog.getExistingDirectory(self, self.tr("Add a model folder"), self._settings.last_path("picture model"))
        if path:
            self._settings.set_last_path("picture model", path)
            self.add_path(Path(path))

    def add_path(self, path: Path) -> None:
        """Remember the model at a path, then check it; several are taken one after the other."""
        self._waiting.append(str(path))
        self._add_next()

    def _add_next(self) -> None:
        if self._waiting and self._command is None:
            path = self._waiting.pop(0)
            self._run(["models", "add", path], path)
        self._check_next()

    def _check_next(self) -> None:
        """Look at what was never looked at, or changed since; once, for a file that cannot be read stays so."""
        if self._command is not None or not self.isVisible():
            return
        for one in self._entries:
            if one.path and one.there and (one.kept is None or one.stale) and one.path not in self._tried:
                self._tried.add(one.path)
                self._check_path(one.path)
                return

    @Slot()
    def check(self) -> None:
        """Look at the chosen model again."""
        entry = self.current()
        if entry is not None and entry.path and entry.there and self._command is None:
            self._check_path(entry.path)

    def _check_path(self, path: str) -> None:
        self._run(["models", "check", path, "--json"], path)

    def _run(self, arguments: list[str], path: str) -> None:
        self.reading.begin(path, next((one.title for one in self._entries if one.path == path), Path(path).name))
        self._command = Command(arguments, self)
        self._command.answered.connect(self._added if arguments[1] == "add" else self._checked)
        self._command.failed.connect(self._failed)
        self._command.start()

    @Slot(bytes)
    def _added(self, answer: bytes) -> None:
        path = self.reading.path
        self._done()
        self.refresh(choose=path)
        self._check_path(path)

    @Slot(bytes)
    def _checked(self, answer: bytes) -> None:
        check = msgspec.json.decode(answer, type=Check)
        self._done()
        try:
            keep_check(check, time.time())
        except UserError as error:
            show_error(self, error)
        self.refresh()
        self._add_next()

    @Slot(str)
    def _failed(self, reason: str) -> None:
        self._done()
        show_error(self, reason)
        self.refresh()
        self._add_next()

    def _done(self) -> None:
        if self._command is not None:
            self._command.deleteLater()
        self._command = None
        self.reading.end()

    @Slot()
    def forget(self) -> None:
        """Take the chosen model off the list."""
        entry = self.current()
        if entry is not None and entry.origin == "remembered":
            model_list.forget(entry.title)
            self.refresh()

    @Slot()
    def use(self) -> None:
        """Go to a new run with it, whether it seems to fit or not."""
        entry = self.current()
        if entry is not None and entry.there:
            self.use_asked.emit(entry.kind, entry.path)

    def stop(self) -> None:
        """End the check under way; the window closes."""
        self._waiting.clear()
        if self._command is not None:
            self._command.stop()
