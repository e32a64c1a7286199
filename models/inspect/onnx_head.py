"""A bounded walk over an ONNX file's outermost fields: is it ONNX, and is it all there?

ONNX is one protobuf message (onnx.proto, ModelProto). Only tags and lengths are read, so the cost is a few seeks whatever the size.
"""

from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final

IR_VERSION, GRAPH = 1, 7
KNOWN_FIELDS: Final = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}  # number -> wire type
MAX_FIELDS: Final = 100_000
MAX_IR_VERSION: Final = 100


class OnnxHead(Enum):
    """What the walk found."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    NO_GRAPH = "no graph"
    OTHER = "other"


def read_onnx_head(path: Path) -> OnnxHead:
    """Walk the outermost fields of `path`."""
    size = path.stat().st_size
    seen: set[int] = set()
    with path.open("rb") as stream:
        for _ in range(MAX_FIELDS):
            position = stream.tell()
            if position == size:
                break
            field = _field(stream, size)
            if field is None:
                return OnnxHead.OTHER
            number, fits = field
            if not fits:
                return OnnxHead.TRUNCATED if IR_VERSION in seen else OnnxHead.OTHER
            seen.add(number)
    if GRAPH in seen:
        return OnnxHead.WHOLE
    return OnnxHead.NO_GRAPH if IR_VERSION in seen else OnnxHead.OTHER


def _field(stream: BinaryIO, size: int) -> tuple[int, bool] | None:
    """The next field's number and whether it ends inside the file; None if it cannot belong to ONNX."""
    tag = _varint(stream)
    if tag is None or KNOWN_FIELDS.get(tag >> 3) != tag & 7:
        return None
    value = _varint(stream)
    if value is None:
        return tag >> 3, False
    if tag >> 3 == IR_VERSION and not 1 <= value <= MAX_IR_VERSION:
        return None
    if tag & 7 == 2:
        end = stream.tell() + value
        stream.seek(min(end, size))
        return tag >> 3, end <= size
    return tag >> 3, True


def _varint(stream: BinaryIO) -> int | None:
    """A protobuf varint of at most 10 bytes; None at the end of the file or if it is longer."""
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return None
