"""Go → Compare methods: what their labels are worth over the same neurons, who is ahead, and where the labels come from."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFileDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from line_desktop.compare import Comparison
from line_desktop.comparison_plot import plot
from line_desktop.interchange.comparison import write_comparison
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import Ids
from line_desktop.store.rows import Filter
from ui.background import Task
from ui.comparison import words
from ui.comparison.asking import Answer, ask
from ui.comparison.plot import PANEL, panels, rows_of
from ui.comparison.tables import Figures
from ui.crash_dialog import show_error
from ui.neuron.charts import MATPLOTLIB, Chart
from ui.neuron.section import Section, clear
from ui.settings import Settings
from ui.theme import SPACE, label

LEAST: Final = 2  # methods


class ComparisonDialog(QDialog):
    """Of the open workspace; `verify_asked` when the labels of all methods are to be verified."""

    verify_asked = Signal(list)  # ids

    def __init__(self, desk: Desk, selected: Sequence[int], shown: Ids, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare methods"))
        self.resize(1120, 760)
        self._folder = desk.folder
        self._scopes = [desk.neuron_ids(Filter(statuses=("labelled",))), shown, np.array(selected, np.int64)]
        self._task: Task | None = None
        self._saving: Task | None = None
        self.answer: Answer | None = None
        self.scope = QComboBox()
        self.methods: dict[str, QCheckBox] = {}
        self._boxes = QHBoxLayout()
        self.sentence, self.notes = label("", wrap=True), label("", "warn", wrap=True)
        self.worth = Figures(self.tr("What the labels are worth"), 1)
        self.against = Figures(self.tr("One against another"), 2)
        self.origins = Figures(self.tr("Where the labels come from"), 1)
        self.which = QComboBox()
        self.chart = Chart(self.tr("Metrics of each method"), 1)
        self.verify, self.save_plot, self.save_table = (
            QPushButton(text) for text in (self.tr("Verify all"), self.tr("Save plot…"), self.tr("Save table…"))
        )
        self._fill_scope()
        self._arrange()
        self._connect()
        self.refresh()

    def _fill_scope(self) -> None:
        self.scope.setAccessibleName(self.tr("Neurons"))
        names = (self.tr("All labelled neurons"), self.tr("As filtered in the gallery"), self.tr("Selected in the gallery"))
        for number, (name, ids) in enumerate(zip(names, self._scopes, strict=True)):
            if len(ids) or number == 0:
                self.scope.addItem(f"{name} ({len(ids):,})", number)
        if len(self._scopes[-1]):
            self.scope.setCurrentIndex(self.scope.count() - 1)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(2 * SPACE)
        top.addWidget(self.scope)
        top.addLayout(self._boxes)
        top.addStretch()
        self.which.setAccessibleName(self.tr("Metric"))
        self._parts = [
            Section(self.tr("What the labels are worth"), self.worth, self.tr("Means over the same neurons; 95 % intervals in brackets.")),
            Section(self.tr("Plot"), self.chart, self.tr("Points are means with their intervals, thin lines single neurons.")),
            Section(self.tr("One against another"), self.against, aside=self.which),
            Section(self.tr("Where the labels come from"), self.origins),
        ]
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, SPACE, 2 * SPACE, 0)
        column.setSpacing(4 * SPACE)
        for part in self._parts:
            column.addWidget(part)
        column.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(inner)
        scroll.setAccessibleName(self.tr("Comparison"))
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        for button in (self.verify, self.save_plot, self.save_table):
            button.setAutoDefault(False)
            foot.addWidget(button)
        foot.addStretch()
        foot.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(4 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        whole.setSpacing(SPACE)
        whole.addWidget(label(self.tr("Compare methods"), "title"))
        whole.addLayout(top)
        whole.addWidget(self.sentence)
        whole.addWidget(self.notes)
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)

    def _connect(self) -> None:
        self.scope.currentIndexChanged.connect(self._other_neurons)
        self.which.currentIndexChanged.connect(self._show_pairs)
        self.verify.setToolTip(self.tr("Draw fresh pictures for the label of each method, all of one source, and judge them"))
        self.verify.clicked.connect(self._verify)
        self.save_plot.clicked.connect(self._ask_plot)
        self.save_table.clicked.connect(self._ask_table)

    # What is asked

    def ids(self) -> list[int]:
        """The neurons that are compared."""
        return [int(one) for one in self._scopes[self.scope.currentData()]]

    @Slot()
    def _other_neurons(self) -> None:
        self.methods.clear()
        clear(self._boxes)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Compare what is chosen."""
        self.sentence.setText(self.tr("Comparing…"))
        for part in (self.notes, *self._parts):
            part.hide()
        for button in (self.verify, self.save_plot, self.save_table):
            button.setEnabled(False)
        chosen = [name for name, box in self.methods.items() if box.isChecked()]
        self._task = Task(partial(ask, self._folder, self.ids(), chosen), self)
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)
        self._task.start()

    @Slot(str)
    def _fail(self, reason: str) -> None:
        self.sentence.setText(reason)

    @Slot(object)
    def _take(self, answer: Answer) -> None:
        if self.sender() is not self._task:
            return
        self.answer = answer
        self._offer(answer.methods)
        self.verify.setEnabled(len(answer.methods) > 0)
        if answer.found is None:
            self.sentence.setText(answer.reason)
        else:
            self._show(answer.found)

    def _offer(self, methods: Sequence[str]) -> None:
        for name in methods:
            if name not in self.methods:
                box = self.methods[name] = QCheckBox(name)
                box.setChecked(True)
                box.toggled.connect(self.refresh)
                self._boxes.addWidget(box)
        few = sum(box.isChecked() for box in self.methods.values()) <= LEAST
        for box in self.methods.values():
            box.setEnabled(not (few and box.isChecked()))

    # What is shown

    def _show(self, found: Comparison) -> None:
        self.sentence.setText(words.summary(found))
        self.notes.setText("\n".join(found.notes))
        self.notes.setVisible(bool(found.notes))
        self.worth.set_figures(*words.worth(found))
        self.origins.set_figures(*words.origins(found))
        self.chart.setFixedHeight(max(1, rows_of(found)) * PANEL)
        self.chart.set_chart(panels(found) if found.metrics else None, words.summary(found))
        kept = self.which.currentText()
        self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems(list(words.metrics(found)))
        self.which.setCurrentIndex(max(0, self.which.findText(kept)))
        self.which.blockSignals(False)
        self._show_pairs()
        several = len(found.methods) >= LEAST
        measured = bool(found.metrics) or found.truth is not None
        for part, there in zip(self._parts, (measured, bool(found.metrics), measured and several, True), strict=True):
            part.setVisible(there)
        self.save_plot.setEnabled(bool(found.metrics))
        self.save_table.setEnabled(measured)

    @Slot()
    def _show_pairs(self) -> None:
        found = self.answer.found if self.answer is not None else None
        pairs = words.metrics(found).get(self.which.currentText(), ()) if found is not None else ()
        self.against.set_figures(*words.against(pairs))
        self._parts[2].say("\n".join(one.sentence for one in pairs))

    # What is done

    @Slot()
    def _verify(self) -> None:
        ids = self.ids()
        self.accept()
        self.verify_asked.emit(ids)

    @Slot()
    def _ask_plot(self) -> None:
        self._ask(self.tr("Save the plot"), "methods.png", self.tr("Pictures (*.png *.svg *.pdf)"), _plot)

    @Slot()
    def _ask_table(self) -> None:
        self._ask(self.tr("Save the table"), "methods.csv", self.tr("Tables (*.csv)"), write_comparison)

    def _ask(self, title: str, name: str, kinds: str, write: Callable[[Comparison, Path], None]) -> None:
        place = Path(Settings().last_path("table"))
        folder = place if place.is_dir() else place.parent
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(folder / name), kinds)
        found = self.answer.found if self.answer is not None else None
        if chosen and found is not None:
            Settings().set_last_path("table", chosen)
            self._saving = Task(partial(write, found, Path(chosen)), self)
            self._saving.failed.connect(self._not_saved)
            self._saving.start()

    @Slot(str)
    def _not_saved(self, reason: str) -> None:
        show_error(self, reason)


def _plot(found: Comparison, file: Path) -> None:
    """Matplotlib is not made for several threads, and the charts are drawn on one."""
    with MATPLOTLIB:
        plot(found, file)
