"""When a label is the right name: equal to it, to a listed synonym, or with words too many."""

from collections.abc import Iterable

from line_desktop.concepts import key
from models import embedded


def accepted(name: str) -> list[str]:
    """A class name and its listed synonyms."""
    return [name, *embedded.SYNONYMS.get(name, ())]


def is_right(label: str, names: Iterable[str]) -> bool:
    """Whether a label is one of the names."""
    return key(label) in set(map(key, names))


def holds(label: str, names: Iterable[str]) -> bool:
    """Whether one of the names stands in a label, perhaps with other words around it ("chess knight dotted" of a chess knight)."""
    return any(f" {key(name)} " in f" {key(label)} " for name in names)
