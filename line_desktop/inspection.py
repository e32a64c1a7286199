"""A checkpoint in words and tables for the terminal."""

from rich.table import Table
from rich.text import Text

from line_desktop.console import plain
from line_desktop.store.disk import in_words as size_in_words
from line_desktop.target import in_words
from models.types import Checkpoint

TRUST = {
    "safetensors": "high: numbers only, no code",
    "onnx": "good: a fixed graph, no code of its own",
    "torch-weights": "fair: loaded with weights only",
    "gguf": "fair: read by our own reader first",
    "runs-code": "none: it runs code",
}


def checkpoint_tables(found: Checkpoint) -> list[Table]:
    """What a checkpoint is, and its layers."""
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
    layers = Table(title=f"{len(found.layers)} layers that can be tapped", title_justify="left", box=None)
    for column in ("layer", "kind", "neurons", "output", "pooled by"):
        layers.add_column(column, justify="right" if column == "neurons" else "left", no_wrap=True)
    for layer in found.layers:
        shape = " × ".join("any" if side is None else str(side) for side in layer.shape)
        layers.add_row(Text(plain(layer.name)), Text(plain(layer.kind)), str(layer.width), shape, layer.pooling)
    return [facts, layers]


def classes(names: tuple[str, ...]) -> str:
    """The number of classes and the first few."""
    return f"{len(names)}: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}" if names else "not named in the file"
