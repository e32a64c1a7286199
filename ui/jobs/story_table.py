"""The story of a running job as it happens: neuron, step, concept, score; the newest first."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from ui.gallery.words import number
from ui.jobs.live import Line
from ui.jobs.words import tr
from ui.theme import colours, font

NEURON, STEP, CONCEPT, SCORE = range(4)
ROW_HEIGHT: Final = 26
Index = QModelIndex | QPersistentModelIndex


class StoryModel(QAbstractTableModel):
    """Lines of one job."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Take these."""
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line, column = self.lines[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text(line, column)
        if role == Qt.ItemDataRole.FontRole and column == CONCEPT and line.step is None and line.confirmed:
            return font("strong")
        if role == Qt.ItemDataRole.ForegroundRole:
            return colours().text if column == CONCEPT and line.score is not None else colours().quiet
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column == SCORE else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def text(line: Line, column: int) -> str:
    """One cell."""
    if column == NEURON:
        return f"{line.layer} · {line.neuron}"
    if column == STEP:
        if not line.confirmed:
            return tr("searched")
        if line.step is None:
            return tr("label") if line.score is not None else tr("no label")
        return tr("step {n}").format(n=line.step) if line.step else tr("start")
    if column == CONCEPT:
        return line.concept
    return "" if line.score is None else number(line.score)


class StoryTable(QTableView):
    """The lines, without the furniture of a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.story = StoryModel(self)
        self.setModel(self.story)
        self.setAccessibleName(self.tr("What happens now"))
        self.setShowGrid(False)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setWordWrap(False)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(CONCEPT, QHeaderView.ResizeMode.Stretch)
        for column, width in ((NEURON, 160), (STEP, 76), (SCORE, 72)):
            self.setColumnWidth(column, width)
