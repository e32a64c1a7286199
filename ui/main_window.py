"""The window: four places and the page for a new run on the left, jobs below, menus above, facts at the foot."""

from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QDockWidget, QFileDialog, QHBoxLayout, QMainWindow, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from line_desktop import paths
from line_desktop.demo import DemoJob
from line_desktop.errors import UserError
from line_desktop.jobs import submit
from models.errors import ModelError
from ui.actions import Menus, fill, give_shortcuts
from ui.checks import Checks
from ui.closing import ask_about_work
from ui.crash_dialog import show_error
from ui.dock_title import DockTitle
from ui.gallery.page import GalleryPage
from ui.gallery.thumbs import Thumbs
from ui.icons import Name, icon
from ui.jobs.panel import JobPanel
from ui.jobs.runner import JobRunner
from ui.models_page import ModelsPage
from ui.neuron.page import NeuronPage
from ui.new_run.page import NewRunPage
from ui.own_actions import OwnActions
from ui.report.actions import ReportActions
from ui.session import Session
from ui.settings import Settings
from ui.start_page import StartPage
from ui.status_bar import StatusBar
from ui.theme import SPACE, Theme

FIRST_SIZE: Final = QSize(1320, 860)
RAIL: Final = 80
Page: TypeAlias = StartPage | ModelsPage | GalleryPage | NeuronPage | NewRunPage
REMEMBER_MS: Final = 5000  # counts of the open workspace are written down at most this often


class Place(NamedTuple):
    """A page, its button on the rail, and what it puts into the menus."""

    page: Page
    button: QToolButton
    menus: Menus


class MainWindow(QMainWindow):
    """Puts the pages together; each does its own work."""

    def __init__(self, settings: Settings, theme: Theme) -> None:
        super().__init__()
        self.settings = settings
        self.theme = theme
        self.setAcceptDrops(True)
        self.session = Session(self)
        self.thumbs = Thumbs(self)
        self.runner = JobRunner(self.session)
        self.start = StartPage(settings)
        self.models = ModelsPage(settings)
        self.gallery = GalleryPage(self.session, self.thumbs)
        self.neuron = NeuronPage(self.session, self.thumbs)
        self.new_run = NewRunPage(self.session, self.runner)
        self.jobs = JobPanel(self.session, self.runner, self.thumbs)
        self.checks = Checks(self.session, self)
        self.reports = ReportActions(self.session, self.gallery, self)
        self.own = OwnActions(self, theme)
        self._places: dict[QWidget, Place] = {}
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._remembering = QTimer(self, interval=REMEMBER_MS, singleShot=True)
        self._remembering.timeout.connect(self.remember_workspace)
        self.restore()
        self.show_place(self.start)
        self._name_window()

    def _build(self) -> None:
        rail = QWidget()
        rail.setObjectName("rail")
        rail.setFixedWidth(RAIL)
        column = QVBoxLayout(rail)
        column.setContentsMargins(SPACE // 2, SPACE, SPACE // 2, SPACE)
        column.setSpacing(SPACE // 2)
        self._add_place(column, self.start, "start", self.tr("Start"))
        self._add_place(column, self.models, "models", self.tr("Models"))
        self._add_place(column, self.gallery, "gallery", self.tr("Gallery"))
        self._add_place(column, self.neuron, "neuron", self.tr("Neuron"))
        column.addSpacing(2 * SPACE)
        self._add_place(column, self.new_run, "new run", self.tr("New run"))
        column.addStretch()
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(rail)
        row.addWidget(self._stack, 1)
        self.setCentralWidget(centre)
        self.dock = QDockWidget(self.tr("Jobs"), self)
        self.dock.setObjectName("jobs")
        self.dock.setWidget(self.jobs)
        self.dock.setTitleBarWidget(DockTitle(self.dock))
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self.status = StatusBar(self.session, self)
        self.setStatusBar(self.status)

    def _add_place(self, column: QVBoxLayout, page: Page, glyph: Name, text: str) -> None:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setIcon(icon(glyph))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(3 * SPACE, 3 * SPACE))
        button.setFixedWidth(RAIL - SPACE)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._rail_clicked)
        column.addWidget(button)
        self._stack.addWidget(page)
        self._places[page] = Place(page, button, page.menu_actions())

    def _connect(self) -> None:
        self.session.opened.connect(self._opened)
        self.session.closed.connect(self._name_window)
        self.session.changed.connect(self._count_later)
        self.start.workspace_chosen.connect(self.open_workspace)
        self.start.checkpoint_asked.connect(self.ask_checkpoint)
        self.start.demo_asked.connect(self.try_demo)
        self.start.other_asked.connect(self.ask_workspace)
        self.models.use_asked.connect(self.use_model)
        self.gallery.neuron_opened.connect(self.show_neuron)
        self.gallery.label_asked.connect(self.label_neurons)
        self.neuron.neuron_opened.connect(self.show_neuron)
        self.neuron.back.connect(self.show_gallery)
        self.neuron.verify_all_asked.connect(self.checks.verify_all)
        for page in (self.gallery, self.neuron):
            page.verify_asked.connect(self.checks.verify)
            page.cause_asked.connect(self.checks.check_causes)
            page.ablate_asked.connect(self.checks.ablate)
        self.checks.queued.connect(self._queued)
        self.new_run.submitted.connect(self._submitted)
        pages = [place.menus for place in self._places.values()]
        self._everywhere = [self.own.menu_actions(), self.jobs.menu_actions()]
        fill(self.menuBar(), self.own.titles(), [self._everywhere[0], *pages, self._everywhere[1]])

    def place(self, page: Page) -> Place:
        """Where a page is on the rail, and in the menus."""
        return self._places[page]

    def places(self) -> list[Page]:
        """All pages, as they stand on the rail."""
        return [place.page for place in self._places.values()]

    def actions_everywhere(self) -> list[QAction]:
        """Actions whose keys work on every page: the window's own, and those of the jobs."""
        return [one for menus in self._everywhere for actions in menus.values() for one in actions]

    @Slot()
    def _rail_clicked(self) -> None:
        for place in self._places.values():
            if place.button is self.sender():
                self.show_place(place.page)

    def show_place(self, page: Page) -> None:
        """Bring a page to the front, with its shortcuts."""
        for place in self._places.values():
            give_shortcuts(chain.from_iterable(place.menus.values()), place.page, place.page is page)
        self._stack.setCurrentWidget(page)
        self._places[page].button.setChecked(True)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def show_gallery(self) -> None:
        """The gallery, as it was left."""
        self.show_place(self.gallery)

    @Slot(int)
    def show_neuron(self, neuron_id: int) -> None:
        """Everything known of one neuron."""
        self.neuron.show_neuron(neuron_id, self.gallery.model.ids())
        self.show_place(self.neuron)

    @Slot(str)
    def open_workspace(self, folder: str | Path, create: bool = False) -> bool:
        """Open a workspace and show its neurons; says in a sentence what stands against it."""
        try:
            self.session.open(Path(folder), create)
        except UserError as error:
            show_error(self, error)
            return False
        self.show_gallery()
        return True

    @Slot(object)
    def _opened(self, desk: object) -> None:
        self.remember_workspace()
        self._name_window()

    @Slot()
    def _count_later(self) -> None:
        if not self._remembering.isActive():
            self._remembering.start()

    @Slot()
    def remember_workspace(self) -> None:
        """Put the open workspace on top of the recent ones, with its counts."""
        desk = self.session.desk
        if desk is not None:
            counts = desk.counts()
            self.settings.remember_workspace(desk.folder, sum(counts.values()), counts.get("labelled", 0))
            self.start.refresh()

    @Slot()
    def _name_window(self) -> None:
        desk = self.session.desk
        self.setWindowTitle("LINE Desktop" if desk is None else f"{desk.folder.name} – LINE Desktop")

    @Slot()
    def ask_workspace(self) -> None:
        """Choose the folder of a workspace, and open it."""
        folder = QFileDialog.getExistingDirectory(self, self.tr("Open a workspace"), self.settings.last_path("workspace"))
        if folder and self.open_workspace(folder):
            self.settings.set_last_path("workspace", folder)

    @Slot()
    def ask_checkpoint(self) -> None:
        """The page for a new run, which asks for the checkpoint."""
        self.show_place(self.new_run)
        self.new_run.choose_checkpoint()

    @Slot()
    def ask_new_workspace(self) -> None:
        """Choose an empty folder, and make a workspace of it."""
        folder = QFileDialog.getExistingDirectory(
            self, self.tr("An empty folder for a new workspace"), self.settings.last_path("workspace")
        )
        if folder and self.open_workspace(folder, create=True):
            self.settings.set_last_path("workspace", folder)

    @Slot()
    def close_workspace(self) -> None:
        """Back to the start page."""
        self.remember_workspace()
        self.session.close()
        self.show_start()

    @Slot()
    def try_demo(self) -> None:
        """Open the demo's workspace and name neurons of the embedded network in it."""
        if not self.open_workspace(paths.demo_workspace(), create=True):
            return
        try:
            job_id = submit(self.session.desk, DemoJob())
        except (UserError, ModelError) as error:
            show_error(self, error)
        else:
            self._submitted(job_id)

    @Slot()
    def _queued(self) -> None:
        self.runner.go_on()
        self.dock.show()

    @Slot(list)
    def label_neurons(self, ids: list[int]) -> None:
        """A new run with neurons chosen in the gallery."""
        self.show_new_run()
        self.new_run.choose_neurons(ids)

    @Slot(str, str)
    def use_model(self, kind: str, path: str) -> None:
        """A new run with a model of the models page."""
        self.show_new_run()
        if kind == "vision network":
            self.new_run.open_checkpoint(Path(path))
        else:
            self.new_run.use_model(kind, path)

    @Slot(int)
    def _submitted(self, job_id: int) -> None:
        self._queued()
        self.show_gallery()

    @Slot()
    def show_start(self) -> None:
        """Recent workspaces."""
        self.show_place(self.start)

    @Slot()
    def show_models(self) -> None:
        """Model files."""
        self.show_place(self.models)

    @Slot()
    def show_last_neuron(self) -> None:
        """The neuron that was looked at last."""
        self.show_place(self.neuron)

    @Slot()
    def show_new_run(self) -> None:
        """The page for a new run."""
        self.show_place(self.new_run)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders may be dropped anywhere."""
        if dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A workspace opens, a language model goes to the models, anything else to a new run."""
        found = dropped(event)
        event.acceptProposedAction()
        if found:
            self.open_path(found[0])

    def open_path(self, path: Path) -> None:
        """Open whatever this is."""
        if (path / "line.db").is_file():
            self.open_workspace(path)
        elif path.suffix.lower() == ".gguf":
            self.show_models()
            self.models.add_path(path)
        else:
            self.show_new_run()
            self.new_run.open_checkpoint(path)

    def restore(self) -> None:
        """Place and size as they were."""
        self.resize(FIRST_SIZE)
        self.restoreGeometry(self.settings.window_state("geometry"))
        self.restoreState(self.settings.window_state("docks"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what becomes of running work, then remember how the window stood."""
        if not ask_about_work(self, self.runner):
            event.ignore()
            return
        self.remember_workspace()
        self.settings.set_window_state("geometry", self.saveGeometry())
        self.settings.set_window_state("docks", self.saveState())
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self.models.stop()
        self.thumbs.stop()
        self.session.close()
        event.accept()


def dropped(event: QDropEvent) -> list[Path]:
    """The files and folders that are dragged; those of this computer only."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
