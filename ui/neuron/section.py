"""A part of the page: a heading, a quiet word of explanation, and what stands below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from ui.theme import SPACE, label


class Section(QWidget):
    """Hidden while it has nothing to say; `aside` stands right of the heading."""

    def __init__(self, title: str, content: QWidget | QLayout, words: str = "", aside: QWidget | None = None) -> None:
        super().__init__()
        self._words = label(words, "quiet", wrap=True)
        self._words.setVisible(bool(words))
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(label(title, "heading"), 1)
        if aside is not None:
            head.addWidget(aside, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addSpacing(SPACE // 2)
        if isinstance(content, QWidget):
            column.addWidget(content)
        else:
            column.addLayout(content)
        column.addStretch(1)

    def say(self, words: str) -> None:
        """Change the explanation; empty: none."""
        self._words.setText(words)
        self._words.setVisible(bool(words))


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()


def beside(*parts: QWidget) -> QWidget:
    """Widgets in a row, to stand right of a heading."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE)
    for part in parts:
        row.addWidget(part)
    return made


def columns(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    """Widgets side by side with their shares of the width."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(5 * SPACE)
    for widget, share in parts:
        row.addWidget(widget, share)
    return row
