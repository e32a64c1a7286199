"""A stopwatch over the stages of a job, on the wall and in CPU time, and what it is built into: engines, workspace, answerers.

Every moment belongs to one stage, the innermost one, so the stages of a job add up to all of it. The CPU time of the children that run
models belongs to the stage that called them.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import msgspec
import psutil

from line_desktop.answering import Answerer
from line_desktop.engines import Engines
from line_desktop.methods.asking import Answer
from line_desktop.store.workspace import Workspace
from models.types.language import Profile, Proposer
from models.types.pictures import Picture, PictureSource
from models.types.vision import Layer, Preprocess, Target

T = TypeVar("T")

OPENING, STORE, LOOKING_UP = "opening models", "store", "look-ups"
CALLS: Final = {
    "propose": "proposing",
    "draw": "drawing",
    "undepictable": "drawing",
    "activations": "scoring",
    "activations_of_files": "decoding and network",
}  # what a call of an engine is for; all others open it


class Spent(msgspec.Struct, frozen=True):
    """Seconds on the wall, and of all processes' CPU time."""

    wall: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


def cpu_of(processes: Sequence[psutil.Process]) -> float:
    """Their CPU time, with that of children they have seen end; 0 of one that has ended."""
    total = 0.0
    for process in processes:
        try:
            total += sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total


class Stopwatch:
    """Books time on the stage that is the innermost at each moment."""

    def __init__(self, rest: str, wall: Callable[[], float] = time.perf_counter, cpu: Callable[[], float] = time.process_time) -> None:
        """`rest`: the stage of everything else. `cpu`: of this process; the children's is given to `add_cpu`."""
        self._wall, self._cpu = wall, cpu
        self._stages = [rest]
        self._whole = False
        self._elsewhere = 0.0
        self._spent: dict[str, Spent] = {}
        self._mark = self._now()

    @contextmanager
    def stage(self, name: str, whole: bool = False) -> Iterator[None]:
        """A stage; with `whole` the stages inside it are not told apart."""
        if self._whole:
            yield
            return
        self._book()
        self._stages.append(name)
        self._whole = whole
        try:
            yield
        finally:
            self._whole = False
            self._book()
            self._stages.pop()

    def add_cpu(self, seconds: float) -> None:
        """CPU time of other processes, for the stage that is running."""
        self._elsewhere += seconds

    def spent(self) -> dict[str, Spent]:
        """What each stage took until now, in the order they began."""
        self._book()
        return dict(self._spent)

    def _book(self) -> None:
        now = self._now()
        stage = self._stages[-1]
        self._spent[stage] = self._spent.get(stage, Spent()) + (now - self._mark)
        self._mark = now

    def _now(self) -> Spent:
        return Spent(self._wall(), self._cpu() + self._elsewhere)


class TimedEngines(Engines):
    """Engines whose calls are booked by what they are for."""

    def __init__(self, watch: Stopwatch) -> None:
        super().__init__()
        self._watch = watch

    def target(self, model: Path, preprocess: Preprocess, layers: Sequence[Layer]) -> Target:
        """The vision network."""
        return self._timed(super().target, model, preprocess, layers)

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """The language model."""
        return self._timed(super().proposer, model, profile)

    def pictures(self, source: str) -> PictureSource:
        """The picture source."""
        return self._timed(super().pictures, source)

    def _timed(self, make: Callable[..., T], *arguments: Any) -> T:
        """An engine whose methods are timed; making it is timed too."""

        def timed(method: str, call: Callable[..., Any]) -> Callable[..., Any]:
            def called(*arguments: Any) -> Any:
                own = psutil.Process()
                with self._watch.stage(CALLS.get(method, OPENING)):
                    before = cpu_of(own.children(recursive=True))
                    value = call(*arguments)
                    self._watch.add_cpu(max(0.0, cpu_of(own.children(recursive=True)) - before))
                return value

            return called

        engine = timed(OPENING, make)(*arguments)
        return SimpleNamespace(**{name: timed(name, call) for name, call in vars(engine).items()})  # type: ignore[return-value]


class TimedWorkspace(Workspace):
    """A workspace whose reading and writing is booked."""

    watch = Stopwatch("unwatched")  # until it is given one

    def one(self, sql: str, *values: Any) -> Any:
        """The first row."""
        with self.watch.stage(STORE):
            return super().one(sql, *values)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """All rows."""
        with self.watch.stage(STORE):
            return super().rows(sql, *values)

    @contextmanager
    def transaction(self, *needed: int) -> Iterator[Any]:
        """A transaction."""
        with self.watch.stage(STORE), super().transaction(*needed) as connection:
            yield connection

    def put_objects(self, pictures: Sequence[Picture]) -> list[str]:
        """Keep picture files."""
        with self.watch.stage(STORE):
            return super().put_objects(pictures)

    def read_object(self, sha256: str) -> bytes:
        """A picture file."""
        with self.watch.stage(STORE):
            return super().read_object(sha256)

    def save_survey_rows(self, survey_id: int, start: int, values: Any, unreadable: dict[int, str]) -> None:
        """Keep activations."""
        with self.watch.stage(STORE):
            super().save_survey_rows(survey_id, start, values, unreadable)


class TimedAnswerer:
    """An answerer whose own work is booked on a stage."""

    def __init__(self, answerer: Answerer, watch: Stopwatch, stage: str) -> None:
        self.asked = answerer.asked
        self._answer = answerer.answer
        self._watch = watch
        self._stage = stage

    def answer(self, asking: Sequence[tuple[int, Any]]) -> Sequence[Answer]:
        """What it answers."""
        with self._watch.stage(self._stage):
            return self._answer(asking)
