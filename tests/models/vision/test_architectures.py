"""timm folders, and weights of networks that timm or torchvision know by name. The tests ask for both packages."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import BadFile
from models.types.vision import Checkpoint, ReadAs
from models.vision import architectures
from models.vision.importer import CheckpointImporter
from models.vision.preprocess import prepare, resized
from models.vision.session import OnnxTarget

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module", autouse=True)
def _packages() -> Iterator[None]:
    """torchvision's CUDA build wants two operators that a torch without CUDA lacks; none of them is used here."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    try:
        importlib.import_module("torchvision")
        importlib.import_module("timm")
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"timm and torchvision cannot be imported: {error}")
    yield
    del library


def saved_weights(network: Any, path: Path) -> Path:
    torch.save(network.state_dict(), path)
    return path


def assert_equal_to_torch(found: Checkpoint, folder: Path, network: Any, pictures: list[bytes]) -> None:
    """Blocks, pooled features and head are what torch's hooks see."""
    layers = [layer for layer in found.layers if layer.role != "inside"]
    seen: dict[str, Any] = {}
    for layer in layers:
        network.get_submodule(layer.name).register_forward_hook(
            lambda _module, _inputs, output, name=layer.name: seen.update({name: output})
        )
    with torch.inference_mode():
        network(torch.from_numpy(np.stack([prepare(data, found.preprocess) for data in pictures])))
    target = OnnxTarget(folder / "model.onnx", found.preprocess, layers, "cpu")
    values = target.activations(pictures, [layer.name for layer in layers]).values
    for layer in layers:
        output = seen[layer.name]
        output = output[:, 0] if layer.pooling == "class-token" else output.mean((2, 3)) if output.ndim == 4 else output
        np.testing.assert_allclose(values[layer.name], output.numpy(), rtol=2e-3, atol=2e-4, err_msg=layer.name)


def test_weights_of_a_torchvision_network(tmp_path: Path, random_picture: Any) -> None:
    import torchvision

    torch.manual_seed(0)
    network = torchvision.models.squeezenet1_1(num_classes=6).train(False)
    file = saved_weights(network, tmp_path / "net.pth")
    found = CheckpointImporter().convert(file, tmp_path / "out", ReadAs("torchvision:squeezenet1_1", size=48))
    assert (found.format, found.trust, found.architecture) == ("state-dict", "torch-weights", "torchvision:squeezenet1_1")
    recipe = found.preprocess
    assert (recipe.height, recipe.resize, recipe.interpolation, recipe.mean[0], recipe.origin) == (48, 55, "bilinear", 0.485, "assumed")
    assert_equal_to_torch(found, tmp_path / "out", network, [random_picture(seed, (60, 50)) for seed in range(2)])


def test_weights_of_a_grey_timm_network(tmp_path: Path, random_picture: Any) -> None:
    import timm
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = timm.create_model("test_resnet", num_classes=7, in_chans=1).train(False)
    save_file(network.state_dict(), tmp_path / "net.safetensors")
    found = CheckpointImporter().convert(tmp_path / "net.safetensors", tmp_path / "out", ReadAs("test_resnet", size=64))
    assert (found.trust, found.architecture, found.preprocess.channels) == ("safetensors", "timm:test_resnet", 1)
    assert found.sha256 == CheckpointImporter().fingerprint(tmp_path / "net.safetensors")
    assert [layer.width for layer in found.layers if layer.role == "head"] == [7]
    assert "conv1" not in {layer.name for layer in found.layers}  # its last convolution has taken in bn1, and goes by that name
    assert_equal_to_torch(found, tmp_path / "out", network, [random_picture(seed, (60, 50)) for seed in range(2)])


@pytest.fixture
def timm_folder(tmp_path: Path) -> Path:
    """A vision transformer of one block for 32 × 32 pixels, as timm writes it for the hub."""
    import timm
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = timm.create_model("test_vit", num_classes=3, img_size=32, depth=1)
    folder = tmp_path / "folder"
    folder.mkdir()
    save_file(network.state_dict(), folder / "model.safetensors")
    recipe = {"input_size": [3, 32, 32], "crop_pct": 0.9, "interpolation": "bicubic", "mean": [0.4] * 3, "std": [0.2] * 3}
    config = {
        "architecture": "test_vit",
        "num_classes": 3,
        "label_names": ["n1", "n2", "n3"],
        "label_descriptions": {"n1": "tench", "n2": "shark"},
        "model_args": {"img_size": 32, "depth": 1, "pretrained": True, "checkpoint_path": "/etc/passwd"},
        "pretrained_cfg": recipe | {"url": "http://example.invalid/weights.pth", "crop_mode": "center"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_timm_folder(timm_folder: Path, tmp_path: Path, random_picture: Any) -> None:
    import timm
    from safetensors.torch import load_file

    found = CheckpointImporter().convert(timm_folder, tmp_path / "out")
    assert (found.format, found.trust, found.architecture) == ("timm", "safetensors", "test_vit")
    assert found.class_names == ("tench", "shark", "n3")
    recipe = found.preprocess
    assert (recipe.height, recipe.resize, recipe.interpolation, recipe.mean, recipe.origin) == (32, 35, "bicubic", (0.4,) * 3, "file")
    assert {layer.name: layer.pooling for layer in found.layers if layer.role != "inside"} == {
        "blocks.0": "class-token", "norm": "class-token", "head": "none"
    }  # fmt: skip
    network = timm.create_model("test_vit", num_classes=3, img_size=32, depth=1).train(False)
    network.load_state_dict(load_file(timm_folder / "model.safetensors"))
    assert_equal_to_torch(found, tmp_path / "out", network, [random_picture(seed, (60, 50)) for seed in range(2)])


def test_the_recipe_is_timms_own() -> None:
    """timm's own evaluation transform, with the pixels it gives."""
    from PIL import Image
    from timm.data import create_transform

    from models.vision.timm_networks import from_fields

    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)  # an even rest: half a pixel is rounded the other way
    for size, share, interpolation in ((32, 0.875, "bicubic"), (40, 0.95, "bilinear"), (24, 1.0, "bicubic")):
        fields = {"input_size": (3, size, size), "crop_pct": share, "interpolation": interpolation}
        theirs = create_transform(fields["input_size"], crop_pct=share, interpolation=interpolation, mean=(0.0,) * 3, std=(1.0,) * 3)
        ours = np.asarray(resized(Image.fromarray(pixels), from_fields(fields, 3, None, "file")))
        np.testing.assert_allclose(ours.transpose(2, 0, 1) / 255, theirs(Image.fromarray(pixels)).numpy(), atol=1 / 255)


def test_weights_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    import timm

    weights = timm.create_model("test_resnet", num_classes=7).state_dict()
    weights["extra.weight"] = torch.ones(3)
    for name in ("conv1.conv1.weight", "fc.bias"):
        weights.pop(name, None)
    torch.save(weights, tmp_path / "net.pth")
    with pytest.raises(BadFile) as caught:
        CheckpointImporter().inspect(tmp_path / "net.pth", ReadAs("test_resnet"))
    assert "net.pth do not fit timm's test_resnet: 1 missing: fc.bias; 1 unexpected: extra.weight. Give the --arch" in str(caught.value)


def test_of_two_packages_the_first_that_fits_is_taken(tmp_path: Path) -> None:
    import timm
    import torchvision

    coloured = torchvision.models.resnet18(num_classes=2).state_dict()
    built = architectures.build("resnet18", coloured, 64, tmp_path)
    assert (built.name, built.recipe.interpolation, built.recipe.resize) == ("torchvision:resnet18", "bilinear", 73)
    assert architectures.build("timm:resnet18", coloured, 64, tmp_path).name == "timm:resnet18"
    grey = timm.create_model("resnet18", num_classes=2, in_chans=1).state_dict()
    assert architectures.build("resnet18", grey, 64, tmp_path).name == "timm:resnet18"
    with pytest.raises(BadFile, match=r"1 of another shape: conv1\.weight \(64 × 1 × 7 × 7 where 64 × 3 × 7 × 7 is wanted\)"):
        architectures.build("torchvision:resnet18", grey, 64, tmp_path)


def test_unknown_names_give_the_nearest(tmp_path: Path) -> None:
    file = saved_weights(torch.nn.Linear(2, 2), tmp_path / "net.pth")
    with pytest.raises(BadFile, match=r"torchvision and timm know no network 'resnet5O'; the nearest names are .*resnet50"):
        CheckpointImporter().inspect(file, ReadAs("resnet5O"))
    with pytest.raises(BadFile, match="torchvision know no network 'test_resnet'"):
        CheckpointImporter().inspect(file, ReadAs("torchvision:test_resnet"))
    with pytest.raises(BadFile, match="There is no package 'hf-hub' of networks"):
        CheckpointImporter().inspect(file, ReadAs("hf-hub:someone/network"))


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(BadFile, match=r"For --arch x, the package timm cannot be used here \(.*\); install timm and the torchvision"):
        architectures.build("timm:x", {}, None, tmp_path)


def test_every_name_and_size_is_another_export(tmp_path: Path) -> None:
    file = saved_weights(torch.nn.Linear(2, 2), tmp_path / "net.pth")
    importer = CheckpointImporter()
    found = [importer.fingerprint(file, how) for how in (ReadAs(), ReadAs("a"), ReadAs("b"), ReadAs("a", size=32), ReadAs(trusted="x"))]
    assert len(set(found)) == 4
    assert found[0] == found[4]
