"""What everything on the page was made with, to copy: the model's SHA-256, settings, device, seeds, versions. Folded in at first."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from line_desktop import neuron_page
from line_desktop.target import in_words
from ui.gallery.words import one_or
from ui.neuron.section import clear
from ui.neuron.words import day
from ui.theme import SPACE, label


class Provenance(QWidget):
    """Unfolds by its button."""

    def __init__(self) -> None:
        super().__init__()
        self._found: neuron_page.Provenance | None = None
        self._button = QPushButton(self.tr("Show what this was made with"))
        self._button.setCheckable(True)
        self._button.setProperty("flat", True)
        self._button.toggled.connect(self._unfold)
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * SPACE)
        self._grid.setColumnStretch(1, 1)
        self._rows.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._rows)

    def set_provenance(self, found: neuron_page.Provenance) -> None:
        """Fill it, at once or when it is unfolded."""
        self._found = found
        self._unfold(self._button.isChecked())

    @Slot(bool)
    def _unfold(self, shown: bool) -> None:
        clear(self._grid)
        self._rows.setVisible(shown)
        if shown and self._found is not None:
            for row, (name, value) in enumerate(self.rows(self._found)):
                text = label(value, "body", wrap=True)
                text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
                text.setAccessibleName(name)
                self._grid.addWidget(label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(text, row, 1)

    def rows(self, found: neuron_page.Provenance) -> Iterator[tuple[str, str]]:
        """Name and value of each line."""
        target, layer = found.target, found.layer
        yield self.tr("Model"), f"{target.path}\n{target.summary}"
        yield self.tr("SHA-256"), target.sha256
        yield self.tr("Format"), f"{target.format}, {target.architecture}"
        yield self.tr("Input"), in_words(target.preprocess)
        yield self.tr("Layer"), f"{layer.name} ({layer.kind}), {layer.width}, {layer.pooling}, {layer.tensor}"
        if found.probe:
            yield self.tr("Probe set"), f"{found.probe.folder}\n{found.probe.digest}"
        if found.bank:
            source = found.bank.settings
            options = ", ".join(f"{name} {value}" for name, value in source.options.items())
            yield self.tr("Pictures"), f"{source.source} {source.version}\n{options}".strip()
            yield (
                self.tr("Seed"),
                one_or(
                    found.bank.pictures, self.tr("{seed}, 1 picture for each concept"), self.tr("{seed}, {n} pictures for each concept")
                ).format(seed=found.bank.seed),
            )
        if found.run:
            yield self.tr("Method"), found.run.method
            for name, value in found.run.settings.items():
                yield name, _flat(value)
        for session in found.sessions:
            versions = ", ".join(f"{name} {version}" for name, version in session.versions.items())
            network = session.network or self.tr("network not recorded")
            yield self.tr("Session"), f"{day(session.began)} UTC, {session.device}\n{network}\n{versions}"


def _flat(value: Any) -> str:
    """A setting as it was kept, on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_flat(one)}" for name, one in value.items())
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)
