"""Reading a checkpoint in a child, and what it asks for before it can be read: a name of the network, or consent to its code."""

import re
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from models.types.vision import Checkpoint
from ui.process import Command

CONSENT: Final = re.compile(r"--trust-code ([0-9a-f]{64})")
Wants = Literal["", "architecture", "consent"]


class Refusal(NamedTuple):
    """Why a checkpoint was not read, and what would help; `sha256` is the program's that asks for consent."""

    reason: str
    wants: Wants = ""
    sha256: str = ""


class Inspection(QObject):
    """One checkpoint at a time: a new one takes the place of the old."""

    found = Signal(object)  # Checkpoint
    refused = Signal(object)  # Refusal

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command: Command | None = None

    @property
    def running(self) -> bool:
        """Whether an answer is to come."""
        return self._command is not None

    def start(self, path: Path, architecture: str, trusted: str) -> None:
        """Begin; `trusted`: the SHA-256 of a program that may run its code."""
        self.stop()
        arguments = ["inspect", str(path.absolute()), "--json"]
        arguments += ["--arch", architecture] if architecture else []
        arguments += ["--trust-code", trusted] if trusted else []
        self._command = Command(arguments, self)
        self._command.answered.connect(self._answered)
        self._command.failed.connect(self._failed)
        self._command.start()

    def stop(self) -> None:
        """No answer is wanted any more."""
        if self._command is not None:
            self._command.stop()
            self._forget()

    def _forget(self) -> None:
        if self._command is not None:
            self._command.deleteLater()
        self._command = None

    @Slot(bytes)
    def _answered(self, answer: bytes) -> None:
        self._forget()
        self.found.emit(msgspec.json.decode(answer, type=Checkpoint))

    @Slot(str)
    def _failed(self, reason: str) -> None:
        self._forget()
        self.refused.emit(refusal(reason))


def refusal(reason: str) -> Refusal:
    """What a sentence of the command line asks for."""
    consent = CONSENT.search(reason)
    if consent is not None:
        return Refusal(reason, "consent", consent[1])
    return Refusal(reason, "architecture") if "--arch" in reason else Refusal(reason)
