"""How a neuron's card is painted: pictures first, then its label, where it is, and how it scores."""

from typing import Final

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from line_desktop.store.rows import Card
from ui.gallery import words
from ui.gallery.model import CARD_ROLE, ID_ROLE
from ui.gallery.mosaic import Mosaics
from ui.gallery.selection import Selection
from ui.gallery.thumbs import Thumbs
from ui.icons import icon
from ui.theme import DARK, SPACE, Colours, colours, font

LEAST_WIDTH: Final = 184
RING: Final = 22  # diameter of the circle that selects
BAR: Final = 4
MARK: Final = 16  # of a verdict, of a label that may still change, or of a person
HALO: Final = SPACE  # how far the colour of what is selected reaches beyond the card

Index = QModelIndex | QPersistentModelIndex
_State = QStyle.StateFlag


class Type:
    """The fonts of a card, and the heights of its two lines."""

    def __init__(self, strong: QFont, body: QFont, small: QFont) -> None:
        self.strong, self.body, self.small = strong, body, small
        self.title, self.foot = QFontMetrics(strong).height(), QFontMetrics(small).height()


class CardDelegate(QStyledItemDelegate):
    """Paints the card of CARD_ROLE. State_MouseOver shows the circle, State_HasFocus the outline of the current card."""

    def __init__(self, thumbs: Thumbs, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbs, self._selection = thumbs, selection
        self.mosaics = Mosaics(thumbs)
        self.dress()

    def dress(self) -> None:
        """Take the fonts in use now: asking for them while painting costs more than the painting."""
        self._type = Type(font("strong"), font("body"), font("small"))

    def least_width(self) -> int:
        return LEAST_WIDTH

    def height(self, width: int) -> int:
        """A card's height in logical pixels where it is `width` wide."""
        return width + SPACE + self._type.title + SPACE // 2 + self._type.foot + SPACE + BAR

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(LEAST_WIDTH, self.height(LEAST_WIDTH))

    def ring(self, card: QRect) -> QRect:
        """The circle that selects, on a card that stands at this place."""
        return QRect(card.right() - RING - SPACE + 1, card.top() + SPACE, RING, RING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card: Card | None = index.data(CARD_ROLE)
        area, state = QRect(option.rect), option.state
        chosen = index.data(ID_ROLE) in self._selection
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_halo(painter, area, chosen, bool(state & _State.State_HasFocus), bool(state & _State.State_Active))
        picture = QRect(area.topLeft(), QSize(area.width(), area.width()))
        self.mosaics.paint(painter, picture, card.pictures if card else ())
        if card is not None:
            _paint_words(painter, area.adjusted(0, area.width() + SPACE, 0, 0), card, self._type)
        if chosen or len(self._selection) or state & _State.State_MouseOver:
            _paint_ring(painter, self.ring(area), chosen)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        card: Card | None = index.data(CARD_ROLE)
        if event.type() != QEvent.Type.ToolTip or card is None:
            return super().helpEvent(event, view, option, index)
        rect = view.visualRect(index)
        picture = self.mosaics.picture_at(QRect(rect.topLeft(), QSize(rect.width(), rect.width())), card.pictures, event.pos())
        problem = self._thumbs.problem(picture) if picture else None
        QToolTip.showText(event.globalPos(), problem or words.tooltip(card), view, rect)
        return True


def _paint_halo(painter: QPainter, area: QRect, chosen: bool, current: bool, focused: bool) -> None:
    """The colour behind what is selected and the line around what is current."""
    if not chosen and not current:
        return
    now = colours()
    painter.setPen(QPen(now.accent if focused else now.faint, 2) if current else Qt.PenStyle.NoPen)
    painter.setBrush(now.accent_soft if chosen else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(area.adjusted(-HALO, -HALO, HALO, HALO)), 2 * SPACE - 2, 2 * SPACE - 2)


def _paint_words(painter: QPainter, area: QRect, card: Card, fonts: Type) -> None:
    now = colours()
    line = QRect(area.left(), area.top(), area.width(), fonts.title)
    left, right = line.left(), line.right()
    if card.human_label or card.note:
        icon("edit").paint(painter, QRect(left, line.center().y() - MARK // 2, MARK, MARK))
        left += MARK + SPACE // 2
    if card.verdict:
        right -= MARK
        _paint_verdict(painter, QRect(right + 1, line.center().y() - MARK // 2 + 1, MARK, MARK), card.verdict, now)
        right -= SPACE // 2
    if card.provisional and not card.human_label:
        right -= MARK
        icon("provisional").paint(painter, QRect(right + 1, line.center().y() - MARK // 2 + 1, MARK, MARK))
        right -= SPACE // 2
    labelled = words.has_label(card)
    painter.setFont(fonts.strong if labelled else fonts.body)
    painter.setPen(now.text if labelled else now.quiet)
    _paint_line(painter, QRect(QPoint(left, line.top()), QPoint(right, line.bottom())), words.title(card))
    painter.setFont(fonts.small)
    painter.setPen(now.quiet)
    line = QRect(area.left(), line.bottom() + 1 + SPACE // 2, area.width(), fonts.foot)
    score = words.number(card.score) if card.score is not None else ""
    width = painter.fontMetrics().horizontalAdvance(score)
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, score)
    _paint_line(painter, line.adjusted(0, 0, -width - SPACE, 0), words.place(card))
    if card.bar is not None:
        _paint_bar(painter, QRect(area.left(), line.bottom() + 1 + SPACE, area.width(), BAR), card.bar, now)


def _paint_line(painter: QPainter, area: QRect, text: str) -> None:
    elided = painter.fontMetrics().elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, elided)


def _paint_bar(painter: QPainter, area: QRect, share: float, now: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.raised)
    painter.drawRoundedRect(area, BAR / 2, BAR / 2)
    if share > 0:
        painter.setBrush(now.accent)
        painter.drawRoundedRect(QRectF(area.left(), area.top(), max(BAR, area.width() * min(share, 1.0)), BAR), BAR / 2, BAR / 2)


def _paint_verdict(painter: QPainter, area: QRect, verdict: str, now: Colours) -> None:
    """A tick, a wave or a cross: told apart without their colours too."""
    colour, points = {
        "supported": (now.good, [(0.28, 0.52), (0.44, 0.68), (0.73, 0.34)]),
        "weak": (now.warn, [(0.28, 0.5), (0.72, 0.5)]),
    }.get(verdict, (now.bad, [(0.33, 0.33), (0.67, 0.67), (0.5, 0.5), (0.67, 0.33), (0.33, 0.67)]))
    _paint_disc(painter, area, colour)
    _paint_stroke(painter, area, points, now.surface)


def _paint_ring(painter: QPainter, area: QRect, chosen: bool) -> None:
    now = colours()
    if chosen:
        _paint_disc(painter, area, now.accent)
        _paint_stroke(painter, area, [(0.28, 0.52), (0.44, 0.68), (0.73, 0.34)], now.on_accent)
        return
    shade = QColor(DARK.window)  # light on dark in both themes: it lies on photos
    shade.setAlpha(110)
    painter.setPen(QPen(DARK.text, 1.5))
    painter.setBrush(shade)
    painter.drawEllipse(QRectF(area).adjusted(1, 1, -1, -1))


def _paint_disc(painter: QPainter, area: QRect, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(area)


def _paint_stroke(painter: QPainter, area: QRect, points: list[tuple[float, float]], colour: QColor) -> None:
    pen = QPen(colour, max(1.6, area.width() / 11), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(area.left() + x * area.width(), area.top() + y * area.height()) for x, y in points]))
