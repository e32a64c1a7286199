"""A part of the page: its name on the left, what can be chosen on the right, and below that, in a sentence, what stands against it."""

from typing import Final, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ui.theme import SPACE, Role, label, set_role

NAMES: Final = 136  # width of the names


class Problem(NamedTuple):
    """Why a run cannot begin, in a sentence; `missing`: nothing was chosen yet."""

    text: str
    missing: bool = False


class Field(QWidget):
    """`changed` when a person has chosen something else."""

    changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        name = label(title, "strong", wrap=True)
        name.setFixedWidth(NAMES)
        name.setContentsMargins(0, 7, 0, 0)
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE)
        self.sentence = label("", "quiet", wrap=True)
        self.sentence.hide()
        right = QVBoxLayout()
        right.setSpacing(SPACE // 2)
        right.addLayout(self.body)
        right.addWidget(self.sentence)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        row.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(right, 1)

    def say(self, text: str, role: Role = "quiet") -> None:
        """The sentence below; empty: none."""
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))
        if self.sentence.property("role") != role:
            set_role(self.sentence, role)

    def in_words(self) -> str:
        """What is said below while nothing stands against this choice; empty: nothing."""
        return ""

    def problem(self) -> Problem | None:
        """What stands against this choice."""
        return None


class FoldedField(Field):
    """A quiet line of what is chosen, until the button beside it, `change`, is pressed."""

    def __init__(self, title: str, spoken: str) -> None:
        """`spoken`: what the button does, for whoever cannot see it."""
        super().__init__(title)
        self.line = label("", "quiet", wrap=True)
        self.line.setContentsMargins(0, 7, 0, 0)
        self.change = QToolButton()
        self.change.setText(self.tr("Change"))
        self.change.setCheckable(True)
        self.change.setAccessibleName(spoken)
        self.change.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.change.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout()
        row.addWidget(self.line, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.change, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
