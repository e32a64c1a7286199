"""An ONNX file with its external data, read whole into memory within bounds and checked before any other library sees it.

Everything that is hashed is what is used: each file is read once (SAFETY, "Foreign files" 7).
"""

import hashlib
import math
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from models.errors import BadFile
from models.inspect.onnx_functions import expanded_nodes

MAX_FILE: Final = 2**31 - 1  # bytes, protobuf's own limit for one message
MAX_NODES: Final = 200_000
MAX_DIMENSIONS: Final = 16
DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})  # all built into ONNX Runtime
HALF_BYTE: Final = frozenset({onnx.TensorProto.INT4, onnx.TensorProto.UINT4, onnx.TensorProto.FLOAT4E2M1})


class OnnxFile(NamedTuple):
    """`model` holds all weights itself; `sha256` is over the file, then its external data files in the order of their names."""

    model: onnx.ModelProto
    sha256: str
    bytes: int


def read_onnx(path: Path) -> OnnxFile:
    """Read and check `path`; raises BadFile in one sentence."""
    if path.stat().st_size > MAX_FILE:
        raise BadFile(f"{path.name} is larger than 2 GiB; export it with its weights as external data.")
    content = path.read_bytes()
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise BadFile(f"{path.name} is a damaged ONNX file; fetch or export it again.") from error
    if not all(isinstance(text, str) for text in _texts(model)):  # protobuf leaves broken text as bytes
        raise BadFile(f"{path.name} is a damaged ONNX file: a name in it is not text; fetch or export it again.")
    _check_operators(path, model)
    digest = hashlib.sha256(content)
    external = _load_external(path, model)
    for data in external.values():
        digest.update(data)
    return OnnxFile(model, digest.hexdigest(), len(content) + sum(map(len, external.values())))


def all_nodes(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """Every node, also those of functions and of loop and branch bodies."""
    pending = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while pending:
        node = pending.pop()
        yield node
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                pending.extend(graph.node)


def _texts(model: onnx.ModelProto) -> Iterator[str]:
    """Every name that is looked at later."""
    yield from (model.producer_name, model.graph.name)
    for entry in model.metadata_props:
        yield from (entry.key, entry.value)
    for node in all_nodes(model):
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for entry in node.metadata_props:
            yield from (entry.key, entry.value)
    yield from (value.name for value in (*model.graph.input, *model.graph.output))
    for tensor in _tensors(model):
        yield tensor.name
        for entry in tensor.external_data:
            yield from (entry.key, entry.value)


def _check_operators(path: Path, model: onnx.ModelProto) -> None:
    written_out = expanded_nodes(model, MAX_NODES)
    if written_out is None:
        raise BadFile(f"{path.name} is damaged: its functions call each other in a circle; export it again.")
    if written_out > MAX_NODES:
        raise BadFile(f"{path.name} comes to more than {MAX_NODES} nodes; it is refused.")
    known = DOMAINS | {function.domain for function in model.functions}
    for node in all_nodes(model):
        if node.domain not in known:
            raise BadFile(
                f"{path.name} uses the operator {node.op_type} of the custom domain {node.domain!r}, which needs foreign code; "
                "export it with standard operators."
            )


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """Every tensor that may hold weights: initializers and attributes, also in bodies."""
    graphs = [model.graph]
    for node in all_nodes(model):
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            graphs.extend((attribute.g, *attribute.graphs))
    for graph in graphs:
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)


def _load_external(path: Path, model: onnx.ModelProto) -> dict[str, bytes]:
    """Put external data into the tensors; returns the files' contents by location, sorted."""
    external = [tensor for tensor in _tensors(model) if tensor.data_location == onnx.TensorProto.EXTERNAL]
    entries = [{entry.key: entry.value for entry in tensor.external_data} for tensor in external]
    locations = sorted({entry.get("location", "") for entry in entries})
    files = {location: _safe_file(path, location).read_bytes() for location in locations}
    for tensor, entry in zip(external, entries, strict=True):
        tensor.raw_data = _slice(path, tensor, entry, files[entry.get("location", "")])
        tensor.ClearField("external_data")
        tensor.data_location = onnx.TensorProto.DEFAULT
    return files


def _safe_file(path: Path, location: str) -> Path:
    """The regular file at `location` inside the folder of `path`, reached through no link."""
    parts = PurePosixPath(location).parts
    if not parts or parts[0] == "/" or ".." in parts or any(mark in location for mark in ("\\", ":", "\0")):
        raise BadFile(f"{path.name} names external data outside its own folder ({location!r}); it is refused.")
    place = path.parent
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise BadFile(f"The external data {location!r} of {path.name} is reached through a link; put the file itself beside it.")
    if not place.is_file():
        raise BadFile(f"The external data file {location!r} of {path.name} is missing; put it beside the ONNX file.")
    status = place.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise BadFile(f"The external data {location!r} of {path.name} is a hard link to another file; put a copy beside it.")
    return place


def _slice(path: Path, tensor: onnx.TensorProto, entry: dict[str, str], data: bytes) -> bytes:
    """The tensor's bytes, whose number must follow from its dimensions and lie inside the file."""
    try:
        start, length = int(entry.get("offset", "0")), int(entry.get("length", "-1"))
    except ValueError as error:
        raise BadFile(f"{path.name} is damaged: the place of {tensor.name!r} in its external data is no number.") from error
    size = _size(path, tensor)
    if start < 0 or length not in (-1, size) or start + size > len(data):
        raise BadFile(
            f"{path.name} is damaged: {tensor.name!r} needs {size} bytes from {start} on, and its external data has {len(data)} "
            f"(it states {length}); fetch or export it again."
        )
    return data[start : start + size]


def _size(path: Path, tensor: onnx.TensorProto) -> int:
    dimensions = list(tensor.dims)
    if len(dimensions) > MAX_DIMENSIONS or min(dimensions, default=0) < 0 or tensor.data_type == onnx.TensorProto.STRING:
        raise BadFile(f"{path.name} is damaged: the external tensor {tensor.name!r} has no sensible shape or type.")
    count: int = math.prod(dimensions)
    if tensor.data_type in HALF_BYTE:
        return (count + 1) // 2
    try:
        return count * int(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
    except KeyError as error:
        raise BadFile(f"{path.name} is damaged: {tensor.name!r} has the unknown type {tensor.data_type}.") from error
