"""What is asked before work goes into the queue: what will happen, fields, what speaks against it, and the button that does it."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from ui.theme import SPACE, label

WIDTH: Final = 560


class AskingDialog(QDialog):
    """Fields belong into `body`, further buttons into `foot` before `go`, which is pressed by Enter."""

    def __init__(self, title: str, told: str, doubts: Iterable[str], go: str, parent: QWidget | None = None) -> None:
        """`told`: what will happen; `doubts`: sentences that speak against it; `go`: the button's word."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH)
        self.cancel, self.go = QPushButton(self.tr("Cancel")), QPushButton(go)
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.doubts = label("\n".join(doubts), "warn", wrap=True)
        self.doubts.setVisible(bool(self.doubts.text()))
        self.body, self.foot = QVBoxLayout(), QHBoxLayout()
        self.body.setSpacing(SPACE)
        self.foot.setSpacing(SPACE)
        self.foot.addStretch()
        self.foot.addWidget(self.cancel)
        self.foot.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(told, "quiet", wrap=True))
        column.addWidget(self.doubts)
        column.addSpacing(SPACE)
        column.addLayout(self.body)
        column.addSpacing(2 * SPACE)
        column.addStretch()
        column.addLayout(self.foot)

    def add_number(self, name: str, least: int, value: int, most: int) -> QSpinBox:
        """A field for a number, with its name before it."""
        box = QSpinBox(minimum=least, maximum=most, value=value)
        box.setAccessibleName(name)
        told = label(name)
        told.setBuddy(box)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(told)
        row.addWidget(box)
        row.addStretch()
        self.body.addLayout(row)
        return box
