"""What happens to the neuron without its concept, and to the network without the neuron: sentences, and the edited pictures."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from line_desktop import accuracy
from line_desktop.neuron_page import Caused, NeuronView, Seen
from line_desktop.store.intervention_rows import Ablation, CausalVerdict
from ui.gallery.flow import Flow
from ui.gallery.thumbs import Thumbs
from ui.gallery.words import count, one_or
from ui.neuron.picture_grid import PictureGrid
from ui.neuron.section import clear
from ui.theme import SPACE, Role, label, set_role

ROLES: Final[dict[CausalVerdict, Role]] = {"causal": "good", "partly causal": "warn", "not causal": "bad", "no response": "bad"}
SIDE: Final = 80


class Interventions(QWidget):
    """Empty where nothing was tried. The rule of a verdict is its tooltip."""

    def __init__(self, thumbs: Thumbs) -> None:
        super().__init__()
        self._thumbs = thumbs
        self._shown: tuple[tuple[Caused, ...], Ablation | None, str | None] = (), None, None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE)

    def show_view(self, view: NeuronView) -> None:
        """Fill it from a view; what is shown already stays."""
        shown = view.caused, view.ablation, next((one.label for one in view.names if one.run_id == view.shown), None)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._column)
        for caused in view.caused:
            self._add_check(caused)
        if view.ablation is not None:
            self._add_ablation(view.ablation, shown[-1])

    def _add_check(self, caused: Caused) -> None:
        check = caused.check
        sentence = label(check.sentence, "body", wrap=True)
        set_role(sentence, ROLES[check.verdict])
        sentence.setToolTip(check.rule)
        self._column.addWidget(sentence)
        if caused.pictures:
            self._column.addLayout(self._in_threes(caused.pictures))
        basis = self.tr("{count} pictures, each as it was, without the concept, and with something else changed; edited by {source}.")
        self._column.addWidget(label(basis.format(count=count(len(check.pictures)), source=check.source.source), "quiet", wrap=True))

    def _in_threes(self, pictures: Sequence[Seen]) -> Flow:
        """Each edit by itself: before, without the concept, with something else changed."""
        row = Flow()
        row.setSpacing(3 * SPACE)
        for start in range(0, len(pictures), 3):
            name = self.tr("Edit {number}: as it was, without the concept, with something else changed")
            grid = PictureGrid(self._thumbs, name.format(number=start // 3 + 1), SIDE)
            grid.set_pictures(pictures[start : start + 3])
            row.addWidget(grid)
        return row

    def _add_ablation(self, found: Ablation, name: str | None) -> None:
        if self._column.count():
            self._column.addSpacing(SPACE)
        how = self.tr("The neuron's answer taken out") if found.of_answers else self.tr("The neuron set to zero")
        right = self.tr("the strongest answer") if found.top == 1 else self.tr("among the {top} strongest answers").format(top=found.top)
        basis = self.tr("{how}; {photos} {classes}, named right where their class is {right}.")
        photos = one_or(sum(one.photos for one in found.classes), self.tr("1 photo"), self.tr("{n} photos"))
        classes = one_or(len(found.classes), self.tr("of 1 class"), self.tr("of {n} classes"))
        text = basis.format(how=how, photos=photos, classes=classes, right=right)
        self._column.addWidget(label(accuracy.sentence(found, name), "body", wrap=True))
        self._column.addWidget(label(text, "quiet", wrap=True))
