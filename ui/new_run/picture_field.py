"""A picture source: pictograms, photos of a folder, or a picture model with its settings."""

import re
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QSpinBox, QWidget

from models.embedded import NETWORK
from ui.new_run.field import Field, Problem
from ui.new_run.model_field import models_here
from ui.new_run.path_row import PathRow
from ui.theme import SPACE, label

PICTOGRAMS: Final = "pictograms"
PHOTOS: Final = "photos:"
MODEL: Final = "sdxl:"
DEMO: Final = "sdxl:demo"
CHOSEN: Final = f"{MODEL}chosen"
USUAL: Final = -1  # of a setting that is the model's own affair


class PictureField(Field):
    """`value` writes the choice as the command line does, "sdxl:PATH,steps=4"."""

    def __init__(self, title: str, spoken: str, none: str = "", hint: str = "") -> None:
        """`spoken`: the name of the choice; `none`: its first entry, of which `value` is empty; `hint`: what stands below."""
        super().__init__(title)
        self._none = none
        self._hint = hint
        self.box = QComboBox()
        self.box.setAccessibleName(spoken)
        self.folder = PathRow(self.tr("Labelled photos to take pictures from"), "photos", files=False, folders=True)
        self.model = PathRow(self.tr("Picture model"), "picture model", files=True, folders=True, hint=self.tr("SDXL, SD 1.5 or FLUX"))
        self.settings = ModelSettings()
        for widget in (self.box, self.folder, self.model, self.settings):
            self.body.addWidget(widget)
        self.refresh()
        self.box.currentIndexChanged.connect(self._kind_changed)
        for row in (self.folder, self.model):
            row.chosen.connect(self.changed)
        self.settings.changed.connect(self.changed)
        self._show_parts()

    def refresh(self) -> None:
        """Read the list of models again, keeping the choice."""
        kept = self.box.currentData()
        self.box.blockSignals(True)
        self.box.clear()
        if self._none:
            self.box.addItem(self._none, "")
        self.box.addItem(self.tr("Pictograms – drawn at once, colours and textures of simple things"), PICTOGRAMS)
        self.box.addItem(self.tr("Photos of a labelled folder – only its classes can be shown"), PHOTOS)
        for entry in models_here("picture model"):
            if entry.path:
                self.box.addItem(entry.title, MODEL + entry.path)
        if NETWORK.with_name("sdxl").is_dir():
            self.box.addItem(self.tr("Demo picture model – small pictures of 64 pixels"), DEMO)
        self.box.addItem(self.tr("A picture model: file or folder…"), CHOSEN)
        self.box.setCurrentIndex(max(0, self.box.findData(kept)))
        self.box.blockSignals(False)
        self.folder.offer(models_here("labelled photos"))

    @Slot(int)
    def _kind_changed(self, number: int) -> None:
        self._show_parts()
        self.changed.emit()

    def _show_parts(self) -> None:
        kind = str(self.box.currentData())
        self.folder.setVisible(kind == PHOTOS)
        self.model.setVisible(kind == CHOSEN)
        self.settings.setVisible(kind.startswith(MODEL))

    def value(self) -> str:
        """As the command line writes it; empty while a path is missing."""
        kind = str(self.box.currentData())
        if kind == PHOTOS:
            path = self.folder.path()
            return f"{PHOTOS}{path}" if path is not None else ""
        if kind == CHOSEN:
            path = self.model.path()
            return f"{MODEL}{path}{self.settings.text()}" if path is not None else ""
        return kind + self.settings.text() if kind.startswith(MODEL) else kind

    def choose(self, source: str) -> None:
        """As the command line writes it."""
        name, _, argument = source.partition(":")
        place, *options = re.split(r",(?=\s*\w+=)", argument)
        if name == "photos":
            self.folder.show_path(Path(place))
            self.box.setCurrentIndex(self.box.findData(PHOTOS))
        elif name == "sdxl":
            known = self.box.findData(MODEL + place)
            if known < 0:
                self.model.show_path(Path(place))
            self.box.setCurrentIndex(known if known >= 0 else self.box.findData(CHOSEN))
            self.settings.choose(dict(option.strip().split("=", 1) for option in options))
        else:
            self.box.setCurrentIndex(max(0, self.box.findData(source)))
        self._show_parts()

    def choose_model(self, path: str) -> None:
        """Take a picture model of the list by its path, or pictograms where it is empty."""
        self.choose(f"{MODEL}{path}" if path else PICTOGRAMS)
        self.changed.emit()

    def in_words(self) -> str:
        return self._hint

    def problem(self) -> Problem | None:
        kind = str(self.box.currentData())
        row = {PHOTOS: self.folder, CHOSEN: self.model}.get(kind)
        if row is None:
            return None
        path = row.path()
        if path is None:
            return Problem(self.tr("Choose where the pictures come from."), missing=True)
        if not path.exists() or (kind == PHOTOS and not path.is_dir()):
            return Problem(self.tr("There is no {path}: check it.").format(path=path))
        return None


class ModelSettings(QWidget):
    """How a picture model draws; what is not set is what the model was made for."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.steps = QSpinBox(minimum=USUAL + 1, maximum=200)
        self.side = QSpinBox(minimum=24, maximum=4096, singleStep=8, suffix=self.tr(" pixels"))
        self.guidance = QDoubleSpinBox(minimum=USUAL, maximum=30, decimals=1, singleStep=0.5, value=USUAL)
        self.lora = PathRow(self.tr("LoRA file"), "picture model", files=True, folders=False, hint=self.tr("none"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        boxes: tuple[QSpinBox | QDoubleSpinBox, ...] = (self.steps, self.side, self.guidance)
        for column, (name, box) in enumerate(zip((self.tr("Steps"), self.tr("Size"), self.tr("Guidance")), boxes, strict=True)):
            box.setSpecialValueText(self.tr("as usual"))
            box.setAccessibleName(name)
            box.valueChanged.connect(self._say)
            grid.addWidget(label(name, "small"), 0, column)
            grid.addWidget(box, 1, column)
        grid.addWidget(label(self.tr("LoRA"), "small"), 2, 0)
        grid.addWidget(self.lora, 3, 0, 1, 3)
        self.lora.chosen.connect(self._say)

    @Slot()
    def _say(self) -> None:
        self.changed.emit()

    def text(self) -> str:
        """As the command line writes them, each after a comma."""
        size = 8 * round(self.side.value() / 8)
        parts = {
            "steps": str(self.steps.value()) if self.steps.value() > self.steps.minimum() else "",
            "size": str(size) if self.side.value() > self.side.minimum() else "",
            "guidance": f"{self.guidance.value():g}" if self.guidance.value() >= 0 else "",
            "lora": str(self.lora.path() or ""),
        }
        return "".join(f",{name}={value}" for name, value in parts.items() if value)

    def choose(self, options: dict[str, str]) -> None:
        """Take these; what is no number stays as usual."""
        self.steps.setValue(int(options["steps"]) if options.get("steps", "").isdigit() else self.steps.minimum())
        self.side.setValue(int(options["size"]) if options.get("size", "").isdigit() else self.side.minimum())
        guidance = options.get("guidance", "")
        self.guidance.setValue(float(guidance) if guidance.replace(".", "", 1).isdigit() else USUAL)
        self.lora.show_path(Path(options["lora"]) if options.get("lora") else None)
