"""Small networks whose every activation can be worked out by hand: ONNX graphs and random Hugging Face folders."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

WEIGHTS = np.random.default_rng(1)
CONV = {channels: WEIGHTS.normal(size=(6, channels, 3, 3)).astype(np.float32) for channels in (1, 3)}
HEAD = WEIGHTS.normal(size=(4, 6)).astype(np.float32)
PATCH = WEIGHTS.normal(size=(5, 3, 4, 4)).astype(np.float32)
CLASS_TOKEN = WEIGHTS.normal(size=(1, 1, 5)).astype(np.float32)


def model_of(nodes: list[Any], weights: dict[str, np.ndarray], sizes: list[Any], output: str, opset: int, kind: int) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info("x", kind, sizes)],
        [helper.make_tensor_value_info(output, kind, None)],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    ir_version = {11: 6, 13: 7, 17: 8}.get(opset, 10)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version, producer_name="test")


def conv_network(
    opset: int = 17,
    batch: int | str = "batch",
    channels: int = 3,
    size: int | str = 8,
    channels_last: bool = False,
    kind: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """Conv 3×3 without padding → Relu → global mean → Flatten → Gemm to 4."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    nodes = [
        helper.make_node("Conv", ["first", "w"], ["conv"], name="conv"),
        helper.make_node("Relu", ["conv"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "h"], ["logits"], transB=1),
    ]
    if channels_last:
        nodes.insert(0, helper.make_node("Transpose", ["x"], ["first"], perm=[0, 3, 1, 2]))
    else:
        nodes[0].input[0] = "x"
    sizes = [batch, size, size, channels] if channels_last else [batch, channels, size, size]
    return model_of(nodes, {"w": CONV[channels].astype(dtype), "h": HEAD.astype(dtype)}, sizes, "logits", opset, kind)


def token_network(opset: int = 17, class_token: bool = True) -> onnx.ModelProto:
    """4×4 patches of an 8×8 picture → tokens (N, 4, 5), with a class token in front (N, 5, 5) → Sigmoid."""
    nodes = [
        helper.make_node("Conv", ["x", "p"], ["patches"], strides=[4, 4]),
        helper.make_node("Reshape", ["patches", "shape"], ["rows"]),
        helper.make_node("Transpose", ["rows"], ["tokens"], perm=[0, 2, 1]),
        helper.make_node("Sigmoid", ["tokens"], ["out"]),
    ]
    weights: dict[str, np.ndarray] = {"p": PATCH, "shape": np.array([0, 5, 4], np.int64)}
    if class_token:
        nodes[3].input[0] = "all"
        nodes[3:3] = [
            helper.make_node("Shape", ["x"], ["sizes"]),
            helper.make_node("Gather", ["sizes", "zero"], ["n"], axis=0),
            helper.make_node("Concat", ["n", "minus", "minus"], ["expanded"], axis=0),
            helper.make_node("Abs", ["expanded"], ["target"]),
            helper.make_node("Expand", ["cls", "target"], ["cls_n"]),
            helper.make_node("Concat", ["cls_n", "tokens"], ["all"], axis=1),
        ]
        weights |= {"cls": CLASS_TOKEN, "zero": np.array([0], np.int64), "minus": np.array([-1], np.int64)}
    return model_of(nodes, weights, ["batch", 3, 8, 8], "out", opset, TensorProto.FLOAT)


def picture(seed: int, size: tuple[int, int] = (8, 8)) -> bytes:
    """A PNG of random RGB pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def conv() -> Callable[..., onnx.ModelProto]:
    return conv_network


@pytest.fixture
def tokens() -> Callable[..., onnx.ModelProto]:
    return token_network


@pytest.fixture
def random_picture() -> Callable[..., bytes]:
    return picture


@pytest.fixture
def weights() -> dict[str, Any]:
    return {"conv": CONV, "head": HEAD, "patch": PATCH, "class_token": CLASS_TOKEN}


def _save_classifier(network: Any, folder: Path) -> Path:
    """What `save_pretrained` writes, without its progress bar."""
    from safetensors.torch import save_file

    folder.mkdir()
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = network.config.to_dict() | {"architectures": [type(network).__name__]}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def save_folder() -> Callable[[Any, Path], Path]:
    return _save_classifier


@pytest.fixture(scope="session")
def resnet_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random ResNet of two stages with five named classes, for 32 × 32 pixels."""
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification

    torch.manual_seed(0)
    names = dict(enumerate(["apple", "pear", "plum", "fig", "lime"]))
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 2], layer_type="basic", id2label=names)
    folder = _save_classifier(ResNetForImageClassification(config).train(False), tmp_path_factory.mktemp("hf") / "resnet")
    processor = {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 32}, "crop_pct": 0.875, "resample": 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor | {"image_mean": [0.5] * 3, "image_std": [0.25] * 3}))
    return folder


@pytest.fixture(scope="session")
def vit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random ViT of two layers for 32 × 32 pixels, without preprocessor_config.json."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(0)
    config = ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8)
    return _save_classifier(ViTForImageClassification(config).train(False), tmp_path_factory.mktemp("hf") / "vit")
