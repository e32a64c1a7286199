"""What a process that decodes does: picture files in, the network's pixels out. It loads Pillow and numpy, and no network."""

from pathlib import Path

import msgspec
import numpy as np

from models.errors import BadFile
from models.types.vision import Preprocess, Rectangle
from models.vision.preprocess import Pixels, Region, pixels


class Decoded(msgspec.Struct, frozen=True):
    """`pixels`: uint8 (readable pictures, C, H, W); `unreadable`: place among those asked for -> reason."""

    pixels: Pixels
    unreadable: dict[int, str]


class Decoder:
    """Decodes, resizes and cuts by one recipe."""

    def __init__(self, recipe: Preprocess) -> None:
        self._recipe = recipe

    def decode(self, files: list[Path], parts: list[Rectangle | None]) -> Decoded:
        """Of each file its part in shares of the upright picture, None: all of it."""
        seen: list[Pixels] = []
        unreadable: dict[int, str] = {}
        for place, (file, part) in enumerate(zip(files, parts, strict=True)):
            try:
                seen.append(pixels(file if part is None else Region(file, part), self._recipe))
            except BadFile as error:
                unreadable[place] = str(error)
        size = (self._recipe.channels, self._recipe.height, self._recipe.width)
        return Decoded(np.stack(seen) if seen else np.empty((0, *size), np.uint8), unreadable)
