"""The children that run models for a job: started when asked for, started again when they die, ended together."""

import inspect
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, TypeVar

from models.errors import EngineFailed
from models.host import Child, connect
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
        """The picture source: "pictograms", "photos:FOLDER" or "sdxl:PATH"."""
        return self._start(PictureSource, "pictures", source)  # type: ignore[type-abstract]

    def _start(self, interface: type[T], engine: str, *arguments: Any) -> T:
        running = _Restarted(lambda: connect(interface, engine, *arguments))
        self._children.callback(running.close)
        self.network.add(running.child.network)
        names = [name for name, _ in inspect.getmembers(interface, inspect.isfunction) if not name.startswith("_")]
        return SimpleNamespace(**{name: partial(running.call, name) for name in names})  # type: ignore[return-value]


class _Restarted:
    """An engine whose child is replaced when a call fails; the call is then tried once more."""

    child: Child

    def __init__(self, begin: Callable[[], tuple[Any, Child]]) -> None:
        self._begin = begin
        self._methods, self.child = begin()

    def call(self, name: str, *arguments: Any) -> Any:
        """Call the child's method; raises EngineFailed if a fresh child fails on it, too."""
        try:
            return getattr(self._methods, name)(*arguments)
        except EngineFailed:
            self.close()
            self._methods, self.child = self._begin()
            return getattr(self._methods, name)(*arguments)

    def close(self) -> None:
        """End the child."""
        self.child.close()
