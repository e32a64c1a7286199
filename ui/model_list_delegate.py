"""How a model looks in the list: name, one quiet line, and a dot for its fit; headings between the kinds."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from line_desktop.store.disk import in_words
from models.machine import Fit
from ui.model_entries import Entry
from ui.theme import RADIUS, SPACE, colours, font

ENTRY: Final = Qt.ItemDataRole.UserRole
FIT: Final = Qt.ItemDataRole.UserRole + 1
ROW: Final = 7 * SPACE
HEADING: Final = 5 * SPACE
DOT: Final = SPACE

Index = QModelIndex | QPersistentModelIndex


class ModelDelegate(QStyledItemDelegate):
    """Paints entries and headings."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines for a model, one for a heading."""
        return QSize(0, ROW if isinstance(index.data(ENTRY), Entry) else HEADING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Either kind of row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        entry, area = index.data(ENTRY), option.rect.adjusted(0, 1, -SPACE, -1)
        if isinstance(entry, Entry):
            self._paint_ground(painter, area, option)
            self._paint_entry(painter, area, entry, index.data(FIT))
        else:
            painter.setFont(font("small"))
            painter.setPen(colours().quiet)
            painter.drawText(area.adjusted(SPACE, 0, 0, -4), Qt.AlignmentFlag.AlignBottom, str(index.data()))
        painter.restore()

    def _paint_ground(self, painter: QPainter, area: QRect, option: QStyleOptionViewItem) -> None:
        state = option.state
        now = colours()
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(now.accent_soft)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(now.raised)
        else:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(area, RADIUS, RADIUS)

    def _paint_entry(self, painter: QPainter, area: QRect, entry: Entry, fit: Fit) -> None:
        now = colours()
        usable = entry.there
        inside = area.adjusted(SPACE, SPACE - 1, -3 * SPACE, 1 - SPACE)
        half = inside.height() // 2
        lines = (
            (font("strong"), now.text if usable else now.quiet, entry.title, inside.adjusted(0, 0, 0, -half)),
            (font("small"), now.quiet, self._second_line(entry), inside.adjusted(0, half, 0, 0)),
        )
        for face, colour, text, place in lines:
            painter.setFont(face)
            painter.setPen(colour)
            painter.drawText(
                place, Qt.AlignmentFlag.AlignVCenter, QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
            )
        if usable and entry.path and entry.kind != "labelled photos":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(dot_colour(fit))
            painter.drawEllipse(area.right() - 2 * SPACE, area.center().y() - DOT // 2 + 1, DOT, DOT)

    def _second_line(self, entry: Entry) -> str:
        if entry.origin == "built in":
            return self.tr("built in")
        size = in_words(entry.bytes) if entry.bytes else self.tr("not checked yet")
        if entry.origin == "card":
            return self.tr("{} · known to work, not on this computer").format(size)
        if not entry.there:
            return self.tr("missing: the file is not there any more")
        if entry.stale:
            return self.tr("{} · changed since its check").format(size)
        return size if entry.kept is None else f"{size} · {entry.kept.check.file.summary}"


def dot_colour(fit: Fit) -> QColor:
    """Green, amber, red or grey."""
    now = colours()
    return {"fits": now.good, "tight": now.warn, "does not fit": now.bad, "unknown": now.faint}[fit]
