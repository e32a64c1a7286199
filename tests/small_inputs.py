"""Small inputs of the command line: an ONNX network with a dead neuron and one that gives NaN, and folders of generated photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

CLASSES = ("apple", "car", "cat", "dog", "house", "tree")
SIDE = 8  # pixels of the network's input
WIDTH = 6  # neurons of "relu", the last of them dead, and of "log", the first of them NaN for some photos


def network(file: Path, channels: int = 3) -> Path:
    """Conv 1 × 1 → relu (6 neurons, the last dead) → global mean → Gemm → log (6, the first NaN for some photos)."""
    mix = np.random.default_rng(1).uniform(-1, 1, (WIDTH, channels, 1, 1)).astype(np.float32)
    bias = np.array([1] * (WIDTH - 1) + [-100], np.float32)
    head = np.eye(WIDTH, dtype=np.float32) + 1
    head[0] = [9, -9, 0, 0, 0, 0]
    nodes = [
        helper.make_node("Conv", ["x", "mix", "bias"], ["conv"]),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head"], ["mixed"], transB=1),
        helper.make_node("Log", ["mixed"], ["log"]),
    ]
    return save(file, nodes, {"mix": mix, "bias": bias, "head": head}, channels, "log", TensorProto.FLOAT)


def network_without_layers(file: Path) -> Path:
    """A graph whose only value is made of whole numbers."""
    return save(file, [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.INT64)], {}, 3, "y", TensorProto.INT64)


def network_of_bytes(file: Path, size: int) -> Path:
    """A network with `size` bytes of weights."""
    weights = np.ones((size // 12, 3), np.float32)
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], ["y"], transB=1),
    ]
    return save(file, nodes, {"w": weights}, 3, "y", TensorProto.FLOAT)


def save(file: Path, nodes: Sequence[onnx.NodeProto], weights: dict[str, np.ndarray], channels: int, output: str, kind: int) -> Path:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", channels, SIDE, SIDE])],
        [helper.make_tensor_value_info(output, kind, None)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file


def labelled_photos(folder: Path, each: int = 3, names: Sequence[str] = CLASSES) -> Path:
    """A folder for each class, its photos of about one colour."""
    random = np.random.default_rng(2)
    for name in names:
        (folder / name).mkdir(parents=True)
        colour = random.integers(0, 200, 3)
        for number in range(each):
            photo(folder / name / f"{number}.png", colour, random)
    return folder


def plain_photos(folder: Path, count: int) -> Path:
    """An unlabelled folder."""
    random = np.random.default_rng(3)
    folder.mkdir()
    for number in range(count):
        photo(folder / f"{number:03d}.png", random.integers(0, 200, 3), random)
    return folder


def photo(file: Path, colour: np.ndarray, random: np.random.Generator) -> None:
    pixels = colour + random.integers(0, 56, (10, 10, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(file)
