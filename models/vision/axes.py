"""Where the channels of each value lie, and which token values carry a class token, followed through the graph."""

from typing import Final, Literal

import onnx

from models.vision.graph import depending_on

Axis = Literal["first", "last"]
Shapes = dict[str, tuple[int, ...]]

CHANNELS_FIRST: Final = frozenset(
    {
        "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization",
        "InstanceNormalization", "GroupNormalization", "LRN", "DepthToSpace", "SpaceToDepth",
    }
)  # fmt: skip
# Operators that show the values they are given in another shape: tapping them would list the same neurons twice.
VIEWS: Final = frozenset({"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Dropout", "Cast", "Pad"})


def channel_axes(graph: onnx.GraphProto, picture: str, shapes: Shapes) -> dict[str, Axis]:
    """For 4-D values with channels, whether they are (N, C, H, W), "first", or (N, H, W, C), "last".

    Values of four dimensions without channels, such as attention maps, are left out.
    """
    weights = {tensor.name: len(tensor.dims) for tensor in graph.initializer}
    axes: dict[str, Axis] = {picture: "first"}
    for node in graph.node:
        axis = _axis(node, axes, shapes, weights)
        for name in node.output:
            if axis and len(shapes.get(name, ())) == 4:
                axes[name] = axis
    return axes


def _axis(node: onnx.NodeProto, axes: dict[str, Axis], shapes: Shapes, weights: dict[str, int]) -> Axis | None:
    inherited = next((axes[name] for name in node.input if name in axes), None)
    match node.op_type:
        case operation if operation in CHANNELS_FIRST:
            return "first"
        case "LayerNormalization":
            return "last"
        case "MatMul":
            return "last" if weights.get(node.input[1]) == 2 else None
        case "Softmax":
            return None
        case "Transpose":
            return _transposed(node, inherited)
        case "Reshape" | "Squeeze" | "Unsqueeze":
            return _reshaped(shapes.get(node.input[0], ()), shapes.get(node.output[0], ()), inherited)
        case _:
            return inherited


def _transposed(node: onnx.NodeProto, axis: Axis | None) -> Axis | None:
    order = next((list(attribute.ints) for attribute in node.attribute if attribute.name == "perm"), [])
    if axis == "first" and order == [0, 2, 3, 1]:
        return "last"
    if axis == "last" and order == [0, 3, 1, 2]:
        return "first"
    return axis if order in ([0, 1, 3, 2] if axis == "first" else [0, 2, 1, 3], [0, 1, 2, 3]) else None


def _reshaped(before: tuple[int, ...], after: tuple[int, ...], axis: Axis | None) -> Axis | None:
    """The axis whose size stayed: (N, T, C) or (N, C) becomes (N, H, W, C) or (N, C, H, W)."""
    if len(before) < 2 or len(after) != 4:
        return None
    width = before[1] if axis == "first" or len(before) == 2 else before[-1]
    if after[-1] == width and axis != "first" and len(before) > 2:
        return "last"
    return "first" if after[1] == width else None


def class_token_values(graph: onnx.GraphProto, dependent: set[str], shapes: Shapes) -> set[str]:
    """The 3-D values (N, tokens, C) whose first token is a class token.

    A class token is a learned vector put before the patches: a Concat over tokens whose first part does not depend on the
    picture. Everything computed from it that has at least as many tokens still has it in front.
    """
    found: set[str] = set()
    for node in graph.node:
        if _adds_class_token(node, dependent, shapes):
            tokens = shapes[node.output[0]][1]
            after = depending_on(graph, node.output[0])
            found.update(name for name in after if len(shapes.get(name, ())) == 3 and shapes[name][1] >= tokens)
    return found


def _adds_class_token(node: onnx.NodeProto, dependent: set[str], shapes: Shapes) -> bool:
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), None)
    joins_tokens = node.op_type == "Concat" and axis in (1, -2) and len(shapes.get(node.output[0], ())) == 3
    return joins_tokens and node.input[0] not in dependent
