"""What the gallery is filtered by, as chips that can be taken off one by one."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from line_desktop.store.rows import Filter
from ui.gallery import words
from ui.gallery.flow import Flow
from ui.gallery.words import tr
from ui.icons import icon

LONGEST = 40  # characters


@dataclass(frozen=True)
class Chip:
    """One condition in words, and the filter without it."""

    text: str
    without: Filter


def chips(wanted: Filter, layers: Mapping[int, str]) -> list[Chip]:
    """The conditions of a filter; `layers` gives the names of layer ids."""
    found: list[Chip] = []
    if wanted.text.strip():
        found.append(Chip(f"“{wanted.text.strip()}”", replace(wanted, text="")))
    if wanted.layers:
        found.append(Chip(", ".join(layers.get(layer, str(layer)) for layer in wanted.layers), replace(wanted, layers=())))
    if wanted.methods:
        found.append(Chip(tr("Method: {methods}").format(methods=", ".join(wanted.methods)), replace(wanted, methods=())))
    if wanted.statuses:
        found.append(Chip(", ".join(words.status(status) for status in wanted.statuses), replace(wanted, statuses=())))
    if wanted.verdicts:
        found.append(Chip(", ".join(tr(verdict) for verdict in wanted.verdicts), replace(wanted, verdicts=())))
    if wanted.edited is not None:
        text = tr("Edited by a person") if wanted.edited else tr("Not edited by a person")
        found.append(Chip(text, replace(wanted, edited=None)))
    if wanted.provisional is not None:
        text = tr("Provisional") if wanted.provisional else tr("Not provisional")
        found.append(Chip(text, replace(wanted, provisional=None)))
    if wanted.score_from is not None or wanted.score_to is not None:
        found.append(Chip(_scores(wanted), replace(wanted, score_from=None, score_to=None)))
    return found


def _scores(wanted: Filter) -> str:
    if wanted.score_to is None:
        return tr("Score from {low}").format(low=f"{wanted.score_from:g}")
    if wanted.score_from is None:
        return tr("Score up to {high}").format(high=f"{wanted.score_to:g}")
    return tr("Score {low} to {high}").format(low=f"{wanted.score_from:g}", high=f"{wanted.score_to:g}")


class ChipRow(QWidget):
    """A row of chips and a button that takes all off; not there while nothing is in force."""

    wanted = Signal(object)  # the Filter that remains
    similar_left = Signal()
    all_left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = Flow(self)
        self._buttons: list[QToolButton] = []
        self._shown: list[tuple[str, Chip | None]] = []
        self._clear = QPushButton(self.tr("Clear filters"), self)
        self._clear.setProperty("flat", True)
        self._clear.clicked.connect(self.all_left)
        self.hide()

    def show_chips(self, found: list[Chip], similar_to: str | None) -> None:
        """Show these; `similar_to` is the label whose likes are shown, None where that is not asked."""
        similar: list[tuple[str, Chip | None]] = (
            [] if similar_to is None else [(self.tr("Similar to “{label}”").format(label=similar_to), None)]
        )
        wanted = similar + [(chip.text, chip) for chip in found]
        if wanted == self._shown:
            return  # the buttons keep their focus
        self._shown = wanted
        for button in self._buttons:
            self._flow.removeWidget(button)
            button.deleteLater()
        self._flow.removeWidget(self._clear)
        self._buttons = [self._button(text) for text, _ in wanted]
        self._flow.addWidget(self._clear)
        self.setVisible(bool(wanted))

    def _button(self, text: str) -> QToolButton:
        short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        button = QToolButton(self)
        button.setText(short.replace("&", "&&"))
        button.setProperty("role", "button")
        button.setStyleSheet("QToolButton { padding: 2px 10px; }")
        button.setIcon(icon("close"))
        button.setIconSize(QSize(12, 12))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross behind the words
        button.setToolTip(self.tr("{text}: click to take this filter off").format(text=text))
        button.setAccessibleName(self.tr("Take off the filter {text}").format(text=text))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self._clicked)
        self._flow.addWidget(button)
        return button

    def _clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        _, chip = self._shown[self._buttons.index(button)]
        if chip is None:
            self.similar_left.emit()
        else:
            self.wanted.emit(chip.without)
