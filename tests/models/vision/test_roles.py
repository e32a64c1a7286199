"""Which layers are offered first, in graphs whose blocks can be counted by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from models.types.vision import Role
from models.vision.graph import depending_on
from models.vision.importer import CheckpointImporter
from models.vision.roles import cut_values


def residual() -> onnx.GraphProto:
    """Two residual blocks, the second beside a gate (squeeze and excitation), then mean and Gemm; without module names."""
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["stem"], pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["stem", "w"], ["a1"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a1"], ["a2"]),
        helper.make_node("Add", ["stem", "a2"], ["block1"]),
        helper.make_node("MaxPool", ["block1"], ["half"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["half", "w"], ["b1"], pads=[1, 1, 1, 1]),
        helper.make_node("GlobalAveragePool", ["b1"], ["squeezed"]),
        helper.make_node("Sigmoid", ["squeezed"], ["gate"]),
        helper.make_node("Mul", ["b1", "gate"], ["b2"]),
        helper.make_node("Add", ["half", "b2"], ["block2"]),
        helper.make_node("GlobalAveragePool", ["block2"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "h"], ["logits"], transB=1),
    ]
    rng = np.random.default_rng(0)
    weights = {"w0": (4, 3, 3, 3), "w": (4, 4, 3, 3), "h": (6, 4)}
    return helper.make_graph(
        nodes,
        "main",
        [helper.make_tensor_value_info("x", 1, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("logits", 1, None)],
        [numpy_helper.from_array(rng.normal(size=size).astype(np.float32), name) for name, size in weights.items()],
    )


def slow_cuts(graph: onnx.GraphProto, picture: str) -> set[str]:
    """A value is a cut if without it no result depends on the picture: tried by cutting each in turn."""
    results = {value.name for value in graph.output}
    found = set()
    for name in depending_on(graph, picture) - {picture}:
        without = onnx.GraphProto()
        without.CopyFrom(graph)
        for node in without.node:
            node.output[:] = ["" if output == name else output for output in node.output]
        if name in results or not results & depending_on(without, picture):
            found.add(name)
    return found


def roles(graph: onnx.GraphProto, folder: Path) -> dict[Role, list[str]]:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "net.onnx")
    layers = CheckpointImporter().inspect(folder / "net.onnx").layers
    return {role: [layer.name for layer in layers if layer.role == role] for role in ("block", "pooled", "head", "inside")}


def test_cuts_are_what_nothing_leads_around(conv: Callable[..., onnx.ModelProto], tokens: Callable[..., onnx.ModelProto]) -> None:
    assert cut_values(residual(), "x") == {"stem", "block1", "half", "block2", "pool", "flat", "logits"}
    for graph in (residual(), conv().graph, tokens().graph):
        assert cut_values(graph, "x") == slow_cuts(graph, "x")


def test_without_module_names_the_last_of_each_resolution_is_a_block(tmp_path: Path) -> None:
    found = roles(residual(), tmp_path)
    assert (found["block"], found["pooled"], found["head"]) == (["block1", "block2"], ["pool"], ["logits"])
    assert {"a1", "a2", "squeezed", "gate", "stem"} <= set(found["inside"])


def test_a_map_that_is_only_flattened_at_the_end_is_the_head(tmp_path: Path) -> None:
    graph = residual()
    del graph.node[-1]
    graph.output[0].name = "flat"
    found = roles(graph, tmp_path)
    assert (found["pooled"], found["head"]) == (["block2"], ["pool"])


def test_tokens_before_the_head_are_the_final_features(tokens: Callable[..., onnx.ModelProto], tmp_path: Path) -> None:
    graph = tokens().graph
    graph.node.append(helper.make_node("Gather", ["out", "zero"], ["first"], axis=1))
    graph.node.append(helper.make_node("Flatten", ["first"], ["answer"]))
    graph.output[0].name = "answer"
    assert roles(graph, tmp_path)["pooled"] == ["out"]


@pytest.mark.parametrize("seed", range(5))
def test_cuts_of_random_graphs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ["x"]
    nodes = []
    for number in range(12):
        recent = names[-3:]
        inputs = sorted({recent[int(pick)] for pick in rng.integers(0, len(recent), 2)})
        nodes.append(helper.make_node("Sum", inputs, [f"v{number}"]))
        names.append(f"v{number}")
    graph = helper.make_graph(nodes, "g", [], [helper.make_tensor_value_info(names[-1], 1, None)])
    assert cut_values(graph, "x") == slow_cuts(graph, "x")
