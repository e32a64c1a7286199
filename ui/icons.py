"""The icons of the window, each under the name of what it means; drawn from QtAwesome's Phosphor font in the theme's colours.

QtAwesome itself is not imported: it loads half of Qt, which would double the time until the window is there.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from ui.theme import colours

Name = Literal[
    "start", "models", "gallery", "neuron", "new run", "open", "demo", "add", "remove", "check", "search", "filter", "sort", "back",
    "next", "up", "down", "play", "pause", "stop", "log", "picture", "photo", "edit", "undo", "redo", "compare", "similar", "save",
    "folder", "help", "settings", "close", "warning", "error", "good", "info", "more", "copy", "star", "dot",
    "cause", "ablate", "provisional",
]  # fmt: skip
GLYPHS: Final[dict[Name, str]] = {
    "start": "house", "models": "cube", "gallery": "squares-four", "neuron": "circles-three", "new run": "tag",
    "open": "folder-open", "demo": "sparkle", "add": "plus", "remove": "trash", "check": "shield-check",
    "search": "magnifying-glass", "filter": "funnel", "sort": "sort-ascending", "back": "arrow-left", "next": "arrow-right",
    "up": "arrow-up", "down": "arrow-down", "play": "play", "pause": "pause", "stop": "stop", "log": "article",
    "picture": "image", "photo": "camera", "edit": "pencil-simple", "undo": "arrow-counter-clockwise",
    "redo": "arrow-clockwise", "compare": "columns", "similar": "intersect", "save": "floppy-disk", "folder": "folder",
    "help": "question", "settings": "gear", "close": "x", "warning": "warning", "error": "warning-circle",
    "good": "check-circle", "info": "info", "more": "dots-three", "copy": "copy", "star": "star", "dot": "circle-fill",
    "cause": "eraser", "ablate": "scissors", "provisional": "hourglass-medium",
}  # fmt: skip
assert set(GLYPHS) == set(get_args(Name))


def icon(name: Name) -> QIcon:
    """The icon in quiet grey, in the accent colour where it is on; the colours follow the theme by themselves."""
    return QIcon(_Glyph(GLYPHS[name]))


@cache
def _font() -> tuple[str, dict[str, str]]:
    """The font's family, and the character of each icon by its name."""
    spec = find_spec("qtawesome")
    assert spec is not None, "the set-up installs QtAwesome with the window"
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "fonts"
    (file,), (names,) = folder.glob("phosphor-*.ttf"), folder.glob("phosphor-charmap-*.json")
    family = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))[0]
    codes = msgspec.json.decode(names.read_bytes(), type=dict[str, str])
    return family, {name: chr(int(code, 16)) for name, code in codes.items()}


class _Glyph(QIconEngine):
    """Draws a character of the icon font at whatever size is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def clone(self) -> QIconEngine:
        return _Glyph(self._name)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        family, characters = _font()
        face = QFont(family)
        face.setPixelSize(max(1, rect.height()))
        painter.save()
        painter.setFont(face)
        painter.setPen(_colour(mode, state))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, characters[self._name])
        painter.restore()


def _colour(mode: QIcon.Mode, state: QIcon.State) -> QColor:
    now = colours()
    if mode is QIcon.Mode.Disabled:
        return now.faint
    return now.accent if state is QIcon.State.On else now.quiet
