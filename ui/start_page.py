"""The start page: ways to begin, and the workspaces that were open lately."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui.actions import Menus
from ui.gallery.words import one_or
from ui.icons import icon
from ui.settings import Recent, Settings
from ui.theme import SPACE, label

WIDTH: Final = 760
DAY: Final = 86_400


class StartPage(QScrollArea):
    """Says nothing by itself: every choice is a signal."""

    workspace_chosen = Signal(str)
    checkpoint_asked = Signal()
    demo_asked = Signal()
    other_asked = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setMaximumWidth(WIDTH)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(4 * SPACE, 7 * SPACE, 4 * SPACE, 4 * SPACE)
        self._column.setSpacing(SPACE)
        self._column.addWidget(label(self.tr("What do your neurons see?"), "title"))
        words = self.tr("Open the checkpoint of a vision model, and its neurons are named on this computer. Nothing leaves it.")
        self._column.addWidget(label(words, "quiet", wrap=True))
        self._column.addSpacing(2 * SPACE)
        self._column.addLayout(self._ways())
        self._column.addWidget(label(self.tr("or drop a file or folder anywhere on this window"), "small"))
        self._column.addSpacing(4 * SPACE)
        self._heading = label(self.tr("Recent workspaces"), "heading")
        self._column.addWidget(self._heading)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE)
        self._shown: list[WorkspaceRow] = []
        self._column.addLayout(self._rows)
        self._column.addStretch()
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 20)
        row.addStretch(1)
        self.setWidget(middle)
        self.refresh()

    def _ways(self) -> QHBoxLayout:
        self.open_button = QPushButton(self.tr("Open checkpoint…"))
        self.open_button.setProperty("primary", True)
        self.open_button.clicked.connect(self.checkpoint_asked)
        self.demo_button = QPushButton(self.tr("Try the demo"))
        self.demo_button.clicked.connect(self.demo_asked)
        other = QPushButton(self.tr("Open workspace…"))
        other.clicked.connect(self.other_asked)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for button in (self.open_button, self.demo_button, other):
            button.setMinimumHeight(5 * SPACE)
            row.addWidget(button)
        row.addStretch()
        return row

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        for row in self._shown:
            row.hide()
            row.deleteLater()
        self._shown = []
        recent = self._settings.recent()
        self._heading.setVisible(bool(recent))
        for one in recent:
            row = WorkspaceRow(one)
            row.chosen.connect(self.workspace_chosen)
            row.forgotten.connect(self._forget)
            self._rows.addWidget(row)
            self._shown.append(row)

    @Slot(str)
    def _forget(self, folder: str) -> None:
        self._settings.forget_workspace(folder)
        self.refresh()

    def menu_actions(self) -> Menus:
        """None of its own: the ways to begin stand in the File menu."""
        return {}


class WorkspaceRow(QPushButton):
    """One workspace: its name, folder and counts; a small button takes it off the list."""

    chosen = Signal(str)
    forgotten = Signal(str)

    def __init__(self, recent: Recent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recent = recent
        self._there = recent.there
        self.setProperty("role", "card")
        self.setToolTip(recent.folder)
        self.clicked.connect(self._open)
        folder = Path(recent.folder)
        state = self._counts() if self._there else self.tr("not there any more")
        self.setAccessibleName(f"{folder.name}, {state}")
        name, place = label(folder.name, "strong"), label(str(folder.parent), "small")
        counts, when = label(state, "quiet"), label(_when(recent.seen), "small")
        for text in (name, place, counts, when):
            text.setEnabled(self._there)
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE + 4, SPACE, SPACE + 4)
        row.addLayout(_column((name, place), Qt.AlignmentFlag.AlignLeft), 1)
        row.addLayout(_column((counts, when), Qt.AlignmentFlag.AlignRight))
        row.addWidget(self._forget_button(folder.name))
        if self._there:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        """As the texts in it need."""
        return self._row.sizeHint()

    def _forget_button(self, name: str) -> QPushButton:
        made = QPushButton(icon("close"), "")
        made.setProperty("flat", True)
        made.setFixedSize(QSize(4 * SPACE, 4 * SPACE))
        made.setAccessibleName(self.tr("Take {} off the list").format(name))
        made.setToolTip(self.tr("Take off the list; the folder stays"))
        made.clicked.connect(self._forget)
        return made

    def _counts(self) -> str:
        neurons = one_or(self._recent.neurons, self.tr("1 neuron"), self.tr("{n} neurons"))
        return self.tr("{neurons}, {labelled} labelled").format(neurons=neurons, labelled=f"{self._recent.labelled:,}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens it, as Space does, and Delete takes it off the list."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Delete:
            self._forget()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _forget(self) -> None:
        self.forgotten.emit(self._recent.folder)

    @Slot()
    def _open(self) -> None:
        if self._there:
            self.chosen.emit(self._recent.folder)


def _column(texts: Iterable[QLabel], side: Qt.AlignmentFlag) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setSpacing(2)
    for text in texts:
        made.addWidget(text, alignment=side)
    return made


def _when(seen: float) -> str:
    """A day in words people use."""
    tr = QCoreApplication.translate
    day, today, yesterday = (time.strftime("%Y-%m-%d", time.localtime(at)) for at in (seen, time.time(), time.time() - DAY))
    return {yesterday: tr("StartPage", "yesterday"), today: tr("StartPage", "today")}.get(day, day)
