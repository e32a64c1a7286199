"""Numbers of a config within bounds, and functions of an ONNX file counted without writing them out."""

from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import helper
from onnx.inliner import inline_local_functions

from models.errors import BadFile
from models.inspect.config_bounds import check_config
from models.inspect.onnx_functions import expanded_nodes

LIMIT = 1000


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"depths": [2, 10**9]}, "depths"),
        ({"num_hidden_layers": 513}, "num_hidden_layers"),
        ({"vision_config": {"hidden_size": 10**12}}, "hidden_size"),
        ({"hidden_size": -(2**40)}, "hidden_size"),
        ({"a\u202e": 1e300}, "a\\u202e"),
    ],
)
def test_absurd_numbers_are_refused_with_their_field(config: dict[str, Any], field: str) -> None:
    with pytest.raises(BadFile) as caught:
        check_config(Path("config.json"), config)
    assert field in str(caught.value)


def test_usual_numbers_pass() -> None:
    layers = {"depths": [3, 4, 27, 3], "num_hidden_layers": 48}
    check_config(Path("config.json"), {**layers, "hidden_size": 6144, "vocab_size": 256_000, "layer_norm_eps": 1e-6, "use": True})


def function(name: str, *called: str) -> onnx.FunctionProto:
    """A function that calls others, or Relu, one after the other."""
    values = [f"v{index}" for index in range(len(called) + 1)]
    nodes = [
        helper.make_node(other, [values[index]], [values[index + 1]], domain="" if other == "Relu" else "f")
        for index, other in enumerate(called)
    ]
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    return helper.make_function("f", name, values[:1], values[-1:], nodes, imports)


def model(*functions: onnx.FunctionProto) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("A", ["x"], ["y"], domain="f")],
        "g",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])],
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8, functions=list(functions))


def test_the_count_is_what_writing_out_gives() -> None:
    made = model(function("A", "B", "Relu", "B"), function("B", "C", "C", "C"), function("C", "Relu", "Relu"))
    assert expanded_nodes(made, LIMIT) == len(inline_local_functions(made).graph.node) == 13


def test_counting_stops_at_the_limit_and_at_circles() -> None:
    names = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    doubling = [function(name, following, following) for name, following in zip(names, [*names[1:], "Relu"], strict=True)]
    assert expanded_nodes(model(*doubling), LIMIT) == LIMIT + 1
    assert expanded_nodes(model(function("A", "B"), function("B", "A")), LIMIT) is None
