"""The importer: a foreign checkpoint becomes `model.onnx`, checked, and a table of its layers."""

import ast
import os
import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec
import onnx
from onnx.inliner import inline_local_functions

from models.errors import BadFile
from models.inspect.first_bytes import identify
from models.inspect.onnx_file import read_onnx
from models.inspect.paths import existing
from models.types.vision import AS_IT_IS, Checkpoint, ReadAs
from models.vision import sources
from models.vision.entry import Entry, make_uniform
from models.vision.graph import opset, save
from models.vision.layers import read_layers
from models.vision.preprocess import assumed
from models.vision.scopes import root_class
from models.vision.sources import Source
from models.vision.torch_export import export

CARD: Final = "checkpoint.json"
LABEL_KEYS: Final = ("names", "classes", "labels", "class_names", "id2label")
MAX_LABELS: Final = 2_000_000  # characters
DULL_NAMES: Final = ("", "main_graph", "main", "graph", "model", "torch_jit", "torch-jit-export", "tf2onnx")


class CheckpointImporter:
    """Reads ONNX files, Hugging Face and timm folders, weights of known networks, torch programs: a models.types.vision.Importer."""

    def inspect(self, path: Path, how: ReadAs = AS_IT_IS) -> Checkpoint:
        """What the file or folder is. An ONNX file takes seconds; anything else is exported and thrown away, about 10 s.

        Raises BadFile, or ModelError if an export fails.
        """
        with tempfile.TemporaryDirectory() as scratch:
            return _convert(path, Path(scratch), how)

    def convert(self, path: Path, folder: Path, how: ReadAs = AS_IT_IS) -> Checkpoint:
        """Write `folder`/model.onnx (large weights in model.onnx.data) and, last, `folder`/checkpoint.json.

        The graph takes float32 (N, C, H, W) whatever the original took, ran one batch here, and an exported one agrees with torch.
        Files appear whole or not at all. Raises BadFile, or ModelError if the export fails.
        """
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".import-") as scratch:
            checkpoint = _convert(path, Path(scratch), how)
            (Path(scratch) / CARD).write_bytes(msgspec.json.encode(checkpoint))
            for file in sorted(Path(scratch).iterdir(), key=lambda file: file.name == CARD):
                _publish(file, folder / file.name)
        return checkpoint

    def fingerprint(self, path: Path, how: ReadAs = AS_IT_IS) -> str:
        """The checkpoint's SHA-256, or where `how` changes the export one over both; without running anything. Raises BadFile."""
        path = existing(path)
        kind = identify(path)
        return read_onnx(path).sha256 if kind == "onnx" else sources.fingerprint(path, kind, how)


def _convert(path: Path, folder: Path, how: ReadAs) -> Checkpoint:
    path = existing(path)
    try:
        kind = identify(path)
        return _convert_onnx(path, folder) if kind == "onnx" else _convert_torch(path, folder, sources.open_source(path, kind, how))
    except BadFile as error:
        raise error if path.name in str(error) else BadFile(f"{path.name}: {error}") from error


def _convert_onnx(path: Path, folder: Path) -> Checkpoint:
    file = read_onnx(path)
    entry = make_uniform(_inlined(file.model))
    save(file.model, folder)
    layers = read_layers(file.model, folder, entry)
    architecture = root_class(file.model.graph) or _graph_name(file.model) or "ONNX graph"
    return Checkpoint(
        path=str(path),
        format="onnx",
        trust="onnx",
        summary=_onnx_summary(file.model, entry, architecture),
        architecture=architecture,
        sha256=file.sha256,
        bytes=file.bytes,
        preprocess=assumed(entry),
        class_names=_class_names(file.model),
        layers=layers,
    )


def _convert_torch(path: Path, folder: Path, source: Source) -> Checkpoint:
    with tempfile.TemporaryDirectory() as scratch:
        exported = Path(scratch) / "exported.onnx"
        difference = export(source.network, source.recipe, exported, path, source.batch)
        model = read_onnx(exported).model
    entry = make_uniform(_inlined(model))
    save(model, folder)
    return Checkpoint(
        path=str(path),
        format=source.format,
        trust=source.trust,
        summary=f"{source.what} for {_input_words(entry)}, exported to ONNX, which differs from torch by {difference:.0e} of the answer.",
        architecture=source.architecture,
        sha256=source.sha256,
        bytes=source.bytes,
        preprocess=source.recipe,
        class_names=source.class_names,
        layers=read_layers(model, folder, entry),
    )


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model` itself, with its functions written out so that their values can be tapped."""
    if model.functions:
        model.CopyFrom(inline_local_functions(model))
    return model


def _publish(file: Path, place: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(file, place)


def _graph_name(model: onnx.ModelProto) -> str:
    return "" if model.graph.name.lower() in DULL_NAMES else model.graph.name[:100]


def _onnx_summary(model: onnx.ModelProto, entry: Entry, architecture: str) -> str:
    producer = f" written by {model.producer_name[:50]}" if model.producer_name else ""
    return (
        f"An ONNX network ({architecture}){producer}, opset {opset(model)}, for {_input_words(entry)}; "
        "the file does not state its preprocessing, so the usual one is assumed."
    )


def _input_words(entry: Entry) -> str:
    """Such as "RGB pictures of 224 × 224 pixels"."""
    colours = "grey" if entry.channels == 1 else "RGB"
    size = f"{entry.height} × {entry.width} pixels" if entry.height and entry.width else "any size (224 × 224 pixels assumed)"
    batch = f", {entry.batch} at a time" if entry.batch else ""
    return f"{colours} pictures of {size}{batch}"


def _class_names(model: onnx.ModelProto) -> tuple[str, ...]:
    """Class names from the file's metadata, as a JSON or Python list or dictionary; empty where there are none."""
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    for key in LABEL_KEYS:
        written = metadata.get(key, "")
        if 0 < len(written) <= MAX_LABELS:
            return _names(_literal(written))
    return ()


def _literal(written: str) -> Any:
    try:
        return msgspec.json.decode(written)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, dict):
        numbered = {str(key): name for key, name in value.items()}
        value = [numbered.get(str(number)) for number in range(len(numbered))]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return ()
    return tuple(value)
