"""Pictures with the statistics of photos, for checking an export where no photo is at hand: the dead-leaves model.

Discs of power-law size cover each other until nothing shines through; edges, flat regions and the fall of power with frequency are
like those of photos (Lee, Mumford and Huang, "Occlusion models for natural images", 2001).
"""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

SIDE: Final = 256  # pixels
LEAVES: Final = 600
SMALLEST, LARGEST = 4.0, 128.0  # radius in pixels


def natural_pictures(count: int, seed: int = 0) -> list[bytes]:
    """`count` PNG files of SIDE × SIDE pixels, RGB; the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [_leaves(rng) for _ in range(count)]


def _leaves(rng: np.random.Generator) -> bytes:
    image = Image.new("RGB", (SIDE, SIDE), "grey")
    draw = ImageDraw.Draw(image)
    for _ in range(LEAVES):
        x, y = rng.uniform(0, SIDE, 2)
        radius = _radius(float(rng.uniform()))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(rng))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _radius(chance: float) -> float:
    """A radius whose density falls with its cube, from a number between 0 and 1."""
    small, large = SMALLEST**-2, LARGEST**-2
    return float((small - chance * (small - large)) ** -0.5)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue
