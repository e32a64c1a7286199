"""The layers of a checkpoint to choose from: those to begin with first, the others folded."""

from collections.abc import Collection
from typing import Final

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem

from models.types.vision import Checkpoint, Layer, Role
from ui.gallery.words import one_or
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.theme import colours, font

ROLES: Final[tuple[Role, ...]] = ("pooled", "block", "head", "inside")
NAME, WIDTH, KIND = range(3)
LAYER: Final = Qt.ItemDataRole.UserRole
MOST_ROWS: Final = 14


class LayerTree(Field):
    """Any number of layers; the first of the final features is chosen unasked."""

    def __init__(self) -> None:
        super().__init__(words.tr("Layers"))
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setPlaceholderText(self.tr("Filter layers"))
        self.filter.setAccessibleName(self.tr("Filter layers"))
        self.filter.textChanged.connect(self._narrow)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Layers"))
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(3)
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.tree.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.itemChanged.connect(self._checked)
        self.tree.itemExpanded.connect(self._fit)
        self.tree.itemCollapsed.connect(self._fit)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.tree)
        self._groups: dict[Role, QTreeWidgetItem] = {}
        self._items: list[QTreeWidgetItem] = []

    def show_checkpoint(self, found: Checkpoint) -> None:
        """Offer the layers of this."""
        self.tree.blockSignals(True)
        self.tree.clear()
        self.filter.clear()
        self._groups, self._items = {}, []
        for role in ROLES:
            layers = [layer for layer in found.layers if layer.role == role]
            if layers:
                self._add(role, layers)
        for role, item in self._groups.items():
            item.setExpanded(role != "inside")
        first = next((item for item in self._items if item.data(NAME, LAYER).role == "pooled"), None)
        blocks = [item for item in self._items if item.data(NAME, LAYER).role == "block"]
        for chosen in [first] if first else (blocks or self._items)[-1:]:
            chosen.setCheckState(NAME, Qt.CheckState.Checked)
        self._dress()
        self.tree.blockSignals(False)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        """Items keep the colour they are given."""
        before = self.tree.blockSignals(True)
        for group in self._groups.values():
            group.setForeground(NAME, colours().quiet)
        for item in self._items:
            item.setForeground(KIND, colours().quiet)
        self.tree.blockSignals(before)

    def _add(self, role: Role, layers: list[Layer]) -> None:
        group = self._groups[role] = QTreeWidgetItem(self.tree, [f"{words.group(role)}  ({len(layers)})"])
        group.setFirstColumnSpanned(True)
        group.setFont(NAME, font("small"))
        group.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        for layer in layers:
            width = one_or(layer.width, words.tr("1 neuron"), words.tr("{n} neurons"))
            item = QTreeWidgetItem(group, [layer.name, width, layer.kind])
            item.setToolTip(NAME, words.explained(layer))
            item.setData(NAME, LAYER, layer)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(NAME, Qt.CheckState.Unchecked)
            item.setTextAlignment(WIDTH, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._items.append(item)

    def chosen(self) -> list[Layer]:
        """The layers that are checked, in the order of the checkpoint."""
        return [item.data(NAME, LAYER) for item in self._items if item.checkState(NAME) == Qt.CheckState.Checked]

    def in_words(self) -> str:
        """Which are chosen; those of a long list cannot all be seen."""
        return self.tr("Chosen: {layers}").format(layers=", ".join(layer.name for layer in self.chosen()))

    def choose(self, names: Collection[str]) -> None:
        """Check these and no others."""
        self.tree.blockSignals(True)
        for item in self._items:
            layer: Layer = item.data(NAME, LAYER)
            wanted = layer.name in names
            item.setCheckState(NAME, Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
            if wanted:
                self._groups[layer.role].setExpanded(True)
        self.tree.blockSignals(False)
        self._fit()

    def problem(self) -> Problem | None:
        return None if self.chosen() else Problem(self.tr("Choose at least one layer."), missing=True)

    @Slot(QTreeWidgetItem, int)
    def _checked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == NAME:
            self.changed.emit()

    @Slot(str)
    def _narrow(self, text: str) -> None:
        wanted = text.strip().lower()
        for item in self._items:
            layer: Layer = item.data(NAME, LAYER)
            item.setHidden(wanted not in layer.name.lower() and wanted not in layer.kind.lower())
        for role, group in self._groups.items():
            group.setHidden(all(item.isHidden() for item in self._items if item.data(NAME, LAYER).role == role))
            group.setExpanded(bool(wanted) or role != "inside")
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """As high as what is open needs, up to a limit."""
        rows = sum(1 for group in self._groups.values() if not group.isHidden())
        rows += sum(1 for item in self._items if not item.isHidden() and self._groups[item.data(NAME, LAYER).role].isExpanded())
        height = self.tree.sizeHintForRow(0) if self._items else 0
        self.tree.setFixedHeight(height * min(rows, MOST_ROWS) + 4)
