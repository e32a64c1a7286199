"""Two to four neurons side by side: pictures, labels, scores, and the words they share."""

import re
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from line_desktop.store.rows import Card
from ui.gallery import words
from ui.gallery.mosaic import Mosaics
from ui.gallery.thumbs import Thumbs
from ui.icons import icon
from ui.theme import SPACE, label

LEAST, MOST = 2, 4
NARROWEST, WIDEST = 176, 420
_LITTLE: Final = frozenset({"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"})


def shared_words(labels: Sequence[str]) -> set[str]:
    """The words that stand in more than one of the labels, in lower case; little ones left out."""
    sets = [_words(text) for text in labels]
    return {word for number, one in enumerate(sets) for word in one if any(word in other for other in sets[number + 1 :])}


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - _LITTLE


class MosaicPicture(QWidget):
    """One neuron's nine pictures, as large as the room allows."""

    def __init__(self, card: Card, thumbs: Thumbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card, self._mosaics = card, Mosaics(thumbs)
        thumbs.ready.connect(self._ready)
        self.setMinimumSize(NARROWEST, NARROWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Pictures of {neuron}").format(neuron=words.title(card)))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(width, WIDEST)

    def sizeHint(self) -> QSize:
        return QSize(WIDEST, WIDEST)

    def paintEvent(self, event: QPaintEvent) -> None:
        side = min(self.width(), self.height())
        painter = QPainter(self)
        self._mosaics.paint(painter, QRect(0, 0, side, side), self._card.pictures)
        painter.end()

    def _ready(self, path: str) -> None:
        if path in self._mosaics.waits_for:
            self.update()


class Column(QWidget):
    """One neuron of a comparison."""

    opened = Signal(int)

    def __init__(self, card: Card, thumbs: Thumbs, shared: set[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._id = card.id
        self.setMaximumWidth(WIDEST)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(MosaicPicture(card, thumbs))
        column.addSpacing(SPACE)
        column.addWidget(label(words.title(card), "heading", wrap=True))
        column.addWidget(label(words.place(card), "quiet"))
        for text in self._facts(card, shared):
            column.addWidget(label(text, "body", wrap=True))
        if card.bar is not None:
            column.addWidget(_score_bar(card.bar))
        button = QPushButton(self.tr("Open"), self)
        button.setAccessibleName(self.tr("Open {neuron}").format(neuron=words.title(card)))
        button.clicked.connect(self._open)
        column.addSpacing(SPACE)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()

    def _facts(self, card: Card, shared: set[str]) -> list[str]:
        facts = []
        if card.human_label:
            facts.append(self.tr("The method's label: {label}").format(label=card.label or self.tr("none")))
        own = sorted(_words(words.title(card)) - shared) if words.has_label(card) else []
        if shared and own:
            facts.append(self.tr("Only here: {words}").format(words=", ".join(own)))
        if card.provisional:
            facts.append(self.tr("Provisional: not confirmed on fresh pictures yet"))
        if card.verdict:
            facts.append(self.tr("Verdict: {verdict}").format(verdict=words.tr(card.verdict)))
        if card.score is not None:
            facts.append(self.tr("Score {score}").format(score=words.number(card.score)))
        return facts

    def _open(self) -> None:
        self.opened.emit(self._id)


def _score_bar(place: float) -> QProgressBar:
    bar = QProgressBar()
    bar.setRange(0, 1000)
    bar.setValue(round(1000 * place))
    bar.setTextVisible(False)
    bar.setAccessibleName(words.tr("Score within the neuron's own range"))
    return bar


class Compare(QWidget):
    """The columns and a way back."""

    left = Signal()
    opened = Signal(int)

    def __init__(self, thumbs: Thumbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbs = thumbs
        self.shared = label("", "quiet", wrap=True)
        self._back = QPushButton(self.tr("Back to the gallery"), self)
        self._back.setIcon(icon("back"))
        self._back.clicked.connect(self.left)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.shared)
        column.addWidget(self._area, 1)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Compare these two to four neurons."""
        labels = [words.title(card) for card in cards if words.has_label(card)]
        shared = shared_words(labels)
        self.shared.setText(
            self.tr("Shared words: {words}").format(words=", ".join(sorted(shared)))
            if shared
            else self.tr("The labels share no word.")
        )  # fmt: skip
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3 * SPACE)
        for card in cards:
            one = Column(card, self._thumbs, shared)
            one.opened.connect(self.opened)
            row.addWidget(one, 1)
        row.addStretch(0)
        self._area.setWidget(inside)
        self._back.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
