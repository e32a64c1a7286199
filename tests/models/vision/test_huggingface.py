"""Hugging Face folders: exported, compared with torch's own hooks layer by layer, and refused in words."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.errors import BadFile
from models.types.vision import Checkpoint
from models.vision.importer import CheckpointImporter
from models.vision.preprocess import prepare
from models.vision.session import OnnxTarget

torch = pytest.importorskip("torch")


class Imported(NamedTuple):
    checkpoint: Checkpoint
    model: Path


@pytest.fixture(scope="session")
def resnet(resnet_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    out = tmp_path_factory.mktemp("resnet")
    return Imported(CheckpointImporter().convert(resnet_folder, out), out / "model.onnx")


@pytest.fixture(scope="session")
def vit(vit_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    out = tmp_path_factory.mktemp("vit")
    return Imported(CheckpointImporter().convert(vit_folder, out), out / "model.onnx")


def hooked(network: Any, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """What every module of a torch network gives out, pooled as METHOD section 1 says for a network with class tokens."""
    found: dict[str, np.ndarray] = {}

    def keep(name: str, output: Any) -> None:
        value = output if isinstance(output, torch.Tensor) else next(iter(output.values() if hasattr(output, "values") else output))
        if value.ndim == 4:
            value = value.mean((2, 3))
        elif value.ndim == 3:
            value = value[:, 0]
        found[name] = value.numpy()

    for name, module in network.named_modules():
        module.register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output))
    with torch.inference_mode():
        network(torch.from_numpy(pictures))
    return found


def assert_layers_are_modules(found: Imported, network: Any, pictures: list[bytes]) -> None:
    checkpoint = found.checkpoint
    names = [layer.name for layer in checkpoint.layers]
    inputs = np.stack([prepare(data, checkpoint.preprocess) for data in pictures])
    slow = hooked(network, inputs)
    values = OnnxTarget(found.model, checkpoint.preprocess, list(checkpoint.layers), "cpu").activations(list(pictures), names).values
    modules = dict(network.named_modules())
    for layer in checkpoint.layers:
        assert type(modules[layer.name]).__name__ == layer.kind
        assert values[layer.name].shape == (len(pictures), layer.width)
        np.testing.assert_allclose(values[layer.name], slow[layer.name], rtol=1e-3, atol=1e-4, err_msg=layer.name)


def test_every_layer_of_a_resnet_is_what_torch_gives(resnet: Imported, resnet_folder: Path, random_picture: Any) -> None:
    from transformers import ResNetForImageClassification

    network = ResNetForImageClassification.from_pretrained(resnet_folder).train(False)
    assert_layers_are_modules(resnet, network, [random_picture(n, (40, 50)) for n in range(3)])
    names = {layer.name for layer in resnet.checkpoint.layers}
    assert {"resnet.encoder.stages.0", "resnet.encoder.stages.1", "resnet.pooler", "classifier.1"} <= names


def test_every_layer_of_a_vit_is_what_torch_gives(vit: Imported, vit_folder: Path, random_picture: Any) -> None:
    from transformers import ViTForImageClassification

    network = ViTForImageClassification.from_pretrained(vit_folder).train(False)
    assert_layers_are_modules(vit, network, [random_picture(n, (50, 40)) for n in range(3)])
    poolings = {layer.name: layer.pooling for layer in vit.checkpoint.layers}
    assert poolings["vit.layers.1"] == "class-token"
    assert poolings["vit.embeddings.patch_embeddings.projection"] == "mean"
    assert poolings["classifier"] == "none"


def test_a_folder_is_described(resnet: Imported, resnet_folder: Path) -> None:
    found = resnet.checkpoint
    assert (found.format, found.trust, found.architecture) == ("huggingface", "safetensors", "ResNetForImageClassification")
    assert found.class_names == ("apple", "pear", "plum", "fig", "lime")
    assert found.bytes == (resnet_folder / "model.safetensors").stat().st_size
    assert found.sha256 == CheckpointImporter().fingerprint(resnet_folder)
    recipe = found.preprocess
    assert (recipe.height, recipe.resize, recipe.interpolation, recipe.mean, recipe.origin) == (32, 36, "bicubic", (0.5, 0.5, 0.5), "file")


def test_without_a_processor_the_size_is_the_networks(vit: Imported) -> None:
    recipe = vit.checkpoint.preprocess
    assert (recipe.height, recipe.width, recipe.origin) == (32, 32, "assumed")
    assert vit.checkpoint.class_names == ()


def changed(folder: Path, copy: Path, **config: Any) -> Path:
    shutil.copytree(folder, copy)
    fields = json.loads((copy / "config.json").read_text()) | config
    (copy / "config.json").write_text(json.dumps(fields))
    return copy


def refusal(folder: Path) -> str:
    with pytest.raises(BadFile) as caught:
        CheckpointImporter().inspect(folder)
    return str(caught.value)


def test_code_in_the_folder_is_never_run(resnet: Imported, resnet_folder: Path, tmp_path: Path) -> None:
    folder = changed(
        resnet_folder,
        tmp_path / "evil",
        auto_map={"AutoConfig": "evil.Config", "AutoModelForImageClassification": "evil.Model"},
        _attn_implementation="someone/kernel",
        _attn_implementation_internal="someone/kernel",
        custom_pipelines={"image-classification": {"impl": "evil.Pipeline"}},
    )
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    found = CheckpointImporter().inspect(folder)
    assert found.layers == resnet.checkpoint.layers
    assert not (tmp_path / "ran").exists()


def test_other_networks_are_refused(resnet_folder: Path, tmp_path: Path) -> None:
    assert "'bert' model, and no vision network" in refusal(changed(resnet_folder, tmp_path / "bert", model_type="bert"))
    assert "was saved as ViTModel" in refusal(changed(resnet_folder, tmp_path / "other", architectures=["ViTModel"]))
    assert "was saved as no named class" in refusal(changed(resnet_folder, tmp_path / "none", architectures=None))


def test_weights_that_do_not_fit_the_config_are_refused(resnet_folder: Path, tmp_path: Path) -> None:
    deeper = refusal(changed(resnet_folder, tmp_path / "deeper", depths=[1, 3]))
    assert "lack" in deeper
    assert "resnet.encoder.stages.1.layers.2" in deeper
    assert "where a number belongs" in refusal(changed(resnet_folder, tmp_path / "word", hidden_sizes="many"))
    assert "cannot build the network" in refusal(changed(resnet_folder, tmp_path / "wrong", hidden_sizes={"many": 1}))


def test_damaged_folders_are_refused(resnet_folder: Path, tmp_path: Path) -> None:
    folder = changed(resnet_folder, tmp_path / "cut")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:-10])
    assert "model.safetensors is truncated or damaged" in refusal(folder)
    (folder / "config.json").write_text("{")
    assert "cannot be read as JSON" in refusal(folder)


def test_shards_must_be_there_and_plainly_named(resnet_folder: Path, tmp_path: Path) -> None:
    folder = changed(resnet_folder, tmp_path / "shards")
    (folder / "model.safetensors").unlink()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors"}}))
    assert "lacks 1 of its 1 weight files, such as model-00001-of-00002.safetensors" in refusal(folder)
    index.write_text(json.dumps({"weight_map": {"a": "../../other.safetensors"}}))
    assert "names no shards, or files that are none" in refusal(folder)


def test_the_trained_demo_network_agrees_with_torch_on_real_photos(photos: Path, tmp_path: Path) -> None:
    from transformers import ResNetForImageClassification

    from models.embedded import NETWORK

    found = CheckpointImporter().convert(NETWORK, tmp_path)
    chosen = [next(folder.glob("*")).read_bytes() for folder in sorted(photos.iterdir())[::25] if folder.is_dir()]
    assert len(chosen) > 10
    network = ResNetForImageClassification.from_pretrained(NETWORK).train(False)
    assert_layers_are_modules(Imported(found, tmp_path / "model.onnx"), network, chosen)
