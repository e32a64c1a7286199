"""The method: preset, steps and seed."""

from typing import Final

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox

from line_desktop.methods.line import Preset
from ui.new_run import words
from ui.new_run.field import Field
from ui.theme import SPACE

PRESETS: Final[tuple[Preset, ...]] = ("line", "paper")
MOST_STEPS: Final = 100
LAST_SEED: Final = 2**31 - 1  # of a spin box


class MethodField(Field):
    """As the command line's --preset, --steps and --seed."""

    def __init__(self) -> None:
        super().__init__(words.tr("Method"))
        self.preset_box = QComboBox()
        self.preset_box.setAccessibleName(self.tr("Preset"))
        self.preset_box.addItems([self.tr("LINE with our improvements"), self.tr("LINE to the letter of the paper")])
        self.steps = QSpinBox(minimum=1, maximum=MOST_STEPS, value=10, suffix=self.tr(" steps"))
        self.steps.setAccessibleName(self.tr("Steps of each neuron"))
        self.seed = QSpinBox(minimum=0, maximum=LAST_SEED, prefix=self.tr("seed "))
        self.seed.setAccessibleName(self.tr("Seed of everything random"))
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.preset_box, 2)
        row.addWidget(self.steps, 1)
        row.addWidget(self.seed, 1)
        self.body.addLayout(row)
        self.preset_box.currentIndexChanged.connect(self.changed)
        self.steps.valueChanged.connect(self.changed)
        self.seed.valueChanged.connect(self.changed)

    @property
    def preset(self) -> Preset:
        """What is chosen."""
        return PRESETS[self.preset_box.currentIndex()]

    def choose(self, preset: Preset, steps: int, seed: int) -> None:
        """Take these."""
        self.preset_box.setCurrentIndex(PRESETS.index(preset))
        self.steps.setValue(steps)
        self.seed.setValue(min(seed, LAST_SEED))
