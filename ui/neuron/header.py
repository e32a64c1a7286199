"""The head of the page: what the neuron is called, where it is, how sure that is, and the way to its neighbours."""

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from line_desktop.store.rows import Card, Evidence
from ui.gallery import words
from ui.icons import Name, icon
from ui.neuron.evidence import EvidenceBlock
from ui.theme import SPACE, label


class Header(QWidget):
    """Filled from a card."""

    back = Signal()
    previous = Signal()
    next = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[Name, QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        self._add(row, "back", self.tr("Back to the gallery"), self.back)
        row.addStretch(1)
        self._place = label("", "quiet")
        row.addWidget(self._place)
        self._add(row, "up", self.tr("Previous neuron"), self.previous)
        self._add(row, "down", self.tr("Next neuron"), self.next)
        self._title = label("", "title", wrap=True)
        self._machine = label("", "body", wrap=True)
        self._where = label("", "quiet", wrap=True)
        self._evidence = EvidenceBlock()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(row)
        column.addSpacing(SPACE)
        for part in (self._title, self._machine, self._where, self._evidence):
            column.addWidget(part)

    def _add(self, row: QHBoxLayout, name: Name, text: str, signal: SignalInstance) -> None:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.clicked.connect(signal)
        self._buttons[name] = button
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_card(self, card: Card, evidence: Evidence | None) -> None:
        """The human label above the machine's; what speaks for it where it was verified."""
        self._title.setText(words.title(card))
        self._title.setAccessibleName(words.spoken(card))
        machine = card.label or words.status(card.status)
        self._machine.setText(self.tr("Labelled by the method: {label}").format(label=machine))
        self._machine.setVisible(card.human_label is not None)
        parts = [card.layer, self.tr("neuron {index}").format(index=card.neuron)]
        if card.score is not None:
            parts.append(self.tr("score {score}").format(score=words.number(card.score)))
        if card.method is not None:
            parts.append(self.tr("method {method}").format(method=card.method))
        if card.provisional:
            parts.append(self.tr("provisional: not confirmed on fresh pictures yet"))
        self._where.setText("  ·  ".join(parts))
        self._evidence.show_evidence(evidence)

    def show_place(self, place: int, count: int) -> None:
        """Where the neuron stands in the gallery, from 0."""
        self._place.setText(self.tr("{place} of {count}").format(place=words.count(place + 1), count=words.count(count)))
        self._buttons["up"].setEnabled(place > 0)
        self._buttons["down"].setEnabled(place + 1 < count)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            for name, button in self._buttons.items():
                button.setIcon(icon(name))
