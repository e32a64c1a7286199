"""The line below the cards while something is selected: how many, and what can be done with them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from ui.gallery import words
from ui.gallery.flow import Flow
from ui.theme import SPACE, label


class SelectionBar(QWidget):
    """Shows the number and a button for each action."""

    def __init__(self, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = label("", "strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self.count, 0, Qt.AlignmentFlag.AlignTop)
        row.addSpacing(SPACE)
        buttons = Flow()  # in a narrow window two rows, for the window may be as narrow as its other parts let it
        row.addLayout(buttons, 1)
        for action in actions:
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setProperty("role", "button")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setAccessibleName(action.iconText())
            buttons.addWidget(button)
        self.count.setFixedHeight(button.sizeHint().height())
        self.hide()

    def show_count(self, selected: int, shown: int) -> None:
        """`selected` neurons in all, `shown` of them among the cards; hidden for none."""
        text = self.tr("{count} selected").format(count=words.count(selected))
        if shown < selected:
            text += self.tr(", {hidden} of them filtered out").format(hidden=words.count(selected - shown))
        self.count.setText(text)
        self.setVisible(selected > 0)
