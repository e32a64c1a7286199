"""The children that run models for a job: those that fit into the memory stay, the others take turns; those that die are replaced.

Before anything is loaded each engine's need is estimated from its files, in main memory and on the GPU. Where the needs together are over
what is free, an engine that is called ends the one that was called longest ago; work goes through the engines in waves, so a turn is paid
once a wave and stage. An engine that runs out of memory all the same is tried once more with nothing beside it, and stays alone.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, TypeVar

import msgspec

from line_desktop.events import JobEvent, Note
from models import offline
from models.errors import DoesNotFit, EngineFailed
from models.host import Child, connect, never
from models.memory import TRY_ANYWAY, Need, Needs, free_memory, gpus
from models.types.language import LanguageUsage, Profile, Proposer
from models.types.meaning import Captioner, ClipImporter, Embedder, SentenceEmbedder, SentenceImporter
from models.types.pictures import Editor, PictureSource
from models.types.vision import Ablator, Importer, Layer, Mapper, Preprocess, Target

T = TypeVar("T")

GB = 10**9
SHARE = 0.9  # of the free memory that engines may hold together


def untold(event: JobEvent) -> None:
    """Nobody listens."""


class Engines:
    """A context that ends every child on leaving, which frees their memory."""

    def __init__(
        self,
        budget: int | None = None,
        *,
        try_anyway: bool = False,
        tell: Callable[[JobEvent], None] = untold,
        stop: Callable[[], bool] = never,
    ) -> None:
        """`budget`: bytes that the engines may hold together; by default nine tenths of what is free, in main memory and on the GPU.

        With `try_anyway` an engine that is over the budget is loaded all the same, alone. `tell` is called with how far a call is, while it
        runs; drawing raises Cancelled soon after `stop()` says so.
        """
        card = sum(int(SHARE * gpu.free) for gpu in gpus()[:1])
        self._room = Need(int(SHARE * free_memory()), card) if budget is None else Need(budget, min(budget, card))
        self._try_anyway = try_anyway
        self.tell = tell
        self.stop = stop
        self._engines: list[_Engine] = []  # the one called last at the end
        self._needs: tuple[Needs, Child] | None = None
        self.network: set[str] = set()  # how far the children so far were from the network, in words

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for engine in self._engines:
            engine.end()
        self._end_estimating()

    @property
    def places(self) -> int:
        """Machines or GPUs that draw at the same time."""
        return 1

    @property
    def takes_turns(self) -> bool:
        """Whether the engines asked for so far do not fit together."""
        return not self._fit(self._engines)

    def plan(self) -> str:
        """What each engine asked for so far needs, what may be used, and who stays or takes turns, in words."""
        needs = ", ".join(f"{engine.what} {_words(engine.need)}" for engine in self._engines)
        if not self.takes_turns:
            return f"Memory: {needs}; {_words(self._room)} may be used, so all stay loaded."
        pairs = [f"{one.what} and {other.what}" for one, other in combinations(self._engines, 2) if self._fit((one, other))]
        beside = f"; together fit {', '.join(pairs)}" if pairs and len(self._engines) > 2 else ""
        return f"Memory: {needs}; {_words(self._room)} may be used, so they take turns{beside}."

    def importer(self) -> Importer:
        """Reads and converts checkpoints; holds torch, so end it before the others start."""
        return self._prepare(Importer, "importer", "the importer", Need(0))  # type: ignore[type-abstract]

    def target(self, model: Path, preprocess: Preprocess, layers: Sequence[Layer]) -> Target:
        """The vision network with its tapped layers; it is loaded by the first call."""
        need = self._estimate().vision(model, preprocess, self._room)
        return self._prepare(Target, "vision", "the vision network", need, model, preprocess, list(layers))  # type: ignore[type-abstract]

    def clip_importer(self) -> ClipImporter:
        """Reads and converts CLIP folders; holds torch as the importer does."""
        return self._prepare(ClipImporter, "clip-importer", "the importer of CLIP", Need(0))  # type: ignore[type-abstract]

    def embedder(self, folder: Path) -> Embedder:
        """A converted CLIP, as `embeddings.import_clip` gives it; it is loaded by the first call."""
        need = self._estimate().clip(folder, self._room)
        return self._prepare(Embedder, "clip", "CLIP", need, folder, stop=self.stop)  # type: ignore[type-abstract]

    def sentence_importer(self) -> SentenceImporter:
        """Reads and converts folders of sentence models; holds torch as the importer does."""
        return self._prepare(SentenceImporter, "sentence-importer", "the importer of sentence models", Need(0))  # type: ignore[type-abstract]

    def sentences(self, folder: Path) -> SentenceEmbedder:
        """A converted sentence model, as `embeddings.import_sentences` gives it; it is loaded by the first call."""
        need = self._estimate().sentences(folder, self._room)
        return self._prepare(SentenceEmbedder, "sentences", "the sentence model", need, folder, stop=self.stop)  # type: ignore[type-abstract]

    def captioner(self, folder: Path) -> Captioner:
        """A captioner's folder, loaded by the first call. Raises BadFile at once for a folder that is none."""
        need = self._estimate().captioner(folder, self._room)
        return self._prepare(Captioner, "captioner", folder.name, need, folder, stop=self.stop)  # type: ignore[type-abstract]

    def mapper(self, model: Path, preprocess: Preprocess, layer: Layer) -> Mapper:
        """The vision network again, for the maps of one layer. Calls raise ModelError where the layer has none."""
        need = self._estimate().vision(model, preprocess, self._room)
        return self._prepare(Mapper, "maps", "the activation maps", Need(need.memory), model, preprocess, layer)  # type: ignore[type-abstract]

    def ablator(self, model: Path, preprocess: Preprocess, layer: Layer, head: Layer) -> Ablator:
        """The vision network with single neurons of `layer` set to zero; `head` gives its answers."""
        need = self._estimate().vision(model, preprocess, self._room)
        return self._prepare(Ablator, "ablation", "the vision network", need + need, model, preprocess, layer, head)  # type: ignore[type-abstract]

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """The language model, loaded by the first call; the profile follows from its size unless given."""
        need = self._estimate().language(model, profile, self._room)
        return self._prepare(Proposer, "language", model.name, need, model, profile)  # type: ignore[type-abstract]

    def editor(self, spec: str) -> Editor:
        """ "pictograms", or the folder of an image-editing pipeline. Opened at once, so that mistakes are found early."""
        need = self._estimate().editor(spec, self._room)
        opened = self._prepare(Editor, "editor", Path(spec).name, need, spec, stop=self.stop)  # type: ignore[type-abstract]
        self._ready(self._engines[-1])
        return opened

    def pictures(self, source: str) -> PictureSource:
        """The picture source: "pictograms", "photos:FOLDER" or "sdxl:PATH". Opened at once, so that mistakes are found early."""
        kind, colon, argument = source.partition(":")
        what = kind + colon + Path(argument.partition(",")[0]).name
        need = self._estimate().pictures(source, self._room)
        opened = self._prepare(PictureSource, "pictures", what, need, source, stop=self.stop)  # type: ignore[type-abstract]
        self._ready(self._engines[-1])
        return opened

    def _estimate(self) -> Needs:
        if self._needs is None:
            self._needs = connect(Needs, "needs", environment=self._environment)  # type: ignore[type-abstract]
        return self._needs[0]

    def _end_estimating(self) -> None:
        if self._needs:
            self._needs[1].close()
            self._needs = None

    @property
    def _environment(self) -> dict[str, str]:
        return {TRY_ANYWAY: "1"} if self._try_anyway else {}

    def _fit(self, engines: Sequence["_Engine"]) -> bool:
        return sum((engine.need for engine in engines), Need(0)).fits(self._room)

    def _prepare(self, interface: type[T], name: str, what: str, need: Need, *arguments: Any, stop: Callable[[], bool] = never) -> T:
        """Take an engine into the plan; raises DoesNotFit, with the numbers, for one that is over the budget alone."""
        if not need.fits(self._room) and not self._try_anyway:
            raise DoesNotFit(
                f"Too little memory: {what} needs about {_words(need)} and {_words(self._room)} may be used; "
                "close other programs, take a smaller model, or try it all the same with --try-anyway."
            )
        start = partial(connect, interface, name, *arguments, hear=self.tell, stop=stop, environment=self._environment)
        engine = _Engine(what, need, start)
        self._engines.append(engine)
        methods = [method for method, _ in inspect.getmembers(interface, inspect.isfunction) if not method.startswith("_")]
        return SimpleNamespace(**{method: partial(self._call, engine, method) for method in methods})  # type: ignore[return-value]

    def _call(self, engine: "_Engine", method: str, *arguments: Any) -> Any:
        """Call a method. What fails is tried once more: in another child if it died, alone if it ran out of memory."""
        self._end_estimating()  # the engines are known, now they work
        if method == "usage" and engine.child is None:
            return engine.spent
        try:
            return self._ready(engine).call(method, *arguments)
        except EngineFailed:
            engine.end()
        except DoesNotFit as error:
            engine.end()
            if not any(other.child for other in self._engines):
                raise
            engine.need = self._room  # nothing fits beside it
            self.tell(Note(f"{error} From now on nothing else is loaded beside it."))
        return self._ready(engine).call(method, *arguments)

    def _ready(self, engine: "_Engine") -> "_Engine":
        """The engine, running; others end, the one called longest ago first, until there is room."""
        self._engines.remove(engine)
        self._engines.append(engine)
        if engine.child is None:
            for other in self._engines[:-1]:
                if self._fit([one for one in self._engines if one.child or one is engine]):
                    break
                other.retire()
            engine.begin()
            assert engine.child is not None
            self.network.add(offline.in_words(engine.child.network, engine.child.reached))
        return engine


class _Engine:
    """One engine: what it is called, what it needs, how it is begun, and its child while it runs."""

    def __init__(self, what: str, need: Need, start: Callable[[], tuple[Any, Child]]) -> None:
        self.what = what
        self.need = need
        self.child: Child | None = None
        self._start = start
        self._methods: Any = None
        self.spent = LanguageUsage(0, 0, 0)  # by children that have ended

    def begin(self) -> None:
        self._methods, self.child = self._start()

    def call(self, method: str, *arguments: Any) -> Any:
        value = getattr(self._methods, method)(*arguments)
        return _sum(self.spent, value) if isinstance(value, LanguageUsage) else value

    def retire(self) -> None:
        """End the child in good order: what it counted is kept."""
        if self.child and hasattr(self._methods, "usage"):
            with suppress(EngineFailed):  # it has died meanwhile, and its counters with it
                self.spent = self.call("usage")
        self.end()

    def end(self) -> None:
        """End the child."""
        if self.child:
            self.child.close()
            self.child = None


def _sum(one: LanguageUsage, other: LanguageUsage) -> LanguageUsage:
    return LanguageUsage(*(a + b for a, b in zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)))


def _words(need: Need) -> str:
    gpu = f" and {need.gpu / GB:.1f} GB on the GPU" if need.gpu else ""
    return f"{need.memory / GB:.1f} GB{gpu}"
