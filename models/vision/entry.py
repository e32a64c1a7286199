"""The picture's way into a graph: whatever the layout and number format, `make_uniform` gives it one input (N, C, H, W) in float32."""

from typing import Final, NamedTuple

import onnx
from onnx import TensorProto, helper

from models.errors import BadFile
from models.vision.graph import consumers

FLOATS: Final = {TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE}
PICTURES: Final = "line_pictures"
DEFAULT_SIZE: Final = 224
LARGEST: Final = 4096  # pixels a side
LARGEST_BATCH: Final = 256


class Entry(NamedTuple):
    """The graph's input: sizes in pixels, None where the file leaves them open."""

    name: str
    batch: int | None
    channels: int
    height: int | None
    width: int | None


def find_entry(graph: onnx.GraphProto) -> onnx.ValueInfoProto:
    """The one input that takes pictures; raises BadFile if there is none, or more inputs than one."""
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    pictures = [value for value in inputs if len(value.type.tensor_type.shape.dim) == 4]
    if len(inputs) != 1 or not pictures:
        names = ", ".join(f"{value.name} {_sizes(value)}" for value in inputs[:4]) or "none"
        raise BadFile(
            f"A vision network takes one input of pictures (batch, channels, height, width); this one has {len(inputs)}: {names}."
        )
    if pictures[0].type.tensor_type.elem_type not in FLOATS:
        kind = TensorProto.DataType.Name(pictures[0].type.tensor_type.elem_type)
        raise BadFile(f"The network's input takes {kind} numbers; only floating-point input is supported, so export it again.")
    found: onnx.ValueInfoProto = pictures[0]
    return found


def make_uniform(model: onnx.ModelProto) -> Entry:
    """Change the graph so that its only input is float32 (N, C, H, W); a fixed batch stays fixed."""
    graph = model.graph
    value = find_entry(graph)
    sizes = _sizes(value)
    channels_last = sizes[1] not in (1, 3) and sizes[3] in (1, 3)
    batch, channels, height, width = (sizes[0], sizes[3], sizes[1], sizes[2]) if channels_last else sizes
    channels = channels or _convolved_channels(graph, value.name)
    if channels not in (1, 3):
        raise BadFile(f"The network's input has {channels} channels; only 1 (grey) and 3 (RGB) are supported.")
    if max(height or 1, width or 1) > LARGEST or (batch or 1) > LARGEST_BATCH:
        raise BadFile(
            f"The network's input takes {batch or 1} pictures of {height} × {width} pixels at once; at most {LARGEST_BATCH} of "
            f"{LARGEST} × {LARGEST} are supported."
        )
    entry = Entry(value.name, batch, channels, height, width)
    elem_type = value.type.tensor_type.elem_type
    del graph.input[:]
    if not channels_last and elem_type == TensorProto.FLOAT:
        graph.input.append(value)
        return entry
    shape = [batch or "batch", channels, height or "height", width or "width"]
    graph.input.append(helper.make_tensor_value_info(PICTURES, TensorProto.FLOAT, shape))
    steps = [helper.make_node("Cast", [PICTURES], [f"{PICTURES}_cast"], to=elem_type)]
    if channels_last:
        steps.append(helper.make_node("Transpose", [f"{PICTURES}_cast"], [value.name], perm=[0, 2, 3, 1]))
    else:
        steps[0].output[0] = value.name
    nodes = [*steps, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return entry._replace(name=PICTURES)


def uniform_entry(graph: onnx.GraphProto) -> Entry:
    """The input of a graph that `make_uniform` has changed."""
    batch, channels, height, width = _sizes(graph.input[0])
    return Entry(graph.input[0].name, batch, channels or _convolved_channels(graph, graph.input[0].name), height, width)


def _sizes(value: onnx.ValueInfoProto) -> list[int | None]:
    return [dimension.dim_value if dimension.dim_value > 0 else None for dimension in value.type.tensor_type.shape.dim]


def _convolved_channels(graph: onnx.GraphProto, name: str) -> int:
    """The channels that the first convolution takes; 3 if it does not say."""
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for node in consumers(graph).get(name, []):
        if node.op_type == "Conv" and len(node.input) > 1 and len(shapes.get(node.input[1], [])) == 4:
            groups = next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)
            return int(shapes[node.input[1]][1] * groups)
    return 3
