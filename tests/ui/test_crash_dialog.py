"""Our own mistakes: caught on any thread, logged, shown once, and work goes on."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QMessageBox, QPlainTextEdit, QPushButton, QWidget

from line_desktop import paths
from line_desktop.errors import UserError
from ui.crash_dialog import CrashDialog, Crashes, log_qt_message, show_error


@pytest.fixture
def crashes(application: QObject) -> Iterator[Crashes]:
    """Hooks that are in place for the test."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    handler = qInstallMessageHandler(None)
    made = Crashes()
    made.install()
    yield made
    sys.excepthook, threading.excepthook, sys.unraisablehook = before
    qInstallMessageHandler(handler)


class Slots(QObject):
    """A slot with a mistake."""

    @Slot()
    def break_down(self) -> None:
        raise ZeroDivisionError("a slot broke down")


def test_a_mistake_in_a_slot_is_shown_once(crashes: Crashes, until: Callable[..., None]) -> None:
    caught, slots = QSignalSpy(crashes.caught), Slots()
    for _ in range(2):
        QTimer.singleShot(0, slots.break_down)
    until(lambda: paths.log_file().exists() and paths.log_file().read_text().count("a slot broke down\n") == 2)
    assert caught.count() == 1
    assert "ZeroDivisionError" in caught.at(0)[0]


def test_a_mistake_on_a_thread_is_shown_too(crashes: Crashes, until: Callable[..., None]) -> None:
    caught = QSignalSpy(crashes.caught)
    thread = threading.Thread(target=Slots().break_down)
    thread.start()
    thread.join()
    until(lambda: caught.count() == 1)
    assert "ZeroDivisionError: a slot broke down" in caught.at(0)[0]


def test_the_dialog_keeps_what_it_shows_until_one_goes_on(application: QObject) -> None:
    dialog = CrashDialog()
    dialog.show_crash("first mistake")
    dialog.show_crash("second mistake")
    (text,) = dialog.findChildren(QPlainTextEdit)
    assert "first mistake" in text.toPlainText()
    buttons = {one.text(): one for one in dialog.findChildren(QPushButton)}
    buttons["Copy"].click()
    assert "second mistake" in QGuiApplication.clipboard().text()
    buttons["Go on"].click()
    assert not dialog.isVisible()
    dialog.show_crash("third mistake")
    assert text.toPlainText() == "third mistake"


def test_qt_words_go_to_the_log(application: QObject) -> None:
    log_qt_message(QtMsgType.QtWarningMsg, None, "a warning of Qt")  # type: ignore[arg-type]
    assert "a warning of Qt" in paths.log_file().read_text()


def test_a_users_error_is_its_sentence_with_details(application: QObject) -> None:
    parent = QWidget()
    try:
        raise UserError("The folder <b>x</b> is empty: choose another.")
    except UserError as error:
        box = show_error(parent, error)
    assert box.text() == "The folder <b>x</b> is empty: choose another."
    assert "UserError" in box.detailedText()
    assert not show_error(parent, "A sentence.").detailedText()
    assert all(isinstance(one, QMessageBox) for one in parent.findChildren(QMessageBox))
