"""How a photo becomes the network's input: as the checkpoint says, or as the user knows better."""

from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QSpinBox, QWidget

from line_desktop.errors import UserError
from line_desktop.target import LARGEST, Overrides, in_words
from models.types.vision import Checkpoint, Preprocess
from ui.new_run import words
from ui.new_run.field import FoldedField, Problem
from ui.theme import SPACE, label

OWN: Final = 0  # size: the checkpoint's


class PreprocessField(FoldedField):
    """Folded to one line until somebody wants to change it."""

    def __init__(self) -> None:
        super().__init__(words.tr("Input"), words.tr("Change how photos are prepared"))
        self._found: Checkpoint | None = None
        self._given = Overrides()
        self.change.toggled.connect(self._unfold)
        self.form = QWidget()
        self.size_box = QSpinBox(minimum=OWN, maximum=LARGEST, suffix=self.tr(" pixels"))
        self.size_box.setSpecialValueText(self.tr("as the checkpoint"))
        self.crop = QCheckBox(self.tr("Cut out the centre (else the whole photo is stretched)"))
        self.mean, self.std = QLineEdit(), QLineEdit()
        self._build()
        self.body.addWidget(self.form)
        self.form.hide()

    def _build(self) -> None:
        grid = QGridLayout(self.form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        for row, (name, widget) in enumerate(
            ((self.tr("Side"), self.size_box), (self.tr("Mean"), self.mean), (self.tr("Standard deviation"), self.std))
        ):
            widget.setAccessibleName(name)
            grid.addWidget(label(name, "small"), row, 0)
            grid.addWidget(widget, row, 1)
        grid.addWidget(self.crop, 3, 1)
        self.size_box.valueChanged.connect(self.changed)
        self.mean.textChanged.connect(self.changed)
        self.std.textChanged.connect(self.changed)
        self.crop.toggled.connect(self.changed)

    @Slot(bool)
    def _unfold(self, shown: bool) -> None:
        self.form.setVisible(shown)

    def show_checkpoint(self, found: Checkpoint, given: Overrides) -> None:
        """Begin with its own, to which the user's word was `given` before."""
        self._found, self._given = found, given
        for widget in (self.size_box, self.mean, self.std, self.crop):
            widget.blockSignals(True)
        self.size_box.setValue(OWN)
        self.mean.setText(_list(found.preprocess.mean))
        self.std.setText(_list(found.preprocess.std))
        self.crop.setChecked(found.preprocess.resize is not None)
        for widget in (self.size_box, self.mean, self.std, self.crop):
            widget.blockSignals(False)
        self.change.setChecked(False)
        self.refresh()

    def overrides(self) -> Overrides:
        """What differs from the checkpoint's own. Raises UserError for values that cannot be."""
        if self._found is None:
            return Overrides()
        own, given = self._found.preprocess, self._given
        crops = own.resize is not None
        return replace(
            given,
            mean=given.mean if self.mean.text() == _list(own.mean) else numbers(self.mean.text()),
            std=given.std if self.std.text() == _list(own.std) else numbers(self.std.text()),
            size=self.size_box.value() or given.size,
            crop=given.crop if self.crop.isChecked() == crops else self.crop.isChecked(),
        )

    def refresh(self) -> None:
        """Say how photos are prepared now."""
        if self._found is not None and self.problem() is None:
            how: Preprocess = self.overrides().apply(self._found.preprocess)
            self.line.setText(in_words(how))

    def problem(self) -> Problem | None:
        try:
            if self._found is not None:
                self.overrides().apply(self._found.preprocess)
        except UserError as error:
            return Problem(str(error).replace("--", ""))
        return None


def _list(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def numbers(text: str) -> tuple[float, ...]:
    """Numbers separated by commas. Raises UserError."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UserError(f"Write numbers separated by commas, such as 0.5, 0.5, 0.5, not '{text}'.") from None
