"""A path: typed, chosen in a dialog or of the list of models, or dropped."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from ui.model_entries import Entry
from ui.settings import Purpose, Settings
from ui.theme import SPACE

LONGEST: Final = 4096


class PathRow(QWidget):
    """`chosen` comes with every new path, not with each letter."""

    chosen = Signal()

    def __init__(self, name: str, purpose: Purpose, files: bool, folders: bool, hint: str = "") -> None:
        super().__init__()
        self._name = name
        self._purpose = purpose
        self._last = ""
        self.edit = PathEdit()
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(hint)
        self.edit.setMaxLength(LONGEST)
        self.edit.dropped.connect(self.take)
        self.edit.editingFinished.connect(self._typed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.edit, 1)
        if files:
            row.addWidget(self._button(self.tr("File…"), self.ask_file))
        if folders:
            row.addWidget(self._button(self.tr("Folder…"), self.ask_folder))
        self._known = QMenu(self)
        self._known.triggered.connect(self._known_chosen)
        self.known = self._button(self.tr("Known"), self._show_known)
        self.known.hide()
        row.addWidget(self.known)

    def _button(self, text: str, slot: object) -> QPushButton:
        made = QPushButton(text)
        made.setAccessibleName(f"{self._name}: {text}")
        made.clicked.connect(slot)
        return made

    def path(self) -> Path | None:
        """What is chosen."""
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def show_path(self, path: Path | None) -> None:
        """Show a path, without a signal."""
        self._last = "" if path is None else str(path)
        self.edit.setText(self._last)

    @Slot(str)
    def take(self, path: str) -> None:
        """A path that a person has chosen; the same again where what it leads to has changed."""
        self._last = path.strip()
        self.edit.setText(path)
        self.chosen.emit()

    @Slot()
    def _typed(self) -> None:
        if self.edit.text().strip() != self._last:
            self._last = self.edit.text().strip()
            self.chosen.emit()

    def offer(self, entries: Sequence[Entry]) -> None:
        """Offer these of the list of models; none: no button."""
        self._known.clear()
        for entry in entries:
            self._known.addAction(entry.title).setData(entry.path)
        self.known.setVisible(bool(entries))

    @Slot()
    def _show_known(self) -> None:
        self._known.popup(self.known.mapToGlobal(self.known.rect().bottomLeft()))

    @Slot(QAction)
    def _known_chosen(self, one: QAction) -> None:
        self.take(str(one.data()))

    @Slot()
    def ask_file(self) -> None:
        """By a dialog."""
        path, _ = QFileDialog.getOpenFileName(self, self._name, Settings().last_path(self._purpose))
        self._found(path)

    @Slot()
    def ask_folder(self) -> None:
        """By a dialog."""
        self._found(QFileDialog.getExistingDirectory(self, self._name, Settings().last_path(self._purpose)))

    def _found(self, path: str) -> None:
        if path:
            Settings().set_last_path(self._purpose, path)
            self.take(path)


class PathEdit(QLineEdit):
    """Takes a file or folder that is dropped on it instead of the text of its address."""

    dropped = Signal(str)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths[0])
        else:
            super().dropEvent(event)
