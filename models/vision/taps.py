"""Tapping: a graph whose only outputs are one number per neuron and picture, for the chosen layers (METHOD section 1)."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.errors import BadFile
from models.types.vision import Layer
from models.vision.graph import opset, prune, with_outputs
from models.vision.layers import channels_first

AXES_ARE_AN_INPUT: Final = 18  # ReduceMean's axes are an attribute before this opset


def tapped(model: onnx.ModelProto, layers: Sequence[Layer]) -> onnx.ModelProto:
    """A copy of `model` that gives float32 (N, width) for each layer, named by `output_name`; what no layer needs is dropped."""
    values = {name for node in model.graph.node for name in node.output}
    copy = with_outputs(model, [])
    for number, layer in enumerate(layers):
        if layer.tensor not in values:
            raise BadFile(f"The network has no value {layer.tensor!r}, which the layer {layer.name} taps; convert the checkpoint again.")
        pooled = _pool(copy, layer, output_name(number))
        copy.graph.node.append(helper.make_node("Cast", [pooled], [output_name(number)], to=TensorProto.FLOAT))
        copy.graph.output.append(helper.make_tensor_value_info(output_name(number), TensorProto.FLOAT, None))
    prune(copy.graph)
    return copy


def output_name(number: int) -> str:
    """The graph output that carries the layer with this number."""
    return f"line_tap_{number}"


def _pool(model: onnx.ModelProto, layer: Layer, name: str) -> str:
    """Add the node that leaves (N, width); returns its output."""
    match layer.pooling:
        case "none":
            return layer.tensor
        case "class-token":
            return _gather_first(model, layer.tensor, name)
        case "token-mean":
            return _mean(model, layer.tensor, [1], name)
        case "mean":
            return _mean(model, layer.tensor, [2, 3] if channels_first(layer) else [1, 2], name)


def _mean(model: onnx.ModelProto, value: str, axes: list[int], name: str) -> str:
    pooled = f"{name}_mean"
    if opset(model) >= AXES_ARE_AN_INPUT:
        model.graph.initializer.append(numpy_helper.from_array(np.array(axes, np.int64), f"{name}_axes"))
        node = helper.make_node("ReduceMean", [value, f"{name}_axes"], [pooled], keepdims=0)
    else:
        node = helper.make_node("ReduceMean", [value], [pooled], axes=axes, keepdims=0)
    model.graph.node.append(node)
    return pooled


def _gather_first(model: onnx.ModelProto, value: str, name: str) -> str:
    """The first token; a scalar index drops the token axis."""
    model.graph.initializer.append(numpy_helper.from_array(np.array(0, np.int64), f"{name}_index"))
    model.graph.node.append(helper.make_node("Gather", [value, f"{name}_index"], [f"{name}_token"], axis=1))
    return f"{name}_token"
