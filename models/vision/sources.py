"""Checkpoints that torch opens, each as a network with its recipe and what is known of it: folders, weights, programs."""

import hashlib
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from models.errors import BadFile
from models.inspect.digest import sha256_of
from models.inspect.first_bytes import FileFormat
from models.inspect.huggingface_folder import HuggingFaceFolder, read_folder
from models.inspect.torch_zip import TorchKind
from models.types.vision import CheckpointFormat, Preprocess, ReadAs, Trust
from models.vision import huggingface, timm_networks
from models.vision.architectures import build
from models.vision.entry import Entry
from models.vision.preprocess import assumed
from models.vision.processor import read_recipe
from models.vision.programs import NAMES, load_program
from models.vision.state_dict import is_safetensors, read_state_dict

# What of a timm folder's model_args is passed on: plain numbers and words that shape the network.
TIMM_OPTIONS: Final = frozenset(
    {"img_size", "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "class_token", "reg_tokens", "init_values", "global_pool"}
)


class Source(NamedTuple):
    """A network in float32 on the CPU, and what its Checkpoint says; `batch` where it takes no other."""

    format: CheckpointFormat
    trust: Trust
    what: str
    architecture: str
    sha256: str
    bytes: int
    recipe: Preprocess
    class_names: tuple[str, ...]
    network: Any
    batch: int | None = None


def open_source(path: Path, kind: FileFormat, how: ReadAs) -> Source:
    """Open any checkpoint but ONNX; raises BadFile in one sentence."""
    if kind == "huggingface":
        folder = read_folder(path)
        return _timm_folder(folder, how) if folder.is_timm else _huggingface_folder(folder, how)
    if kind == "state-dict":
        return _weights(path, how)
    assert kind != "onnx", "ONNX files need no torch"
    return _program(path, kind, how)


def fingerprint(path: Path, kind: FileFormat, how: ReadAs) -> str:
    """SHA-256 over the files and what of `how` changes the export; that of the files alone where nothing does."""
    sha256 = read_folder(path).sha256() if kind == "huggingface" else sha256_of([path])
    settings = {"size": how.size, "architecture": how.architecture if kind == "state-dict" else ""}
    if not any(settings.values()):
        return sha256
    return hashlib.sha256(msgspec.json.encode([sha256, settings], order="deterministic")).hexdigest()


def _huggingface_folder(folder: HuggingFaceFolder, how: ReadAs) -> Source:
    recipe = _of_size(_huggingface_recipe(folder), how.size)
    network = huggingface.load(folder)
    what = "image classifier" if hasattr(network, "num_labels") and "Classification" in type(network).__name__ else "vision network"
    return Source(
        "huggingface",
        "safetensors",
        f"A Hugging Face {what} ({folder.architecture})",
        folder.architecture,
        folder.sha256(),
        folder.bytes,
        recipe,
        folder.class_names,
        network,
    )


def _huggingface_recipe(folder: HuggingFaceFolder) -> Preprocess:
    """The folder's own preprocessing, or the usual one at the network's size."""
    size = huggingface.input_size(folder)
    channels = folder.vision_config.get("num_channels", 3)
    recipe = read_recipe(folder.processor, size) if folder.processor else assumed(Entry("", None, channels, size, size))
    if recipe.channels == channels:
        return recipe
    if channels == 1:  # transformers' grey networks keep the RGB defaults in the file
        return msgspec.structs.replace(recipe, mean=recipe.mean[:1], std=recipe.std[:1])
    raise BadFile(f"{folder.path} takes {channels} channels and its preprocessing gives {recipe.channels}; only 1 and 3 are supported.")


def _timm_folder(folder: HuggingFaceFolder, how: ReadAs) -> Source:
    fields = folder.config.get("pretrained_cfg", folder.config)
    if len(folder.weights) != 1 or not isinstance(fields, dict):
        raise BadFile(f"{folder.path} is no timm folder: it needs one model.safetensors and a pretrained_cfg; fetch it again.")
    name = str(folder.config["architecture"])
    weights = {key.removeprefix("timm_model."): value for key, value in read_state_dict(folder.weights[0]).items()}
    built = build(f"timm:{name}", weights, how.size, folder.path, _timm_options(folder.config))
    return Source(
        "timm",
        "safetensors",
        f"A timm network ({name})",
        name,
        folder.sha256(),
        folder.bytes,
        timm_networks.from_fields(fields, built.recipe.channels, how.size, "file"),
        _timm_class_names(folder.config | fields) or folder.class_names,
        built.network,
    )


def _timm_options(config: dict[str, Any]) -> dict[str, Any]:
    given = config.get("model_args")
    given = given if isinstance(given, dict) else {}
    if isinstance(config.get("global_pool"), str):
        given = {"global_pool": config["global_pool"], **given}
    return {key: value for key, value in given.items() if key in TIMM_OPTIONS and isinstance(value, (bool, int, float, str))}


def _timm_class_names(config: dict[str, Any]) -> tuple[str, ...]:
    """`label_names`, in the words of `label_descriptions` where there are any."""
    names, words = config.get("label_names"), config.get("label_descriptions")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(str(words.get(name, name)) for name in names) if isinstance(words, dict) else tuple(names)


def _weights(path: Path, how: ReadAs) -> Source:
    weights = read_state_dict(path)
    if not how.architecture:
        raise BadFile(
            f"{path.name} holds {len(weights)} tensors, such as {next(iter(weights))}, and not the network they belong to; name it, as in "
            "--arch resnet50."
        )
    built = build(how.architecture, weights, how.size, path)
    trust: Trust = "safetensors" if is_safetensors(path) else "torch-weights"
    return Source(
        "state-dict", trust, f"Weights of {built.name}", built.name, sha256_of([path]), path.stat().st_size, built.recipe, (), built.network
    )


def _program(path: Path, kind: TorchKind, how: ReadAs) -> Source:
    sha256 = sha256_of([path])
    program = load_program(path, kind, sha256, how.trusted)
    entry = program.entry
    recipe = assumed(entry._replace(height=entry.height or how.size, width=entry.width or how.size))
    what = f"{NAMES[kind]} program"
    return Source(kind, "runs-code", f"A {what}", what, sha256, path.stat().st_size, recipe, (), program.network, entry.batch)


def _of_size(recipe: Preprocess, size: int | None) -> Preprocess:
    """The recipe for another size, with the same share cut off."""
    if size is None:
        return recipe
    resize = recipe.resize and round(size * recipe.resize / min(recipe.height, recipe.width))
    return msgspec.structs.replace(recipe, height=size, width=size, resize=resize)
