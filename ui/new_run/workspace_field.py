"""The folder that keeps the run: the open workspace where it knows the checkpoint, else a new one beside the others."""

from pathlib import Path

from PySide6.QtCore import Slot

from line_desktop import paths
from line_desktop.model_list import usual_name
from line_desktop.store.desk import Desk
from models.types.vision import Checkpoint
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.new_run.path_row import PathRow
from ui.settings import Settings


class WorkspaceField(Field):
    """A folder that a person has chosen is kept."""

    def __init__(self) -> None:
        super().__init__(words.tr("Keep in"))
        self.row = PathRow(words.tr("Workspace folder"), "workspace", files=False, folders=True)
        self.body.addWidget(self.row)
        self._own = False
        self.row.chosen.connect(self._chosen)

    def propose(self, found: Checkpoint, desk: Desk | None) -> None:
        """Propose a folder for this checkpoint."""
        if not self._own:
            knows = desk is not None and any(target.sha256 == found.sha256 for target in desk.targets())
            self.row.show_path(desk.folder if desk is not None and knows else new_folder(Path(found.path)))

    def path(self) -> Path | None:
        """What is chosen."""
        return self.row.path()

    def choose(self, folder: Path) -> None:
        """Take this one."""
        self._own = True
        self.row.show_path(folder)

    @Slot()
    def _chosen(self) -> None:
        self._own = self.row.path() is not None
        self.changed.emit()

    def problem(self) -> Problem | None:
        path = self.row.path()
        if path is None:
            return Problem(self.tr("Choose a folder that keeps everything of this study."), missing=True)
        if path.is_file():
            return Problem(self.tr("{path} is a file: choose a folder.").format(path=path))
        if path.is_dir() and not (path / "line.db").exists() and any(path.iterdir()):
            return Problem(self.tr("{path} holds other files and no workspace: choose an empty folder.").format(path=path))
        return None


def new_folder(checkpoint: Path) -> Path:
    """A folder that is not there yet, beside the workspace that was open last."""
    recent = [Path(one.folder) for one in Settings().recent() if Path(one.folder) != paths.demo_workspace()]
    beside = recent[0].parent if recent else paths.home() / "workspaces"
    name = usual_name(checkpoint)
    numbered = (beside / (name if number == 1 else f"{name}-{number}") for number in range(1, 1000))
    return next((folder for folder in numbered if not folder.exists()), beside / name)
