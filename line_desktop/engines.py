"""The children that run models for a job: those that fit into the memory stay, the others take turns; those that die are replaced.

Before anything is loaded each engine's need is estimated from its files. Where the needs together are over the budget, an engine that is
called ends the one that was called longest ago; work goes through the engines in waves, so a turn is paid once a wave and stage.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, TypeVar

import msgspec

from models.errors import DoesNotFit, EngineFailed
from models.host import Child, connect
from models.memory import free_memory
from models.types import Importer, LanguageUsage, Layer, PictureSource, Preprocess, Profile, Proposer, Target

T = TypeVar("T")

GB = 10**9
SHARE = 0.9  # of the free memory that engines may hold together
PROCESS = GB // 5  # bytes an engine needs besides its files
VISION, LANGUAGE, PICTURES = 2.5, 1.2, 1.3  # memory over the size of the files


class Engines:
    """A context that ends every child on leaving, which frees their memory."""

    def __init__(self, budget: int | None = None) -> None:
        """`budget`: bytes that the engines may hold together; by default nine tenths of what is free."""
        self._budget = int(SHARE * free_memory()) if budget is None else budget
        self._engines: list[_Engine] = []  # the one called last at the end
        self.network: set[str] = set()  # how far each child is from the network, see models.offline

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for engine in self._engines:
            engine.end()

    @property
    def takes_turns(self) -> bool:
        """Whether the engines asked for so far do not fit together."""
        return sum(engine.need for engine in self._engines) > self._budget

    def importer(self) -> Importer:
        """Reads and converts checkpoints; holds torch, so end it before the others start."""
        return self._start(Importer, "importer", "The importer", 0.0)  # type: ignore[type-abstract]

    def target(self, model: Path, preprocess: Preprocess, layers: Sequence[Layer]) -> Target:
        """The vision network with its tapped layers."""
        return self._start(Target, "vision", "The vision network", VISION * size_of(model.parent), model, preprocess, list(layers))  # type: ignore[type-abstract]

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """The language model; the profile follows from its size unless given."""
        return self._start(Proposer, "language", model.name, LANGUAGE * size_of(model), model, profile)  # type: ignore[type-abstract]

    def pictures(self, source: str) -> PictureSource:
        """The picture source: "pictograms", "photos:FOLDER" or "sdxl:PATH"."""
        kind, _, place = source.partition(":")
        size = size_of(Path(place.partition(",")[0]).expanduser()) if kind not in ("photos", "pictograms") else 0
        return self._start(PictureSource, "pictures", source, PICTURES * size, source)  # type: ignore[type-abstract]

    def _start(self, interface: type[T], name: str, what: str, files: float, *arguments: Any) -> T:
        engine = _Engine(PROCESS + int(files), lambda: connect(interface, name, *arguments))
        if engine.need > self._budget:
            raise DoesNotFit(
                f"{what} needs about {engine.need / GB:.1f} GB of memory and {self._budget / GB:.1f} GB may be used; "
                "close other programs, take a smaller model, or give --memory to try anyway."
            )
        self._engines.append(engine)
        self._ready(engine)
        methods = [method for method, _ in inspect.getmembers(interface, inspect.isfunction) if not method.startswith("_")]
        return SimpleNamespace(**{method: partial(self._call, engine, method) for method in methods})  # type: ignore[return-value]

    def _call(self, engine: "_Engine", method: str, *arguments: Any) -> Any:
        """Call a method; an engine that fails is replaced and the call tried once more, then EngineFailed is raised."""
        try:
            return self._ready(engine).call(method, *arguments)
        except EngineFailed:
            engine.end()
            return self._ready(engine).call(method, *arguments)

    def _ready(self, engine: "_Engine") -> "_Engine":
        """The engine, running; others end, the one called longest ago first, until there is room."""
        self._engines.remove(engine)
        if engine.child is None:
            for other in self._engines:
                if sum(one.need for one in self._engines if one.child) + engine.need <= self._budget:
                    break
                other.retire()
            engine.begin()
            assert engine.child is not None
            self.network.add(engine.child.network)
        self._engines.append(engine)
        return engine


class _Engine:
    """One engine: how it is begun, what it needs, and its child while it runs."""

    def __init__(self, need: int, start: Callable[[], tuple[Any, Child]]) -> None:
        self.need = need  # bytes
        self.child: Child | None = None
        self._start = start
        self._methods: Any = None
        self._spent = LanguageUsage(0, 0, 0)  # by children that have ended

    def begin(self) -> None:
        self._methods, self.child = self._start()

    def call(self, method: str, *arguments: Any) -> Any:
        value = getattr(self._methods, method)(*arguments)
        return _sum(self._spent, value) if isinstance(value, LanguageUsage) else value

    def retire(self) -> None:
        """End the child in good order: what it counted is kept."""
        if self.child and hasattr(self._methods, "usage"):
            with suppress(EngineFailed):  # it has died meanwhile, and its counters with it
                self._spent = self.call("usage")
        self.end()

    def end(self) -> None:
        """End the child."""
        if self.child:
            self.child.close()
            self.child = None


def _sum(one: LanguageUsage, other: LanguageUsage) -> LanguageUsage:
    return LanguageUsage(*(a + b for a, b in zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)))


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 where there is nothing, which the engine itself will say better."""
    if place.is_dir():
        return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    return place.stat().st_size if place.is_file() else 0
