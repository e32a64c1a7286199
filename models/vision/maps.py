"""Activation maps: where in a photo one neuron fires. The layer's raw output before it is averaged, without gradients."""

from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from models.decode import decode
from models.errors import BadFile, EngineFailed, ModelError
from models.types.shared import FloatArray
from models.types.vision import ActivationMap, Layer, Preprocess, Rectangle
from models.vision.entry import uniform_entry
from models.vision.graph import ORT_ERRORS, first_line, load, open_session, prune, with_outputs
from models.vision.layers import channels_first
from models.vision.preprocess import normalised, resized, scaled_size

SHAPERS: Final = frozenset({"Reshape", "Flatten", "Squeeze", "Identity", "Dropout"})  # a vector in another shape is the same vector
MAP: Final = "line_map"
NEURON: Final = "line_neuron"
MOST_OTHER_TOKENS: Final = 8  # class, distillation and register tokens in front of the patches


class OnnxMaps:
    """One layer of a converted checkpoint whose maps can be asked for; implements models.types.vision.Mapper.

    It stays on the CPU with one thread: a person looks at a few photos, and the GPU's memory belongs to the jobs.
    """

    def __init__(self, model: Path, preprocess: Preprocess, layer: Layer) -> None:
        graph = load(model.parent)
        self._entry = uniform_entry(graph.graph)
        self._preprocess = preprocess
        self._layer = layer
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = open_session(mapped(graph, layer), model.parent, options, ["CPUExecutionProvider"])

    def map_of(self, file: Path, neuron: int) -> ActivationMap:
        """The map of one neuron on a photo. Raises BadFile (the photo), ModelError where the layer has no grid, EngineFailed."""
        photo = decode(file, self._preprocess.channels)
        picture = normalised(resized(photo, self._preprocess), self._preprocess)
        return ActivationMap(self._values(picture, neuron), seen_part(photo.size, self._preprocess), photo.size)

    def _values(self, picture: FloatArray, neuron: int) -> FloatArray:
        inputs = np.repeat(picture[None], self._entry.batch or 1, axis=0)
        try:
            (values,) = self._session.run([MAP], {self._entry.name: inputs, NEURON: np.array(neuron, np.int64)})
        except ORT_ERRORS as error:
            raise EngineFailed(f"ONNX Runtime failed on a photo ({first_line(error)}); free some memory and look again.") from error
        return as_grid(values[0], self._layer, self._preprocess)


def mapped(model: onnx.ModelProto, layer: Layer) -> onnx.ModelProto:
    """A copy of `model` that gives float32 (N, …) of one neuron before pooling; which neuron is a second input.

    Raises ModelError where the layer gives one number for a whole photo and is not the mean of something larger.
    """
    tensor, axis = unpooled(model.graph, layer)
    copy = with_outputs(model, [])
    copy.graph.node.append(helper.make_node("Gather", [tensor, NEURON], [f"{MAP}_raw"], axis=axis))
    copy.graph.node.append(helper.make_node("Cast", [f"{MAP}_raw"], [MAP], to=TensorProto.FLOAT))
    copy.graph.input.append(helper.make_tensor_value_info(NEURON, TensorProto.INT64, []))
    copy.graph.output.append(helper.make_tensor_value_info(MAP, TensorProto.FLOAT, None))
    prune(copy.graph)
    return copy


def unpooled(graph: onnx.GraphProto, layer: Layer) -> tuple[str, int]:
    """The value to look at and the axis of its neurons: the layer's own, or of a layer that is a plain mean what it is the mean of."""
    makers = {name: node for node in graph.node for name in node.output}
    if layer.tensor not in makers:
        raise BadFile(f"The network has no value {layer.tensor!r}, which the layer {layer.name} taps; convert the checkpoint again.")
    sides = layer.shape[2:] if len(layer.shape) == 4 and channels_first(layer) else layer.shape[1:-1]
    if any(side != 1 for side in sides):
        return layer.tensor, 1 if len(layer.shape) == 4 and channels_first(layer) else len(layer.shape) - 1
    node = makers[layer.tensor]
    while node.op_type in SHAPERS and node.input[0] in makers:
        node = makers[node.input[0]]
    if node.op_type == "GlobalAveragePool":
        return node.input[0], 1
    neurons = {(2, 3): 1, (1, 2): 3, (1,): 2}.get(mean_axes(graph, node))
    if neurons is None:
        raise ModelError(f"The layer {layer.name} gives one number for a whole photo, so there is no map of where it fires.")
    return node.input[0], neurons


def mean_axes(graph: onnx.GraphProto, node: onnx.NodeProto) -> tuple[int, ...]:
    """The axes a ReduceMean averages, counted from the front: two of a map, one of tokens; empty for any other node."""
    if node.op_type != "ReduceMean":
        return ()
    given = [list(attribute.ints) for attribute in node.attribute if attribute.name == "axes"]
    named = node.input[1] if len(node.input) > 1 else ""
    given += [numpy_helper.to_array(weights).ravel().tolist() for weights in graph.initializer if weights.name == named]
    axes = given[0] if given else []
    rank = 4 if len(axes) == 2 else 3
    return tuple(sorted(axis % rank for axis in axes))


def as_grid(values: FloatArray, layer: Layer, recipe: Preprocess) -> FloatArray:
    """One photo's values as (rows, columns): as they are, or the patch tokens laid out. Raises ModelError where there is no grid."""
    if values.ndim == 2:
        return values
    if values.ndim == 1:
        grid = token_grid(len(values), recipe)
        if grid is not None:
            rows, columns = grid
            return values[len(values) - rows * columns :].reshape(rows, columns)
    raise ModelError(f"The layer {layer.name} has no activation map: its {values.size} values for each photo form no grid.")


def token_grid(tokens: int, recipe: Preprocess) -> tuple[int, int] | None:
    """Rows and columns of the patches that the input was cut into; a few other tokens may stand in front of them."""
    for patch in range(1, min(recipe.height, recipe.width) + 1):
        if recipe.height % patch or recipe.width % patch:
            continue
        rows, columns = recipe.height // patch, recipe.width // patch
        if 0 <= tokens - rows * columns <= MOST_OTHER_TOKENS:
            return rows, columns
    return None


def seen_part(size: tuple[int, int], recipe: Preprocess) -> Rectangle:
    """The part of a photo of `size` (width, height) that the network looks at: left, top, right, bottom in shares of the photo.

    Below 0 or above 1 where the network sees a black margin around the photo.
    """
    if recipe.resize is None:
        return 0.0, 0.0, 1.0, 1.0
    width, height = scaled_size(size, recipe.resize)
    left, top = (width - recipe.width) // 2, (height - recipe.height) // 2
    return left / width, top / height, (left + recipe.width) / width, (top + recipe.height) / height
