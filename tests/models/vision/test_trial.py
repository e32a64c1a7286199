"""A network that never ends is stopped."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.errors import BadFile
from models.vision.trial import patience, run_limited


def endless() -> bytes:
    """A loop of 2^62 rounds that adds one to its input."""
    one = numpy_helper.from_array(np.ones(1, np.float32), "one")
    true = helper.make_tensor_value_info("go", TensorProto.BOOL, [])
    state = helper.make_tensor_value_info("state", TensorProto.FLOAT, None)
    body = helper.make_graph(
        [helper.make_node("Add", ["state", "one"], ["next"]), helper.make_node("Identity", ["go"], ["on"])],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), true, state],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("next", TensorProto.FLOAT, None)],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["rounds", "", "x"], ["y"], body=body)],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.array(2**62), "rounds"), one],
    )
    model: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    return model


def test_an_endless_loop_is_stopped() -> None:
    session = ort.InferenceSession(endless(), providers=["CPUExecutionProvider"])
    with pytest.raises(BadFile, match="did not finish one batch of pictures in"):
        run_limited(session, {"x": np.zeros((1, 3, 8, 8), np.float32)}, 0.3)


def test_patience_goes_by_weight_but_not_for_loops() -> None:
    heavy = onnx.TensorProto(name="w", dims=[250_000, 1000], data_type=TensorProto.FLOAT)
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [], [], [heavy])
    assert patience(helper.make_model(graph)) == 108
    loop = onnx.ModelProto.FromString(endless())
    loop.graph.initializer.append(heavy)
    assert patience(loop) == 8
