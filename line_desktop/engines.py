"""The children that run models for a job, started when first needed and ended together."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self, TypeVar

from models.host import connect
from models.types import Importer, Layer, PictureSource, Preprocess, Profile, Proposer, Target

T = TypeVar("T")


class Engines:
    """A context that ends every child on leaving, which frees their memory."""

    def __init__(self) -> None:
        self._children = ExitStack()
        self.network: set[str] = set()  # how far each child is from the network, see models.offline

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._children.close()

    def importer(self) -> Importer:
        """Reads and converts checkpoints; holds torch, so end it before the others start."""
        return self._start(Importer, "importer")  # type: ignore[type-abstract]

    def target(self, model: Path, preprocess: Preprocess, layers: Sequence[Layer]) -> Target:
        """The vision network with its tapped layers."""
        return self._start(Target, "vision", model, preprocess, list(layers))  # type: ignore[type-abstract]

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """The language model; the profile follows from its size unless given."""
        return self._start(Proposer, "language", model, profile)  # type: ignore[type-abstract]

    def pictures(self, source: str) -> PictureSource:
        """The picture source: "pictograms" or "photos:FOLDER"."""
        return self._start(PictureSource, "pictures", source)  # type: ignore[type-abstract]

    def _start(self, interface: type[T], engine: str, *arguments: Any) -> T:
        methods, child = connect(interface, engine, *arguments)
        self._children.callback(child.close)
        self.network.add(child.network)
        return methods
