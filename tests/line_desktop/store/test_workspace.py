"""Opening: whose folder it is, who may write, and who may read meanwhile."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from line_desktop.errors import BadWorkspace, WorkspaceBusy, WorkspaceTooNew
from line_desktop.store.workspace import Workspace

HOLDER = """
import sys
from pathlib import Path
from line_desktop.store.workspace import Workspace
with Workspace.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.readline()
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    """Another process that has the workspace open for writing."""
    root = Path(__file__).parents[3]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    return holder


def test_a_new_workspace_is_whole_and_opens_again(folder):
    with Workspace.open(folder) as workspace:
        assert workspace.check(deep=True) == []
        assert workspace.connection.pragma("journal_mode") == "wal"
        assert workspace.connection.pragma("synchronous") == 2
        assert workspace.connection.pragma("foreign_keys") == 1
        assert workspace.connection.pragma("trusted_schema") == 0
    header = (folder / "line.db").read_bytes()[:100]
    assert header[68:72] == b"LINE"
    with Workspace.open(folder) as workspace:
        assert workspace.runs() == []


def test_reading_needs_a_workspace(folder):
    with pytest.raises(BadWorkspace, match="There is no workspace in"):
        Workspace.open(folder, write=False)
    assert not folder.exists()


@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_is_no_database_is_refused_and_left_alone(folder, write):
    folder.mkdir()
    (folder / "line.db").write_text("a shopping list\n" * 100)
    with pytest.raises(BadWorkspace, match="is not a database"):
        Workspace.open(folder, write)
    assert [file.name for file in folder.iterdir()] == ["line.db"]


def test_the_database_of_another_application_is_refused_and_left_alone(folder):
    folder.mkdir()
    foreign = apsw.Connection(str(folder / "line.db"))
    foreign.execute("CREATE TABLE holidays (day TEXT)")
    foreign.close()
    before = (folder / "line.db").read_bytes()
    with pytest.raises(BadWorkspace, match="database of another application"):
        Workspace.open(folder)
    assert (folder / "line.db").read_bytes() == before


def test_a_newer_workspace_is_refused_in_words(folder):
    with Workspace.open(folder) as workspace:
        workspace.connection.pragma("user_version", 99)
    with pytest.raises(WorkspaceTooNew, match=r"version 99, this program knows up to \d+: update"):
        Workspace.open(folder)


def test_a_damaged_database_is_refused_in_words(folder):
    with Workspace.open(folder):
        pass
    with (folder / "line.db").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 5000)
    with pytest.raises(BadWorkspace, match="is damaged"):
        Workspace.open(folder)
    (folder / "line.db").write_bytes((folder / "line.db").read_bytes()[:100])
    with pytest.raises(BadWorkspace, match="damaged"):
        Workspace.open(folder)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadWorkspace, match="cannot be created"):
        Workspace.open(tmp_path / "file")


def test_a_writer_killed_while_creating_is_no_obstacle(folder):
    folder.mkdir()
    (folder / "line.db").write_bytes(b"")
    with Workspace.open(folder) as workspace:
        assert workspace.check() == []


def test_one_writer_named_with_pid_and_host_and_a_killed_one_leaves_no_lock(folder):
    holder = hold(folder)
    with pytest.raises(WorkspaceBusy, match=f"process {holder.pid} on {platform.node()}"):
        Workspace.open(folder)
    with Workspace.open(folder, write=False) as reader:
        assert reader.runs() == []
    holder.kill()
    holder.communicate()
    with Workspace.open(folder) as workspace:
        assert workspace.check() == []


def test_the_same_process_is_one_writer_too(folder):
    with Workspace.open(folder), pytest.raises(WorkspaceBusy, match=f"process {os.getpid()}"):
        Workspace.open(folder)
    Workspace.open(folder).close()


def test_readers_see_what_is_committed_while_a_writer_works(study, folder):
    with Workspace.open(folder, write=False) as reader:
        assert reader.concept_pictures(study.bank, "hen") == []
        study.draw("hen")
        with study.workspace.transaction() as connection:
            connection.execute("UPDATE concepts SET name = 'half done'")
            assert reader.bank_means(study.bank, study.layer).names == []
            assert len(reader.concept_pictures(study.bank, "hen")) == 2
        with pytest.raises(BadWorkspace):
            reader.save_prompts(["a reader does not write"])
        with pytest.raises(ValueError, match="write=False"):
            reader.put_objects([])


def test_what_a_killed_writer_left_half_written_is_cleared(folder):
    Workspace.open(folder).close()
    part = folder / "objects" / "incoming" / "abc.png.part"
    part.write_bytes(b"half a pic")
    Workspace.open(folder).close()
    assert not part.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="closing a file drops locks on POSIX only")
def test_opening_again_in_one_process_keeps_the_locks_of_the_first(study, folder):
    shared_bytes = "510, 0x40000002"  # where SQLite's connections hold their lock, https://www.sqlite.org/src/doc/trunk/src/os.h
    other = f"import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, {shared_bytes})"
    Workspace.open(folder, write=False).close()
    asked = subprocess.run([sys.executable, "-c", other, str(folder / "line.db")], check=False, capture_output=True, text=True)
    assert "BlockingIOError" in asked.stderr
    study.workspace.close()
    subprocess.run([sys.executable, "-c", other, str(folder / "line.db")], check=True)
