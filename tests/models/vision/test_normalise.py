"""Pixels fed to the graph: the very values that the reference preprocessing gives."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper
from PIL import Image

from models.types.vision import Preprocess
from models.vision.entry import make_uniform
from models.vision.graph import load
from models.vision.importer import CheckpointImporter
from models.vision.normalise import feed_pixels
from models.vision.preprocess import normalised, pixels, prepare
from models.vision.session import OnnxTarget
from models.vision.taps import output_name, tapped

RECIPES = [
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ((0.498, 0.498, 0.498), (0.502, 0.502, 0.502)),
    ((0.0, 1 / 3, -2.0), (1.0, 1e-3, 255.0)),
    ((0.5,), (0.5,)),
    ((0.1307,), (0.3081,)),
]


def mirror(channels: int, opset: int = 17) -> onnx.ModelProto:
    """A network that gives back its input."""
    value, out = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, 16, 16]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [out])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


@pytest.mark.parametrize(("mean", "std"), RECIPES)
@pytest.mark.parametrize("opset", [11, 17])
def test_all_256_values_are_normalised_to_the_last_bit(mean: tuple[float, ...], std: tuple[float, ...], opset: int) -> None:
    recipe = Preprocess(16, 16, None, "nearest", mean, std, "user")
    model = mirror(recipe.channels, opset)
    make_uniform(model)
    entry = feed_pixels(model, recipe)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    image = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert("L" if recipe.channels == 1 else "RGB")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    (found,) = session.run(None, {entry.name: pixels(stream.getvalue(), recipe)[None]})
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[0], normalised(image, recipe))


def picture(kind: str) -> bytes:
    """One photo in many files."""
    random = np.random.default_rng(4)
    photo = Image.fromarray(random.integers(0, 256, (12, 9, 3), np.uint8)).resize((61, 47), Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    match kind:
        case "cmyk":
            photo.convert("CMYK").save(stream, "JPEG")
        case "rotated":
            exif = Image.Exif()
            exif[0x0112] = 6
            photo.save(stream, "JPEG", exif=exif)
        case "sixteen bits":
            Image.fromarray(random.integers(0, 65536, (30, 20), np.uint16)).save(stream, "PNG")
        case "transparent":
            photo.putalpha(photo.convert("L"))
            photo.save(stream, "PNG")
        case "one pixel":
            photo.resize((1, 1)).save(stream, "PNG")
        case "grey":
            photo.convert("L").save(stream, "JPEG")
        case "palette":
            photo.convert("P").save(stream, "PNG")
        case _:
            photo.save(stream, kind)
    return stream.getvalue()


KINDS = ["cmyk", "rotated", "sixteen bits", "transparent", "one pixel", "grey", "palette", "PNG", "WEBP", "TIFF", "BMP"]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("resize", [None, 10])
@pytest.mark.parametrize("channels_last", [False, True])
def test_activations_are_those_of_the_reference_to_the_last_bit(
    channels: int, resize: int | None, channels_last: bool, conv: Callable[..., onnx.ModelProto], tmp_path: Path
) -> None:
    """The network that takes pixels, against the same one fed with what `prepare` makes."""
    recipe = Preprocess(8, 8, resize, "bilinear", (0.485, 0.456, 0.406)[:channels], (0.229, 0.224, 0.225)[:channels], "user")
    (tmp_path / "network.onnx").write_bytes(conv(channels=channels, channels_last=channels_last).SerializeToString())
    checkpoint = CheckpointImporter().convert(tmp_path / "network.onnx", tmp_path / "out")
    layers = list(checkpoint.layers)
    graph = tapped(load(tmp_path / "out"), layers)
    plain = ort.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    pictures = [picture(kind) for kind in KINDS]
    reference = np.stack([prepare(one, recipe) for one in pictures])
    wanted = plain.run([output_name(number) for number in range(len(layers))], {plain.get_inputs()[0].name: reference})
    found = OnnxTarget(tmp_path / "out" / "model.onnx", recipe, layers, "cpu").activations(pictures, [layer.name for layer in layers])
    assert found.unreadable == {}
    for layer, values in zip(layers, wanted, strict=True):
        np.testing.assert_array_equal(found.values[layer.name], values)
