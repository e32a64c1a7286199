"""What is asked before causes are checked: how many pictures, and by which pipeline photos are edited where no pictogram can be drawn."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from line_desktop.causal import PICTOGRAMS, CausalJob
from line_desktop.effects import FEWEST
from line_desktop.errors import UserError
from line_desktop.jobs import work_of
from line_desktop.store.desk import Desk
from line_desktop.survey import TOP_PHOTOS
from ui.asking_dialog import AskingDialog
from ui.gallery.words import count, one_or
from ui.new_run.model_field import models_here
from ui.new_run.path_row import PathRow
from ui.theme import label, set_role

MOST: Final = 9999


def tr(text: str) -> str:
    """A text of the dialog in the user's language."""
    return QCoreApplication.translate("CauseDialog", text)


class CauseDialog(AskingDialog):
    """`chosen` with the editor's folder, empty where only labels that need none are to be checked, and the number of pictures."""

    chosen = Signal(str, int)

    def __init__(self, photos: int, exact: int, last: Path | None, doubts: Iterable[str], parent: QWidget | None = None) -> None:
        """How many labels need photos edited, how many are drawn again exactly; `last`: the editor to begin with."""
        super().__init__(tr("Check the cause"), _told(photos, exact), doubts, tr("Check"), parent)
        self.pictures = self.add_number(tr("Pictures of each label"), FEWEST, CausalJob().photos, MOST)
        self._needs_editor = photos > 0
        hint = tr("A folder as diffusers saved it, with safetensors")
        self.row = PathRow(tr("Image-editing pipeline"), "image editor", files=False, folders=True, hint=hint)
        self.sentence = label("", "quiet", wrap=True)
        self.leave_out = QPushButton(tr("Leave these out"))
        self.leave_out.setVisible(photos > 0 and exact > 0)
        self.foot.insertWidget(2, self.leave_out)
        most = label(tr("Of photos: the neuron's strongest, {n} at most.").replace("{n}", count(TOP_PHOTOS)), "quiet", wrap=True)
        for part in (most, self.row, self.sentence):
            self.body.addWidget(part)
            part.setVisible(self._needs_editor)
        if self._needs_editor:
            self.row.show_path(last)
            self.row.offer([entry for entry in models_here("picture model") if entry.path and Path(entry.path).is_dir()])
        self.row.edit.textChanged.connect(self.refresh)
        self.go.clicked.connect(self._choose)
        self.leave_out.clicked.connect(self._leave_out)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say what stands against the folder."""
        path = self.row.path()
        there = path is not None and path.is_dir()
        self.go.setEnabled(there or not self._needs_editor)
        wrong = path is not None and not there
        self.sentence.setText(
            tr("There is no folder {path}: check it.").format(path=path)
            if wrong
            else tr("Stable Diffusion 1.5, SDXL or InstructPix2Pix. An edit takes as long as a picture.")
        )
        set_role(self.sentence, "bad" if wrong else "quiet")

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(str(self.row.path()) if self._needs_editor else "", self.pictures.value())
        self.accept()

    @Slot()
    def _leave_out(self) -> None:
        self.chosen.emit("", self.pictures.value())
        self.accept()


def _told(photos: int, exact: int) -> str:
    """What will be done with which labels."""
    if not photos:
        one = tr("Pictures of the label are drawn again without its concept, which is exact.")
        return one_or(exact, one, tr("Pictures of {n} labels are drawn again without their concepts, which is exact."))
    one, several = tr("The pictures of 1 label are no pictograms"), tr("The pictures of {n} labels are no pictograms")
    why = tr(", so the concept is taken out of the neuron's strongest photos, by an image-editing pipeline on this computer.")
    single = tr(" The other one can be drawn again without its concept, which is exact.")
    others = one_or(exact, single, tr(" The other {n} can be drawn again without their concept, which is exact.")) if exact else ""
    return one_or(photos, one, several) + why + others


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
