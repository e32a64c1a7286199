"""By which image-editing pipeline a concept is taken out of photos; asked only where no pictogram can be drawn without it."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from line_desktop.causal import PICTOGRAMS, CausalJob
from line_desktop.errors import UserError
from line_desktop.jobs import work_of
from line_desktop.store.desk import Desk
from ui.new_run.model_field import models_here
from ui.new_run.path_row import PathRow
from ui.theme import SPACE, label, set_role

WIDTH: Final = 560


class EditorDialog(QDialog):
    """`chosen` with the folder, or `left_out` where only labels that need none are to be checked."""

    chosen = Signal(str)
    left_out = Signal()

    def __init__(self, photos: int, exact: int, last: Path | None, parent: QWidget | None = None) -> None:
        """How many labels need the pipeline, how many are exact without; `last`: the folder to begin with."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Check the cause"))
        self.setMinimumWidth(WIDTH)
        hint = self.tr("A folder as diffusers saved it, with safetensors")
        self.row = PathRow(self.tr("Image-editing pipeline"), "image editor", files=False, folders=True, hint=hint)
        self.row.show_path(last)
        self.row.offer([entry for entry in models_here("picture model") if entry.path and Path(entry.path).is_dir()])
        self.sentence = label("", "quiet", wrap=True)
        self.cancel, self.leave_out, self.check = (
            QPushButton(text) for text in (self.tr("Cancel"), self.tr("Leave these out"), self.tr("Check"))
        )
        self.check.setProperty("primary", True)
        self.check.setDefault(True)
        self.leave_out.setVisible(exact > 0)
        self._arrange(self._told(photos, exact))
        self.row.edit.textChanged.connect(self.refresh)
        self.check.clicked.connect(self._choose)
        self.leave_out.clicked.connect(self._leave_out)
        self.cancel.clicked.connect(self.reject)
        self.refresh()

    def _told(self, photos: int, exact: int) -> str:
        text = (
            self.tr("The pictures of 1 label are no pictograms") if photos == 1 else self.tr("The pictures of {n} labels are no pictograms")
        )
        why = self.tr(", so the concept is taken out of the neuron's strongest photos, by an image-editing pipeline on this computer.")
        others = self.tr(" The other {n} can be drawn again without their concept, which is exact.") if exact else ""
        return (text + why).format(n=f"{photos:,}") + others.format(n=f"{exact:,}")

    def _arrange(self, told: str) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(SPACE)
        foot.addStretch()
        for button in (self.cancel, self.leave_out, self.check):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(label(self.tr("Check the cause"), "heading"))
        column.addWidget(label(told, "quiet", wrap=True))
        column.addSpacing(SPACE)
        column.addWidget(self.row)
        column.addWidget(self.sentence)
        column.addSpacing(2 * SPACE)
        column.addLayout(foot)

    @Slot()
    def refresh(self) -> None:
        """Say what stands against the folder."""
        path = self.row.path()
        there = path is not None and path.is_dir()
        self.check.setEnabled(there)
        wrong = path is not None and not there
        self.sentence.setText(
            self.tr("There is no folder {path}: check it.").format(path=path)
            if wrong
            else self.tr("Stable Diffusion 1.5, SDXL or InstructPix2Pix. An edit takes as long as a picture.")
        )
        set_role(self.sentence, "bad" if wrong else "quiet")

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(str(self.row.path()))
        self.accept()

    @Slot()
    def _leave_out(self) -> None:
        self.left_out.emit()
        self.accept()


def last_editor(desk: Desk) -> Path | None:
    """The folder that the newest causal check on photos was told; one that this program cannot read is passed over."""
    for row in sorted(desk.jobs(), key=lambda row: -row.id):
        try:
            work = work_of(row)
        except UserError:
            continue
        if isinstance(work, CausalJob) and work.editor not in ("", PICTOGRAMS):
            return Path(work.editor)
    return None
