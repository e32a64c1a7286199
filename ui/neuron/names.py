"""What all methods and runs call the neuron, side by side with what speaks for each label; each run leads to its story."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QWidget

from line_desktop.neuron_page import Named, Other
from line_desktop.store.rows import Evidence
from ui.gallery.words import number, status
from ui.neuron.evidence import ROLES
from ui.neuron.section import clear
from ui.neuron.words import day, score_name
from ui.theme import SPACE, label

LABEL, SCORE, UNIT, VERDICT, AUC, METHOD, BUTTON = range(7)


class Names(QWidget):
    """One row for each run, newest first, and below it the other labels that it keeps."""

    run_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._buttons = QButtonGroup(self)
        self._buttons.idClicked.connect(self.run_chosen)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE // 2)
        self._grid.setColumnStretch(LABEL, 1)

    def set_names(self, names: Sequence[Named], shown: int | None) -> None:
        """Show these; `shown` is the run whose story stands above."""
        for button in self._buttons.buttons():
            self._buttons.removeButton(button)
        clear(self._grid)
        for one in names:
            self._add_run(one, one.run_id == shown)
            for other in one.others:
                self._add_other(other)

    def _add_run(self, one: Named, shown: bool) -> None:
        row = self._grid.rowCount()
        name = label(one.label or status(one.status), "strong" if shown else "body", wrap=True)
        if one.reason:
            name.setToolTip(one.reason)
        self._grid.addWidget(name, row, LABEL)
        if one.score is not None:
            self._add_score(row, one.score, score_name(one.method))
        if one.label is not None:
            self._add_verdict(row, one.evidence)
        method = label(f"{one.method} · {one.kind}" if one.kind and one.kind != one.method else one.method, "quiet")
        method.setToolTip(self.tr("run {id}, {when}").format(id=one.run_id, when=day(one.began)))
        self._grid.addWidget(method, row, METHOD)
        button = QPushButton(self.tr("Shown") if shown else self.tr("Show"))
        button.setEnabled(not shown)
        button.setProperty("flat", True)
        button.setAccessibleName(self.tr("Show the story of run {id}, {method}").format(id=one.run_id, method=one.method))
        self._buttons.addButton(button, one.run_id)
        self._grid.addWidget(button, row, BUTTON)

    def _add_other(self, other: Other) -> None:
        row = self._grid.rowCount()
        name = label(self.tr("also {label}").format(label=other.label), "quiet", wrap=True)
        name.setContentsMargins(2 * SPACE, 0, 0, 0)
        self._grid.addWidget(name, row, LABEL)
        self._add_score(row, other.score, "")
        self._add_verdict(row, other.evidence)
        self._grid.addWidget(label(other.share, "small"), row, METHOD, 1, 2)

    def _add_score(self, row: int, score: float, unit: str) -> None:
        self._grid.addWidget(label(number(score)), row, SCORE, Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(label(unit, "small"), row, UNIT)

    def _add_verdict(self, row: int, found: Evidence | None) -> None:
        verdict = label(self.tr("not verified") if found is None else found.verdict, "small" if found is None else ROLES[found.verdict])
        self._grid.addWidget(verdict, row, VERDICT)
        if found is not None:
            verdict.setToolTip(found.sentence)
            auc = self.tr("AUC {value} [{low}, {high}]")
            told = auc.format(value=f"{found.auc.value:.2f}", low=f"{found.auc.low:.2f}", high=f"{found.auc.high:.2f}")
            self._grid.addWidget(label(told, "quiet"), row, AUC)
