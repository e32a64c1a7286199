"""Ablation: a mask of ones changes no bit, and a zero does what setting the weights to zero does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, numpy_helper

from models.errors import ModelError
from models.types.vision import Checkpoint, Layer
from models.vision.ablation import MASK, RAW, OnnxAblator, after_cut
from models.vision.graph import load, with_outputs
from models.vision.importer import CheckpointImporter
from models.vision.preprocess import prepare
from models.vision.session import OnnxTarget

Save = Callable[[onnx.ModelProto], tuple[Checkpoint, Path]]


@pytest.fixture
def converted(tmp_path: Path) -> Save:
    """Imports a graph; its card and its folder."""

    def convert(model: onnx.ModelProto) -> tuple[Checkpoint, Path]:
        onnx.save(model, tmp_path / "net.onnx")
        return CheckpointImporter().convert(tmp_path / "net.onnx", tmp_path / "converted"), tmp_path / "converted"

    return convert


@pytest.fixture
def files(tmp_path: Path, random_picture: Callable[..., bytes]) -> list[Path]:
    made = [tmp_path / f"{number}.png" for number in range(3)]
    for number, file in enumerate(made):
        file.write_bytes(random_picture(number))
    return made


def layer(checkpoint: Checkpoint, name: str) -> Layer:
    return next(one for one in checkpoint.layers if one.name == name)


def head(checkpoint: Checkpoint) -> Layer:
    return next(one for one in checkpoint.layers if one.role == "head")


def exact(graph: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> np.ndarray:
    """Without any fusing of operators."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    found: np.ndarray = ort.InferenceSession(graph.SerializeToString(), options, ["CPUExecutionProvider"]).run(None, feeds)[0]
    return found


@pytest.mark.parametrize("opset", [11, 17])
def test_a_mask_of_ones_changes_no_bit_at_any_layer(conv: Any, converted: Save, files: list[Path], opset: int) -> None:
    checkpoint, folder = converted(conv(opset))
    graph = load(folder)
    pictures = np.stack([prepare(file, checkpoint.preprocess) for file in files])
    answers = head(checkpoint)
    whole = exact(with_outputs(graph, [answers.tensor]), {graph.graph.input[0].name: pictures})
    for one in checkpoint.layers:
        if one.tensor == answers.tensor:
            continue
        raw = exact(with_outputs(graph, [one.tensor]), {graph.graph.input[0].name: pictures})
        cut = after_cut(graph, one, answers, TensorProto.FLOAT)
        assert [value.name for value in cut.graph.input] == [RAW, MASK]
        shape = [-1] + [1] * (raw.ndim - 2)
        assert np.array_equal(exact(cut, {RAW: raw, MASK: np.ones(one.width, np.float32).reshape(shape)}), whole)


def test_a_zero_is_what_zero_weights_are(conv: Any, converted: Save, files: list[Path]) -> None:
    model = conv()
    checkpoint, folder = converted(model)
    found = OnnxAblator(folder / "model.onnx", checkpoint.preprocess, layer(checkpoint, "relu"), head(checkpoint)).answers(files, [0, 2])
    assert found.values.shape == (3, 3, 4)
    for place, neuron in ((1, 0), (2, 2)):
        silent = onnx.ModelProto()
        silent.CopyFrom(model)
        weights = next(one for one in silent.graph.initializer if one.name == "w")
        values = numpy_helper.to_array(weights).copy()
        values[neuron] = 0
        weights.CopyFrom(numpy_helper.from_array(values, "w"))
        again, other = converted(silent)
        target = OnnxTarget(other / "model.onnx", again.preprocess, [head(again)])
        expected = target.activations_of_files(files, [head(again).name]).values[head(again).name]
        assert found.values[place] == pytest.approx(expected, abs=1e-6)
        assert not np.allclose(found.values[place], found.values[0])


def test_the_first_answers_are_those_of_the_whole_network(conv: Any, converted: Save, files: list[Path]) -> None:
    checkpoint, folder = converted(conv())
    ablator = OnnxAblator(folder / "model.onnx", checkpoint.preprocess, layer(checkpoint, "conv"), head(checkpoint))
    target = OnnxTarget(folder / "model.onnx", checkpoint.preprocess, [head(checkpoint)])
    bad = files[0].with_name("bad.png")
    bad.write_bytes(b"no picture")
    found = ablator.answers([*files, bad], [1])
    assert found.values[0, :3] == pytest.approx(target.activations_of_files(files, [head(checkpoint).name]).values[head(checkpoint).name])
    assert np.isnan(found.values[:, 3]).all()
    assert list(found.unreadable) == [3]


def test_a_fixed_batch_and_channels_last(conv: Any, converted: Save, files: list[Path]) -> None:
    checkpoint, folder = converted(conv(batch=2, channels_last=True))
    found = OnnxAblator(folder / "model.onnx", checkpoint.preprocess, layer(checkpoint, "relu"), head(checkpoint)).answers(files, [0])
    assert np.isfinite(found.values).all()
    assert not np.allclose(found.values[1], found.values[0])


def test_tokens_lose_the_neuron_everywhere(tokens: Any, converted: Save, files: list[Path]) -> None:
    checkpoint, folder = converted(tokens())
    graph = load(folder)
    last = checkpoint.layers[-1]
    for one in checkpoint.layers[:-1]:
        if len(one.shape) == 3:
            found = OnnxAblator(folder / "model.onnx", checkpoint.preprocess, one, last).answers(files, [0])
            assert found.values.shape == (2, 3, last.width)
            assert not np.allclose(found.values[0], found.values[1])
    assert graph.graph.node


def test_a_way_around_the_layer_stays_open(converted: Save, files: list[Path]) -> None:
    """Inside a residual block: what is added past the layer is still there."""
    nodes = [
        onnx.helper.make_node("Relu", ["x"], ["inside"]),
        onnx.helper.make_node("Add", ["inside", "x"], ["sum"]),
        onnx.helper.make_node("GlobalAveragePool", ["sum"], ["pool"]),
        onnx.helper.make_node("Flatten", ["pool"], ["flat"]),
        onnx.helper.make_node("Gemm", ["flat", "h"], ["logits"]),
    ]
    weights = numpy_helper.from_array(np.eye(3, 4, dtype=np.float32), "h")
    graph = onnx.helper.make_graph(
        nodes, "main_graph", [onnx.helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [onnx.helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)], [weights],
    )  # fmt: skip
    checkpoint, folder = converted(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8))
    inside = layer(checkpoint, "inside")
    found = OnnxAblator(folder / "model.onnx", checkpoint.preprocess, inside, head(checkpoint)).answers(files, [1])
    pictures = np.stack([prepare(file, checkpoint.preprocess) for file in files])
    assert found.values[1, :, 1] == pytest.approx(pictures[:, 1].mean(axis=(1, 2)), abs=1e-5)
    assert found.values[1, :, 0] == pytest.approx(found.values[0, :, 0])


def test_a_layer_that_the_answers_do_not_need_is_refused(conv: Any, converted: Save) -> None:
    checkpoint, folder = converted(conv())
    for wrong in (head(checkpoint), checkpoint.layers[-1]):
        with pytest.raises(ModelError, match="does not depend"):
            OnnxAblator(folder / "model.onnx", checkpoint.preprocess, wrong, layer(checkpoint, "relu"))
