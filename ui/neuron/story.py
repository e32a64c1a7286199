"""The story step by step: what the language model thought and proposed, the pictures, the score, and what became of it."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QFontDatabase, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from line_desktop.methods.confirmation import CONFIRMED
from line_desktop.neuron_page import Told
from ui.gallery.thumbs import Thumbs
from ui.gallery.words import number
from ui.neuron.picture_grid import PictureGrid
from ui.neuron.words import origin, step_status
from ui.theme import SPACE, label, set_role

THUMB: Final = 64
NARROW: Final = 760  # logical pixels, below which the pictures stand under the words
AT_ONCE: Final = 3  # steps made before the window is looked after again
Prompt = Callable[[str], str]  # SHA-256 -> text


class Step(QWidget):
    """One step; it is filled again for the next neuron, which is several times faster than making a new one."""

    def __init__(self, thumbs: Thumbs) -> None:
        super().__init__()
        self._sha256 = ""
        self._read: Prompt | None = None
        self._number = label("", "quiet")
        self._concept, self._score = label("", "strong"), label("")
        self._best, self._status = label(self.tr("new best"), "good"), label("", "quiet")
        self._reasoning = label("", "body", wrap=True)
        self._pictures = PictureGrid(thumbs, "", THUMB, one_row=True)
        self._button = QPushButton(self.tr("Prompt"))
        self._button.setCheckable(True)
        self._button.setProperty("flat", True)
        self._button.toggled.connect(self._show_prompt)
        policy = self._button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that the pictures of all steps stand below each other
        self._button.setSizePolicy(policy)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setFixedHeight(30 * SPACE)
        self._status.setMinimumWidth(1)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        for part in (self._concept, self._score, self._best, self._status):
            head.addWidget(part)
        head.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addLayout(head)
        words.addWidget(self._reasoning)
        words.addStretch(1)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, SPACE, 0, SPACE)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setColumnMinimumWidth(0, 9 * SPACE)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._number, 0, 0, top)
        grid.addLayout(words, 0, 1)
        grid.addWidget(self._pictures, 0, 2, top | Qt.AlignmentFlag.AlignRight)
        self._grid, self._narrow = grid, False
        grid.addWidget(self._button, 0, 3, top)
        grid.addWidget(self._text, 2, 1, 1, 3)

    def set_told(self, told: Told, number_of: int, new_best: bool, prompt: Prompt) -> None:
        """Show a step; `prompt` reads its prompt when somebody asks for it."""
        self._sha256, self._read = told.prompt_sha256, prompt
        name = self._name(told, number_of)
        self._number.setText(name)
        self._concept.setText(told.concept or self.tr("nothing usable"))
        set_role(self._concept, "strong" if told.score is not None else "quiet")
        self._score.setText("" if told.score is None else number(told.score))
        self._best.setVisible(new_best)
        self._status.setText(step_status(told.status) or origin(told.origin))
        self._reasoning.setText(told.reasoning)
        self._reasoning.setVisible(bool(told.reasoning))
        self._pictures.setAccessibleName(self.tr("Pictures of {concept}").format(concept=told.concept))
        self._pictures.set_pictures(told.pictures)
        self._button.setVisible(bool(told.prompt_sha256))
        self._button.setChecked(False)
        for part in (self._button, self._text):
            part.setAccessibleName(self.tr("Prompt, {step}").format(step=name))
        self._text.hide()

    def _name(self, told: Told, number_of: int) -> str:
        if told.status == CONFIRMED:
            return self.tr("Check")
        if told.origin == "summary":
            return self.tr("Summary")
        return self.tr("Start") if told.origin == "start" else self.tr("Step {number}").format(number=number_of)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            side = Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag.AlignRight
            self._grid.addWidget(self._pictures, int(narrow), 1 if narrow else 2, Qt.AlignmentFlag.AlignTop | side)

    @Slot(bool)
    def _show_prompt(self, shown: bool) -> None:
        if shown and self._read is not None:
            self._text.setPlainText(self._read(self._sha256))
        self._text.setVisible(shown)


class Story(QWidget):
    """All steps, a few at a time."""

    def __init__(self, thumbs: Thumbs) -> None:
        super().__init__()
        self._thumbs = thumbs
        self._steps: list[Step] = []
        self._waiting: list[tuple[Told, int, bool, Prompt]] = []
        self._filled = 0
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._fill)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def set_story(self, story: Sequence[Told], prompt: Prompt) -> None:
        """Show these."""
        best: float | None = None
        first = 0 if story and story[0].origin == "start" else 1  # LINE counts from its start, the others have none
        self._waiting.clear()
        for told in story:
            proposed = told.step > 0 and told.origin != "start" and told.status == "scored"
            new_best = proposed and told.score is not None and (best is None or told.score > best)
            self._waiting.append((told, told.step + first, new_best, prompt))
            best = told.best
        self._filled = 0
        for left_over in self._steps[len(story) :]:
            left_over.hide()
        self._next.start()

    @Slot()
    def _fill(self) -> None:
        for step in self._waiting[self._filled : self._filled + AT_ONCE]:
            if self._filled == len(self._steps):
                self._steps.append(Step(self._thumbs))
                self._column.addWidget(self._steps[-1])
            self._steps[self._filled].set_told(*step)
            self._steps[self._filled].show()
            self._filled += 1
        if self._filled < len(self._waiting):
            self._next.start()
