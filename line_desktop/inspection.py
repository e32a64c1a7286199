"""A checkpoint in words and tables for the terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from line_desktop.console import plain
from line_desktop.store.disk import in_words as size_in_words
from line_desktop.target import in_words
from models.plural import count
from models.types.vision import Checkpoint, Layer, Role

TRUST = {
    "safetensors": "high: numbers only, no code",
    "onnx": "good: a fixed graph, no code of its own",
    "torch-weights": "fair: loaded with weights only",
    "gguf": "fair: read by our own reader first",
    "runs-code": "none: it runs code",
    "pictures": "good: picture files, decoded in a process of their own",
}


FIRST: tuple[Role, ...] = ("pooled", "block", "head")
ROLES: dict[Role, str] = {"pooled": "final features", "block": "block", "head": "answer", "inside": "part"}
POOLING = {"mean": "mean over positions", "class-token": "class token", "token-mean": "mean over tokens", "none": "not pooled"}


def checkpoint_tables(found: Checkpoint) -> list[Table]:
    """What a checkpoint is, the layers to begin with, and the others."""
    facts = Table(show_header=False, box=None)
    for name, text in (
        ("file", found.path),
        ("what it is", found.summary),
        ("trust", TRUST[found.trust]),
        ("SHA-256", found.sha256),
        ("size", size_in_words(found.bytes)),
        ("input", in_words(found.preprocess)),
        ("classes", classes(found.class_names)),
    ):
        facts.add_row(Text(name, style="bold"), Text(plain(text)))
    first = [layer for role in FIRST for layer in found.layers if layer.role == role]
    others = [layer for layer in found.layers if layer.role not in FIRST]
    tables = [facts, layer_table(f"{count(len(first), 'layer')} to begin with: final features, blocks, answers", first)]
    return [*tables, layer_table(f"{count(len(others), 'layer')} inside the blocks and between them", others)] if others else tables


def layer_table(title: str, layers: Sequence[Layer]) -> Table:
    """One row a layer."""
    table = Table(title=title, title_justify="left", box=None)
    for column in ("layer", "role", "kind", "neurons", "output", "one number a picture by"):
        table.add_column(column, justify="right" if column == "neurons" else "left", no_wrap=True)
    for layer in layers:
        shape = " × ".join("any" if side is None else str(side) for side in layer.shape)
        pooling = POOLING[layer.pooling]
        table.add_row(Text(plain(layer.name)), ROLES[layer.role], Text(plain(layer.kind)), str(layer.width), shape, pooling)
    return table


def classes(names: tuple[str, ...]) -> str:
    """The number of classes and the first few."""
    return f"{len(names)}: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}" if names else "not named in the file"
