"""Hugging Face and diffusers folders: headers gone wrong, code files, fields that lead to code, links and bombs of JSON."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hostile.case import Case, file, payload

CODE = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model", "AutoModelForImageClassification": "evil.Model"}
RESNET: dict[str, Any] = {
    "model_type": "resnet", "architectures": ["ResNetForImageClassification"], "num_channels": 3, "embedding_size": 4,
    "hidden_sizes": [4], "depths": [1], "layer_type": "basic", "hidden_act": "relu", "id2label": {"0": "a", "1": "b"},
    "label2id": {"a": 0, "b": 1},
}  # fmt: skip


def safetensors(header: bytes | dict[str, Any], data: bytes = b"", length: int | None = None) -> bytes:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(head) if length is None else length) + head + data


def tensor(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def image_folder(content: bytes = b"", config: dict[str, Any] | bytes | None = None, **files: bytes) -> Callable[[Path], Path]:
    """A folder with a config, weights and further files; code files get the payload."""

    def build(folder: Path) -> Path:
        place = folder / "net"
        weights = content or safetensors({"w": tensor([1], 0, 4)}, bytes(4))
        file(place, "config.json", config if isinstance(config, bytes) else json.dumps({**RESNET, **(config or {})}).encode())
        file(place, "model.safetensors", weights)
        for name in ("evil.py", "modeling_evil.py", "__init__.py"):
            file(place, name, payload(folder).encode())
        for name, data in files.items():
            file(place, name.replace("__", "."), data)
        return place

    return build


def bad_header(content: Callable[[], bytes]) -> Callable[[Path], Path]:
    return lambda folder: image_folder(content())(folder)


def network_weights() -> bytes:
    """Weights that fit RESNET, so that it is really built."""
    shapes: dict[str, list[int]] = {
        "resnet.embedder.embedder.convolution.weight": [4, 3, 7, 7],
        "classifier.1.weight": [2, 4],
        "classifier.1.bias": [2],
        "resnet.encoder.stages.0.layers.0.layer.0.convolution.weight": [4, 4, 3, 3],
        "resnet.encoder.stages.0.layers.0.layer.1.convolution.weight": [4, 4, 3, 3],
    }
    norms = ["resnet.embedder.embedder", *(f"resnet.encoder.stages.0.layers.0.layer.{number}" for number in range(2))]
    shapes |= {f"{norm}.normalization.{part}": [4] for norm in norms for part in ("weight", "bias", "running_mean", "running_var")}
    header, start = {}, 0
    for name, shape in shapes.items():
        end = start + 4 * int(np.prod(shape))
        header[name] = tensor(shape, start, end)
        start = end
    data = np.full(start // 4, 0.1, np.float32).tobytes()
    for norm in norms:
        header[f"{norm}.normalization.num_batches_tracked"] = tensor([], len(data), len(data) + 8, "I64")
        data += bytes(8)
    return safetensors(header, data)


def leading_to_code(folder: Path) -> Path:
    fields = {
        "auto_map": CODE, "_attn_implementation": "evil/kernels", "_attn_implementation_internal": "evil/kernels",
        "custom_pipelines": {"image-classification": {"impl": "evil.Model"}}, "trust_remote_code": True, "_name_or_path": "evil/net",
        "quantization_config": {"quant_method": "evil"}, "use_kernels": True,
    }  # fmt: skip
    processor = json.dumps({"auto_map": {"AutoImageProcessor": "evil.P"}, "image_processor_type": "EvilProcessor", "size": 32}).encode()
    return image_folder(network_weights(), fields, preprocessor_config__json=processor)(folder)


def sharded(places: dict[str, str]) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        place = image_folder()(folder)
        (place / "model.safetensors").unlink()
        file(place, "model.safetensors.index.json", json.dumps({"weight_map": places}).encode())
        file(folder, "secret.safetensors", safetensors({}))
        return place

    return build


def pickled(folder: Path) -> Path:
    place = image_folder()(folder)
    (place / "model.safetensors").rename(place / "pytorch_model.bin")
    return place


def pipeline(change: Callable[[Path], object]) -> Callable[[Path], Path]:
    """A diffusers folder of SD 1.5 without weights, changed."""
    roles = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel", "scheduler": "PNDMScheduler"}

    def build(folder: Path) -> Path:
        place = folder / "pipe"
        index: dict[str, Any] = {role: ["transformers" if role.startswith("text") else "diffusers", name] for role, name in roles.items()}
        file(place, "model_index.json", json.dumps({"_class_name": "StableDiffusionPipeline", **index}).encode())
        for role, name in roles.items():
            stem = "model" if role == "text_encoder" else "diffusion_pytorch_model"
            config = "scheduler_config" if role == "scheduler" else "config"
            file(place, f"{role}/{config}.json", json.dumps({"_class_name": name, "auto_map": CODE}).encode())
            file(place, f"{role}/{stem}.safetensors", safetensors({"w": tensor([1], 0, 4)}, bytes(4)))
            file(place, f"{role}/evil.py", payload(folder).encode())
        change(place)
        return place

    return build


def index(**fields: Any) -> Callable[[Path], object]:
    def change(place: Path) -> None:
        named = json.loads((place / "model_index.json").read_bytes())
        file(place, "model_index.json", json.dumps({**named, **fields}).encode())

    return change


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
MANY = {f"w{number}": tensor([1], 4 * number, 4 * number + 4) for number in range(200_000)}

HEADERS = {
    "longer than the file": lambda: safetensors(b"{}", length=2**63),
    "of 2^64 - 1 bytes": lambda: safetensors(b"{}", length=2**64 - 1),
    "that is no JSON": lambda: safetensors(b"{this is no JSON}"),
    "100,000 levels deep": lambda: safetensors(DEEP),
    "with an offset below zero": lambda: safetensors({"w": tensor([1], -4, 0)}, bytes(4)),
    "with an end before its start": lambda: safetensors({"w": tensor([1], 8, 4)}, bytes(8)),
    "with tensors that overlap": lambda: safetensors({"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, bytes(12)),
    "with a hole": lambda: safetensors({"a": tensor([1], 0, 4), "b": tensor([1], 8, 12)}, bytes(12)),
    "of shapes that overflow": lambda: safetensors({"w": tensor([2**32, 2**32], 0, 0)}),
    "of an unknown number format": lambda: safetensors({"w": tensor([1], 0, 4, "F31")}, bytes(4)),
    "with words for offsets": lambda: safetensors({"w": {"dtype": "F32", "shape": [1], "data_offsets": ["a", "b"]}}, bytes(4)),
    "with more data than tensors": lambda: safetensors({"w": tensor([1], 0, 4)}, bytes(64)),
    "of 200,000 tensors that are not all there": lambda: safetensors(MANY, bytes(64)),
}

CASES = [
    *(Case(f"a safetensors header {name}", "importer", bad_header(content)) for name, content in HEADERS.items()),
    Case("a config 100,000 levels deep", "importer", image_folder(config=DEEP)),
    Case("a config that is no object", "importer", image_folder(config=b"[1, 2]")),
    Case("a config of 25 MB", "importer", image_folder(config=b'{"a": "' + b"a" * 25_000_000 + b'"}')),
    Case("a config of an unknown network with code", "importer", image_folder(config={"model_type": "evil", "auto_map": CODE})),
    Case("a config of 2^40 channels", "importer", image_folder(config={"hidden_sizes": [2**40]})),
    Case("a config of a billion layers", "importer", image_folder(config={"depths": [10**9]})),
    Case("a config of nonsense", "importer", image_folder(config={"hidden_sizes": "many", "depths": None, "hidden_act": "__import__"})),
    Case("preprocessing to 2^40 pixels", "importer", image_folder(network_weights(), preprocessor_config__json=b'{"size": 1099511627776}')),
    Case("preprocessing 100,000 levels deep", "importer", image_folder(network_weights(), preprocessor_config__json=DEEP)),
    Case("a folder full of fields that lead to code", "importer", leading_to_code, "harmless"),
    Case("shards in the folder above", "importer", sharded({"w": "../secret.safetensors"})),
    Case("shards that are missing", "importer", sharded({"w": "model-00001-of-00002.safetensors"})),
    Case("weights only as a pickle", "importer", pickled),
    Case("a pipeline of a class of its own", "pictures", pipeline(index(_class_name="EvilPipeline"))),
    Case("a pipeline whose part comes from its own code", "pictures", pipeline(index(unet=["evil", "Model"]))),
    Case("a pipeline that names a module of the system", "pictures", pipeline(index(scheduler=["os", "system"]))),
    Case("a pipeline index 100,000 levels deep", "pictures", pipeline(lambda place: file(place, "model_index.json", DEEP))),
    Case(
        "a pipeline with a damaged header", "pictures",
        pipeline(lambda place: file(place, "unet/diffusion_pytorch_model.safetensors", safetensors(b"{}", length=2**63))),
    ),
    Case(
        "a pipeline with pickled weights", "pictures",
        pipeline(lambda place: (place / "vae/diffusion_pytorch_model.safetensors").rename(place / "vae/diffusion_pytorch_model.bin")),
    ),
    Case("no picture model", "pictures", lambda folder: file(folder, "m.safetensors", safetensors(MANY, bytes(800_000)))),
]  # fmt: skip
