"""Whether Qt can open a window here: asked first, because Qt ends the process where it cannot."""

import ctypes
import os
import sys
from collections.abc import Mapping
from typing import Final

# Shared library -> Debian package. Qt brings its own libraries, and needs these of a Linux system. The set-up reads them here too.
ALWAYS: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
}
ON_X11: Final = {
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def problem(environment: Mapping[str, str] = os.environ) -> str:
    """Why no window can be opened, in one sentence; empty where one can."""
    if not sys.platform.startswith("linux"):
        return ""
    wanted = dict(ALWAYS)
    if "QT_QPA_PLATFORM" not in environment and "WAYLAND_DISPLAY" not in environment:
        if "DISPLAY" not in environment:
            return "there is no screen to open the window on; line-desktop --help lists what works without one."
        wanted |= ON_X11
    missing = {package for library, package in wanted.items() if not loads(library)}
    if not missing:
        return ""
    return f"the window needs system libraries that are not installed; on Debian and Ubuntu: apt install {' '.join(sorted(missing))}"


def loads(library: str) -> bool:
    """Whether the system finds this shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
