"""A model: one of the list of models, one that comes with the program, or a file or folder chosen here."""

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QFileDialog

from line_desktop.errors import UserError
from models.machine import Kind
from ui.model_entries import Entry, entries
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.settings import Purpose, Settings


class ModelField(Field):
    """The last row of the box asks for a file or a folder."""

    def __init__(self, title: str, kind: Kind, purpose: Purpose, missing: str, files: str = "") -> None:
        """`missing`: the sentence where none is chosen; `files`: what the dialog shows of a model that is a file; empty: it is a folder."""
        super().__init__(title)
        self.kind = kind
        self._purpose = purpose
        self._missing = missing
        self._files = files
        self.box = QComboBox()
        self.box.setAccessibleName(title)
        self.body.addWidget(self.box)
        self._before = 0
        self._own: list[Path] = []  # chosen here, and not on the list
        self.box.activated.connect(self._activated)
        self.refresh()

    def refresh(self) -> None:
        """Read the list of models again, keeping the choice."""
        kept = self.value()
        self.box.clear()
        for entry in models_here(self.kind):
            self.box.addItem(entry.title, entry.path)
        for path in self._own:
            self.box.addItem(path.name, str(path))
        self.box.addItem(words.tr("Choose a file…") if self._files else words.tr("Choose a folder…"), "")
        self.choose(kept)

    def value(self) -> Path | None:
        """The file or folder."""
        found = self.box.currentData()
        return Path(found) if found else None

    def choose(self, path: Path | None) -> None:
        """Take this one, or the first of the list; no signal."""
        number = self.box.findData(str(path)) if path is not None else 0
        if number < 0 and path is not None:
            self._own.append(path)
            number = self.box.count() - 1
            self.box.insertItem(number, path.name, str(path))
        self.box.setCurrentIndex(number)
        self._before = number

    @Slot(int)
    def _activated(self, number: int) -> None:
        if not self.box.itemData(number):
            self.box.setCurrentIndex(self._before)
            self._ask()
        self._before = self.box.currentIndex()
        self.changed.emit()

    def _ask(self) -> None:
        last = Settings().last_path(self._purpose)
        if self._files:
            chosen, _ = QFileDialog.getOpenFileName(self, self.title, last, self._files)
        else:
            chosen = QFileDialog.getExistingDirectory(self, self.title, last)
        if chosen:
            Settings().set_last_path(self._purpose, chosen)
            self.choose(Path(chosen))

    def problem(self) -> Problem | None:
        path = self.value()
        if path is None:
            return Problem(self._missing, missing=True)
        if not (path.is_file() if self._files else path.is_dir()):
            return Problem(words.tr("{path} is not there any more: choose another.").format(path=path))
        return None


def models_here(kind: Kind) -> list[Entry]:
    """The models of a kind that are on this computer; none where the list of models is damaged, which the Models page says."""
    try:
        return [entry for entry in entries() if entry.kind == kind and entry.there]
    except UserError:
        return []
