"""Diagnostics: shown before they are saved; labels only when ticked, pictures never."""

import json
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QListWidget, QMessageBox, QPlainTextEdit
from study_bench import Bench

from line_desktop import paths
from line_desktop.doctor import Finding
from line_desktop.methods.line import Settings
from ui.diagnostics import DiagnosticsDialog
from ui.session import Session


@pytest.fixture
def session(application: QObject, tmp_path: Path) -> Session:
    """A workspace with neurons, and logs of its own and of the program."""
    Bench(tmp_path / "study", Settings(steps=1)).workspace.close()
    (tmp_path / "study" / "logs").mkdir()
    (tmp_path / "study" / "logs" / "job-1.log").write_text("a job's words")
    paths.home().mkdir(parents=True, exist_ok=True)
    paths.log_file().write_text("x" * 300_000 + "the last words")
    made = Session()
    made.open(tmp_path / "study")
    return made


def test_the_file_holds_what_was_shown(session: Session, tmp_path: Path) -> None:
    dialog = DiagnosticsDialog(session)
    dialog.doctor.found.emit([Finding("disk", "works", "80 GB free", "")])
    (listed,) = dialog.findChildren(QListWidget)
    (text,) = dialog.findChildren(QPlainTextEdit)
    shown = {}
    for row in range(listed.count()):
        listed.setCurrentRow(row)
        shown[listed.item(row).text()] = text.toPlainText()
    assert dialog.save_to(tmp_path / "diagnostics.zip")
    with zipfile.ZipFile(tmp_path / "diagnostics.zip") as file:
        saved = {name: file.read(name).decode() for name in file.namelist()}
    assert saved == shown
    assert set(saved) == {"versions.txt", "logs/line-desktop.log", "logs/job-1.log", "doctor.json"}
    assert saved["logs/line-desktop.log"].endswith("the last words")
    assert len(saved["logs/line-desktop.log"]) == 200_000
    assert "PySide6" in saved["versions.txt"]
    dialog.close()
    session.close()


def test_labels_go_along_only_when_ticked(session: Session) -> None:
    dialog = DiagnosticsDialog(session)
    assert "labels.json" not in dialog.parts
    dialog.with_labels.setChecked(True)
    assert all(row[0] == "pool" for row in json.loads(dialog.parts["labels.json"]))
    assert json.loads(dialog.parts["labels.json"])
    dialog.with_labels.setChecked(False)
    assert "labels.json" not in dialog.parts
    dialog.close()
    session.close()


def test_a_place_that_cannot_be_written_is_said(session: Session, tmp_path: Path) -> None:
    dialog = DiagnosticsDialog(session)
    assert not dialog.save_to(tmp_path / "no-such-folder" / "diagnostics.zip")
    box = dialog.findChild(QMessageBox)
    assert box is not None
    assert "cannot be written" in box.text()
    dialog.close()
    session.close()


def test_without_a_workspace_there_are_no_labels_to_tick(application: QObject) -> None:
    dialog = DiagnosticsDialog(Session())
    assert not dialog.with_labels.isEnabled()
    dialog.close()
