"""Which neurons of the chosen layers: all, a range, some at random, or those selected in the gallery."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QStackedWidget, QWidget

from line_desktop.errors import UserError
from line_desktop.neurons import select
from models.types.vision import Layer
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.theme import SPACE

RANDOM, RANGE, ALL, SELECTED = range(4)
FIRST: Final = 8  # neurons at random, before anybody chose
MANY: Final = 1_000_000
CHOOSER: Final = 240  # width


class NeuronsField(Field):
    """`texts` gives them as the command line writes them."""

    def __init__(self) -> None:
        super().__init__(words.tr("Neurons"))
        self._selected: dict[str, str] = {}
        self.how = QComboBox()
        self.how.setAccessibleName(words.tr("Neurons"))
        self.how.addItems([self.tr("Some at random"), self.tr("A range"), self.tr("All")])
        self.how.setMinimumWidth(CHOOSER)
        self.count = QSpinBox(minimum=1, maximum=MANY, value=FIRST, suffix=self.tr(" of each layer"))
        self.count.setAccessibleName(self.tr("How many neurons at random"))
        self.range = QLineEdit("0-9")
        self.range.setPlaceholderText(self.tr("0-9, 15"))
        self.range.setAccessibleName(self.tr("Numbers of neurons, such as 0-9, 15"))
        self.beside = QStackedWidget()
        for widget in (self.count, self.range, QWidget(), QWidget()):
            self.beside.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.how)
        row.addWidget(self.beside, 1)
        self.body.addLayout(row)
        self.how.currentIndexChanged.connect(self._how_changed)
        self.count.valueChanged.connect(self.changed)
        self.range.textChanged.connect(self.changed)

    @Slot(int)
    def _how_changed(self, how: int) -> None:
        self.beside.setCurrentIndex(how)
        self.changed.emit()

    def choose(self, text: str) -> None:
        """As the command line writes it."""
        if text == "all":
            self.how.setCurrentIndex(ALL)
        elif text.startswith("random:") and text[7:].isdigit():
            self.how.setCurrentIndex(RANDOM)
            self.count.setValue(int(text[7:]))
        else:
            self.how.setCurrentIndex(RANGE)
            self.range.setText(text)

    def choose_selected(self, neurons: dict[str, list[int]]) -> None:
        """These of each layer, as they were selected in the gallery; empty: forget them."""
        self._selected = {layer: ",".join(map(str, sorted(numbers))) for layer, numbers in neurons.items()}
        if self.how.count() > SELECTED:
            self.how.removeItem(SELECTED)
        if neurons:
            self.how.addItem(self.tr("{n} selected in the gallery").format(n=sum(map(len, neurons.values()))))
            self.how.setCurrentIndex(SELECTED)

    def texts(self, layers: Sequence[Layer]) -> dict[str, str]:
        """Layer name -> its neurons."""
        if self.how.currentIndex() == SELECTED:
            return {layer.name: self._selected[layer.name] for layer in layers if layer.name in self._selected}
        text = {RANDOM: f"random:{self.count.value()}", RANGE: self.range.text().strip(), ALL: "all"}[self.how.currentIndex()]
        return {layer.name: text for layer in layers}

    def many_in(self, layers: Sequence[Layer]) -> int:
        """How many they are in these layers together; 0 where they cannot be told."""
        if self.problem_in(layers):
            return 0
        texts = self.texts(layers)
        return sum(len(select(texts[layer.name], layer.width, 0)) for layer in layers if layer.name in texts)

    def problem_in(self, layers: Sequence[Layer]) -> Problem | None:
        """What stands against them in these layers."""
        texts = self.texts(layers)
        if not texts:
            return Problem(self.tr("None of the chosen layers has a selected neuron: choose their layers, or other neurons."))
        for layer in layers:
            if layer.name in texts:
                try:
                    select(texts[layer.name], layer.width, 0)
                except UserError as error:
                    return Problem(f"{layer.name}: {error}" if len(layers) > 1 else str(error))
        return None
