"""Networks of the package timm, and how their pictures are prepared.

The recipe follows timm 1.0's `create_transform` for evaluation: the shorter side to size / crop_pct, then the centre.
"""

import math
from typing import Any, Final

from models.errors import BadFile
from models.types.vision import Interpolation, Preprocess
from models.vision.entry import LARGEST
from models.vision.preprocess import IMAGENET_MEAN, IMAGENET_STD

INTERPOLATIONS: Final[dict[str, Interpolation]] = {
    "nearest": "nearest", "bilinear": "bilinear", "bicubic": "bicubic", "lanczos": "lanczos", "random": "bilinear",
}  # fmt: skip
CROP_PCT: Final = 0.875


def names() -> list[str]:
    """Every architecture timm knows."""
    import timm

    found: list[str] = timm.list_models()
    return found


def make(name: str, classes: int | None, channels: int | None, size: int | None, **options: Any) -> Any:
    """The network, untrained; a size is given only to those that are made for one."""
    import timm

    if classes is not None:
        options["num_classes"] = classes
    if channels is not None:
        options["in_chans"] = channels
    if size is not None and timm.get_pretrained_cfg(name).fixed_input_size:
        options["img_size"] = size
    return timm.create_model(name, pretrained=False, **options)


def classes(network: Any) -> int:
    """How many classes the network answers with."""
    return int(network.num_classes)


def recipe(network: Any, name: str, channels: int, size: int | None) -> Preprocess:
    """As timm prepares pictures for the weights it offers under that name, which these need not be."""
    return from_fields(dict(network.pretrained_cfg), channels, size, "assumed")


def from_fields(fields: dict[str, Any], channels: int, size: int | None, origin: Any) -> Preprocess:
    """The recipe of a `pretrained_cfg`; raises BadFile for nonsense."""
    mean, std = (_numbers(fields, key, usual, channels) for key, usual in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)))
    height, width = (size, size) if size else _input_size(fields)
    share = fields.get("crop_pct", CROP_PCT)
    interpolation = INTERPOLATIONS.get(str(fields.get("interpolation", "bilinear")))
    if interpolation is None or not isinstance(share, (int, float)) or not 0 < share <= 1 or min(std) <= 0:
        raise BadFile(f"timm's configuration states crop_pct {share}, interpolation {fields.get('interpolation')} and std {std}: nonsense.")
    stretched = fields.get("crop_mode", "center") == "squash" or height != width
    resize = None if stretched else math.floor(min(height, width) / share)
    return Preprocess(height, width, resize, interpolation, mean, std, origin)


def _input_size(fields: dict[str, Any]) -> tuple[int, int]:
    size = fields.get("input_size", (3, 224, 224))
    if not isinstance(size, (list, tuple)) or len(size) != 3 or not all(isinstance(side, int) and 0 < side <= LARGEST for side in size):
        raise BadFile(f"timm's configuration states pictures of {size}; three numbers from 1 to {LARGEST} are supported.")
    return size[1], size[2]


def _numbers(fields: dict[str, Any], key: str, usual: tuple[float, ...], channels: int) -> tuple[float, ...]:
    values = fields.get(key) or usual
    if not isinstance(values, (list, tuple)) or not all(isinstance(value, (int, float)) for value in values):
        raise BadFile(f"timm's configuration states {key} = {values}, which is no list of numbers; correct the file.")
    if len(values) not in (channels, 3):
        raise BadFile(f"timm's configuration states {len(values)} numbers as {key} for {channels} channels; correct the file.")
    return tuple(float(value) for value in values[:channels])
