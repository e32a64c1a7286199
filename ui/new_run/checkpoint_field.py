"""The checkpoint: its path, what was found in it, and what it asks for before it can be read."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from line_desktop.store.disk import in_words as size_in_words
from models.types.vision import Checkpoint
from ui.model_words import trust_words
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.new_run.inspection import Inspection, Refusal
from ui.new_run.path_row import PathRow
from ui.theme import SPACE, Role, label, set_role

TRUST_ROLES: Final[dict[str, Role]] = {"safetensors": "good", "onnx": "good", "gguf": "quiet", "torch-weights": "quiet", "runs-code": "bad"}


class CheckpointField(Field):
    """`known` comes when a checkpoint was read, `unknown` when none is chosen any more."""

    known = Signal(object)  # Checkpoint
    unknown = Signal()

    def __init__(self) -> None:
        super().__init__(words.tr("Checkpoint"))
        self.found: Checkpoint | None = None
        self.refusal: Refusal | None = None
        self._trusted = ""
        hint = self.tr("An ONNX file, a Hugging Face or timm folder, weights, or a torch program")
        self.row = PathRow(words.tr("Checkpoint"), "checkpoint", files=True, folders=True, hint=hint)
        self.inspection = Inspection(self)
        self._busy, self._facts, self._architecture, self._consent = self._make_busy(), QWidget(), QWidget(), QWidget()
        self.summary, self.trust, self.hash = label("", wrap=True), label("", wrap=True), label("", "small", wrap=True)
        self._build_facts()
        self._build_architecture()
        self._build_consent()
        for part in (self.row, self._busy, self._facts, self._architecture, self._consent):
            self.body.addWidget(part)
        self.row.chosen.connect(self._chosen)
        self.inspection.found.connect(self._take)
        self.inspection.refused.connect(self._refuse)
        self._show_parts()

    def _make_busy(self) -> QWidget:
        made = QWidget()
        bar = QProgressBar(maximum=0, textVisible=False)
        bar.setAccessibleName(self.tr("Reading the checkpoint"))
        stop = QPushButton(self.tr("Stop"))
        stop.setAccessibleName(self.tr("Stop reading the checkpoint"))
        stop.clicked.connect(self.stop)
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        row.addWidget(label(self.tr("Reading it in a process of its own…"), "quiet"))
        row.addWidget(bar, 1)
        row.addWidget(stop)
        return made

    def _build_facts(self) -> None:
        column = QVBoxLayout(self._facts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.summary, self.trust, self.hash):
            part.setTextInteractionFlags(part.textInteractionFlags().TextSelectableByMouse)
            column.addWidget(part)

    def _build_architecture(self) -> None:
        self.architecture = QLineEdit()
        self.architecture.setAccessibleName(self.tr("Name of the network"))
        self.architecture.setPlaceholderText(self.tr("resnet50, timm:vit_base_patch16_224, torchvision:resnet18 …"))
        read = QPushButton(self.tr("Read"))
        read.setAccessibleName(self.tr("Read the checkpoint as this network"))
        read.clicked.connect(self.start)
        self.architecture.returnPressed.connect(self.start)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.architecture, 1)
        row.addWidget(read)
        column = QVBoxLayout(self._architecture)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(self.tr("The file holds weights only. Name the network they belong to:"), "quiet", wrap=True))
        column.addLayout(row)

    def _build_consent(self) -> None:
        self.consent = QCheckBox(self.tr("I trust whoever made exactly this file"))
        self.consent_hash = label("", "small", wrap=True)
        self.run_code = QPushButton(self.tr("Open it"))
        self.run_code.setEnabled(False)
        self.run_code.clicked.connect(self._consented)
        self.consent.toggled.connect(self.run_code.setEnabled)
        text = self.tr("This is a program: opening it runs its code with your rights on this computer. Safer: ONNX or safetensors.")
        row = QHBoxLayout()
        row.addWidget(self.consent, 1)
        row.addWidget(self.run_code)
        column = QVBoxLayout(self._consent)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(label(text, "warn", wrap=True))
        column.addWidget(self.consent_hash)
        column.addLayout(row)

    def open(self, path: Path) -> None:
        """Read this checkpoint."""
        self.row.take(str(path))

    def show_checkpoint(self, found: Checkpoint) -> None:
        """One that a workspace knows; it is not read again now."""
        self.inspection.stop()
        self.row.show_path(Path(found.path))
        self._take(found)

    @Slot()
    def _chosen(self) -> None:
        self._trusted = ""
        self.architecture.clear()
        self.start()

    @Slot()
    def start(self) -> None:
        """Read what the path leads to."""
        path = self.row.path()
        self._forget()
        if path is not None:
            self.inspection.start(path, self.network, self._trusted)
        self._show_parts()
        self.unknown.emit()

    @Slot()
    def stop(self) -> None:
        """End reading."""
        self.inspection.stop()
        self._show_parts()

    def _forget(self) -> None:
        self.inspection.stop()
        self.found, self.refusal = None, None
        self.say("")

    @Slot(object)
    def _take(self, found: Checkpoint) -> None:
        self.found, self.refusal = found, None
        self.summary.setText(f"{found.summary}. {size_in_words(found.bytes)}.".replace("..", "."))
        self.trust.setText(self.tr("Trust: {words}").format(words=trust_words(found.trust).lower()))
        set_role(self.trust, TRUST_ROLES[found.trust])
        self.hash.setText(f"SHA-256 {found.sha256}")
        self.say("")
        self._show_parts()
        self.known.emit(found)

    @Slot(object)
    def _refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal
        asked_before = bool(self.network)
        if refusal.wants == "consent":
            self.consent.setChecked(False)
            self.consent_hash.setText(f"SHA-256 {refusal.sha256}")
        elif refusal.wants != "architecture" or asked_before:
            self.say(refusal.reason.replace("--arch", self.tr("network")), "bad")
        self._show_parts()
        if refusal.wants == "architecture":
            self.architecture.setFocus()

    @Slot()
    def _consented(self) -> None:
        if self.refusal is not None:
            self._trusted = self.refusal.sha256
            self.start()

    def _show_parts(self) -> None:
        wants = self.refusal.wants if self.refusal is not None else ""
        self._busy.setVisible(self.inspection.running)
        self._facts.setVisible(self.found is not None)
        self._architecture.setVisible(wants == "architecture")
        self._consent.setVisible(wants == "consent")

    @property
    def network(self) -> str:
        """The name of the network that the weights belong to; empty where the file says it itself."""
        return self.architecture.text().strip()

    @property
    def trusted(self) -> str:
        """The SHA-256 of the program that may run its code."""
        return self._trusted

    def problem(self) -> Problem | None:
        return None if self.found is not None else Problem(self.tr("Choose a checkpoint."), missing=True)
