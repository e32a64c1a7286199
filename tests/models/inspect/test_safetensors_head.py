"""The bounded safetensors reader against the library that writes them, and against damage."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.errors import BadFile
from models.inspect.safetensors_head import read_safetensors_head


def written(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def entry(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def test_it_reads_what_the_library_writes(tmp_path: Path) -> None:
    tensors: dict[str, np.ndarray] = {"a": np.zeros((2, 3), np.float32), "b": np.zeros((4,), np.int64), "c": np.zeros((0, 2), np.float16)}
    save_file(tensors, tmp_path / "w.safetensors", metadata={"format": "pt"})
    head = read_safetensors_head(tmp_path / "w.safetensors")
    assert {name: tensor.shape for name, tensor in head.items()} == {"a": (2, 3), "b": (4,), "c": (0, 2)}


@pytest.mark.parametrize(
    ("header", "data", "words"),
    [
        ({"a": entry([2], 0, 8)}, b"\0" * 7, "need 8 bytes and it has 7"),
        ({"a": entry([2], 0, 8)}, b"\0" * 9, "need 8 bytes and it has 9"),
        ({"a": entry([2], 4, 12)}, b"\0" * 12, "the place of 'a'"),
        ({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, b"\0" * 12, "the place of 'b'"),
        ({"a": entry([3], 0, 8)}, b"\0" * 8, "the place of 'a'"),
        ({"a": entry([-1, -2], 0, 8)}, b"\0" * 8, "the place of 'a'"),
        ({"a": entry([2**62, 2**62], 0, 8)}, b"\0" * 8, "the place of 'a'"),
        ({"a": entry([2], 0, 8, "F4")}, b"\0" * 8, "as F4"),
        ({"a": 3}, b"", "header cannot be read"),
        (b"[[[[[[[", b"", "header cannot be read"),
        (b"\xff\xfe{}", b"", "header cannot be read"),
    ],
)
def test_damage_is_one_sentence(header: Any, data: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=words):
        read_safetensors_head(written(tmp_path / "w.safetensors", header, data))


def test_a_header_longer_than_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="truncated or not safetensors"):
        read_safetensors_head(written(tmp_path / "w.safetensors", {}, length=2**63))
    (tmp_path / "short").write_bytes(b"\0\0")
    with pytest.raises(BadFile, match="2 bytes cannot hold its header"):
        read_safetensors_head(tmp_path / "short")
