"""The method: which, and its settings; the first is LINE."""

from typing import Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox

from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import MethodName
from line_desktop.methods.line import Preset, preset_settings
from ui.new_run import methods, words
from ui.new_run.field import Field
from ui.theme import SPACE

PRESETS: Final[tuple[Preset, ...]] = ("line", "sparing", "paper")
MOST_STEPS: Final = 100
LONGEST_FORMULA: Final = 5
LAST_SEED: Final = 2**31 - 1  # of a spin box


class MethodField(Field):
    """As the command line's --method, --preset, --steps, --formula-length and --seed; of these only what the method asks for is shown."""

    def __init__(self) -> None:
        super().__init__(words.tr("Method"))
        self.neurons = 0  # that are to be labelled, where it is known
        self.box = QComboBox()
        self.box.setAccessibleName(words.tr("Method"))
        for method in methods.METHODS:
            self.box.addItem(methods.title(method), method)
            self.box.setItemData(self.box.count() - 1, methods.sentence(method), Qt.ItemDataRole.ToolTipRole)
        self.preset_box = QComboBox()
        self.preset_box.setAccessibleName(self.tr("Preset"))
        titles = [self.tr("with our improvements"), self.tr("sparing, for whole layers"), self.tr("to the letter of the paper")]
        self.preset_box.addItems(titles)
        self.steps = QSpinBox(minimum=1, maximum=MOST_STEPS)
        self.steps.setAccessibleName(self.tr("Steps of each neuron"))
        self.length = QSpinBox(minimum=1, maximum=LONGEST_FORMULA, value=3, prefix=self.tr("up to "), suffix=self.tr(" names"))
        self.length.setAccessibleName(self.tr("Class names in a formula, at most"))
        self.seed = QSpinBox(minimum=0, maximum=LAST_SEED, prefix=self.tr("seed "))
        self.seed.setAccessibleName(self.tr("Seed of everything random"))
        self._settings = {"preset": self.preset_box, "steps": self.steps, "formula_length": self.length}
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for box, share in ((self.preset_box, 2), (self.length, 2), (self.steps, 1), (self.seed, 1)):
            row.addWidget(box, share)
        self.body.addWidget(self.box)
        self.body.addLayout(row)
        self.box.currentIndexChanged.connect(self._method_changed)
        self.preset_box.currentIndexChanged.connect(self._preset_changed)
        self.steps.valueChanged.connect(self._write_steps)
        for number in (self.steps, self.length, self.seed):
            number.valueChanged.connect(self.changed)
        self._show_settings()
        self._preset_changed()

    @property
    def method(self) -> MethodName:
        """What is chosen."""
        found: MethodName = self.box.currentData()
        return found

    @property
    def preset(self) -> Preset:
        """What is chosen; a method that has none does not mind."""
        return PRESETS[self.preset_box.currentIndex()]

    def in_words(self) -> str:
        """What the method does."""
        more = methods.of_preset(self.preset, self.neurons) if "preset" in methods.ASKS[self.method] else ""
        return f"{methods.sentence(self.method)} {more}".rstrip()

    def values(self) -> dict[str, Any]:
        """The fields of LabelJob that are chosen here."""
        settings = {"preset": self.preset, "steps": self.steps.value(), "formula_length": self.length.value()}
        asked = {name: value for name, value in settings.items() if name in methods.ASKS[self.method]}
        return {"method": self.method, "seed": self.seed.value(), **asked}

    def choose(self, job: LabelJob) -> None:
        """Take these of a job."""
        self.box.setCurrentIndex(methods.METHODS.index(job.method))
        self.preset_box.setCurrentIndex(PRESETS.index(job.preset))
        self.steps.setValue(job.steps or preset_settings(job.preset).steps)
        self.length.setValue(job.formula_length)
        self.seed.setValue(min(job.seed, LAST_SEED))

    def choose_method(self, method: MethodName) -> None:
        """Take this one, with its settings as they stand."""
        self.box.setCurrentIndex(methods.METHODS.index(method))

    @Slot()
    def _method_changed(self) -> None:
        self._show_settings()
        self.changed.emit()

    @Slot()
    def _preset_changed(self) -> None:
        """A preset brings its number of steps, which may be changed after it."""
        self.steps.setValue(preset_settings(self.preset).steps)
        self.changed.emit()

    @Slot(int)
    def _write_steps(self, steps: int) -> None:
        self.steps.setSuffix(self.tr(" step") if steps == 1 else self.tr(" steps"))

    def _show_settings(self) -> None:
        for name, widget in self._settings.items():
            widget.setVisible(name in methods.ASKS[self.method])
