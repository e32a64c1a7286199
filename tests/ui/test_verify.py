"""Verifying from the window: what is selected in the gallery becomes a job of the queue."""

from collections.abc import Callable

import pytest
from neuron_study import NeuronStudy
from PySide6.QtWidgets import QApplication, QInputDialog

from line_desktop.jobs import work_of
from line_desktop.verify import VerifyJob
from ui.main_window import MainWindow
from ui.settings import Settings
from ui.theme import Theme

Until = Callable[..., None]


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
    window.verify_all_labels(ids)
    assert desk.jobs() == []
    monkeypatch.setattr(QInputDialog, "getItem", lambda parent, title, words, items, *_: (items[0], True))
    window.verify_all_labels(ids)
    (job,) = desk.jobs()
    assert work_of(job) == VerifyJob(tuple(ids), "pictograms", method="all")


def test_nothing_selected_and_nothing_open_asks_for_nothing(window: MainWindow) -> None:
    assert window.session.desk is not None
    window.verify_labels([])
    assert window.session.desk.jobs() == []
    window.close_workspace()
    window.verify_labels([1])
