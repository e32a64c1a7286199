"""Tapped activations against a slow re-derivation in plain numpy (METHOD section 1)."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from models.errors import EngineFailed, ModelError, UnknownLayer
from models.types.vision import Checkpoint, Preprocess
from models.vision.batch_size import TRIES
from models.vision.graph import load, save
from models.vision.importer import CheckpointImporter
from models.vision.session import OnnxTarget
from models.vision.taps import tapped

PLAIN = Preprocess(8, 8, None, "nearest", (0.2, 0.3, 0.4), (0.5, 0.6, 0.7), "user")
GREY = Preprocess(8, 8, None, "nearest", (0.5,), (0.5,), "user")


def imported(model: onnx.ModelProto, folder: Path) -> tuple[Checkpoint, Path]:
    folder.mkdir(exist_ok=True)
    file = folder / "network.onnx"
    file.write_bytes(model.SerializeToString())
    return CheckpointImporter().convert(file, folder / "out"), folder / "out" / "model.onnx"


def target(model: onnx.ModelProto, folder: Path, recipe: Preprocess = PLAIN) -> OnnxTarget:
    checkpoint, file = imported(model, folder)
    return OnnxTarget(file, recipe, list(checkpoint.layers), "cpu", 1)


def pixels(data: bytes, recipe: Preprocess = PLAIN) -> np.ndarray:
    """(C, H, W): the recipe for a picture that already has the network's size."""
    image = np.asarray(Image.open(io.BytesIO(data)).convert("L" if recipe.channels == 1 else "RGB"), np.float64)
    image = image.reshape(8, 8, recipe.channels)
    return np.stack([(image[:, :, c] / 255 - recipe.mean[c]) / recipe.std[c] for c in range(recipe.channels)])


def convolved(picture: np.ndarray, kernels: np.ndarray, stride: int = 1) -> np.ndarray:
    side = kernels.shape[-1]
    steps = range(0, picture.shape[1] - side + 1, stride)
    return np.array([[[(picture[:, y : y + side, x : x + side] * kernel).sum() for x in steps] for y in steps] for kernel in kernels])


def expected(data: bytes, weights: dict[str, Any], recipe: Preprocess = PLAIN) -> dict[str, np.ndarray]:
    conv = convolved(pixels(data, recipe), weights["conv"][recipe.channels])
    relu = np.maximum(conv, 0)
    pool = relu.mean((1, 2))
    return {"conv": conv.mean((1, 2)), "relu": pool, "pool": pool, "logits": weights["head"] @ pool}


def assert_activations(
    found: OnnxTarget, pictures: list[bytes], weights: dict[str, Any], recipe: Preprocess = PLAIN, tol: float = 1e-5
) -> None:
    layers = ["relu", "conv", "logits", "pool"]
    answer = found.activations(list(pictures), layers)
    assert list(answer.values) == layers
    assert answer.unreadable == {}
    for layer in layers:
        slow = np.array([expected(data, weights, recipe)[layer] for data in pictures])
        assert answer.values[layer].dtype == np.float32
        np.testing.assert_allclose(answer.values[layer], slow, rtol=tol, atol=tol)


@pytest.mark.parametrize("opset", [11, 13, 17, 21])
def test_every_opset_gives_the_mean_over_positions(
    opset: int, conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    assert_activations(target(conv(opset), tmp_path), [random_picture(n) for n in range(3)], weights)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_fixed_batch_is_filled_up(
    batch: int, conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    assert_activations(target(conv(batch=batch), tmp_path), [random_picture(n) for n in range(6)], weights)


def test_more_pictures_than_one_batch(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    assert_activations(target(conv(), tmp_path), [random_picture(n) for n in range(70)], weights)


class SmallMemory:
    """A session with memory for so many pictures at once."""

    def __init__(self, session: Any, most: int) -> None:
        self.session, self.most, self.asked = session, most, list[int]()

    def run(self, outputs: list[str], inputs: dict[str, np.ndarray]) -> Any:
        (value,) = inputs.values()
        self.asked.append(len(value))
        if len(value) > self.most:
            raise RuntimeError("Failed to allocate memory for requested buffer of size 3211264")
        return self.session.run(outputs, inputs)


def test_where_memory_runs_out_fewer_pictures_go_through_at_once(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    found = target(conv(), tmp_path)
    found._session = small = SmallMemory(found._session, 5)
    assert_activations(found, [random_picture(n) for n in range(40)], weights)
    assert small.asked[: TRIES + 3] == [*[4] * TRIES, 8, 4, 4]
    assert set(small.asked[TRIES + 1 :]) == {4}, "it stays so"
    small.most = 0
    with pytest.raises(EngineFailed, match="ONNX Runtime failed on 1 picture "):
        found.activations([random_picture(1)], ["relu"])


def test_channels_last_input(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    assert_activations(target(conv(channels_last=True), tmp_path), [random_picture(1)], weights)


def test_a_grey_network_takes_rgb_pictures(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    assert_activations(target(conv(channels=1), tmp_path, GREY), [random_picture(1)], weights, GREY)


def test_half_precision_network(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    assert_activations(target(conv(kind=TensorProto.FLOAT16), tmp_path), [random_picture(1)], weights, tol=2e-2)


@pytest.mark.parametrize("opset", [13, 18])
def test_tokens_give_the_class_token_or_their_mean(
    opset: int, tokens: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    data = random_picture(5)
    patches = convolved(pixels(data), weights["patch"], stride=4)
    sigmoid = 1 / (1 + np.exp(-patches))
    without = target(tokens(opset, class_token=False), tmp_path / "without").activations([data], ["out", "patches"]).values
    np.testing.assert_allclose(without["out"][0], sigmoid.mean((1, 2)), rtol=1e-5)
    np.testing.assert_allclose(without["patches"][0], patches.mean((1, 2)), rtol=1e-5, atol=1e-6)
    found = target(tokens(opset), tmp_path / "with").activations([data], ["out"]).values["out"]
    np.testing.assert_allclose(found[0], 1 / (1 + np.exp(-weights["class_token"][0, 0])), rtol=1e-5)


def test_a_linear_layer_over_channels_last_positions(random_picture: Callable[..., bytes], tmp_path: Path) -> None:
    """As in ConvNeXt: (N, H, W, C) values, also where H equals C."""
    matrix = np.random.default_rng(3).normal(size=(3, 8)).astype(np.float32)
    nodes = [
        helper.make_node("Transpose", ["x"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["last", "m"], ["linear"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("linear", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(matrix, "m")],
    )
    data = random_picture(2)
    found = target(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path)
    slow = pixels(data).mean((1, 2)) @ matrix
    np.testing.assert_allclose(found.activations([data], ["linear"]).values["linear"][0], slow, rtol=1e-5, atol=1e-6)


def test_weights_in_a_file_beside_the_graph(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    checkpoint, file = imported(conv(), tmp_path)
    model = load(file.parent)
    for tensor in model.graph.initializer:  # below 1 KiB the onnx library keeps a tensor inline
        values = numpy_helper.to_array(tensor)
        if tensor.name == "h":
            tensor.CopyFrom(numpy_helper.from_array(np.pad(values, ((0, 96), (0, 0))), "h"))
    save(model, file.parent, inline_limit=0)
    assert (file.parent / "model.onnx.data").stat().st_size >= 2400
    layers = [msgspec.structs.replace(layer, width=100) if layer.name == "logits" else layer for layer in checkpoint.layers]
    data = random_picture(0)
    found = OnnxTarget(file, PLAIN, layers, "cpu").activations([data], ["logits"]).values["logits"]
    np.testing.assert_allclose(found[0, :4], expected(data, weights)["logits"], rtol=1e-5, atol=1e-5)


def test_unreadable_pictures_are_named_and_their_rows_are_nan(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], tmp_path: Path
) -> None:
    found = target(conv(), tmp_path)
    good = random_picture(0)
    answer = found.activations([good, b"not a picture", b"", good], ["relu"])
    assert sorted(answer.unreadable) == [1, 2]
    values = answer.values["relu"]
    assert np.isnan(values[1:3]).all()
    np.testing.assert_array_equal(values[0], values[3])
    (tmp_path / "good.png").write_bytes(good)
    files = found.activations_of_files([tmp_path / "gone.png", tmp_path / "good.png"], ["relu"])
    assert list(files.unreadable) == [0]
    assert "gone.png" in files.unreadable[0]
    np.testing.assert_array_equal(files.values["relu"][1], values[0])
    assert found.activations([b"bad"], ["relu"]).values["relu"].shape == (1, 6)
    assert found.activations([], ["relu"]).values["relu"].shape == (0, 6)


def test_values_that_are_not_finite_are_passed_on(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], tmp_path: Path
) -> None:
    model = conv()
    kernels = numpy_helper.to_array(model.graph.initializer[0]).copy()
    kernels[2] = np.nan
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(kernels, "w"))
    values = target(model, tmp_path).activations([random_picture(0)], ["conv"]).values["conv"][0]
    assert np.isnan(values[2])
    assert np.isfinite(np.delete(values, 2)).all()


def test_what_no_layer_needs_is_not_computed(conv: Callable[..., onnx.ModelProto], tmp_path: Path) -> None:
    checkpoint, file = imported(conv(), tmp_path)
    graph = tapped(load(file.parent), [layer for layer in checkpoint.layers if layer.name == "conv"]).graph
    assert {node.op_type for node in graph.node} == {"Conv", "ReduceMean", "Cast"}
    assert {tensor.name for tensor in graph.initializer} == {"w"}


def test_an_unknown_layer_lists_the_nearest_names(conv: Callable[..., onnx.ModelProto], tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match=r"no layer 'konv' among its 4; the nearest names are conv, "):
        target(conv(), tmp_path).activations([], ["konv"])


def test_a_recipe_that_does_not_fit_the_network_is_refused(conv: Callable[..., onnx.ModelProto], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"takes 3 × 8 × 8 .* gives 1 × 8 × 8; change"):
        target(conv(), tmp_path, GREY)


def test_any_size_where_the_network_leaves_it_open(
    conv: Callable[..., onnx.ModelProto], random_picture: Callable[..., bytes], weights: dict[str, Any], tmp_path: Path
) -> None:
    found = target(conv(size="side"), tmp_path)
    assert found.device() == "CPU"
    assert_activations(found, [random_picture(1)], weights)
