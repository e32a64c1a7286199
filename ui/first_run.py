"""The first start: where data lives, which models to use, what works here. Three short pages; each may be skipped, none needs a network."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from line_desktop import paths
from ui.findings import Doctor, Findings
from ui.process import Command
from ui.settings import Purpose, Settings
from ui.theme import SPACE, Role, label, set_role

PAGES: Final = 3


class FirstRun(QDialog):
    """Can be seen again from the Help menu."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(self.tr("First steps"))
        self.resize(680, 520)
        self.doctor = Doctor(self)
        self._findings = Findings()
        self.doctor.found.connect(self._findings.show_findings)
        self.doctor.failed.connect(self._findings.show_failure)
        self.pages = QStackedWidget()
        for page in (self._data_page(), self._models_page(), self._test_page()):
            self.pages.addWidget(page)
        self._step = label("", "small")
        self._back = QPushButton(self.tr("Back"))
        self._back.clicked.connect(self._go_back)
        self.next = QPushButton()
        self.next.setProperty("primary", True)
        self.next.setDefault(True)
        self.next.clicked.connect(self._go_on)
        foot = QHBoxLayout()
        foot.addWidget(self._step)
        foot.addStretch()
        foot.addWidget(self._back)
        foot.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 3 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self.pages, 1)
        column.addLayout(foot)
        self._show_page(0)

    def _page(self, title: str, *paragraphs: str) -> tuple[QWidget, QVBoxLayout]:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE + 4)
        column.addWidget(label(title, "title", wrap=True))
        for text in paragraphs:
            column.addWidget(label(text, wrap=True))
        return page, column

    def _data_page(self) -> QWidget:
        page, column = self._page(
            self.tr("Where your data lives"),
            self.tr("Everything of a study is in one folder that you choose, its workspace. Copy the folder, and you have the study."),
            self.tr("Your checkpoints, photos and models stay where they are. Nothing is sent anywhere, and nothing is downloaded."),
            self.tr("The demo's workspace, the list of models and the log lie here:"),
        )
        column.addWidget(label(str(paths.home()), "strong", wrap=True))
        column.addStretch()
        return page

    def _models_page(self) -> QWidget:
        page, column = self._page(
            self.tr("Models to work with"),
            self.tr("A language model proposes what a neuron may respond to, and a picture source draws it."),
            self.tr(
                "The program brings a small language model and drawn pictograms, enough for a first try. Larger models give better labels."
            ),
        )
        column.addSpacing(SPACE)
        self.language = ModelChoice(self.tr("Language model (a GGUF file)"), "language model", self._settings)
        self.picture = ModelChoice(self.tr("Picture model (Stable Diffusion or FLUX: a file or folder)"), "picture model", self._settings)
        column.addWidget(self.language)
        column.addWidget(self.picture)
        column.addWidget(
            label(self.tr("The Models page lists files that are known to work, and where they come from."), "quiet", wrap=True)
        )
        column.addStretch()
        return page

    def _test_page(self) -> QWidget:
        page, column = self._page(self.tr("What works on this computer"))
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(self._findings)
        scroll.setAccessibleName(self.tr("What works on this computer"))
        column.addWidget(scroll, 1)
        return page

    def _show_page(self, number: int) -> None:
        self.pages.setCurrentIndex(number)
        self._step.setText(self.tr("{} of {}").format(number + 1, PAGES))
        self._back.setVisible(number > 0)
        self.next.setText(self.tr("Done") if number == PAGES - 1 else self.tr("Next"))
        if number == PAGES - 1:
            self.doctor.start()

    @Slot()
    def _go_back(self) -> None:
        self._show_page(self.pages.currentIndex() - 1)

    @Slot()
    def _go_on(self) -> None:
        if self.pages.currentIndex() == PAGES - 1:
            self.accept()
        else:
            self._show_page(self.pages.currentIndex() + 1)

    def done(self, result: int) -> None:
        """Closed either way, it was seen."""
        self._settings.welcomed = True
        self.doctor.stop()
        for choice in (self.language, self.picture):
            choice.stop()
        super().done(result)


class ModelChoice(QWidget):
    """One kind of model: a button to point to it, and how that went."""

    def __init__(self, text: str, purpose: Purpose, settings: Settings) -> None:
        super().__init__()
        self._purpose = purpose
        self._settings = settings
        self._command: Command | None = None
        self._path = ""
        file = QPushButton(self.tr("Choose file…"))
        file.setAccessibleName(self.tr("Choose file: {}").format(text))
        file.clicked.connect(self._choose_file)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label(text, "strong"), 1)
        row.addWidget(file)
        if purpose == "picture model":
            folder = QPushButton(self.tr("Choose folder…"))
            folder.setAccessibleName(self.tr("Choose folder: {}").format(text))
            folder.clicked.connect(self._choose_folder)
            row.addWidget(folder)
        self.state = label(self.tr("None chosen; it can be done later."), "quiet", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.state)

    @Slot()
    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a model"), self._settings.last_path(self._purpose))
        self.add(path)

    @Slot()
    def _choose_folder(self) -> None:
        self.add(QFileDialog.getExistingDirectory(self, self.tr("Choose a model"), self._settings.last_path(self._purpose)))

    def add(self, path: str) -> None:
        """Remember the model at a path; it is looked at in a child."""
        if not path or self._command is not None:
            return
        self._path = path
        self._settings.set_last_path(self._purpose, path)
        self._say(self.tr("Reading {name} in a process of its own…").format(name=Path(path).name), "quiet")
        self._command = Command(["models", "add", path], self)
        self._command.answered.connect(self._added)
        self._command.failed.connect(self._failed)
        self._command.start()

    @Slot(bytes)
    def _added(self, answer: bytes) -> None:
        self._command = None
        self._say(self.tr("{} is on the list of models.").format(Path(self._path).name), "good")

    @Slot(str)
    def _failed(self, reason: str) -> None:
        self._command = None
        self._say(reason, "bad")

    def _say(self, text: str, role: Role) -> None:
        self.state.setText(text)
        set_role(self.state, role)

    def stop(self) -> None:
        """Its answer is not wanted any more."""
        if self._command is not None:
            self._command.stop()
