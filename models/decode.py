"""The one door for foreign pictures: encoded bytes or a file become an 8-bit grey or RGB picture, or a sentence why not."""

import io
import struct
import warnings
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from models.errors import BadFile

FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
MAX_PIXELS: Final = 64_000_000  # 190 MB as RGB

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# What Pillow's readers raise on damaged files, by its own fuzzing and by experience; a warning counts where it is made an error.
DAMAGE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)


def decode(source: bytes | Path, channels: int = 3) -> Image.Image:
    """Decode a PNG, JPEG, WebP, BMP or TIFF (its first frame) to mode "RGB" (channels 3) or "L" (channels 1).

    The EXIF orientation is applied, transparency is laid on white, 16-bit values are scaled to 8 bits.
    Raises BadFile for anything else: another format, damage, more than MAX_PIXELS pixels (SAFETY, foreign files 8).
    """
    name = source.name if isinstance(source, Path) else "the picture"
    if isinstance(source, Path) and not source.is_file():
        raise BadFile(f"{name} cannot be read: there is no such file.")
    try:
        with Image.open(source if isinstance(source, Path) else io.BytesIO(source), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            return _eight_bit(upright).convert("L" if channels == 1 else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadFile(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels; make it smaller.") from error
    except UnidentifiedImageError as error:
        raise BadFile(f"{name} is not a PNG, JPEG, WebP, BMP or TIFF picture.") from error
    except DAMAGE as error:
        raise BadFile(f"{name} is a damaged picture or of a kind that cannot be read ({_words(error)}).") from error


def _eight_bit(image: Image.Image) -> Image.Image:
    """The picture with 8-bit channels and no transparency, in any mode that converts to L and RGB."""
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion would clip instead of scaling
        values = np.asarray(image).astype(np.int64).clip(0, 65535)
        return Image.fromarray((values // 257).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers")
    if image.mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(white, layered)
    return image


def _words(error: BaseException) -> str:
    """The library's reason as one short line."""
    return " ".join(str(error).split())[:120].rstrip(".") or type(error).__name__
