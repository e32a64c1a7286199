"""Activation maps over photos: the photo grows dark where the neuron does not fire, and where the network did not look."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from line_desktop.viewer import MapAnswer
from models.types.shared import FloatArray
from models.types.vision import Rectangle
from ui.theme import LIGHT

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PhotoMap:
    """A map with the rectangle it covers, in sides of the photo's middle square (thumbnails show that square)."""

    values: FloatArray  # (rows, columns)
    area: Rectangle


def photo_map(answer: MapAnswer) -> PhotoMap:
    """The map of an answer."""
    values = np.frombuffer(answer.values, "<f4").reshape(answer.rows, answer.columns)
    return PhotoMap(values, in_middle_square(answer.seen, answer.size))


def in_middle_square(part: Rectangle, size: tuple[int, int]) -> Rectangle:
    """A part of a photo of `size` (width, height), given in shares of the photo, in sides of its middle square."""
    width, height = size
    side = min(size)
    left, top = (width - side) / 2, (height - side) / 2
    return (
        (part[0] * width - left) / side,
        (part[1] * height - top) / side,
        (part[2] * width - left) / side,
        (part[3] * height - top) / side,
    )


def scale_of(maps: Iterable[PhotoMap]) -> tuple[float, float]:
    """The values that are dark and bright on all photos alike: nothing or the lowest, and the highest but for a few."""
    values = [one.values[np.isfinite(one.values)] for one in maps]
    joined = np.concatenate(values) if values else np.zeros(1, np.float32)
    if not len(joined):
        return 0.0, 1.0
    low, high = np.percentile(joined, (20, 98))
    return float(low), float(max(high, low + 1e-12))


def shade(found: PhotoMap, side: int, scale: tuple[float, float], opacity: float) -> QImage:
    """What is laid over a square thumbnail of `side` device pixels: darker the less the neuron fires; `opacity` 0..1 of the darkest."""
    dark = QColor(LIGHT.text)
    dark.setAlphaF(opacity)
    shaded = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    shaded.fill(dark)
    low, high = scale
    fires = np.clip(np.nan_to_num((found.values - low) / (high - low)), 0.0, 1.0)
    alpha = np.rint((1.0 - fires) * opacity * 255).astype(np.uint8)
    left, top, right, bottom = (value * side for value in found.area)
    painter = QPainter(shaded)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(
        QRectF(left, top, right - left, bottom - top), _mask(alpha, dark, max(1, round(right - left)), max(1, round(bottom - top)))
    )
    painter.end()
    return shaded


def _mask(alpha: Mask, colour: QColor, width: int, height: int) -> QImage:
    """The alpha values as an image of the full size, smooth between the centres of the map's cells."""
    smooth = _enlarged(alpha, height, width)
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2], pixels[..., 3] = colour.blue(), colour.green(), colour.red(), smooth
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32).copy()


def _enlarged(values: Mask, height: int, width: int) -> Mask:
    """Bilinear: rows, then columns."""
    rows, columns = values.shape
    down = np.clip((np.arange(height) + 0.5) * rows / height - 0.5, 0, rows - 1)
    across = np.clip((np.arange(width) + 0.5) * columns / width - 0.5, 0, columns - 1)
    up, left = np.floor(down).astype(int), np.floor(across).astype(int)
    low, right = np.minimum(up + 1, rows - 1), np.minimum(left + 1, columns - 1)
    part, share = (down - up)[:, None], across - left
    tall = values[up] * (1 - part) + values[low] * part
    wide: Mask = np.rint(tall[:, left] * (1 - share) + tall[:, right] * share).astype(np.uint8)
    return wide
