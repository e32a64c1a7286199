"""One writer per workspace: a lock of the operating system on a small file that names the holder.

The system drops the lock with the process, so a killed writer leaves nothing to clean up.
"""

import os
import platform
import sys
from pathlib import Path
from typing import BinaryIO

from line_desktop.errors import BadWorkspace, WorkspaceBusy
from line_desktop.store.disk import room_for

if sys.platform == "win32":
    import msvcrt

    _BEYOND_THE_TEXT = 1 << 20  # a locked byte cannot be read on Windows, and the holder's name must be

    def _take(file: BinaryIO) -> None:
        file.seek(_BEYOND_THE_TEXT)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WorkspaceLock:
    """Held from construction to `release`. Raises WorkspaceBusy with the holder's pid and host."""

    def __init__(self, path: Path) -> None:
        try:
            with room_for(path.parent, 4096):
                self._file: BinaryIO = path.open("a+b", buffering=0)
        except OSError as error:
            raise BadWorkspace(
                f"The workspace {path.parent} cannot be written ({error.strerror}): choose a folder that is yours."
            ) from error
        try:
            _take(self._file)
        except (BlockingIOError, PermissionError) as error:
            holder = _holder(self._file)
            self._file.close()
            raise WorkspaceBusy(
                f"The workspace {path.parent} is in use by {holder}: wait until it ends, or choose another folder."
            ) from error
        with room_for(path.parent, 4096):
            self._file.truncate(0)
            self._file.write(f"{os.getpid()}\n{platform.node()}\n".encode())

    def release(self) -> None:
        """Let the next writer in. The file stays: removing it could take a newer writer's lock away."""
        self._file.close()


def _holder(file: BinaryIO) -> str:
    file.seek(0)
    lines = file.read(300).decode(errors="replace").splitlines()
    return f"process {lines[0]} on {lines[1]}" if len(lines) == 2 else "another process"
