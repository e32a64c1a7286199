"""The probe photos: a folder, looked at on another thread."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot

from line_desktop.survey import ProbeFolder, read_probe_set
from ui.background import Task
from ui.gallery.words import one_or
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.new_run.model_field import models_here
from ui.new_run.path_row import PathRow


class PhotosField(Field):
    """`found` is what the folder holds, once it is known."""

    def __init__(self) -> None:
        super().__init__(words.tr("Probe photos"))
        self.row = PathRow(
            words.tr("Probe photos"), "photos", files=False, folders=True, hint=self.tr("A folder with one folder for each class")
        )
        self.body.addWidget(self.row)
        self.found: ProbeFolder | None = None
        self._reason = ""
        self._task: Task | None = None  # the one whose answer is wanted
        self.row.chosen.connect(self.read)
        self.refresh()

    def refresh(self) -> None:
        """Read the list of models again."""
        self.row.offer(models_here("labelled photos"))

    def choose(self, folder: Path) -> None:
        """Take this folder."""
        self.row.show_path(folder)
        self.read()

    @Slot()
    def read(self) -> None:
        """Count photos and classes."""
        path = self.row.path()
        self.found, self._reason, self._task = None, "", None
        if path is not None:
            self._task = Task(partial(read_probe_set, path), self)
            self._task.done.connect(self._take)
            self._task.failed.connect(self._fail)
            self._task.start()
        self.changed.emit()

    @Slot(object)
    def _take(self, found: ProbeFolder) -> None:
        self.sender().deleteLater()
        if self.sender() is self._task:
            self._task, self.found = None, found
            self.changed.emit()

    @Slot(str)
    def _fail(self, reason: str) -> None:
        self.sender().deleteLater()
        if self.sender() is self._task:
            self._task, self._reason = None, reason
            self.changed.emit()

    def in_words(self) -> str:
        """What was found."""
        if self.found is None:
            return self.tr("Counting…") if self._task is not None else ""
        photos, classes = len(self.found.photos), len(self.found.class_names)
        if not classes:
            return one_or(photos, self.tr("1 photo without classes"), self.tr("{n} photos without classes"))
        of_classes = one_or(classes, self.tr("of 1 class"), self.tr("of {n} classes"))
        return f"{one_or(photos, self.tr('1 photo'), self.tr('{n} photos'))} {of_classes}"

    def problem(self) -> Problem | None:
        if self._reason:
            return Problem(self._reason)
        if self.found is None:
            return Problem(self.tr("Choose a folder of photos; they show what each neuron responds to."), missing=True)
        return None

    def problem_for_labels(self, why_classes: str) -> Problem | None:
        """What stands against names, though not against a survey; `why_classes`: what the method takes class names for, if anything."""
        if why_classes and self.found is not None and not self.found.class_names:
            text = self.tr("{photos}: a survey needs none, but {why}; give one folder for each class.")
            return Problem(text.format(photos=self.in_words(), why=why_classes))
        return self.problem()
