"""What the run will take, beside the button that starts it."""

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from line_desktop.estimate import Estimate, Memory
from line_desktop.foreseen import Foreseen
from line_desktop.store.disk import in_words as size_in_words
from models.memory import Need
from ui.gallery.words import one_or
from ui.jobs.words import about
from ui.new_run import words
from ui.theme import SPACE, label, set_role

WIDTH: Final = 312
UNKNOWN: Final = "–"
REASONS: Final = 12  # in the tooltip of the gate


class Summary(QWidget):
    """Rows of a name and a number; a sentence where something stands against it."""

    label_asked = Signal()
    survey_asked = Signal()
    anyway_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.rows: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE)
        self._grid.setColumnStretch(1, 1)
        names = {
            "neurons": self.tr("Neurons"), "pictures": self.tr("Pictures"), "proposals": self.tr("Proposals"), "photos": self.tr("Survey"),
            "time": self.tr("Time"), "memory": self.tr("Memory"), "disk": self.tr("Disk"),
        }  # fmt: skip
        for row, (key, name) in enumerate(names.items()):
            value = self.rows[key] = label(UNKNOWN, "strong" if key == "time" else "body", wrap=True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
        self.basis, self.turns, self.warning = (label("", role, wrap=True) for role in ("small", "small", "warn"))
        self.anyway = QCheckBox(self.tr("Try anyway"))
        self.anyway.toggled.connect(self.anyway_changed)
        self.gate = label("", "small", wrap=True)
        self.all_the_same = QCheckBox()
        self.all_the_same.toggled.connect(self._word_gate)
        self._foreseen: Foreseen | None = None
        self.sentence = label("", "quiet", wrap=True)
        self.label_button = QPushButton(self.tr("Label"))
        self.label_button.setProperty("primary", True)
        self.label_button.setMinimumHeight(5 * SPACE)
        self.label_button.clicked.connect(self.label_asked)
        self.survey_button = QPushButton(self.tr("Survey only"))
        self.survey_button.setToolTip(self.tr("Run the photos through the checkpoint, without naming anything"))
        self.survey_button.clicked.connect(self.survey_asked)
        self._arrange()
        self.clear()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 4 * SPACE, 3 * SPACE, 3 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(label(self.tr("This run"), "heading"))
        column.addSpacing(SPACE)
        column.addLayout(self._grid)
        column.addSpacing(SPACE)
        above: tuple[QWidget, ...] = (self.basis, self.turns, self.warning, self.anyway, self.gate, self.all_the_same)
        below: tuple[QWidget, ...] = (self.sentence, self.label_button, self.survey_button)
        for part in above:
            column.addWidget(part)
        column.addStretch()
        for part in below:
            column.addWidget(part)

    def clear(self) -> None:
        """Nothing is known."""
        for value in self.rows.values():
            value.setText(UNKNOWN)
        for part in (self.basis, self.turns, self.warning):
            part.setText("")
            part.hide()
        self.anyway.hide()
        self.show_gate(None)

    def wait(self) -> None:
        """The numbers are those of an earlier choice until new ones come."""
        self.rows["time"].setText("…")

    def show_estimate(self, found: Estimate, may_stop_early: bool = False) -> None:
        """Work, time and disk; neurons that `may_stop_early` make it less."""
        self.rows["neurons"].setText(f"{found.neurons:,}")
        at_most = self.tr("up to {n}")
        self.rows["pictures"].setText(at_most.format(n=f"{found.pictures:,}") if found.pictures else self.tr("none"))
        proposals = at_most if may_stop_early else "{n}"
        self.rows["proposals"].setText(proposals.format(n=f"{found.proposals:,}") if found.proposals else self.tr("none"))
        photos = one_or(found.photos, self.tr("1 photo"), self.tr("{n} photos"))
        self.rows["photos"].setText(photos if found.photos else self.tr("done before"))
        self.rows["time"].setText(about(found.seconds) if found.seconds is not None else self.tr("not measured yet"))
        if found.disk is None:
            self.rows["disk"].setText(self.tr("{free} free").format(free=size_in_words(found.disk_free)))
        else:
            told = self.tr("{needed} of {free} free")
            self.rows["disk"].setText(told.format(needed=size_in_words(found.disk), free=size_in_words(found.disk_free)))
        set_role(self.rows["disk"], "warn" if found.disk is not None and found.disk > found.disk_free else "body")
        earlier = self.tr("{basis} Neurons that stop early take less.").format(basis=found.basis)
        self._say(self.basis, earlier if may_stop_early and found.seconds is not None else found.basis)

    @Slot(object)
    def show_memory(self, found: Memory) -> None:
        """Whether the models fit, together or in turns."""
        self.rows["memory"].setText(self.tr("{needed} of {room}").format(needed=need(found.together), room=need(found.room)))
        turns = found.takes_turns and not found.too_large
        self._say(self.turns, self.tr("The models take turns in memory, which costs some time.") if turns else "")
        self.warn(self.tr("Does not fit into the free memory: {what}.").format(what=", ".join(found.too_large)) if found.too_large else "")

    @Slot(object)
    def show_gate(self, found: Foreseen | None) -> None:
        """Which neurons would be left out, and why; None: that is known only after the survey."""
        self._foreseen = found
        overruled = found.left_out if found is not None else ()
        self.all_the_same.setVisible(bool(overruled))
        self.all_the_same.setText(self.tr("Label the {kinds} all the same").format(kinds=words.kinds(overruled)))
        self._word_gate()

    @Slot()
    def _word_gate(self) -> None:
        found = self._foreseen
        if found is None or not (found.broken or found.left_out):
            self._say(self.gate, "")
            return
        gone = found.broken if self.all_the_same.isChecked() else found.broken + found.left_out
        asked = one_or(found.asked, self.tr("1 neuron"), self.tr("{n} neurons"))
        told = self.tr("Of {asked} {gone} would be left out: {kinds}.").format(asked=asked, gone=f"{len(gone):,}", kinds=words.kinds(gone))
        self._say(
            self.gate, told if gone else self.tr("In doubt, and labelled all the same: {kinds}.").format(kinds=words.kinds(found.left_out))
        )
        reasons = [f"{one.layer} · {one.neuron}: {one.doubt.reason}" for one in found.broken + found.left_out]
        self.gate.setToolTip("\n".join(reasons[:REASONS] + ["…"] * (len(reasons) > REASONS)))

    @Slot(str)
    def show_failure(self, reason: str) -> None:
        """Why there is no estimate."""
        self.rows["time"].setText(UNKNOWN)
        self._say(self.basis, reason)

    @Slot(str)
    def warn(self, text: str) -> None:
        """Say what does not fit, and offer to try anyway; empty: everything fits."""
        self._say(self.warning, text)
        self.anyway.setVisible(bool(text))

    def say_problem(self, text: str, bad: bool) -> None:
        """Why the run cannot begin; empty: it can."""
        self._say(self.sentence, text)
        set_role(self.sentence, "bad" if bad else "quiet")

    def _say(self, part: QLabel, text: str) -> None:
        part.setText(text)
        part.setVisible(bool(text))


def need(of: Need) -> str:
    """Memory, and the GPU's where there is one."""
    memory = size_in_words(of.memory)
    return f"{memory} + {size_in_words(of.gpu)} GPU" if of.gpu else memory
