"""The desk: a workspace as a person at the window has it, beside any running job.

    desk = Desk.open(Path("workspace"))
    cards = desk.cards(desk.neuron_ids(Filter(text="zebra"), "score", descending=True)[:60])

It reads everything and writes only what belongs to people (their words of neurons, saved filters) and the job queue; the database
refuses it the rest. It takes no lock of the workspace: its transactions are short, and a job that writes meanwhile is another process.
"""

import os
from pathlib import Path
from typing import Self

import apsw

from line_desktop.errors import BadWorkspace, UserError, WorkspaceBusy
from line_desktop.store.annotations import Annotations
from line_desktop.store.check import Check
from line_desktop.store.database import bring_up_to_date, connect, is_older, refuse_foreign, shipped_migrations
from line_desktop.store.evidence import EvidenceStore
from line_desktop.store.gallery import Gallery
from line_desktop.store.interventions import Interventions
from line_desktop.store.jobs import Jobs
from line_desktop.store.runs import Runs
from line_desktop.store.targets import Targets
from line_desktop.store.workspace import Workspace

_OWN = {"human_words", "saved_filters", "jobs"}
_INDEXES = ("neuron_words_", "label_words_")  # FTS5 writes its own tables when a trigger writes words
_WRITING = {apsw.SQLITE_INSERT, apsw.SQLITE_UPDATE, apsw.SQLITE_DELETE}


class Desk(Targets, Runs, Gallery, Annotations, Jobs, EvidenceStore, Interventions, Check):
    """An open desk; make one with `Desk.open`. It belongs to the thread that opened it."""

    @classmethod
    def open(cls, folder: Path, create: bool = False) -> Self:
        """Open the workspace in `folder`; `create` makes one where there is none. An older one is brought up to date first.

        Raises BadWorkspace, WorkspaceTooNew, DiskFull; WorkspaceBusy for an older workspace that another process is writing.
        """
        folder = folder.absolute()
        file = folder / "line.db"
        if not os.path.isfile(file) and not create:
            raise BadWorkspace(f"There is no workspace in {folder}: check the path, or label something with it first.")
        refuse_foreign(file)
        if is_older(file):
            _bring_up_to_date(folder)
        connection = connect(file, write=True)
        try:
            bring_up_to_date(connection, file, shipped_migrations(), write=False)
        except UserError:
            connection.close()
            raise
        connection.authorizer = _only_own_tables
        return cls(folder, connection, writable=False)

    def data_version(self) -> int:
        """A number that grows with every change of the database, by this desk or by anybody else."""
        version: int = self.connection.pragma("data_version")
        return version + self.connection.total_changes()

    def close(self) -> None:
        """Close the database; closing twice does no harm."""
        self.connection.close()


def _bring_up_to_date(folder: Path) -> None:
    """Create or migrate as a writer does, who holds the lock."""
    try:
        Workspace.open(folder).close()
    except WorkspaceBusy as error:
        raise WorkspaceBusy(f"This workspace is of an older version and cannot be brought up to date now. {error}") from error


def _only_own_tables(action: int, table: str | None, _column: str | None, _database: str | None, trigger: str | None) -> int:
    """What SQLite asks before it prepares a statement: may the desk do this?"""
    if action in _WRITING and not trigger and table not in _OWN and not (table or "").startswith(_INDEXES):
        return apsw.SQLITE_DENY
    return apsw.SQLITE_OK
