"""The common families of Hugging Face folders, tiny and random: every layer is what torch's own hooks see."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.types.vision import Layer
from models.vision.importer import CheckpointImporter
from models.vision.preprocess import prepare
from models.vision.session import OnnxTarget

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32, "patch_size": 8}
TOKENS = SMALL | {"intermediate_size": 32}
TEXT = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 50} | {
    "max_position_embeddings": 8, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0
}  # fmt: skip
GREY_SWIN = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [2, 1], "num_heads": [2, 2], "window_size": 4, "num_channels": 1}


class Family(NamedTuple):
    saved: str  # the class a folder is saved from
    config: dict[str, Any]
    runs: str  # the class that gives the reference
    blocks: list[str]
    pooled: list[str]
    head: list[str]
    tokens: str  # how a block's tokens become one number


FAMILIES = {
    "convnext": Family(
        "ConvNextForImageClassification",
        {"hidden_sizes": [8, 16], "depths": [1, 1], "num_stages": 2, "image_size": 32},
        "ConvNextForImageClassification",
        ["convnext.embeddings", "convnext.encoder.stages.0", "convnext.encoder.stages.1"],
        ["convnext.layernorm"],
        ["classifier"],
        "mean",
    ),
    "deit": Family(
        "DeiTForImageClassification",
        TOKENS,
        "DeiTForImageClassification",
        ["deit.embeddings", "deit.layers.0"],
        ["deit.layernorm"],
        ["classifier"],
        "class-token",
    ),
    "beit": Family(
        "BeitForImageClassification",
        TOKENS | {"use_relative_position_bias": True, "use_mean_pooling": True},
        "BeitForImageClassification",
        ["beit.embeddings", "beit.layers.0"],
        ["beit.pooler"],
        ["classifier"],
        "class-token",
    ),
    "swin": Family(
        "SwinForImageClassification",
        GREY_SWIN,
        "SwinForImageClassification",
        ["swin.embeddings", *(f"swin.encoder.layers.{part}" for part in ("0.blocks.0", "0.blocks.1", "0", "1"))],
        ["swin"],
        ["classifier"],
        "token-mean",
    ),
    "dinov2": Family(
        "Dinov2Model", SMALL, "Dinov2Model", ["embeddings", "encoder.layer.0"], ["layernorm"], ["select"], "class-token"
    ),
    "clip": Family(
        "CLIPModel",
        {"vision_config": TOKENS, "text_config": TEXT, "projection_dim": 12},
        "CLIPVisionModelWithProjection",
        ["vision_model.embeddings", "vision_model.encoder.layers.0"],
        ["vision_model.post_layernorm"],
        ["visual_projection"],
        "class-token",
    ),
    "siglip": Family(
        "SiglipVisionModel",
        TOKENS,
        "SiglipVisionModel",
        ["embeddings", "encoder.layers.0"],
        ["head.attention"],
        ["head"],
        "token-mean",
    ),
}  # fmt: skip


def hooked(network: Any, inputs: np.ndarray, layers: dict[str, Layer]) -> dict[str, np.ndarray]:
    """What the modules named like `layers` give out, pooled as each layer says."""
    found: dict[str, np.ndarray] = {}

    def keep(name: str, output: Any) -> None:
        value = output if isinstance(output, torch.Tensor) else output.get("pooler_output") if hasattr(output, "get") else output[0]
        match layers[name].pooling:
            case "mean":
                value = value.mean((2, 3) if layers[name].shape[1] == layers[name].width else (1, 2))
            case "token-mean":
                value = value.mean(1)
            case "class-token":
                value = value[:, 0]
        found[name] = value.numpy()

    for name, module in network.named_modules():
        if name in layers:
            module.register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output))
    with torch.inference_mode():
        network(torch.from_numpy(inputs))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family(family: str, save_folder: Callable[[Any, Path], Path], tmp_path: Path, random_picture: Any) -> None:
    expected = FAMILIES[family]
    torch.manual_seed(0)
    saved = getattr(transformers, expected.saved)
    folder = save_folder(saved(saved.config_class(**expected.config)).train(False), tmp_path / family)
    found = CheckpointImporter().convert(folder, tmp_path / "out")
    assert [layer.name for layer in found.layers if layer.role == "block"] == expected.blocks
    assert [layer.name for layer in found.layers if layer.role == "pooled"] == expected.pooled
    assert [layer.name for layer in found.layers if layer.role == "head"] == expected.head
    assert {layer.pooling for layer in found.layers if layer.name in expected.blocks} == {expected.tokens}

    recipe = found.preprocess
    assert (recipe.height, recipe.width, recipe.channels) == (32, 32, expected.config.get("num_channels", 3))
    pictures = [random_picture(seed, (40, 50)) for seed in range(3)]
    layers = {layer.name: layer for layer in found.layers}
    values = OnnxTarget(tmp_path / "out" / "model.onnx", recipe, list(found.layers), "cpu").activations(pictures, list(layers)).values
    whole = {key: value for key, value in expected.config.items() if key == "projection_dim"}  # which CLIP's tower alone misreads
    network = getattr(transformers, expected.runs).from_pretrained(folder, **whole).train(False)
    slow = hooked(network, np.stack([prepare(data, recipe) for data in pictures]), layers)
    assert set(layers) - set(slow) <= {"select"}  # an operation of no module: DINOv2's class token
    for name, value in slow.items():
        assert type(network.get_submodule(name)).__name__ == layers[name].kind
        np.testing.assert_allclose(values[name], value, rtol=1e-3, atol=1e-4, err_msg=name)
