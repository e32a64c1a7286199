"""Verified, their cause checked, ablated: what is selected in the gallery, or the neuron on its page, becomes a job of the queue."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace
from neuron_study import NeuronStudy, PngSource
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMessageBox, QWidget
from study_bench import Bench

from line_desktop.ablate import AblateJob
from line_desktop.causal import CausalJob
from line_desktop.effects import FEWEST
from line_desktop.jobs import Work, work_of
from line_desktop.methods.line import Settings as LineSettings
from line_desktop.provisional import PROVISIONAL
from line_desktop.store.workspace import Workspace
from line_desktop.verify import VerifyJob
from ui.ablate_dialog import AblateDialog
from ui.asking_dialog import AskingDialog
from ui.cause_dialog import CauseDialog
from ui.main_window import MainWindow
from ui.settings import Settings
from ui.theme import Theme

Until = Callable[..., None]
Dialog = TypeVar("Dialog", bound=AskingDialog)


@pytest.fixture
def window(application: QApplication, study: NeuronStudy, until: Until) -> MainWindow:
    settings = Settings()
    settings.welcomed = True
    made = MainWindow(settings, Theme(application, "light"))
    made.show()
    made.open_workspace(study.folder)
    until(lambda: made.gallery.model.rowCount() == 4)
    return made


def test_the_selection_becomes_a_job_that_says_why_it_failed(window: MainWindow, until: Until) -> None:
    """Nobody wrote down the picture source of this study, so the worker ends with a sentence."""
    ids = window.gallery.model.ids().tolist()[:2]
    window.gallery.selection.add(ids)
    window.gallery.on.verify.trigger()
    desk = window.session.desk
    assert desk is not None
    (job,) = desk.jobs()
    assert (job.kind, job.title, job.origin) == ("verify", "Verify 2 labels", "window")
    assert work_of(job) == VerifyJob(tuple(ids))
    until(lambda: desk.job(job.id).state == "failed")
    assert desk.job(job.id).reason.startswith("Nobody wrote down how the pictures for ")
    until(lambda: not window.runner.working())  # else closing the window asks what becomes of it


def test_the_labels_of_all_methods_are_verified_with_one_source(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = window.session.desk
    assert desk is not None
    ids = window.gallery.model.ids().tolist()[:1]
    monkeypatch.setattr(window.runner, "go_on", lambda: None)
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("", False))
    window.checks.verify_all(ids)
    assert desk.jobs() == []
    monkeypatch.setattr(QInputDialog, "getItem", lambda parent, title, words, items, *_: (items[0], True))
    window.checks.verify_all(ids)
    (job,) = desk.jobs()
    assert work_of(job) == VerifyJob(tuple(ids), "pictograms", method="all")


def test_nothing_selected_and_nothing_open_asks_for_nothing(window: MainWindow) -> None:
    assert window.session.desk is not None
    for asked in (window.checks.verify, window.checks.verify_all, window.checks.check_causes, window.checks.ablate):
        asked([])
    assert window.session.desk.jobs() == []
    window.close_workspace()
    for asked in (window.checks.verify, window.checks.verify_all, window.checks.check_causes, window.checks.ablate):
        asked([1])


# Causes and ablations


@pytest.fixture
def idle(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """The window, whose queue nobody works off."""
    monkeypatch.setattr(window.runner, "go_on", lambda: None)
    return window


def works(window: MainWindow) -> list[Work]:
    """What is in the queue, in its order."""
    assert window.session.desk is not None
    return [work_of(job) for job in window.session.desk.jobs()]


def select(window: MainWindow, *rows: int) -> tuple[int, ...]:
    """Select neurons in the gallery; their ids."""
    ids = window.gallery.model.ids()[list(rows)].tolist()
    window.gallery.selection.add(ids)
    return tuple(ids)


def button(window: MainWindow, text: str) -> QWidget:
    """A button of the line below the cards."""
    return next(one for one in window.gallery.selected.findChildren(QWidget) if one.accessibleName() == text)


def click(widget: QWidget) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def asked(window: MainWindow, until: Until, kind: type[Dialog]) -> Dialog:
    until(lambda: bool(window.findChildren(kind)))
    (found,) = window.findChildren(kind)
    return found


def drawn_as(study: NeuronStudy, source: str) -> None:
    """Write down what drew the pictures of the labels."""
    with Workspace.open(study.folder) as workspace:
        workspace.remember_source(workspace.claims()[0].settings_id, source)


def test_labels_found_with_pictograms_need_no_editor(idle: MainWindow, study: NeuronStudy, until: Until) -> None:
    drawn_as(study, "pictograms")
    labelled = select(idle, 0, 2)
    select(idle, 3)  # without a label
    click(button(idle, "Check the cause"))
    dialog = asked(idle, until, CauseDialog)
    assert not dialog.row.isVisible()
    assert not dialog.leave_out.isVisible()
    assert not dialog.doubts.isVisible()
    assert (dialog.pictures.value(), dialog.pictures.minimum()) == (CausalJob().photos, FEWEST)
    assert works(idle) == []
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert works(idle) == [CausalJob(labelled)]
    assert idle.dock.isVisible()


def test_the_number_of_pictures_is_as_asked(idle: MainWindow, study: NeuronStudy, until: Until) -> None:
    drawn_as(study, "pictograms")
    (first,) = select(idle, 0)
    click(button(idle, "Check the cause"))
    dialog = asked(idle, until, CauseDialog)
    dialog.pictures.setValue(25)
    click(dialog.go)
    assert works(idle) == [CausalJob((first,), photos=25)]


@pytest.mark.parametrize(("what", "kind"), [("Check the cause", CauseDialog), ("Ablate", AblateDialog)])
def test_provisional_labels_are_told_before_anything_is_queued(
    idle: MainWindow, study: NeuronStudy, until: Until, what: str, kind: type[AskingDialog]
) -> None:
    with Workspace.open(study.folder) as workspace:
        run = workspace.runs()[-1].id
        workspace.save_answers(run, [], [replace(workspace.results(run)[0], reason=PROVISIONAL)])
    select(idle, 0, 1)
    click(button(idle, what))
    dialog = asked(idle, until, kind)
    assert dialog.doubts.isVisible()
    assert dialog.doubts.text().startswith("1 of 2 labels is provisional")
    click(dialog.cancel)
    assert works(idle) == []


def test_an_editor_is_asked_for_where_photos_need_one(idle: MainWindow, study: NeuronStudy, tmp_path: Path, until: Until) -> None:
    ids = select(idle, 1)
    click(button(idle, "Check the cause"))
    dialog = asked(idle, until, CauseDialog)
    assert not dialog.leave_out.isVisible()
    assert not dialog.go.isEnabled()
    dialog.row.take(str(tmp_path / "none"))
    assert "There is no folder" in dialog.sentence.text()
    assert not dialog.go.isEnabled()
    dialog.row.take(str(tmp_path))
    click(dialog.go)
    assert works(idle) == [CausalJob(ids, str(tmp_path))]
    until(lambda: not idle.findChildren(CauseDialog))
    click(button(idle, "Check the cause"))
    again = asked(idle, until, CauseDialog)
    assert again.row.path() == tmp_path
    click(again.cancel)
    assert works(idle) == [CausalJob(ids, str(tmp_path))]


@pytest.mark.parametrize("left_out", [False, True])
def test_pictograms_stay_exact_beside_labels_that_need_an_editor(
    idle: MainWindow, study: NeuronStudy, tmp_path: Path, until: Until, left_out: bool
) -> None:
    bench = Bench(study.folder, LineSettings(seed=3, steps=3), PngSource())
    bench.workspace.remember_source(bench.bank.settings_id, "pictograms")
    bench.run([0])
    bench.workspace.close()
    exact, *others = select(idle, 0, 1, 2)
    click(button(idle, "Check the cause"))
    dialog = asked(idle, until, CauseDialog)
    if left_out:
        click(dialog.leave_out)
        assert works(idle) == [CausalJob((exact,))]
    else:
        dialog.row.take(str(tmp_path))
        click(dialog.go)
        assert works(idle) == [CausalJob((exact,)), CausalJob(tuple(others), str(tmp_path))]


def test_without_a_label_there_is_no_cause_to_check(idle: MainWindow) -> None:
    select(idle, 3)
    idle.gallery.on.cause.trigger()
    assert [box.text() for box in idle.findChildren(QMessageBox)] == [
        "None of the neurons has a label that could be checked: label some first."
    ]
    assert works(idle) == []


def test_neurons_are_ablated_with_and_without_a_label(idle: MainWindow, until: Until, nameless: Callable[[QWidget], list[str]]) -> None:
    ids = select(idle, 1, 3)
    for top in (1, 5):
        click(button(idle, "Ablate"))
        dialog = asked(idle, until, AblateDialog)
        assert nameless(dialog) == []
        assert (dialog.top.value(), dialog.top.minimum()) == (AblateJob(()).top, 1)
        dialog.top.setValue(top)
        click(dialog.go)
        until(lambda: not idle.findChildren(AblateDialog))
    assert works(idle) == [AblateJob(ids), AblateJob(ids, 5)]


def test_the_page_of_a_neuron_asks_for_both(idle: MainWindow, study: NeuronStudy, until: Until) -> None:
    drawn_as(study, "pictograms")
    first, *_, last = idle.gallery.model.ids().tolist()
    page, body = idle.neuron, idle.neuron._body
    idle.show_neuron(first)
    until(lambda: page._view is not None and page._view.card.id == first)
    assert not body._interventions.isVisible()
    for one, kind in ((body.cause, CauseDialog), (body.ablate, AblateDialog)):
        page._scroll.ensureWidgetVisible(one)
        click(one)
        click(asked(idle, until, kind).go)
    assert works(idle) == [CausalJob((first,)), AblateJob((first,))]
    idle.show_neuron(last)
    until(lambda: page._view is not None and page._view.card.id == last)
    assert not body.cause.isEnabled()
    assert not page._checking.isEnabled()
    until(lambda: not idle.findChildren(AblateDialog))
    page._ablating.trigger()
    click(asked(idle, until, AblateDialog).go)
    assert works(idle)[2:] == [AblateJob((last,))]


def test_the_editor_is_asked_for_by_name(idle: MainWindow, until: Until, nameless: Callable[[QWidget], list[str]]) -> None:
    select(idle, 1)
    idle.gallery.on.cause.trigger()
    dialog = asked(idle, until, CauseDialog)
    assert nameless(dialog) == []
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert works(idle) == []
