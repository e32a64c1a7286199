"""Finding a layer by the name a user typed."""

import difflib
from collections.abc import Sequence

from models.errors import UnknownLayer
from models.types.vision import Layer

SHOWN = 5


def find_layer(layers: Sequence[Layer], name: str) -> Layer:
    """The layer called `name`; raises UnknownLayer with the nearest valid names."""
    for layer in layers:
        if layer.name == name:
            return layer
    nearest = ", ".join(nearest_names([layer.name for layer in layers], name))
    raise UnknownLayer(f"The checkpoint has no layer '{name}' among its {len(layers)}; the nearest names are {nearest}.")


def nearest_names(names: Sequence[str], wanted: str, count: int = SHOWN) -> list[str]:
    """The `count` names most like `wanted`; names that contain it, or lie under it, come first."""
    folded = wanted.casefold()
    containing = [name for name in names if folded in name.casefold()] if folded else []
    similar = difflib.get_close_matches(wanted, names, n=count, cutoff=0.0)
    return list(dict.fromkeys([*containing[:count], *similar]))[:count]
