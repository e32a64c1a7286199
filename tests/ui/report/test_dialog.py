"""Export report by clicks and keys: the pages shown, the file written, cancelled, refused; what is said before."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from line_desktop.report.told import Ended
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter
from ui.report.dialog import ReportDialog
from ui.report.working import Working

Until = Callable[..., None]


NEVER_DONE = """
import pathlib, time
pathlib.Path.replace = lambda *_: time.sleep(1000)
"""


@pytest.fixture
def never_done(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands hang before they put a new file in the place of an old one."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(NEVER_DONE)
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.fixture
def dialog(application: QApplication, desk: Desk) -> Iterator[ReportDialog]:
    labelled = desk.neuron_ids(Filter(statuses=("labelled",)))
    made = ReportDialog(desk, labelled[:1].tolist(), labelled)
    made.open()
    yield made
    made.close()


def test_the_first_pages_are_shown_and_the_report_written_and_opened_with_keys(
    dialog: ReportDialog, until: Until, tmp_path: Path, nameless: Callable[..., list[str]]
) -> None:
    until(lambda: dialog.preview.pages)
    assert "of a report of 1" in dialog.preview.words.text()
    assert not dialog.preview.pages[0].pixmap().isNull()
    assert nameless(dialog) == []
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    until(lambda: not dialog.working.running)
    assert (tmp_path / "study-report.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert dialog.working.sentence.text().startswith("Written: study-report.pdf")
    assert dialog.working.open.isVisible()
    assert dialog.before.text() == "study-report.pdf will be replaced."


def test_the_one_html_file_has_no_pages_and_its_own_ending(dialog: ReportDialog, until: Until, tmp_path: Path) -> None:
    QTest.mouseClick(dialog.html, Qt.MouseButton.LeftButton)
    assert dialog.preview.pages == []
    assert not dialog.paper.isEnabled()
    QTest.mouseClick(dialog.working.start, Qt.MouseButton.LeftButton)
    until(lambda: not dialog.working.running)
    assert "no way out, says a test" in (tmp_path / "study-report.html").read_text()


@pytest.mark.usefixtures("never_done")
def test_a_cancelled_report_leaves_the_old_file_and_nothing_else(dialog: ReportDialog, until: Until, tmp_path: Path) -> None:
    (tmp_path / "study-report.pdf").write_bytes(b"old")
    dialog.export()
    until(lambda: dialog.working.bar.maximum() > 0)
    QTest.mouseClick(dialog.working.cancel, Qt.MouseButton.LeftButton)
    until(lambda: not dialog.working.running)
    assert dialog.working.sentence.text() == "Cancelled; what was there before is as it was."
    assert sorted(one.name for one in tmp_path.iterdir()) == ["study", "study-report.pdf"]
    assert (tmp_path / "study-report.pdf").read_bytes() == b"old"
    assert dialog.working.start.isEnabled()


def test_what_was_written_when_it_was_cancelled_is_said(application: QApplication, until: Until, tmp_path: Path) -> None:
    working = Working("Export")
    working.run(["doctor", "--json"], tmp_path / "r.pdf")
    working._command.told.emit(msgspec.json.encode(Ended((tmp_path / "r.pdf",), 12), enc_hook=str))
    working.cancel.click()
    until(lambda: not working.running)
    assert working.sentence.text() == "Written: r.pdf, 12 bytes."
    assert working.file == tmp_path / "r.pdf"


def test_what_stands_against_a_place_is_said_before(dialog: ReportDialog, tmp_path: Path) -> None:
    for text, said in (
        ("", "Choose a file to write."),
        ("r.pdf", "Give the whole path of the file, from the root on."),
        (str(tmp_path / "r.txt"), "End the name of the file in .pdf."),
        (str(tmp_path / "no" / "r.pdf"), f"There is no folder {tmp_path / 'no'}."),
    ):
        dialog.place.edit.setText(text)
        assert dialog.before.text() == said
        assert not dialog.working.start.isEnabled()
    dialog.place.edit.setText(str(tmp_path / "r.pdf"))
    assert dialog.before.text() == ""
    assert dialog.working.start.isEnabled()


def test_several_volumes_are_said_before(dialog: ReportDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("line_desktop.report.volumes.EACH", {"full": 2, "summary": 2000})
    QTest.mouseClick(dialog.scope.buttons[1], Qt.MouseButton.LeftButton)
    assert dialog.before.text() == "2 files will be written, study-report.pdf to study-report-2.pdf."
    QTest.mouseClick(dialog.summary, Qt.MouseButton.LeftButton)
    assert dialog.before.text() == ""


def test_what_the_command_refuses_is_one_sentence(dialog: ReportDialog, until: Until, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    dialog.place.edit.setText(str(tmp_path / "gone" / "r.pdf"))
    (tmp_path / "gone").rmdir()
    dialog.export()
    until(lambda: not dialog.working.running)
    assert dialog.working.sentence.text().startswith(f"There is no folder {tmp_path / 'gone'}")
    assert not dialog.working.open.isVisible()


def test_without_labels_there_is_nothing_to_export(application: QApplication, desk: Desk) -> None:
    dialog = ReportDialog(desk, [], np.zeros(0, np.int64))
    dialog.open()
    assert [one.isEnabled() for one in dialog.scope.buttons] == [False, False, True]
    dialog.close()
