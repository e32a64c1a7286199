"""The Material Design Icons font that comes with qtawesome: its icons' names and their shapes. Needs no Qt."""

import importlib.util
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from models.errors import BadFile

MASK: Final = 128
"""Side of a glyph's mask in pixels; its longer side fills GLYPH of them."""
GLYPH: Final = 112
_FONT: Final = re.compile(r"materialdesignicons6-webfont-(\d+(?:\.\d+)*)\.ttf")


class IconFont:
    """Names and masks of the icons. Raises BadFile if qtawesome or its font is missing."""

    def __init__(self) -> None:
        folder, file, self.version = _find_font()
        charmap = json.loads((folder / f"materialdesignicons6-webfont-charmap-{self.version}.json").read_text("utf-8"))
        self._characters = {name: chr(int(code, 16)) for name, code in charmap.items()}
        self._path = str(file)
        self._sized = lru_cache(maxsize=64)(self._load)
        self.mask = lru_cache(maxsize=1024)(self._mask)

    @property
    def names(self) -> tuple[str, ...]:
        """All icons, such as "palm-tree"."""
        return tuple(self._characters)

    def _load(self, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self._path, size, layout_engine=ImageFont.Layout.BASIC)

    def _mask(self, name: str) -> Image.Image:
        """(MASK, MASK) picture of mode L, the glyph white, centred and as large as GLYPH pixels allow."""
        character = self._characters[name]
        left, top, right, bottom = self._sized(GLYPH).getbbox(character)
        font = self._sized(min(160, round(GLYPH * GLYPH / max(right - left, bottom - top, 1))))
        left, top, right, bottom = font.getbbox(character)
        image = Image.new("L", (MASK, MASK))
        corner = ((MASK - left - right) / 2, (MASK - top - bottom) / 2)
        ImageDraw.Draw(image).text(corner, character, font=font, fill=255)
        return image


def _find_font() -> tuple[Path, Path, str]:
    """Folder, file and version; qtawesome itself is not imported, it would need Qt."""
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise BadFile("The icon font is missing; install the package qtawesome to draw pictograms.")
    folder = Path(spec.origin).parent / "fonts"
    for file in sorted(folder.glob("*.ttf")):
        match = _FONT.fullmatch(file.name)
        if match:
            return folder, file, match[1]
    raise BadFile(f"{folder} has no Material Design Icons 6 font; install qtawesome 1.4 or later to draw pictograms.")
