"""The small dictionary of the pictogram source: colours, textures, objects, groups and synonyms, read from words.toml."""

import tomllib
from pathlib import Path
from typing import Any, Final

_TABLES: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _icons(table: dict[str, str | list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: (icons,) if isinstance(icons, str) else tuple(icons) for name, icons in table.items()}


COLOURS: Final[dict[str, tuple[int, int, int]]] = {name: (rgb[0], rgb[1], rgb[2]) for name, rgb in _TABLES["colours"].items()}
"""Name -> sRGB, 0..255."""

TEXTURES: Final = ("plain", "striped", "dotted", "checkered", "zigzag", "grid")

OBJECTS: Final = _icons(_TABLES["objects"])
"""Name -> icons; what is drawn where a concept names no object, and the object classes of the demo network."""

ICONS: Final = _icons(_TABLES["icons"])
"""Other names -> icons."""

GROUPS: Final[dict[str, tuple[str, ...]]] = {name: tuple(members) for name, members in _TABLES["groups"].items()}
"""Name -> its members: objects, other groups, or any phrase an icon is found for."""

FILLERS: Final = frozenset(_TABLES["fillers"]["words"])
"""Words that add nothing to what is drawn."""

STATES: Final = frozenset(_TABLES["states"]["words"])
"""Words of icon names that say a state of an interface, such as "off"."""

SYNONYMS: Final[dict[str, tuple[str, ...]]] = {name: tuple(others) for name, others in _TABLES["synonyms"].items()}
"""Canonical name -> other names that mean the same."""
