"""The person's own label and note: saved when editing ends and a moment after the last key, undone for ever."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from line_desktop.errors import UserError
from line_desktop.store.desk import Desk
from line_desktop.store.rows import HumanWord
from ui.icons import icon
from ui.neuron.words import day
from ui.theme import SPACE, label

SAVE_MS: Final = 1500  # after the last key: what a power cut may take
NOTHING: Final = HumanWord(None, "", "")


class Handover(QObject):
    """Watches a field: when typing has nothing left to undo, undo goes on with what was saved; `left` when the keyboard leaves it."""

    undo_asked = Signal()
    redo_asked = Signal()
    left = Signal()

    def __init__(self, field: QLineEdit | QPlainTextEdit) -> None:
        super().__init__(field)
        self._typed = field if isinstance(field, QLineEdit) else field.document()
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.matches(QKeySequence.StandardKey.Undo) and not self._typed.isUndoAvailable():
                self.undo_asked.emit()
                return True
            if event.matches(QKeySequence.StandardKey.Redo) and not self._typed.isRedoAvailable():
                self.redo_asked.emit()
                return True
        elif event.type() is QEvent.Type.FocusOut:
            self.left.emit()
        return super().eventFilter(watched, event)


class HumanFields(QWidget):
    """Label and note of one neuron. `changed` comes after each change that was kept, `failed` with a sentence if it could not be."""

    changed = Signal()
    failed = Signal(object)  # UserError

    def __init__(self) -> None:
        super().__init__()
        self._desk: Desk | None = None
        self._neuron = 0
        self._kept = NOTHING
        self._later = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._later.timeout.connect(self.save)
        self.label = QLineEdit()
        self.label.setAccessibleName(self.tr("Your label"))
        self.label.setPlaceholderText(self.tr("Your label"))
        self.note = QPlainTextEdit()
        self.note.setAccessibleName(self.tr("Your note"))
        self.note.setPlaceholderText(self.tr("Your note"))
        self.note.setTabChangesFocus(True)
        self.note.setMinimumHeight(14 * SPACE)
        self.note.textChanged.connect(self._typed)
        self.label.textEdited.connect(self._typed)
        self.label.returnPressed.connect(self.save)
        for watch in (Handover(self.label), Handover(self.note)):
            watch.left.connect(self.save)
            watch.undo_asked.connect(self.undo)
            watch.redo_asked.connect(self.redo)
        self._lay_out()

    def _lay_out(self) -> None:
        self._state = label("", "small")
        self._undo, self._redo = QToolButton(), QToolButton()
        row = QHBoxLayout()
        row.addWidget(self._state, 1)
        for button, slot, name in ((self._undo, self.undo, self.tr("Undo")), (self._redo, self.redo, self.tr("Redo"))):
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.clicked.connect(slot)
            row.addWidget(button)
        self._draw_icons()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.label)
        column.addWidget(self.note, 1)
        column.addLayout(row)

    def show_word(self, desk: Desk, neuron_id: int) -> None:
        """Show what is kept of a neuron; what was typed for the one before is saved first."""
        self.save()
        self._desk, self._neuron = desk, neuron_id
        self._fill()

    @Slot()
    def refresh(self) -> None:
        """Somebody else may have changed it; what is being typed stays."""
        if self._desk is not None and not self._edited():
            self._fill()

    @Slot()
    def forget(self) -> None:
        """The workspace is being closed: save and let go."""
        self.save()
        self._desk = None
        self.setEnabled(False)

    @Slot()
    def save(self) -> None:
        """Keep what stands in the fields, if it was changed."""
        self._later.stop()
        if self._desk is None or not self._edited():
            return
        try:
            self._desk.set_human_word(self._neuron, self.label.text(), self.note.toPlainText())
        except UserError as error:
            self._state.setText(self.tr("Not saved"))
            self.failed.emit(error)
            return
        self._kept = self._desk.human_word(self._neuron) or NOTHING
        self._say()
        self.changed.emit()

    @Slot()
    def undo(self) -> None:
        """Take the newest change back."""
        self.save()
        if self._desk is not None:
            self._desk.undo_human_word(self._neuron)
            self._fill()
            self.changed.emit()

    @Slot()
    def redo(self) -> None:
        """Bring back what was undone."""
        self.save()
        if self._desk is not None:
            self._desk.redo_human_word(self._neuron)
            self._fill()
            self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._draw_icons()

    def _draw_icons(self) -> None:
        self._undo.setIcon(icon("undo"))
        self._redo.setIcon(icon("redo"))

    def _edited(self) -> bool:
        return (self.label.text().strip() or None, self.note.toPlainText().strip()) != (self._kept.label, self._kept.note)

    def _fill(self) -> None:
        assert self._desk is not None
        self.setEnabled(True)
        self._kept = self._desk.human_word(self._neuron) or NOTHING
        if self.label.text() != (self._kept.label or ""):
            self.label.setText(self._kept.label or "")
        if self.note.toPlainText() != self._kept.note:
            self.note.setPlainText(self._kept.note)
        self._later.stop()
        self._say()

    def _say(self) -> None:
        assert self._desk is not None
        undo, redo = self._desk.undo_steps(self._neuron)
        self._undo.setEnabled(undo > 0)
        self._redo.setEnabled(redo > 0)
        self._state.setText(self.tr("Saved {when} UTC").format(when=day(self._kept.when)) if self._kept.when else "")

    @Slot()
    def _typed(self) -> None:
        if self._desk is not None and self._edited():
            self._state.setText(self.tr("Editing…"))
            self._later.start()
