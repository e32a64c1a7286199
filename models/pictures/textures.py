"""The six textures, as smooth-edged masks: 1 where the object's own colour is, 0 where the second colour is."""

from collections.abc import Callable
from typing import Final

import numpy as np

from models.types.shared import FloatArray

Texture = Callable[[FloatArray, FloatArray, float], FloatArray]
"""(u, v, period), coordinates and period in pixels -> mask of u's shape, 0..1."""


def _from_middle(x: FloatArray, period: float) -> FloatArray:
    """Distance to the middle of the period x is in, 0..period / 2."""
    distance: FloatArray = np.abs((x / period) % 1 - 0.5) * period
    return distance


def _edge(distance: FloatArray) -> FloatArray:
    """A signed distance in pixels as coverage: a one-pixel ramp."""
    coverage: FloatArray = np.clip(distance + 0.5, 0, 1)
    return coverage


def plain(u: FloatArray, v: FloatArray, period: float) -> FloatArray:
    """The object's colour everywhere."""
    return np.ones_like(u)


def striped(u: FloatArray, v: FloatArray, period: float) -> FloatArray:
    """Straight bands, half and half."""
    return _edge(_from_middle(u, period) - period / 4)


def dotted(u: FloatArray, v: FloatArray, period: float) -> FloatArray:
    """Round dots in staggered rows."""
    across, down = period, 0.85 * period
    row = np.floor(v / down)
    from_dot: FloatArray = np.hypot(_from_middle(u + row % 2 * (across / 2), across), _from_middle(v, down))
    return _edge(from_dot - 0.3 * period)


def checkered(u: FloatArray, v: FloatArray, period: float) -> FloatArray:
    """A chessboard."""
    side = 1.3 * period
    across, down = _from_middle(u, side) - side / 4, _from_middle(v, side) - side / 4
    return _edge(np.sign(across * down) * np.minimum(np.abs(across), np.abs(down)))


def zigzag(u: FloatArray, v: FloatArray, period: float) -> FloatArray:
    """Bands that turn by a right angle again and again."""
    bent = u + _from_middle(v, 1.4 * period)
    return _edge((_from_middle(bent, 1.1 * period) - 0.275 * period) * 0.7)


def grid(u: FloatArray, v: FloatArray, period: float) -> FloatArray:
    """Thin crossing lines."""
    from_line: FloatArray = np.minimum(_from_middle(u, period), _from_middle(v, period))
    return _edge(from_line - 0.12 * period)


MASKS: Final[dict[str, Texture]] = {
    "plain": plain,
    "striped": striped,
    "dotted": dotted,
    "checkered": checkered,
    "zigzag": zigzag,
    "grid": grid,
}
