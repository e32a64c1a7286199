"""The panel of filters: layers with counts, status, verdict, method, edited, score range."""

from collections.abc import Hashable, Mapping
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from line_desktop.store.rows import Filter, LayerCount
from ui.gallery import words
from ui.gallery.listing import Facets
from ui.theme import SPACE, label

WIDTH: Final = 256


class Choices(QWidget):
    """A heading and check boxes with a number each; `changed` when a person checks one."""

    changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._boxes: dict[Hashable, QCheckBox] = {}
        self._numbers: dict[Hashable, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(label(title, "strong"), 0, 0, 1, 2)

    def offer(self, choices: Mapping[Hashable, tuple[str, str]]) -> None:
        """What can be chosen: value → name, number. Boxes that stay keep their focus and state; nothing to choose hides all."""
        if list(choices) != list(self._boxes):
            self._build(choices)
        for value, (name, number) in choices.items():
            self._boxes[value].setAccessibleName(f"{self._title}: {name}, {number}" if number else f"{self._title}: {name}")
            self._numbers[value].setText(number)
        self.setVisible(bool(choices))

    def chosen(self) -> tuple[Hashable, ...]:
        return tuple(value for value, box in self._boxes.items() if box.isChecked())

    def choose(self, values: tuple[Hashable, ...]) -> None:
        """Check these and no others, without a signal."""
        for value, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(value in values)
            box.blockSignals(False)

    def _build(self, choices: Mapping[Hashable, tuple[str, str]]) -> None:
        chosen = self.chosen()
        for widget in (*self._boxes.values(), *self._numbers.values()):
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._boxes, self._numbers = {}, {}
        for row, (value, (name, _)) in enumerate(choices.items(), 1):
            box = QCheckBox(name.replace("&", "&&"), self)
            box.setToolTip(name)
            box.setMinimumWidth(0)
            box.toggled.connect(self.changed)
            self._boxes[value] = box
            self._numbers[value] = label("", "small")
            self._grid.addWidget(box, row, 0)
            self._grid.addWidget(self._numbers[value], row, 1, Qt.AlignmentFlag.AlignRight)
        self.choose(chosen)


class ScoreRange(QWidget):
    """Two fields for the lowest and the highest score."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(label(self.tr("Score"), "strong"))
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        self.low, self.high = self._field(self.tr("from"), self.tr("Lowest score")), self._field(self.tr("to"), self.tr("Highest score"))
        row.addWidget(self.low)
        row.addWidget(self.high)
        column.addLayout(row)

    def range(self) -> tuple[float | None, float | None]:
        """The two ends; None where a field is empty or no number."""
        return _number(self.low.text()), _number(self.high.text())

    def set_range(self, low: float | None, high: float | None) -> None:
        for field, value in ((self.low, low), (self.high, high)):
            if _number(field.text()) != value:
                field.setText("" if value is None else f"{value:g}")

    def _field(self, hint: str, name: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(hint)
        field.setAccessibleName(name)
        validator = QDoubleValidator(field)
        validator.setLocale(QLocale.c())
        field.setValidator(validator)
        field.textEdited.connect(self.changed)
        return field


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


class FilterPanel(QScrollArea):
    """All filters but the text. `changed` brings the Filter that a person has set, with the text it was given."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = Filter()
        self.layers = Choices(self.tr("Layers"))
        self.statuses = Choices(self.tr("Status"))
        self.verdicts = Choices(self.tr("Verdict"))
        self.methods = Choices(self.tr("Method"))
        self.provisional = Choices(self.tr("Confirmation"))
        self.edited = Choices(self.tr("Edited"))
        self.scores = ScoreRange()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(3 * SPACE)
        for part in (self.layers, self.statuses, self.provisional, self.verdicts, self.methods, self.edited, self.scores):
            part.changed.connect(self._changed)
            column.addWidget(part)
        column.addStretch()
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFixedWidth(WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.edited.offer({True: (self.tr("By a person"), ""), False: (self.tr("Not by a person"), "")})

    def offer(self, inforce: Filter, there: Facets, counts: Mapping[str, int]) -> None:
        """Offer what the workspace holds and check what is in force; what is not there is offered only where it is in force."""
        self.layers.offer({one.layer_id: (one.name, _layer_numbers(one)) for one in there.layers})
        statuses = [status for status in words.STATUSES if counts.get(status) or status in inforce.statuses]
        self.statuses.offer({status: (words.status(status), words.count(counts.get(status, 0))) for status in statuses})
        shown = [verdict for verdict in words.VERDICTS if there.verdicts.get(verdict) or verdict in inforce.verdicts]
        self.verdicts.offer({verdict: (words.tr(verdict).capitalize(), words.count(there.verdicts.get(verdict, 0))) for verdict in shown})
        self.provisional.offer(self._confirmations(inforce, there))
        self.methods.offer({method: (method, "") for method in there.methods} if len(there.methods) > 1 or inforce.methods else {})
        self._check(inforce)

    def _confirmations(self, inforce: Filter, there: Facets) -> dict[Hashable, tuple[str, str]]:
        """Nothing where every label is as its run left it for good."""
        if not there.provisional and inforce.provisional is None:
            return {}
        return {True: (self.tr("Provisional"), words.count(there.provisional)), False: (self.tr("Not provisional"), "")}

    def _check(self, wanted: Filter) -> None:
        self._filter = wanted
        self.layers.choose(wanted.layers)
        self.statuses.choose(wanted.statuses)
        self.verdicts.choose(wanted.verdicts)
        self.methods.choose(wanted.methods)
        self.provisional.choose(() if wanted.provisional is None else (wanted.provisional,))
        self.edited.choose(() if wanted.edited is None else (wanted.edited,))
        self.scores.set_range(wanted.score_from, wanted.score_to)

    def _changed(self) -> None:
        low, high = self.scores.range()
        self._filter = replace(
            self._filter,
            layers=self.layers.chosen(),
            statuses=self.statuses.chosen(),
            verdicts=self.verdicts.chosen(),
            methods=self.methods.chosen(),
            provisional=_one_of(self.provisional.chosen()),
            edited=_one_of(self.edited.chosen()),
            score_from=low,
            score_to=high,
        )
        self.changed.emit(self._filter)


def _one_of(chosen: tuple[Hashable, ...]) -> bool | None:
    """What is chosen of yes and no; both are as good as none."""
    return bool(chosen[0]) if len(chosen) == 1 else None


def _layer_numbers(layer: LayerCount) -> str:
    return f"{words.count(layer.labelled)} / {words.count(layer.neurons)}" if layer.labelled else words.count(layer.neurons)
