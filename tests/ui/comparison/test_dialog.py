"""Methods compared in the window: the same numbers as the command line's, chosen, saved, and verified where they are missing."""

import csv
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from neuron_study import NeuronStudy, neuron_study
from other_methods import entry, keep_labels
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from line_desktop.bank import NO_PICTURES
from line_desktop.compare import compare
from line_desktop.evidence import Control, Fresh, judge
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL
from line_desktop.store.workspace import Workspace
from ui.comparison.dialog import ComparisonDialog
from ui.comparison.tables import Figures

Until = Callable[..., None]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> NeuronStudy:
    """Three neurons with labels by LINE and SIEVE, evidence for all; one of them by CLIP-Dissect too."""
    made = neuron_study(tmp_path_factory.mktemp("compared"))
    chance = np.random.default_rng(3)
    with Workspace.open(made.folder) as workspace:
        for neuron, name in enumerate(("cat", "dog", "pig")):
            keep_labels(workspace, "sieve", neuron, [(name, "scored", [entry(name, 0.9)])])
        keep_labels(workspace, "clip-dissect", 0, [("cow", "scored", [entry("cow", 2.0)])])
        control = Control(1, chance.normal(0, 1, 60), [None] * 60)
        for claim in workspace.claims(None, ALL):
            if claim.method != "clip-dissect":
                fresh = Fresh(tuple(map(str, range(50))), chance.normal(3 if claim.method == "line" else 1, 1, 50))
                workspace.save_evidence([judge(claim, fresh, control, NO_PICTURES, 0, "2026-01-01T00:00:00Z")])
    return made


@pytest.fixture
def desk(study: NeuronStudy) -> Iterator[Desk]:
    with closing(study.desk()) as opened:
        yield opened


@pytest.fixture
def dialog(application: QApplication, desk: Desk, until: Until) -> ComparisonDialog:
    """Everything compared."""
    made = ComparisonDialog(desk, [], np.zeros(0, np.int64))
    made.show()
    until(lambda: made.answer is not None)
    return made


def cells(table: Figures) -> list[list[str]]:
    return [[table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())]


def leave_out(dialog: ComparisonDialog, method: str, until: Until) -> None:
    before = dialog.answer
    dialog.methods[method].click()
    until(lambda: dialog.answer is not before)


def test_the_figures_are_those_of_the_comparison(dialog: ComparisonDialog, desk: Desk, until: Until) -> None:
    leave_out(dialog, "clip-dissect", until)
    found = compare(desk, None, ["line", "sieve"])
    assert dialog.sentence.text().startswith("3 neurons are labelled by each of 2 methods; 3 have evidence")
    auc = next(metric for metric in found.metrics if metric.name == "AUC")
    heads = [dialog.worth.horizontalHeaderItem(column).text() for column in range(dialog.worth.columnCount())]
    assert heads == ["metric", "neurons", "line", "sieve"]
    row = next(row for row in cells(dialog.worth) if row[0] == "AUC")
    assert row[1:] == ["3", *(f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]" for one in auc.means.values())]
    assert dialog.worth.item(0, 2).font().bold()
    assert not dialog.worth.item(0, 3).font().bold()
    (pair,) = auc.pairs
    (against,) = cells(dialog.against)
    assert against[:2] + against[3:6] == ["line", "sieve", str(pair.wins), str(pair.ties), str(pair.losses)]
    assert pair.tested is not None
    assert against[7:9] == [f"{pair.tested.p:.2g}", f"{pair.tested.p_holm:.2g}"]
    dialog.which.setCurrentText("MAD")
    assert cells(dialog.against) != [against]
    assert [row[0] for row in cells(dialog.origins)] == ["line", "sieve"]
    until(lambda: not dialog.chart._image.isNull())


def test_what_is_not_verified_is_said_and_may_be(dialog: ComparisonDialog, desk: Desk) -> None:
    assert "1 neuron is labelled by each of 3 methods" in dialog.sentence.text()
    assert "Of 1 neuron none has evidence for all its labels" in dialog.notes.text()
    assert not dialog.save_plot.isEnabled()
    asked = QSignalSpy(dialog.verify_asked)
    dialog.verify.click()
    assert asked.at(0) == [dialog.ids()]
    assert len(dialog.ids()) == 3
    assert not dialog.isVisible()


def test_two_methods_stay(dialog: ComparisonDialog, until: Until) -> None:
    leave_out(dialog, "line", until)
    assert [name for name, box in dialog.methods.items() if box.isEnabled()] == ["line"]


def test_a_selection_without_common_labels_says_why(application: QApplication, desk: Desk, until: Until) -> None:
    (neuron,) = [claim.neuron_id for claim in desk.claims(None, "sieve") if claim.neuron == 2]
    made = ComparisonDialog(desk, [neuron], np.array([neuron]))
    until(lambda: made.answer is not None)
    assert made.ids() == [neuron]
    assert list(made.methods) == ["line", "sieve"]
    made.scope.setCurrentIndex(0)
    until(lambda: len(made.methods) == 3)


def test_nothing_labelled_is_said(application: QApplication, tmp_path: Path, until: Until) -> None:
    with closing(Desk.open(tmp_path / "empty", create=True)) as desk:
        made = ComparisonDialog(desk, [], np.zeros(0, np.int64))
        until(lambda: made.answer is not None)
        assert "None of the neurons has a label" in made.sentence.text()
        assert not made.verify.isEnabled()


def test_plot_and_table_are_saved(dialog: ComparisonDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: Until) -> None:
    leave_out(dialog, "clip-dissect", until)
    for button, name in ((dialog.save_plot, "a.png"), (dialog.save_table, "a.csv")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        button.click()
        until((tmp_path / name).exists)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert dialog.answer is not None
    assert dialog.answer.found is not None
    auc = dialog.answer.found.metrics[0]
    assert [float(row["value"]) for row in rows[:3]] == [*(one.value for one in auc.means.values()), auc.pairs[0].difference.value]
    assert (rows[2]["first"], rows[2]["second"], rows[2]["wins"]) == ("line", "sieve", str(auc.pairs[0].wins))


def test_everything_has_a_name(dialog: ComparisonDialog, nameless: Callable[[QWidget], list[str]]) -> None:
    assert nameless(dialog) == []
