"""What the window remembers between two starts; everything here may be lost without harm to a study."""

import time
from pathlib import Path
from typing import Final, Literal

import msgspec
from PySide6.QtCore import QByteArray, QSettings

from line_desktop import paths
from ui.theme import Mode

RECENT: Final = 12  # workspaces
Purpose = Literal[
    "checkpoint", "photos", "language model", "picture model", "workspace", "CLIP", "captioner", "class names", "concepts", "table",
    "image editor",
]  # fmt: skip


class Recent(msgspec.Struct, frozen=True):
    """A workspace as it was when it was last open; `seen` in seconds since 1970."""

    folder: str
    neurons: int
    labelled: int
    seen: float

    @property
    def there(self) -> bool:
        """Whether a workspace is still in the folder."""
        return (Path(self.folder) / "line.db").is_file()


class Settings:
    """Kept in one file beside the log, so that LINE_DESKTOP_HOME moves it too."""

    def __init__(self) -> None:
        self._kept = QSettings(str(paths.home() / "window.ini"), QSettings.Format.IniFormat)

    def recent(self) -> list[Recent]:
        """Workspaces, the latest first; an unreadable list is an empty one."""
        try:
            return msgspec.json.decode(str(self._kept.value("recent", "[]")), type=list[Recent])
        except msgspec.DecodeError:
            return []

    def remember_workspace(self, folder: Path, neurons: int, labelled: int) -> None:
        """Put a workspace on top of the list."""
        entry = Recent(str(folder), neurons, labelled, time.time())
        others = [one for one in self.recent() if one.folder != entry.folder]
        self._save_recent([entry, *others][:RECENT])

    def forget_workspace(self, folder: str) -> None:
        """Take a workspace off the list; its folder stays."""
        self._save_recent([one for one in self.recent() if one.folder != folder])

    def _save_recent(self, entries: list[Recent]) -> None:
        self._kept.setValue("recent", msgspec.json.encode(entries).decode())

    @property
    def mode(self) -> Mode:
        """Light, dark, or as the system."""
        found = self._kept.value("mode", "system")
        return found if found in ("system", "light", "dark") else "system"

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._kept.setValue("mode", mode)

    @property
    def welcomed(self) -> bool:
        """Whether the pages of the first run were seen."""
        return self._kept.value("welcomed", "no") == "yes"

    @welcomed.setter
    def welcomed(self, seen: bool) -> None:
        self._kept.setValue("welcomed", "yes" if seen else "no")

    def last_path(self, purpose: Purpose) -> str:
        """Where the user last looked for something of this purpose, or the home folder."""
        return str(self._kept.value(f"last/{purpose}", str(Path.home())))

    def set_last_path(self, purpose: Purpose, path: str) -> None:
        """Remember it for the next file dialog."""
        self._kept.setValue(f"last/{purpose}", path)

    def window_state(self, part: str) -> QByteArray:
        """What Qt saved of a window's or dock's place; empty at first."""
        found = self._kept.value(f"window/{part}", QByteArray())
        return found if isinstance(found, QByteArray) else QByteArray()

    def set_window_state(self, part: str, state: QByteArray) -> None:
        """Remember it."""
        self._kept.setValue(f"window/{part}", state)
