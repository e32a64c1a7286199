"""Commands beside the window: their answers, their one sentence, their end."""

import json
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtTest import QSignalSpy

from ui.process import Command


def test_an_answer_comes_whole(until: Callable[..., None]) -> None:
    command = Command(["models", "list", "--json"])
    answered, failed = QSignalSpy(command.answered), QSignalSpy(command.failed)
    command.start()
    until(lambda: not command.running)
    assert failed.count() == 0
    assert json.loads(answered.at(0)[0])["remembered"] == []


def test_the_users_world_is_one_sentence(until: Callable[..., None], tmp_path: Path) -> None:
    command = Command(["models", "check", str(tmp_path / "nothing.gguf"), "--json"])
    failed = QSignalSpy(command.failed)
    command.start()
    until(lambda: failed.count() == 1)
    assert "nothing.gguf" in failed.at(0)[0]
    assert "line-desktop:" not in failed.at(0)[0]


def test_a_stopped_command_is_silent(until: Callable[..., None]) -> None:
    command = Command(["doctor", "--json"])
    answered, failed = QSignalSpy(command.answered), QSignalSpy(command.failed)
    command.start()
    until(lambda: command.running)
    command.stop()
    assert not command.running
    assert (answered.count(), failed.count()) == (0, 0)


def test_a_command_ends_with_whoever_asked(until: Callable[..., None]) -> None:
    asker = QObject()
    command = Command(["doctor", "--json"], asker)
    command.start()
    assert command._process.waitForStarted()
    started = command._process.processId()
    asker.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # a process left running is a warning of Qt's too
    assert not psutil.pid_exists(started)
