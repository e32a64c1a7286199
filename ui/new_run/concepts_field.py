"""The concept list, whose entries a method chooses from: class names, the words of pictograms, or a file."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox

from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.new_run.path_row import PathRow

CLASSES: Final = "classes"
PICTOGRAMS: Final = "pictograms"
FILE: Final = "file"


class ConceptsField(Field):
    """`value` writes the choice as the command line does: "classes", "pictograms", or the path of a file."""

    def __init__(self) -> None:
        super().__init__(words.tr("Concept list"))
        self.box = QComboBox()
        self.box.setAccessibleName(words.tr("Concept list"))
        self.box.addItem(self.tr("Classes of the photos"), CLASSES)
        self.box.addItem(self.tr("Words that pictograms can show"), PICTOGRAMS)
        self.box.addItem(self.tr("A text file, one concept a line"), FILE)
        self.file = PathRow(self.tr("File of concepts"), "concepts", files=True, folders=False)
        self.body.addWidget(self.box)
        self.body.addWidget(self.file)
        self.box.currentIndexChanged.connect(self._kind_changed)
        self.file.chosen.connect(self.changed)
        self._show_parts()

    @Slot()
    def _kind_changed(self) -> None:
        self._show_parts()
        self.changed.emit()

    def _show_parts(self) -> None:
        self.file.setVisible(self.box.currentData() == FILE)

    def value(self) -> str:
        """As the command line writes it; empty while the file is missing."""
        kind = str(self.box.currentData())
        return str(self.file.path() or "") if kind == FILE else kind

    def choose(self, concepts: str) -> None:
        """As the command line writes it."""
        number = self.box.findData(concepts)
        if number < 0:
            self.file.show_path(Path(concepts))
        self.box.setCurrentIndex(number if number >= 0 else self.box.findData(FILE))

    def problem(self) -> Problem | None:
        if self.box.currentData() != FILE:
            return None
        path = self.file.path()
        if path is None:
            return Problem(self.tr("Choose the file with the concepts, one a line."), missing=True)
        if not path.is_file():
            return Problem(self.tr("There is no file {path}: check it.").format(path=path))
        return None
