"""Activation maps against what the target stores: their mean is the activation of a layer that is averaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from models.errors import BadFile, ModelError
from models.host import connect
from models.layers import find_layer
from models.types.vision import Checkpoint, Layer, Mapper, Preprocess
from models.vision.graph import load
from models.vision.importer import CheckpointImporter
from models.vision.maps import OnnxMaps, as_grid, mapped, seen_part, token_grid
from models.vision.session import OnnxTarget

RECIPE = Preprocess(8, 8, 10, "bilinear", (0.2, 0.3, 0.4), (0.5, 0.6, 0.7), "user")
Network = Callable[..., onnx.ModelProto]


def imported(model: onnx.ModelProto, folder: Path) -> tuple[Checkpoint, Path]:
    file = folder / "network.onnx"
    file.write_bytes(model.SerializeToString())
    return CheckpointImporter().convert(file, folder / "out"), folder / "out" / "model.onnx"


@pytest.fixture
def photo(tmp_path: Path, random_picture: Callable[..., bytes]) -> Path:
    """A wide photo."""
    file = tmp_path / "photo.png"
    file.write_bytes(random_picture(3, (24, 12)))
    return file


@pytest.mark.parametrize("batch", ["batch", 3])
@pytest.mark.parametrize("channels_last", [False, True])
def test_the_mean_of_a_map_is_the_stored_activation(conv: Network, photo: Path, tmp_path: Path, batch: Any, channels_last: bool) -> None:
    checkpoint, model = imported(conv(batch=batch, channels_last=channels_last), tmp_path)
    stored = OnnxTarget(model, RECIPE, list(checkpoint.layers), "cpu", 1).activations_of_files([photo], ["relu"]).values["relu"][0]
    maps = OnnxMaps(model, RECIPE, find_layer(checkpoint.layers, "relu"))
    for neuron, activation in enumerate(stored):
        found = maps.map_of(photo, neuron).values
        assert found.shape == (6, 6)
        assert found.mean() == pytest.approx(activation, rel=1e-5)
    assert len({maps.map_of(photo, neuron).values.tobytes() for neuron in range(6)}) > 1


def test_a_map_shows_where_the_photo_is_bright(conv: Network, tmp_path: Path, weights: dict[str, Any]) -> None:
    checkpoint, model = imported(conv(), tmp_path)
    kernel = int(np.argmax(weights["conv"][3].sum((1, 2, 3))))  # the neuron that likes brightness most
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, 5:] = 255
    Image.fromarray(pixels).save(tmp_path / "right.png")
    whole = Preprocess(8, 8, None, "nearest", (0.0,) * 3, (1.0,) * 3, "user")
    found = OnnxMaps(model, whole, find_layer(checkpoint.layers, "conv")).map_of(tmp_path / "right.png", kernel)
    assert found.values[:, 5].min() > found.values[:, :3].max()
    assert found.seen == (0, 0, 1, 1)
    assert found.size == (8, 8)


@pytest.mark.parametrize("class_token", [True, False])
def test_patch_tokens_are_laid_out_as_they_lie_in_the_photo(
    tokens: Network, photo: Path, tmp_path: Path, class_token: bool, weights: dict[str, Any]
) -> None:
    checkpoint, model = imported(tokens(class_token=class_token), tmp_path)
    layer = next(one for one in checkpoint.layers if one.shape[1:] == ((5, 5) if class_token else (4, 5)))
    whole = Preprocess(8, 8, None, "nearest", (0.0,) * 3, (1.0,) * 3, "user")
    found = OnnxMaps(model, whole, layer).map_of(photo, 2).values
    pixels = np.asarray(Image.open(photo).resize((8, 8), Image.Resampling.NEAREST), np.float64) / 255
    for row in range(2):
        for column in range(2):
            patch = pixels[4 * row : 4 * row + 4, 4 * column : 4 * column + 4].transpose(2, 0, 1)
            value = (patch * weights["patch"][2]).sum()
            expected = value if layer.tensor in ("tokens", "all") else 1 / (1 + np.exp(-value))
            assert found[row, column] == pytest.approx(expected, rel=1e-4)


def test_the_mean_over_tokens_is_the_stored_activation(tokens: Network, photo: Path, tmp_path: Path) -> None:
    checkpoint, model = imported(tokens(class_token=False), tmp_path)
    layer = next(one for one in checkpoint.layers if one.pooling == "token-mean")
    stored = OnnxTarget(model, RECIPE, [layer], "cpu", 1).activations_of_files([photo], [layer.name]).values[layer.name][0]
    maps = OnnxMaps(model, RECIPE, layer)
    assert [maps.map_of(photo, neuron).values.mean() for neuron in range(5)] == pytest.approx(list(stored), rel=1e-5)


def averaged(axes: list[int], tokens: bool, opset: int) -> onnx.ModelProto:
    """Conv 4 × 4, stride 4 → (N, 5, 2, 2), or its tokens (N, 4, 5), or (N, 2, 2, 5) → ReduceMean → Gemm."""
    weights = {"p": np.random.default_rng(5).normal(size=(5, 3, 4, 4)).astype(np.float32), "head": np.eye(5, dtype=np.float32)}
    weights |= {"rows": np.array([0, 5, 4], np.int64), "axes": np.array(axes, np.int64)}
    nodes = [helper.make_node("Conv", ["x", "p"], ["patches"], strides=[4, 4])]
    if tokens:
        nodes.append(helper.make_node("Reshape", ["patches", "rows"], ["flat"]))
        nodes.append(helper.make_node("Transpose", ["flat"], ["last"], perm=[0, 2, 1]))
    else:
        last = 1 in [axis % 4 for axis in axes]
        nodes.append(helper.make_node("Transpose", ["patches"], ["last"], perm=[0, 2, 3, 1] if last else [0, 1, 2, 3]))
    mean = helper.make_node("ReduceMean", ["last", "axes"] if opset >= 18 else ["last"], ["mean"], keepdims=0)
    if opset < 18:
        mean.attribute.append(helper.make_attribute("axes", axes))
    nodes += [mean, helper.make_node("Gemm", ["mean", "head"], ["y"])]
    graph = helper.make_graph(
        nodes,
        "averaged",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


AVERAGED = [([2, 3], False, 17), ([-1, -2], False, 18), ([1, 2], False, 18), ([1], True, 17), ([-2], True, 18)]


@pytest.mark.parametrize("build", [None, *AVERAGED])
def test_a_pooled_layer_shows_what_it_is_the_mean_of(build: Any, photo: Path, tmp_path: Path, conv: Network) -> None:
    checkpoint, model = imported(conv() if build is None else averaged(*build), tmp_path)
    layer = next(one for one in checkpoint.layers if one.role == "pooled")
    stored = OnnxTarget(model, RECIPE, [layer], "cpu", 1).activations_of_files([photo], [layer.name]).values[layer.name][0]
    maps = OnnxMaps(model, RECIPE, layer)
    found = [maps.map_of(photo, neuron).values for neuron in range(layer.width)]
    assert {one.shape for one in found} == {(6, 6) if build is None else (2, 2)}
    assert [one.mean() for one in found] == pytest.approx(list(stored), rel=1e-4)
    assert max(np.ptp(one) for one in found) > 0


def test_a_layer_of_one_number_for_a_photo_has_no_map(conv: Network, tmp_path: Path) -> None:
    checkpoint, model = imported(conv(), tmp_path)
    with pytest.raises(ModelError, match="layer logits gives one number for a whole photo"):
        OnnxMaps(model, RECIPE, find_layer(checkpoint.layers, "logits"))


def test_values_that_form_no_grid(tmp_path: Path) -> None:
    layer = Layer("x", "Block", 5, (None, 13, 5), "x", "token-mean")
    with pytest.raises(ModelError, match="x has no activation map: its 13 values"):
        as_grid(np.arange(13, dtype=np.float32), layer, Preprocess(16, 16, None, "bicubic", (0.5,), (0.5,), "file"))


def test_a_damaged_photo_is_refused_and_the_next_one_still_read(conv: Network, photo: Path, tmp_path: Path) -> None:
    checkpoint, model = imported(conv(), tmp_path)
    maps, child = connect(Mapper, "maps", model, RECIPE, find_layer(checkpoint.layers, "relu"))  # type: ignore[type-abstract]
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    try:
        with pytest.raises(BadFile):
            maps.map_of(bad, 0)
        assert maps.map_of(photo, 0).values.shape == (6, 6)
    finally:
        child.close()


def test_a_value_that_the_graph_does_not_have_is_named(conv: Network, tmp_path: Path) -> None:
    _, model = imported(conv(), tmp_path)
    with pytest.raises(BadFile, match="no value 'gone'"):
        mapped(load(model.parent), Layer("relu", "Relu", 6, (None, 6, 6, 6), "gone", "mean"))


@pytest.mark.parametrize(
    ("tokens_", "grid"), [(197, (14, 14)), (196, (14, 14)), (201, (14, 14)), (50, (7, 7)), (3136, (56, 56)), (300, None)]
)
def test_token_grids_of_common_networks(tokens_: int, grid: tuple[int, int] | None) -> None:
    assert token_grid(tokens_, Preprocess(224, 224, None, "bicubic", (0.5,) * 3, (0.5,) * 3, "file")) == grid


def test_a_grid_follows_the_sides_of_the_input() -> None:
    wide = Preprocess(32, 64, None, "bicubic", (0.5,) * 3, (0.5,) * 3, "file")
    assert token_grid(33, wide) == (4, 8)
    layer = Layer("x", "Block", 5, (None, 33, 5), "x", "class-token")
    grid = as_grid(np.arange(33, dtype=np.float32), layer, wide)
    assert grid[0, 0] == 1
    assert grid[1, 0] == 9


@pytest.mark.parametrize("size", [(24, 12), (12, 24), (10, 10), (6, 6), (4, 3)])
@pytest.mark.parametrize("shorter", [8, 10, 6])
def test_the_seen_part_is_where_the_cut_out_lies(size: tuple[int, int], shorter: int) -> None:
    recipe = Preprocess(8, 8, shorter, "nearest", (0.5,), (0.5,), "file")
    width, height = (max(1, side * shorter // min(size)) for side in size)
    left, top, right, bottom = seen_part(size, recipe)
    assert (right - left) * width == pytest.approx(8)
    assert (bottom - top) * height == pytest.approx(8)
    assert left + right == pytest.approx(1, abs=1.01 / width)  # centred, up to the rounding of one pixel
    assert top + bottom == pytest.approx(1, abs=1.01 / height)
