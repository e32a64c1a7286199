"""Plain questions about an ONNX graph: who reads a value, which nodes are needed for it, which values depend on the picture."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read at import; a session would otherwise try to reach the network

import onnx
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from models.errors import BadFile

MODEL_FILE: Final = "model.onnx"
INLINE_LIMIT: Final = 2**30  # bytes of weights above which they go to a file beside the graph
# What onnxruntime raises; its own classes have no common base.
ORT_ERRORS: Final[tuple[type[Exception], ...]] = (
    *(kind for kind in vars(ort_state).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    RuntimeError,
    ValueError,
)
LOCATION_KEY: Final = "session.model_external_initializers_file_folder_path"


def reads(node: onnx.NodeProto) -> Iterator[str]:
    """The values a node needs, also those its loop or branch bodies take from outside."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from reads(inner)
            yield from (output.name for output in graph.output)


def consumers(graph: onnx.GraphProto) -> dict[str, list[onnx.NodeProto]]:
    """For each value the nodes that read it, in graph order."""
    found: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in dict.fromkeys(reads(node)):
            found.setdefault(name, []).append(node)
    return found


def depending_on(graph: onnx.GraphProto, value: str) -> set[str]:
    """All values computed from the content of `value`; what depends on its shape alone does not count."""
    found = {value}
    for node in graph.node:
        if node.op_type not in ("Shape", "Size") and not found.isdisjoint(reads(node)):
            found.update(name for name in node.output if name)
    return found


def prune(graph: onnx.GraphProto) -> None:
    """Drop the nodes and weights that no graph output needs."""
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            kept.append(node)
            needed.update(reads(node))
    del graph.node[:]
    graph.node.extend(reversed(kept))
    weights = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(weights)


def with_outputs(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """A copy whose outputs are the values `names`; ONNX Runtime works out their types."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.output[:]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    del copy.graph.value_info[:]
    return copy


def opset(model: onnx.ModelProto) -> int:
    """The version of the standard operators."""
    return max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=1)


def save(model: onnx.ModelProto, folder: Path, inline_limit: int = INLINE_LIMIT) -> None:
    """Write `folder`/model.onnx, with weights above `inline_limit` bytes in model.onnx.data beside it."""
    size = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
    onnx.save_model(
        model,
        folder / MODEL_FILE,
        save_as_external_data=size > inline_limit,
        all_tensors_to_one_file=True,
        location=f"{MODEL_FILE}.data",
    )


def load(folder: Path) -> onnx.ModelProto:
    """The graph written by `save`, with large weights left in their file."""
    return onnx.load_model(folder / MODEL_FILE, load_external_data=False)


def open_session(model: onnx.ModelProto, folder: Path, options: ort.SessionOptions, providers: Sequence[str]) -> Any:
    """An onnxruntime session for a graph in memory whose large weights may lie in `folder`; raises BadFile."""
    options.add_session_config_entry(LOCATION_KEY, str(folder))
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(model.SerializeToString(), options, providers=list(providers), enable_fallback=0)
    except ORT_ERRORS as error:
        raise BadFile(f"ONNX Runtime cannot open the network ({first_line(error)}); export it again.") from error


def first_line(error: BaseException) -> str:
    """A library's message as one short line."""
    return " ".join(str(error).split())[:300].rstrip(".") or type(error).__name__
