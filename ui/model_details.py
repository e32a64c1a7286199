"""Everything known of one model: what it is, whether it fits, how far to trust it, its licence, its SHA-256."""

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from line_desktop.store.disk import in_words
from models.catalog import Card
from models.machine import Fit
from ui.model_entries import Entry
from ui.model_words import FIT_ROLES, fit_words, trust_words
from ui.theme import SPACE, Role, label


class ModelDetails(QScrollArea):
    """Shows; what is to be done is a signal."""

    check_asked = Signal()
    forget_asked = Signal()
    add_asked = Signal()
    use_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QWidget()
        self._column = QVBoxLayout(outer)
        self._column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        self._column.setSpacing(SPACE)
        self._shown = QWidget()
        self._column.addWidget(self._shown)
        self._column.addStretch()
        self.setWidget(outer)

    def show_entry(self, entry: Entry, fit: Fit) -> None:
        """Show a model in place of the last one."""
        fresh = QWidget()
        column = QVBoxLayout(fresh)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(label(entry.title, "title", wrap=True))
        column.addWidget(label(self._summary(entry), "quiet", wrap=True))
        column.addSpacing(SPACE)
        for text, role in self._remarks(entry, fit):
            column.addWidget(label(text, role, wrap=True))
        column.addSpacing(SPACE)
        column.addLayout(self._buttons(entry, fit))
        column.addSpacing(2 * SPACE)
        column.addLayout(self._facts(entry))
        self._column.replaceWidget(self._shown, fresh)
        self._shown.hide()
        self._shown.deleteLater()
        self._shown = fresh

    def _summary(self, entry: Entry) -> str:
        if entry.origin == "built in":
            return self.tr("Icons in ten colours and six textures, drawn without a model. Fast, and right for shapes, colours and things.")
        if entry.kept is not None:
            return entry.kept.check.file.summary
        return entry.card.advice if entry.card else self.tr("Not checked yet.")

    def _remarks(self, entry: Entry, fit: Fit) -> list[tuple[str, Role]]:
        """What to know before using it."""
        if entry.origin == "card":
            return [(self.tr("Not on this computer. Nothing is downloaded: copy the file here from its source, then add it."), "body")]
        if entry.origin == "built in":
            return []
        if not entry.there:
            return [(self.tr("The file is not there any more: put it back, or forget the model."), "bad")]
        weighed = entry.kept is not None and entry.kind != "labelled photos"
        found: list[tuple[str, Role]] = [(fit_words(fit), FIT_ROLES[fit])] if weighed else []
        if entry.stale:
            found.append((self.tr("The file changed after its check: check it again."), "warn"))
        return found + [(text, "warn") for text in (entry.kept.check.warnings if entry.kept else ())]

    def _buttons(self, entry: Entry, fit: Fit) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        checked = entry.kept is not None or entry.origin == "built in"
        use = self.tr("Try anyway") if fit == "does not fit" else self.tr("Use in a new run")
        wanted = [
            (entry.there and checked, use, self.use_asked, True),
            (entry.there and bool(entry.path), self.tr("Check again") if checked else self.tr("Check"), self.check_asked, not checked),
            (entry.origin == "card", self.tr("Add the file…"), self.add_asked, True),
            (entry.origin == "remembered", self.tr("Forget"), self.forget_asked, False),
        ]
        for shown, text, signal, primary in wanted:
            if shown:
                button = QPushButton(text)
                button.setProperty("primary", primary)
                button.clicked.connect(signal)
                row.addWidget(button)
        row.addStretch()
        return row

    def _facts(self, entry: Entry) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * SPACE)
        grid.setVerticalSpacing(SPACE + 2)
        grid.setColumnStretch(1, 1)
        for row, (name, text) in enumerate(self._rows(entry)):
            value = label(text, wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if name == "SHA-256":
                value.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
                value.setText(f"{text[:32]}\n{text[32:]}")
            grid.addWidget(label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        return grid

    def _rows(self, entry: Entry) -> list[tuple[str, str]]:
        tr, kept = self.tr, entry.kept
        rows = [(tr("File"), entry.path)] if entry.path else []
        if entry.bytes:
            rows.append((tr("Size"), f"{in_words(entry.bytes)} ({entry.bytes:,} bytes)"))
        if kept is not None:
            needed = kept.check.file.needed
            if needed:
                rows.append((tr("Memory"), tr("at least {}").format(in_words(needed))))
            rows.append((tr("Trust"), trust_words(kept.check.file.trust)))
        rows += _card_rows(entry.card, tr("Source"), tr("Licence")) if entry.card else []
        if entry.card is None and entry.path:
            embedded = entry.origin == "embedded"
            words = tr("That of the program, Apache-2.0") if embedded else tr("No card describes this file; ask where you got it.")
            rows.append((tr("Licence"), words))
        if entry.sha256:
            rows.append(("SHA-256", entry.sha256))
        if kept is not None:
            rows.append((tr("Checked"), time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.when))))
        return rows


def _card_rows(card: Card, source: str, licence: str) -> list[tuple[str, str]]:
    return [(source, card.source), (licence, "\n".join([card.licence, *card.conditions]))]
