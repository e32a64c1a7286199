"""A table of figures: read-only, as high as it needs to be, walked by the arrow keys."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ui.theme import SPACE, font

ROW: Final = 4 * SPACE
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Cell(NamedTuple):
    """What stands in a place; `strong`: the best of its row."""

    text: str
    strong: bool = False
    tip: str = ""


class Figures(QTableWidget):
    """The first `words` columns hold words, the others numbers."""

    def __init__(self, name: str, words: int = 1) -> None:
        super().__init__()
        self._words = words
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(False)
        self.horizontalHeader().setHighlightSections(False)

    def set_figures(self, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Show these."""
        self.setColumnCount(len(heads))
        self.setRowCount(len(rows))
        for column, head in enumerate(heads):
            item = QTableWidgetItem(head)
            item.setTextAlignment(LEFT if column < self._words else RIGHT)
            self.setHorizontalHeaderItem(column, item)
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                item = QTableWidgetItem(cell.text)
                item.setTextAlignment(LEFT if column < self._words else RIGHT)
                item.setToolTip(cell.tip)
                item.setFont(font("strong" if cell.strong else "body"))
                self.setItem(row, column, item)
        scroll = self.horizontalScrollBar().sizeHint().height()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + ROW * len(rows) + scroll)
