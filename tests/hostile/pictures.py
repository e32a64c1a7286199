"""Pictures: bombs, damage, other formats in disguise, and names that lie."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from hostile.case import Case, file


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *parts: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(parts) + chunk(b"IEND", b"")


def pixels(width: int, height: int) -> bytes:
    """Black, deflated: a thousandth of its size."""
    return chunk(b"IDAT", zlib.compress(bytes((3 * width + 1) * height), 9))


def encoded(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(stream, kind, **options)
    return stream.getvalue()


def growing(kind: bytes, start: bytes) -> bytes:
    """A small picture with a part beside its pixels that grows to 200 MB."""
    return png(8, 8, chunk(kind, start + zlib.compress(bytes(200 << 20), 1)), pixels(8, 8))


def named(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    return lambda folder: file(folder, name, content())


def cut(kind: str) -> Callable[[], bytes]:
    return lambda: encoded(kind)[: len(encoded(kind)) // 2]


def tiff_loop() -> bytes:
    """A TIFF whose directory follows itself and claims 2³² entries."""
    entry = struct.pack("<HHII", 0x100, 4, 0xFFFFFFFF, 8)
    return b"II*\0" + struct.pack("<IH", 8, 0xFFFF) + entry * 20 + struct.pack("<I", 8)


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "photo.png")
    return folder / "photo.png"


def device(folder: Path) -> Path:
    (folder / "photo.png").symlink_to("/dev/zero")
    return folder / "photo.png"


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="http://evil.example.org/x.png"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(code-was-run) (w) file closefile\nshowpage\n"

CASES = [
    Case("a PNG of 10^10 pixels", "photo", named("p.png", lambda: png(100_000, 100_000, pixels(1000, 1000)))),
    Case("a PNG of 2^62 pixels", "photo", named("p.png", lambda: png(2**31 - 1, 2**31 - 1, pixels(8, 8)))),
    Case("a PNG with a text that grows to 200 MB", "photo", named("p.png", lambda: growing(b"zTXt", b"Comment\0\0")), "harmless"),
    Case("a PNG with a profile that grows to 200 MB", "photo", named("p.png", lambda: growing(b"iCCP", b"p\0\0")), "harmless"),
    Case("a PNG without its pixels", "photo", named("p.png", lambda: png(64, 64))),
    Case("a PNG whose first length is absurd", "photo", named("p.png", lambda: b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR" + bytes(40))),
    *(Case(f"a truncated {kind}", "photo", named(f"p.{kind.lower()}", cut(kind))) for kind in ("JPEG", "WebP", "BMP", "TIFF")),
    Case("a TIFF whose directory follows itself", "photo", named("p.tif", tiff_loop)),
    Case("a GIF", "photo", named("p.png", lambda: encoded("GIF"))),
    Case("an SVG that asks the network", "photo", named("p.png", lambda: SVG)),
    Case("a PostScript program", "photo", named("p.png", lambda: EPS)),
    Case("a photo with direction marks in its name", "photo", named("a\u202egnp.\x1b[2J\x07.png", lambda: b"no picture")),
    Case("a named pipe as a photo", "photo", pipe),
    Case("an endless device as a photo", "photo", device),
]
