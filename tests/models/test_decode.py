"""Foreign pictures: every allowed kind decodes to the right pixels, everything else is one sentence."""

import contextlib
import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.decode import MAX_PIXELS, decode
from models.errors import BadFile

RED = (200, 30, 40)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def red(mode: str = "RGB", size: tuple[int, int] = (12, 8)) -> Image.Image:
    return Image.new("RGB", size, RED).convert(mode)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_allowed_formats_give_rgb_and_grey(kind: str, tmp_path: Path) -> None:
    data = encoded(red(), kind)
    (tmp_path / "photo.of.something").write_bytes(data)
    for source in (data, tmp_path / "photo.of.something"):
        colour, grey = decode(source), decode(source, channels=1)
        assert (colour.mode, colour.size, grey.mode) == ("RGB", (12, 8), "L")
        assert np.abs(np.asarray(colour).astype(int).mean((0, 1)) - RED).max() < 8


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "RGBA"])
def test_other_modes_keep_their_colour(mode: str) -> None:
    kind = {"P": "PNG", "RGBA": "PNG"}.get(mode, "TIFF")
    pixels = np.asarray(decode(encoded(red(mode), kind))).astype(int)
    assert np.abs(pixels.mean((0, 1)) - RED).max() < 8


def test_sixteen_bit_values_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    grey = np.asarray(decode(encoded(Image.fromarray(ramp), "PNG"), channels=1))
    assert np.array_equal(grey.reshape(-1), np.arange(256))


def test_one_bit_picture() -> None:
    grey = np.asarray(decode(encoded(Image.new("1", (4, 4), 1), "PNG"), channels=1))
    assert (grey == 255).all()


def test_transparency_is_white() -> None:
    clear = Image.new("RGBA", (4, 4), (*RED, 0))
    assert (np.asarray(decode(encoded(clear, "PNG"))) == 255).all()
    palette = Image.new("RGB", (4, 4), RED).quantize(2)
    assert (np.asarray(decode(encoded(palette, "PNG", transparency=palette.getpixel((0, 0))))) == 255).all()


def test_exif_orientation_is_applied() -> None:
    image = Image.new("RGB", (16, 8), "black")
    image.paste((255, 255, 255), (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise to be shown
    shown = decode(encoded(image, "PNG", exif=exif))
    assert shown.size == (8, 16)
    assert np.asarray(shown)[:8].mean() == 255
    assert np.asarray(shown)[8:].mean() == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_truncated_pictures_are_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    with pytest.raises(BadFile, match=r"damaged|is not a"):
        decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a", encoded(red("P"), "GIF"), encoded(red(), "PPM")])
def test_other_formats_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(BadFile, match=r"^the picture is not a PNG, JPEG, WebP, BMP or TIFF picture\.$"):
        decode(data)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    for side in (int(MAX_PIXELS**0.5) + 1, 60000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        with pytest.raises(BadFile, match="64 million pixels"):
            decode(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(BadFile, match="no such file"):
            decode(path)


def test_floating_point_picture_is_refused() -> None:
    with pytest.raises(BadFile, match="floating-point"):
        decode(encoded(Image.new("F", (4, 4), 0.5), "TIFF"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_damage_is_never_another_error(kind: str) -> None:
    """Bytes changed at random: a picture or BadFile, nothing else."""
    chance = random.Random(kind)
    whole = encoded(red(), kind)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 10])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(BadFile):
            assert decode(bytes(data)).mode == "RGB"
