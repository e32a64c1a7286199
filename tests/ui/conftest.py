"""What window tests stand on: one application without a screen; a Qt warning or an exception in a slot fails the test."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import msgspec
import pytest
from neuron_study import NeuronStudy, neuron_study
from PySide6.QtCore import QCoreApplication, QEvent, QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox, QWidget

from ui.gallery.thumbs import Thumbs
from ui.garbage import Garbage
from ui.session import Session
from ui.theme import Theme

Until = Callable[..., None]
NO_SCREEN = "This plugin does not support"  # what the platform without a screen says of window managers
PATIENCE = 60.0  # seconds; nothing is measured by it


@pytest.fixture(scope="session")
def application() -> QApplication:
    """The one application, in the light theme."""
    made = QApplication.instance() or QApplication(["line-desktop"])
    assert isinstance(made, QApplication)
    made.setApplicationName("LINE Desktop")
    made.setQuitOnLastWindowClosed(False)
    Theme(made, "light")
    Garbage(made)
    return made


@pytest.fixture(autouse=True)
def _nothing_unsaid(application: QApplication) -> Iterator[None]:
    """Fail on Qt's warnings and on exceptions that Qt swallows; leave no window behind."""
    said: list[str] = []

    def message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not text.startswith(NO_SCREEN):
            said.append(f"{kind.name}: {text}")

    def hook(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        said.append("".join(traceback.format_exception(kind, error, trace)))

    before, sys.excepthook = sys.excepthook, hook
    handler = qInstallMessageHandler(message)
    yield
    for widget in application.topLevelWidgets():
        widget.close()
        if widget.parent() is None:
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    application.processEvents()
    application.findChild(Garbage).search()
    qInstallMessageHandler(handler)
    sys.excepthook = before
    assert not said, "\n".join(said)


@pytest.fixture
def session(application: QApplication) -> Iterator[Session]:
    """A session with nothing open."""
    made = Session()
    yield made
    made.close()


@pytest.fixture
def thumbs(application: QApplication) -> Iterator[Thumbs]:
    """Thumbnails, whose threads are done when the test ends."""
    made = Thumbs()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> NeuronStudy:
    """The study that all copy."""
    return neuron_study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def study(made_once: NeuronStudy, tmp_path: Path) -> NeuronStudy:
    """Three neurons labelled twice: a copy of its own for each test, because they write."""
    shutil.copytree(made_once.folder, tmp_path / "study")
    return msgspec.structs.replace(made_once, folder=tmp_path / "study")


@pytest.fixture
def until(application: QApplication) -> Until:
    """`until(condition)` runs the event loop until the condition holds, and fails the test when it never does."""

    def wait(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            application.processEvents()
            time.sleep(0.005)

    return wait


@pytest.fixture
def nameless() -> Callable[[QWidget], list[str]]:
    """`nameless(widget)`: what the keyboard reaches in it, on pages that are not shown too, that a screen reader would have no name for."""

    def walk(root: QWidget) -> list[str]:
        return [describe(widget) for widget in [root, *root.findChildren(QWidget)] if reached(widget) and not name(widget)]

    def reached(widget: QWidget) -> bool:
        if isinstance(widget, QAbstractItemView) and inside_combo_box(widget):
            return False  # a part of the box, which has the name
        if isinstance(widget, QAbstractButton) and widget.isHidden():
            return False  # put away; its words come when it is shown
        return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and not widget.isWindow() and widget.focusProxy() is None

    def inside_combo_box(widget: QWidget | None) -> bool:
        return widget is not None and (isinstance(widget, QComboBox) or inside_combo_box(widget.parentWidget()))

    def name(widget: QWidget) -> str:
        found = QAccessible.queryAccessibleInterface(widget)
        return found.text(QAccessible.Text.Name).strip() if found is not None else ""

    def describe(widget: QWidget) -> str:
        parents = []
        above: QWidget | None = widget
        while above is not None:
            parents.append(type(above).__name__)
            above = above.parentWidget()
        return " < ".join(parents)

    return walk
