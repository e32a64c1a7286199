"""The workspace: everything that was paid for, in one folder, open in one place.

    with Workspace.open(Path("workspace")) as workspace:
        target = workspace.save_target(checkpoint)

`line.db` is the database, `objects/` pictures by content, `activations/` surveys, `targets/` converted models, `line.lock` the
writer's lock. One process writes; others may read meanwhile. A workspace belongs to the thread that opened it.
"""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw

from line_desktop.errors import BadWorkspace
from line_desktop.store.check import Check
from line_desktop.store.database import bring_up_to_date, connect, refuse_foreign, shipped_migrations
from line_desktop.store.disk import room_for
from line_desktop.store.evidence import EvidenceStore
from line_desktop.store.interventions import Interventions
from line_desktop.store.jobs import Jobs
from line_desktop.store.lock import WorkspaceLock
from line_desktop.store.targets import Targets
from line_desktop.store.transfer import Transfer


class Workspace(Targets, Transfer, Check, Jobs, EvidenceStore, Interventions):
    """An open workspace; make one with `Workspace.open`."""

    def __init__(self, folder: Path, connection: apsw.Connection, writable: bool) -> None:
        super().__init__(folder, connection, writable)
        self._closing = ExitStack()

    @classmethod
    def open(cls, folder: Path, write: bool = True) -> Self:
        """Open the workspace in `folder`. A writer creates it if it is missing, and marks runs left running as interrupted.

        Raises WorkspaceBusy (another writer), WorkspaceTooNew, DiskFull, and BadWorkspace: no workspace there, another
        application's database, damaged, not writable, or older and opened for reading.
        """
        folder = folder.absolute()
        file = folder / "line.db"
        with ExitStack() as undo:
            if not write and not os.path.isfile(file):
                raise BadWorkspace(f"There is no workspace in {folder}: check the path, or label something with it first.")
            refuse_foreign(file)
            if write:
                _make_folders(folder)
                undo.callback(WorkspaceLock(folder / "line.lock").release)
            connection = connect(file, write)
            undo.callback(connection.close)
            bring_up_to_date(connection, file, shipped_migrations(), write)
            workspace = cls(folder, connection, write)
            if write:
                workspace._recover()
            workspace._closing = undo.pop_all()
        return workspace

    def _recover(self) -> None:
        for part in (self.folder / "objects" / "incoming").iterdir():
            part.unlink()  # a writer was killed before it had the whole picture
        for part in (self.folder / "targets").glob(".*"):
            shutil.rmtree(part)  # an importer was killed before it had the whole model
        self._interrupt_left_runs()

    def close(self) -> None:
        """Close the database and let the next writer in; closing twice does no harm."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _make_folders(folder: Path) -> None:
    try:
        with room_for(folder, 1 << 16):
            for part in ("objects/incoming", "activations", "targets"):
                (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadWorkspace(f"The workspace {folder} cannot be created ({error.strerror}): choose a folder that is yours.") from error
