"""The desk: opened, beside a running writer, on older workspaces, and unable to write what is not a person's."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from line_desktop.errors import BadWorkspace, WorkspaceBusy, WorkspaceTooNew
from line_desktop.store.database import APPLICATION_ID, shipped_migrations
from line_desktop.store.desk import Desk
from line_desktop.store.lock import WorkspaceLock
from line_desktop.store.rows import Filter, ResultRow
from line_desktop.store.targets import to_json
from line_desktop.store.workspace import Workspace
from models.types.vision import Preprocess

HERE = Path(__file__).parent
KILLS = 6
PREPROCESS = Preprocess(8, 8, None, "bilinear", (0.0,), (1.0,), "file")


def started(script: str, folder: Path) -> subprocess.Popen[bytes]:
    """Another process that writes into the workspace, once it has opened it."""
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2])}
    process = subprocess.Popen([sys.executable, str(HERE / script), str(folder)], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == b"open\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    assert process.poll() is None, "the writer ended by itself"
    process.kill()
    process.communicate()


def first_version(folder: Path) -> None:
    """A workspace as the first migration left it: a finished survey, neurons asked for, results of two runs."""
    folder.mkdir()
    connection = apsw.Connection(str(folder / "line.db"))
    connection.pragma("application_id", APPLICATION_ID)
    connection.execute(shipped_migrations()[0])
    connection.execute(
        """
        INSERT INTO targets VALUES (1, 'ab', ?, '/net', 'onnx', 'onnx', 'A net.', 'net', 1, '[]');
        INSERT INTO layers VALUES (1, 1, 'conv', 'Conv', 3, '[null,3]', 't', 'none'), (2, 1, 'head', 'Gemm', 9, '[null,9]', 'u', 'none');
        INSERT INTO probe_sets VALUES (1, 'd', '/photos');
        INSERT INTO probe_photos VALUES (1, 0, 'a.jpg', NULL), (1, 1, 'b.jpg', NULL);
        INSERT INTO surveys VALUES (1, 1, 1, 'x.npy', 2, 3, 2, 1), (2, 2, 1, 'y.npy', 2, 9, 1, 0);
        INSERT INTO neuron_stats VALUES (1, 0, 0, 0, 1, 1, 'ok', '[1,0]'), (1, 1, 0, 0, 0, 0, 'dead', '[0,1]'),
                                        (1, 2, 0, 1, 2, 3, 'ok', '[0]');
        INSERT INTO picture_settings VALUES (1, 'pictograms', '1', '{}', 0, 5);
        INSERT INTO runs VALUES (1, 'r', 1, 1, 1, 'line', '{}', 'finished'), (2, 's', 2, NULL, 1, 'line', '{}', 'running');
        INSERT INTO sessions (id, run_id, versions, device) VALUES (1, 1, '{}', 'CPU'), (2, 2, '{}', 'CPU');
        INSERT INTO run_neurons VALUES (1, 0), (1, 1), (2, 4), (2, 8);
        INSERT INTO steps VALUES (1, 1, 0, 1, 'zebra', 1.0, 'generated', 'scored', 'Stripes.', '[]', NULL, '[]', '{}', 1);
        INSERT INTO results VALUES (1, 0, 'labelled', 'zebra', 0.5, 'generated', '', 1), (1, 1, 'dead', NULL, NULL, NULL, 'never', 1),
                                   (2, 4, 'labelled', 'hen', 2.5, 'summary', '', 2);
        """,
        (to_json(PREPROCESS),),
    )
    connection.pragma("user_version", 1)
    connection.close()


def test_a_desk_makes_a_workspace_only_when_asked(folder):
    with pytest.raises(BadWorkspace, match="There is no workspace in"):
        Desk.open(folder)
    assert not folder.exists()
    desk = Desk.open(folder, create=True)
    assert desk.neuron_ids(Filter()).tolist() == []
    assert (desk.counts(), desk.layer_counts(), desk.methods(), desk.runs(), desk.targets()) == ({}, [], [], [], [])
    desk.close()
    desk.close()
    Desk.open(folder).close()


def test_an_older_workspace_is_filled_from_what_it_has(folder):
    first_version(folder)
    desk = Desk.open(folder)
    cards = desk.cards(desk.neuron_ids(Filter()))
    assert [(card.layer, card.neuron, card.status, card.label, card.bar) for card in cards] == [
        ("conv", 0, "labelled", "zebra", 0.5),
        ("conv", 1, "dead", None, None),
        ("conv", 2, "unlabelled", None, None),
        ("head", 4, "labelled", "hen", None),
        ("head", 8, "unlabelled", None, None),
    ]
    assert [path.name for path in cards[0].pictures] == ["b.jpg", "a.jpg"]
    assert [card.label for card in desk.cards(desk.neuron_ids(Filter(text="strip")))] == ["zebra"]
    assert [card.label for card in desk.cards(desk.neuron_ids(Filter(), "latest", descending=True))][:3] == ["hen", None, "zebra"]
    assert desk.target(1).layers[0].role == "inside"
    assert [sentence for sentence in desk.check() if "activations" not in sentence] == []
    desk.close()
    assert (folder / "line-version-1.db").exists()


def test_an_older_workspace_that_is_being_written_is_left_alone(folder):
    first_version(folder)
    lock = WorkspaceLock(folder / "line.lock")
    with pytest.raises(WorkspaceBusy, match=rf"older version .* in use by process {os.getpid()} "):
        Desk.open(folder)
    lock.release()
    Desk.open(folder).close()


def test_a_newer_workspace_and_a_foreign_file_are_refused(folder):
    with Workspace.open(folder) as workspace:
        workspace.connection.pragma("user_version", 99)
    with pytest.raises(WorkspaceTooNew):
        Desk.open(folder)
    (folder / "line.db").write_text("a shopping list\n" * 100)
    with pytest.raises(BadWorkspace, match="is not a database"):
        Desk.open(folder)


def test_a_desk_writes_nothing_but_people_s_words(study, folder):
    study.workspace.save_answers(study.run, [study.answer(0, 0)], [ResultRow(0, "labelled", "zebra", 2.0, "generated")])
    desk = Desk.open(folder)
    for sql in (
        "UPDATE neurons SET label = 'mine'",
        "INSERT INTO prompts VALUES ('a', 'b')",
        "DELETE FROM results",
        "INSERT INTO neuron_words (rowid, labels) VALUES (1, 'mine')",
        "DROP TABLE steps",
    ):
        with pytest.raises((apsw.AuthError, apsw.SQLError), match="not authorized"):
            desk.connection.execute(sql)
    with pytest.raises(apsw.AuthError):
        desk.save_answers(study.run, [study.answer(1, 0)])
    with pytest.raises(ValueError, match="write=False"):
        desk.put_objects([])
    desk.set_human_word(desk.neuron_id(study.layer, 0), "mine", "")
    assert desk.check() == []
    desk.close()


def test_a_desk_that_waits_too_long_for_a_writer_says_so(study, folder):
    desk = Desk.open(folder)
    desk.connection.set_busy_timeout(10)
    with study.workspace.transaction(), pytest.raises(WorkspaceBusy, match="for too long: try again"):
        desk.set_human_word(desk.neuron_id(study.layer, 0), "mine", "")
    desk.close()


def test_the_data_version_moves_with_every_change_of_anybody(study, folder):
    desk = Desk.open(folder)
    versions = [desk.data_version(), desk.data_version()]
    assert versions[0] == versions[1]
    study.workspace.save_prompts(["another process's change, as good as"])
    versions.append(desk.data_version())
    desk.set_human_word(desk.neuron_id(study.layer, 0), "mine", "")
    versions.append(desk.data_version())
    assert versions[1] < versions[2] < versions[3]
    desk.close()


def test_a_desk_beside_a_running_writer(folder):
    """Another process writes waves as fast as it can; the desk reads, searches and writes words meanwhile."""
    writer = started("wave_writer.py", folder)
    desk = Desk.open(folder)
    edits, versions = 0, set()
    while edits < 60 or not desk.counts().get("labelled"):
        assert writer.poll() is None, "the writer ended by itself"
        (ids,) = {len(desk.neuron_ids(Filter(), sort)) for sort in ("neuron", "score", "label", "latest")}
        for number in desk.neuron_ids(Filter()).tolist():
            desk.set_human_word(number, f"word {edits}", "")
            edits += 1
        found = desk.cards(desk.neuron_ids(Filter(text="concept")))
        assert all("concept" in (card.label or "") for card in found)
        versions.add(desk.data_version())
    kill(writer)
    assert ids == 8
    assert len(versions) > 1
    assert desk.counts() == {"labelled": 8}
    assert {card.human_label for card in desk.cards(desk.neuron_ids(Filter(edited=True)))} == {f"word {edits - n}" for n in range(1, 9)}
    desk.close()
    with Workspace.open(folder) as workspace:
        assert workspace.check(deep=True) == []


def test_killed_while_writing_words_nothing_is_lost(study, folder):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    kept = 0
    for _ in range(KILLS):
        writer = started("desk_writer.py", folder)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"words\n"
        time.sleep(moments.uniform(0, 0.2))
        kill(writer)
        (now,) = study.workspace.one("SELECT count(*) FROM human_words")
        assert now >= kept - 2  # a word written after an undo takes the place of the one undone
        kept = now
        assert study.workspace.check() == []
    assert kept > 2


def test_the_window_loads_no_more_than_it_needs():
    """Opening a desk must not bring in what makes the window slow to start."""
    said = subprocess.run(
        [sys.executable, "-c", "import sys, line_desktop.store.desk; print(*sys.modules)"],
        env=os.environ | {"PYTHONPATH": str(HERE.parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"scipy", "sklearn", "matplotlib", "PIL", "torch", "rich", "typer"} & set(said.stdout.split())
