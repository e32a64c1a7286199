"""A Hugging Face preprocessor_config.json read as our own recipe. Its classes are never imported.

Sources: the image processors of transformers 5.23 (resize, center_crop, rescale, normalize; ConvNext's crop_pct).
"""

from typing import Any, Final

from models.errors import BadFile
from models.types.vision import Interpolation, Preprocess
from models.vision.entry import LARGEST
from models.vision.preprocess import IMAGENET_MEAN, IMAGENET_STD

RESAMPLE: Final[dict[int, Interpolation]] = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}  # Pillow's numbers
STRETCHED_FROM: Final = 384  # ConvNext's processor cuts nothing off from this size on
CROP_PCT: Final = 224 / 256  # ConvNext's default


def read_recipe(processor: dict[str, Any], default_size: int) -> Preprocess:
    """The recipe of a preprocessor_config.json; `default_size` in pixels where it states no size. Raises BadFile for nonsense."""
    height, width, resize = _sizes(processor, default_size)
    if not all(0 < size <= LARGEST for size in (height, width, resize or 1)):
        raise BadFile(f"preprocessor_config.json states pictures of {height} × {width} pixels; 1 to {LARGEST} a side are supported.")
    mean, std = _normalisation(processor)
    return Preprocess(height, width, resize, _interpolation(processor), mean, std, origin="file")


def _interpolation(processor: dict[str, Any]) -> Interpolation:
    number = processor.get("resample", 2)
    if not isinstance(number, int) or number not in RESAMPLE:
        raise BadFile(f"preprocessor_config.json states resample = {number!r}; the numbers 0 to 3 are supported, so correct the file.")
    return RESAMPLE[number]


def _sizes(processor: dict[str, Any], default: int) -> tuple[int, int, int | None]:
    """Height, width and the shorter side before the cut; None where the picture is stretched."""
    shorter, height, width = _resize_to(processor, default)
    if _is_convnext(processor) and shorter:
        if shorter >= STRETCHED_FROM:
            return shorter, shorter, None
        return shorter, shorter, int(shorter / _positive(processor, "crop_pct", CROP_PCT))
    if processor.get("do_center_crop") and processor.get("crop_size"):
        cut_height, cut_width = _height_width(processor["crop_size"], default)
        return cut_height, cut_width, shorter or min(height, width)
    return (shorter, shorter, shorter) if shorter else (height, width, None)


def _resize_to(processor: dict[str, Any], default: int) -> tuple[int | None, int, int]:
    """The shorter side, or None with a height and width."""
    size = processor.get("size") or default
    if isinstance(size, dict) and "shortest_edge" in size:
        shorter = _whole(size["shortest_edge"])
        return shorter, shorter, shorter
    if not isinstance(size, dict) and (processor.get("do_center_crop") or _is_convnext(processor)):
        return _whole(size), _whole(size), _whole(size)  # older files: one number is the shorter side where a cut follows
    height, width = _height_width(size, default)
    return None, height, width


def _height_width(size: Any, default: int) -> tuple[int, int]:
    if isinstance(size, dict):
        return _whole(size.get("height", default)), _whole(size.get("width", default))
    return _whole(size), _whole(size)


def _is_convnext(processor: dict[str, Any]) -> bool:
    names = (processor.get("image_processor_type"), processor.get("feature_extractor_type"))
    return "crop_pct" in processor or any(str(name).startswith("ConvNext") for name in names)


def _normalisation(processor: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and std for values scaled to 0..1, whatever factor the file scales with."""
    mean, std = _numbers(processor, "image_mean", IMAGENET_MEAN), _numbers(processor, "image_std", IMAGENET_STD)
    if not processor.get("do_normalize", True):
        mean, std = (0.0,) * len(mean), (1.0,) * len(std)
    scale = 255 * _positive(processor, "rescale_factor", 1 / 255) if processor.get("do_rescale", True) else 255.0
    if len(mean) != len(std) or min(std) <= 0:
        raise BadFile(f"preprocessor_config.json states the std {std} for the mean {mean}, which makes no sense; give --mean and --std.")
    if abs(scale - 1) < 1e-6:
        return mean, std
    return tuple(value / scale for value in mean), tuple(value / scale for value in std)


def _numbers(processor: dict[str, Any], key: str, default: tuple[float, ...]) -> tuple[float, ...]:
    value = processor.get(key) or default
    values = value if isinstance(value, (list, tuple)) else [value] * len(default)
    if len(values) not in (1, 3) or not all(isinstance(item, (int, float)) for item in values):
        raise BadFile(f"preprocessor_config.json states {key} = {value}, which is not one number or three; correct the file.")
    return tuple(float(item) for item in values)


def _positive(processor: dict[str, Any], key: str, default: float) -> float:
    value = processor.get(key) or default
    if not isinstance(value, (int, float)) or value <= 0:
        raise BadFile(f"preprocessor_config.json states {key} = {value!r}, which is not a positive number; correct the file.")
    return float(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise BadFile(f"preprocessor_config.json states the size {value!r}, which is not a whole number; correct the file.")
    return value
