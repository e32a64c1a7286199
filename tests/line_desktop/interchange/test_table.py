"""The CSV file: read back by Python's own reader, formulas made harmless without losing a label."""

import csv
import errno
import os
from contextlib import closing

import pytest

from line_desktop.errors import CannotWrite, DiskFull
from line_desktop.interchange.cells import guarded, unguarded
from line_desktop.interchange.files import replacing
from line_desktop.interchange.table import COLUMNS, write_table
from line_desktop.scoreboard import Entry
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Answer, Filter, ResultRow, StepRow
from line_desktop.store.workspace import Workspace

TEXTS = (
    "zebra",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "'",
    "'quoted",
    "'=1",
    "''=1",
    "a=b",
    "",
    "bear’s paw, brown",
)


def rows(file):
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("text", TEXTS)
def test_no_cell_begins_like_a_formula_and_every_text_comes_back(text):
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert unguarded(cell) == text


def test_different_texts_are_different_cells():
    assert len({guarded(text) for text in TEXTS}) == len(TEXTS)


def test_one_row_a_neuron_with_what_its_card_says(desk, tmp_path):
    ids = desk.neuron_ids(Filter())
    write_table(desk, ids, tmp_path / "out.csv")
    found = rows(tmp_path / "out.csv")
    assert list(found[0]) == list(COLUMNS)
    assert [(one["layer"], int(one["neuron"])) for one in found] == [("pool", number) for number in range(4)]
    for row, card in zip(found, desk.cards(ids), strict=True):
        assert unguarded(row["concept"]) == (card.label or "")
        assert row["score"] == ("" if card.score is None else repr(card.score))
        assert (row["method"], row["status"], row["network"]) == (card.method or "", card.status, "f" * 64)
        assert (row["AUC"], row["U"], row["p"], row["MAD"]) == ("", "", "", "")
    assert found[1]["human_label"] == "bear’s paw"
    assert found[1]["note"] == 'a note, with "quotes"\nand a line'
    assert found[3]["concept"] == "'=zebra"
    assert found[3]["note"] == "'@look"
    assert found[3]["reason"] == "similarity -0.5"


def test_evidence_fills_the_columns_of_cosy(study_copy, tmp_path):
    with closing(Desk.open(study_copy)) as desk:
        write_table(desk, desk.neuron_ids(Filter()), tmp_path / "out.csv")
    row = rows(tmp_path / "out.csv")[1]
    assert [float(row[name]) for name in ("AUC", "U", "p", "MAD")] == [0.75, 33.0, 0.01, 1.5]
    assert row["verdict"] == "supported"


def test_interventions_and_facets_fill_their_columns(study_copy, tmp_path):
    with Workspace.open(study_copy) as workspace:
        claim = workspace.claims()[2]
        facets = workspace.begin_run(claim.layer_id, claim.survey_id, claim.settings_id, "facets", [2], {}, {}, "fake")
        board = (Entry("cat", 1.0, 0.0, 1, "generated"), Entry("fur", 0.5, 0.0, 2, "generated"))
        step = StepRow(2, 1, "fur", 0.5, "generated", "facet 2 of 2: 40% of the strongest photos", "", (), "", board, {})
        workspace.save_answers(facets, [Answer(2, 0, "Depict", b"{}", (step,))], [ResultRow(2, "labelled", "cat", 1.0, "generated")])
    with closing(Desk.open(study_copy)) as desk:
        write_table(desk, desk.neuron_ids(Filter()), tmp_path / "out.csv")
    found = rows(tmp_path / "out.csv")
    assert [row["facets"] for row in found] == ["", "", "2", ""]
    row = found[1]
    assert (row["causal"], row["causal_drop"], row["control_drop"]) == ("causal", "0.73", "0.12")
    assert (row["accuracy"], row["accuracy_without"]) == ("0.9", "0.6")
    assert (row["class_accuracy"], row["class_accuracy_without"]) == ("0.8", "0.2")
    assert [row[name] for row in found[::2] for name in ("causal", "accuracy", "class_accuracy")] == [""] * 6


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("old")
    with pytest.raises(TypeError), replacing(file) as out:
        out.writelines([b"half", None])
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]
    assert file.read_text() == "old"
    with replacing(file) as out:
        out.write(b"new")
        out.flush()
        assert file.read_text() == "old"
    assert file.read_text() == "new"


def test_a_full_disk_is_said_and_leaves_the_old_file(tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("old")
    with pytest.raises(DiskFull, match="is full"), replacing(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert file.read_text() == "old"


@pytest.mark.parametrize("name", ["missing/out.csv", "folder", "file/out.csv"])
def test_a_place_that_takes_no_file_is_named(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"out\.csv|folder"), replacing(tmp_path / name):
        pass
