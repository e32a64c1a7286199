"""Normalisation inside the graph: its input becomes pixels, and its first nodes compute what `preprocess.normalised` does.

The operators are the same in the same order, float32 and correctly rounded, so the values are the same to the last bit (checked on CPU).
A picture is handed over in a quarter of the bytes, and normalised by the runtime's threads or on the GPU.
"""

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.types.vision import Preprocess
from models.vision.entry import Entry, uniform_entry

PIXELS: Final = "line_pixels"


def feed_pixels(model: onnx.ModelProto, recipe: Preprocess) -> Entry:
    """Change a graph that `make_uniform` has changed: its input becomes uint8 (N, C, H, W), pictures of the network's size."""
    graph = model.graph
    entry = uniform_entry(graph)
    shape = (1, recipe.channels, 1, 1)
    numbers = {"scale": np.float32(255), "mean": np.reshape(recipe.mean, shape), "std": np.reshape(recipe.std, shape)}
    for name, values in numbers.items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(values, np.float32), f"{PIXELS}_{name}"))
    nodes = [
        helper.make_node("Cast", [PIXELS], [f"{PIXELS}_cast"], to=TensorProto.FLOAT),
        helper.make_node("Div", [f"{PIXELS}_cast", f"{PIXELS}_scale"], [f"{PIXELS}_scaled"]),
        helper.make_node("Sub", [f"{PIXELS}_scaled", f"{PIXELS}_mean"], [f"{PIXELS}_centred"]),
        helper.make_node("Div", [f"{PIXELS}_centred", f"{PIXELS}_std"], [entry.name]),
        *graph.node,
    ]
    del graph.node[:]
    graph.node.extend(nodes)
    value = graph.input[0]
    value.name = PIXELS
    value.type.tensor_type.elem_type = TensorProto.UINT8
    return entry._replace(name=PIXELS)
