"""A hostile file or folder, and the door of the program it is brought to."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

DoorName = Literal["importer", "language", "pictures", "photo", "check"]
MARKER = "code-was-run"
"""A file that every payload tries to write, into the folder of its case."""


class Case(NamedTuple):
    """`build` writes into an empty folder and returns what is given to the door; `outcome` is what must happen.

    "refused": one sentence. "harmless": opened, with the hostile part left out, or refused.
    """

    name: str
    door: DoorName
    build: Callable[[Path], Path]
    outcome: Literal["refused", "harmless"] = "refused"


def payload(folder: Path) -> str:
    """Python code that leaves the marker and tries to connect."""
    return f"open({str(folder / MARKER)!r}, 'w'); import socket; socket.create_connection(('evil.example.org', 80), 1)"


def file(folder: Path, name: str, content: bytes) -> Path:
    """Write one file."""
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place
