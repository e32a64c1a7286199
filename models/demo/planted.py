"""Planted neurons: what each one computes, and the names that are right for it. `models.vision.planted` builds their network."""

from typing import Final

import msgspec

from models.pictures.words import SYNONYMS

SIDE: Final = 96  # pixels of the network's input; values 0..1, as they come from the picture
LAYER: Final = "planted"


class Planted(msgspec.Struct, frozen=True):
    """One neuron: `name` is what it responds to, in the pictograms' words; `accepted` are the names that say the same."""

    name: str
    accepted: tuple[str, ...]


def _texture(name: str) -> Planted:
    """Where a name has a direction, the texture alone is right as well: pictograms draw it in any direction."""
    direction, _, texture = name.rpartition(" ")
    names = (texture, *SYNONYMS[texture])
    return Planted(name, (*names, *(f"{direction} {one}" for one in names if direction)))


def _colour(name: str, *others: str) -> Planted:
    """A thing all of one colour is what such a neuron likes best, so a plain one is right as well."""
    return Planted(name, (name, *SYNONYMS[name], *others, *_both(name, "plain").accepted))


def _both(colour: str, texture: str) -> Planted:
    """A colour with a texture, in either order."""
    pairs = [(one, other) for one in (colour, *SYNONYMS[colour]) for other in (texture, *SYNONYMS[texture])]
    return Planted(f"{colour} {texture}", tuple(text for one, other in pairs for text in (f"{one} {other}", f"{other} {one}")))


COLOUR_NEURONS: Final = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
TEXTURE_NEURONS: Final = ("striped", "diagonal striped", "dotted", "checkered", "grid", "plain")
PAIR_NEURONS: Final = (("red", "striped"), ("blue", "dotted"), ("green", "checkered"), ("orange", "plain"))
NEURONS: Final = (
    *map(_colour, COLOUR_NEURONS),
    _colour("black", "dark", "darkness"),
    _colour("white", "bright", "brightness"),
    *map(_texture, TEXTURE_NEURONS),
    *(_both(*pair) for pair in PAIR_NEURONS),
)
"""The neurons in the order of the network's answers."""
