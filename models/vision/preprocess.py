"""From an encoded picture to the network's input, by the checkpoint's own recipe; Pillow's resize is the reference."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.decode import decode
from models.types.shared import FloatArray
from models.types.vision import Interpolation, Preprocess, Rectangle

if TYPE_CHECKING:
    from models.vision.entry import Entry

Pixels = npt.NDArray[np.uint8]

FILTERS: Final[dict[Interpolation, Image.Resampling]] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)
CENTRE_SHARE: Final = 0.875  # of the shorter side: 224 of 256, the usual evaluation crop on ImageNet


class Region(NamedTuple):
    """A part of a picture file, in shares of the upright picture."""

    file: Path
    part: Rectangle


def prepare(picture: bytes | Path | Region, recipe: Preprocess) -> FloatArray:
    """The network's input for one picture: float32 (C, H, W). Grey pictures become RGB and RGB grey as the network needs.

    Raises BadFile if the picture cannot be read.
    """
    return normalised(_seen(picture, recipe), recipe)


def pixels(picture: bytes | Path | Region, recipe: Preprocess) -> Pixels:
    """What the network sees of one picture, before it is normalised: uint8 (C, H, W). Raises BadFile."""
    values = np.asarray(_seen(picture, recipe)).reshape(recipe.height, recipe.width, recipe.channels)
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def _seen(picture: bytes | Path | Region, recipe: Preprocess) -> Image.Image:
    whole = decode(picture.file if isinstance(picture, Region) else picture, recipe.channels)
    return resized(cut(whole, picture.part) if isinstance(picture, Region) else whole, recipe)


def cut(image: Image.Image, part: Rectangle) -> Image.Image:
    """The pixels that a part touches, at least one."""
    left, top = (min(int(share * side), side - 1) for share, side in zip(part[:2], image.size, strict=True))
    right, bottom = (math.ceil(share * side) for share, side in zip(part[2:], image.size, strict=True))
    return image.crop((max(left, 0), max(top, 0), min(max(right, left + 1), image.width), min(max(bottom, top + 1), image.height)))


def normalised(image: Image.Image, recipe: Preprocess) -> FloatArray:
    """The network's input for a picture that has its size: float32 (C, H, W)."""
    values = np.asarray(image, np.float32).reshape(recipe.height, recipe.width, recipe.channels)
    mean, std = np.array(recipe.mean, np.float32), np.array(recipe.std, np.float32)
    return np.ascontiguousarray(((values / np.float32(255) - mean) / std).transpose(2, 0, 1))


def resized(image: Image.Image, recipe: Preprocess) -> Image.Image:
    """`image` at the network's size; where the cut-out is larger than the picture the rest is black."""
    filter_ = FILTERS[recipe.interpolation]
    if recipe.resize is None:
        return image.resize((recipe.width, recipe.height), filter_)
    size = scaled_size(image.size, recipe.resize)
    scaled = image.resize(size, filter_)
    left, top = (size[0] - recipe.width) // 2, (size[1] - recipe.height) // 2  # rounded as transformers does
    return scaled.crop((left, top, left + recipe.width, top + recipe.height))


def scaled_size(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """Width and height after the shorter side was resized to `shorter` pixels."""
    width, height = size
    least = min(size)
    return max(1, shorter * width // least), max(1, shorter * height // least)


def assumed(entry: "Entry") -> Preprocess:
    """The recipe where the file states none: the input's size cut from a slightly larger picture, ImageNet's mean and std."""
    from models.vision.entry import DEFAULT_SIZE  # loads onnx, which the processes that decode do without

    height, width = entry.height or DEFAULT_SIZE, entry.width or DEFAULT_SIZE
    grey = entry.channels == 1
    return Preprocess(
        height=height,
        width=width,
        resize=round(min(height, width) / CENTRE_SHARE) if height == width else None,
        interpolation="bilinear",
        mean=(0.5,) if grey else IMAGENET_MEAN,
        std=(0.5,) if grey else IMAGENET_STD,
        origin="assumed",
    )
