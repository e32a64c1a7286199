"""What is asked before neurons are ablated: when a photo counts as named right."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QCoreApplication, Signal, Slot
from PySide6.QtWidgets import QWidget

from line_desktop.ablate import AblateJob
from ui.asking_dialog import AskingDialog
from ui.gallery.words import one_or
from ui.theme import label

MOST: Final = 9999


def tr(text: str) -> str:
    """A text of the dialog in the user's language."""
    return QCoreApplication.translate("AblateDialog", text)


class AblateDialog(AskingDialog):
    """`chosen` with how many of the network's strongest answers count, as the command line's --top."""

    chosen = Signal(int)

    def __init__(self, neurons: int, doubts: Iterable[str], parent: QWidget | None = None) -> None:
        """How many neurons are to be ablated; `doubts`: what speaks against it."""
        one = tr("The neuron is set to zero, and the labelled photos of its survey are named again.")
        several = tr("Each of the {n} neurons is set to zero by itself, and the labelled photos of its survey are named again.")
        super().__init__(tr("Ablate"), one_or(neurons, one, several), doubts, tr("Ablate"), parent)
        self.top = self.add_number(tr("Strongest answers that count"), 1, AblateJob(()).top, MOST)
        self.body.addWidget(
            label(tr("A photo is named right if its class is among so many of the network's strongest answers."), "quiet", wrap=True)
        )
        self.go.clicked.connect(self._choose)

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(self.top.value())
        self.accept()
