"""The words of the page for a new run."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from line_desktop.foreseen import Doubted
from models.types.vision import Layer, Role
from ui.gallery.words import status


def tr(text: str) -> str:
    """A text of the page in the user's language."""
    return QCoreApplication.translate("NewRun", text)


def group(role: Role) -> str:
    """The heading of the layers of a role, and a word on what they are."""
    return {
        "pooled": tr("Final features – what the network keeps of a whole picture; the best to begin with"),
        "block": tr("Blocks – edges and colours in the first, parts and scenes in the last"),
        "head": tr("Answers – one neuron for each class"),
        "inside": tr("Inside the blocks – single steps of the computation"),
    }[role]


def kinds(found: Sequence[Doubted]) -> str:
    """How many neurons are in doubt for what: "1 dead, 3 redundant"."""
    counts = Counter(status(one.doubt.kind).lower() for one in found)
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items())


def explained(layer: Layer) -> str:
    """A layer in a sentence: its name, its output, and how a neuron becomes one number for a picture."""
    shape = " × ".join("?" if side is None else str(side) for side in layer.shape)
    pooling = {
        "mean": tr("the mean over the picture"),
        "class-token": tr("the class token"),
        "token-mean": tr("the mean over the patches"),
        "none": tr("as it is"),
    }[layer.pooling]
    return tr("{name}: output {shape}; one number a picture: {pooling}").format(name=layer.name, shape=shape, pooling=pooling)
