"""A Hugging Face folder: only allowlisted files are looked at, and only their plain data.

Nothing in the folder is run: `auto_map`, attention implementations and other fields that lead to code are never passed on.
"""

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from models.errors import BadFile
from models.inspect.config_bounds import check_config
from models.inspect.digest import remembered_sha256
from models.inspect.safetensors_head import read_safetensors_head

MAX_JSON: Final = 20_000_000  # bytes
SHARD: Final = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")


class HuggingFaceFolder(NamedTuple):
    """Checked contents; `weights` are the safetensors files, `processor` the preprocessor_config.json or empty."""

    path: Path
    config: dict[str, Any]
    processor: dict[str, Any]
    weights: tuple[Path, ...]

    @property
    def model_type(self) -> str:
        """Such as "resnet"."""
        return str(self.config.get("model_type", ""))

    @property
    def vision_config(self) -> dict[str, Any]:
        """The configuration of the vision part: `vision_config` of a network of pictures and text, else all of it.

        What both parts are projected to is the whole network's to say.
        """
        part = self.config.get("vision_config")
        if not isinstance(part, dict):
            return self.config
        return part | {key: self.config[key] for key in ("projection_dim",) if key in self.config}

    @property
    def architecture(self) -> str:
        """The class the folder says it was saved from, such as "ResNetForImageClassification"."""
        names = self.config.get("architectures")
        return str(names[0]) if isinstance(names, list) and names else ""

    @property
    def is_timm(self) -> bool:
        """Whether timm wrote it: it names timm's architecture and no class of transformers' own."""
        return "architecture" in self.config and self.model_type in ("", "timm_wrapper")

    @property
    def class_names(self) -> tuple[str, ...]:
        """`id2label` in the order of its numbers; empty if it is missing or transformers' placeholder LABEL_0, LABEL_1, …"""
        labels = self.config.get("id2label")
        if not isinstance(labels, dict) or set(labels) != {str(number) for number in range(len(labels))}:
            return ()
        names = tuple(str(labels[str(number)]) for number in range(len(labels)))
        return () if all(name == f"LABEL_{number}" for number, name in enumerate(names)) else names

    @property
    def bytes(self) -> int:
        """Size of the weights."""
        return sum(file.stat().st_size for file in self.weights)

    @property
    def files(self) -> tuple[Path, ...]:
        """The safetensors files by name, then config.json, then preprocessor_config.json where there is one."""
        described = (self.path / "config.json", self.path / "preprocessor_config.json")
        return (*self.weights, *(file for file in described if file.is_file()))

    def sha256(self) -> str:
        """SHA-256 over all files; remembered until one of them changes."""
        return remembered_sha256(self.files)


def read_folder(path: Path) -> HuggingFaceFolder:
    """Read and check a folder that has a config.json and safetensors; raises BadFile in one sentence."""
    config = read_json(path / "config.json")
    check_config(path / "config.json", config)
    processor_file = path / "preprocessor_config.json"
    processor = read_json(processor_file) if processor_file.is_file() else {}
    weights = _weights(path)
    for file in weights:
        read_safetensors_head(file)
    return HuggingFaceFolder(path, config, processor, weights)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of at most MAX_JSON bytes. Raises BadFile."""
    if path.stat().st_size > MAX_JSON:
        raise BadFile(f"{path} has more than {MAX_JSON} bytes; it is refused.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFile(f"{path} cannot be read as JSON ({error}); fetch it again.") from error


def _weights(folder: Path) -> tuple[Path, ...]:
    single = folder / "model.safetensors"
    if single.is_file():
        return (single,)
    shards = read_json(folder / "model.safetensors.index.json").get("weight_map")
    names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
    if not names or not all(SHARD.fullmatch(name) for name in names):
        raise BadFile(f"{folder}/model.safetensors.index.json names no shards, or files that are none; fetch it again.")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise BadFile(f"The folder {folder} lacks {len(missing)} of its {len(names)} weight files, such as {missing[0]}; fetch them.")
    return tuple(folder / name for name in names)
