"""What a run seldom needs, folded to a line: early stop, another source that draws the finalists again, crops that are described too."""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QSpinBox

from ui.gallery.words import one_or
from ui.new_run import words
from ui.new_run.field import Field, FoldedField
from ui.theme import SPACE

OFF: Final = 0  # steps
MOST_STEPS: Final = 100


class AdvancedField(FoldedField):
    """Stands for the fields that the page shows below it once it is unfolded."""

    def __init__(self) -> None:
        super().__init__(words.tr("Advanced"), words.tr("Change what a run seldom needs"))

    def show_values(self, chosen: Mapping[str, Any]) -> None:
        """Say what is chosen; `chosen`: the fields of LabelJob that the method reads."""
        told = {
            "patience": steps_in_words(chosen.get("patience", OFF)),
            "confirm_pictures": self.tr("The finalists are drawn again by {source}.").format(
                source=self.tr("another source") if chosen.get("confirm_pictures") else self.tr("the same source")
            ),
            "crops": self.tr("Photos are described whole and by crops.") if chosen.get("crops") else self.tr("Photos are described whole."),
        }
        self.line.setText(" ".join(told[name] for name in told if name in chosen))


class PatienceField(Field):
    """As the command line's --patience."""

    def __init__(self) -> None:
        super().__init__(words.tr("Early stop"))
        self.box = QSpinBox(minimum=OFF, maximum=MOST_STEPS, prefix=self.tr("after "))
        self.box.setSpecialValueText(self.tr("off"))
        self.box.setAccessibleName(self.tr("Early stop after so many steps that brought nothing among its five best"))
        self.body.addWidget(self.box)
        self.box.valueChanged.connect(self._changed)
        self._changed()

    @Slot()
    def _changed(self) -> None:
        nothing = self.tr(" step that brought nothing among its five best"), self.tr(" steps that brought nothing among its five best")
        self.box.setSuffix(nothing[self.value() != 1])
        self.changed.emit()

    def value(self) -> int:
        """Steps; 0: off."""
        return self.box.value()

    def choose(self, steps: int) -> None:
        """Take this one."""
        self.box.setValue(steps)

    def in_words(self) -> str:
        return self.tr("Then a neuron goes on to its summary and its confirmation. Off: it makes every step.")


class CropsField(Field):
    """As the command line's --describe-crops."""

    def __init__(self) -> None:
        super().__init__(words.tr("Describe crops"))
        self.box = QCheckBox(self.tr("Describe also where in the photos a neuron fires most"))
        self.box.setMinimumHeight(4 * SPACE)
        self.body.addWidget(self.box)
        self.box.toggled.connect(self.changed)

    def value(self) -> bool:
        """Whether crops are described."""
        return self.box.isChecked()

    def choose(self, crops: bool) -> None:
        """Take this one."""
        self.box.setChecked(crops)

    def in_words(self) -> str:
        return self.tr("Twice as many descriptions. A layer without activation maps stays with whole photos.")


def steps_in_words(patience: int) -> str:
    """Whether a neuron may stop early."""
    if patience == OFF:
        return words.tr("No early stop.")
    one = words.tr("Early stop after 1 step that brought nothing among its five best.")
    return one_or(patience, one, words.tr("Early stop after {n} steps that brought nothing among its five best."))
