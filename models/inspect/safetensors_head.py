"""The header of a safetensors file, read within bounds: names, shapes and offsets that all lie inside the file.

Format: 8 bytes little-endian header length, JSON header, then the tensors' bytes without holes.
"""

import math
from pathlib import Path
from typing import Final

import msgspec

from models.errors import BadFile

MAX_HEADER: Final = 100_000_000  # the safetensors library's own bound
BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip


class Tensor(msgspec.Struct, frozen=True):
    """One entry of the header; offsets in bytes from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def read_safetensors_head(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name; raises BadFile if the header or any offset is wrong."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 10 or length > size - 8:
            raise BadFile(f"{path.name} is truncated or not safetensors: {size} bytes cannot hold its header; fetch it again.")
        if length > MAX_HEADER:
            raise BadFile(f"{path.name} has a header of {length} bytes, more than the {MAX_HEADER} allowed; it is refused.")
        header = stream.read(length)
    try:
        entries = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        entries.pop("__metadata__", None)
        tensors = {name: msgspec.json.decode(raw, type=Tensor) for name, raw in entries.items()}
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadFile(f"{path.name} is not safetensors: its header cannot be read ({error}).") from error
    _check_offsets(path, tensors, size - 8 - length)
    return tensors


def _check_offsets(path: Path, tensors: dict[str, Tensor], data: int) -> None:
    position = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: item[1].data_offsets):
        start, end = tensor.data_offsets
        bits = BITS.get(tensor.dtype)
        if bits is None:
            raise BadFile(f"{path.name} holds {name!r} as {tensor.dtype}, a number format that is not supported; save it as F32 or F16.")
        if min(tensor.shape, default=0) < 0 or start != position or end - start != math.prod(tensor.shape) * bits // 8:
            raise BadFile(f"{path.name} is damaged: the place of {name!r} in the file does not fit its size; fetch it again.")
        position = end
    if position != data:
        raise BadFile(f"{path.name} is truncated or damaged: its tensors need {position} bytes and it has {data}; fetch it again.")
