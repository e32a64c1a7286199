"""Cards of model files that are known to work: exact names, sizes, hashes, and the conditions of their licences. Light to import."""

from functools import cache
from importlib.resources import files

import msgspec

from models.machine import Kind


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file to copy onto the machine; size in bytes. `conditions` are the licence's, for whoever uses or passes on the file."""

    title: str
    kind: Kind
    file: str
    bytes: int
    sha256: str
    source: str
    licence: str
    conditions: tuple[str, ...]
    advice: str


@cache
def cards() -> tuple[Card, ...]:
    """All cards, ordered by kind and title."""
    found = [msgspec.toml.decode(file.read_bytes(), type=Card) for file in files(__name__).iterdir() if file.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda card: (card.kind, card.title)))


def card_of(sha256: str) -> Card | None:
    """The card of exactly this file."""
    return next((card for card in cards() if card.sha256 == sha256), None)


def namesake(file_name: str) -> Card | None:
    """The card whose file has this name, whatever is in it."""
    return next((card for card in cards() if card.file.lower() == file_name.lower()), None)
