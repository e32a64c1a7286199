"""Brings every hostile file to its door, in the program's real children, and prints what happened as JSON.

A process of its own, so that it can run inside the trap. A child that answers is used again; one that ended is replaced.
"""

import contextlib
import os
import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import psutil
import small_inputs

from hostile import folders, ggufs, onnx_files, pickles, pictures
from hostile.case import MARKER, Case, DoorName
from models.errors import EngineFailed, ModelError
from models.host import Child, connect
from models.machine import Probe
from models.types.language import ProposalRequest, Proposer
from models.types.pictures import PictureSource
from models.types.vision import Importer, Target

DOORS: tuple[DoorName, ...] = get_args(DoorName)
CASES = [*pickles.CASES, *onnx_files.CASES, *ggufs.CASES, *folders.CASES, *pictures.CASES]
CHECKED = [Case(f"{case.name}, checked", "check", case.build, "harmless") for case in CASES if case.door != "photo"]
"""`models check` looks at model files of every kind; what is wrong behind their headers it need not see."""
ALL = [*CASES, *CHECKED]
SECONDS = 30.0
MEMORY = 6 << 30  # bytes of addresses a child may take, so that a bomb in a test does not take the machine's memory


class Result(msgspec.Struct):
    """What became of one case; `traces` are files that appeared in its folder."""

    name: str
    outcome: Literal["refused", "opened", "child ended", "bug"]
    text: str
    seconds: float
    traces: list[str]


class Report(msgspec.Struct):
    """What became of all cases; `left` and `alive` are temporary files and children that outlived them."""

    results: list[Result]
    left: list[str]
    alive: list[int]


class Door:
    """One kind of child; it is used again as long as it answers."""

    def __init__(self, kind: DoorName, target: tuple[Any, ...]) -> None:
        self._kind = kind
        self._target = target
        self._open: tuple[Any, Child] | None = None

    def bring(self, path: Path) -> str:
        """Give a file to the child; returns the reason of a refusal that is no error, or nothing."""
        if self._kind == "language":
            model, child = connect(Proposer, "language", path, timeout=SECONDS)  # type: ignore[type-abstract]
            with contextlib.closing(child):
                model.propose([ProposalRequest("Name things.", "red:", "compact", (1,))])
        elif self._kind == "pictures":
            connect(PictureSource, "pictures", f"sdxl:{path}", timeout=SECONDS)[1].close()  # type: ignore[type-abstract]
        elif self._kind == "importer":
            self._child(Importer, "importer").inspect(path)
        elif self._kind == "check":
            self._child(Probe, "probe").describe(path)
        else:
            return "".join(self._child(Target, "vision", *self._target).activations_of_files([path], ["relu"]).unreadable.values())
        return ""

    def close(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None

    def _child(self, interface: Any, engine: str, *arguments: Any) -> Any:
        if self._open is None:
            self._open = connect(interface, engine, *arguments, timeout=SECONDS)
        return self._open[0]


def attempt(door: Door, case: Case, folder: Path) -> Result:
    """One case; nothing it does may end this process."""
    folder.mkdir()
    path = case.build(folder)
    before = set(folder.rglob("*"))
    start = time.monotonic()
    outcome: Literal["refused", "opened", "child ended", "bug"] = "refused"
    try:
        text = door.bring(path)
        outcome = "refused" if text else "opened"
    except EngineFailed as error:
        outcome, text = "child ended", str(error)
        door.close()
    except ModelError as error:
        text = str(error)
    except RuntimeError as error:  # how a child's bug arrives
        outcome, text = "bug", str(error)
    seconds = time.monotonic() - start
    traces = [str(file) for file in folder.rglob("*") if file not in before or file.name == MARKER]
    shutil.rmtree(folder)
    return Result(case.name, outcome, text, seconds, traces)


def all_of(kind: DoorName, folder: Path, target: tuple[Any, ...]) -> list[Result]:
    """The cases of one door, one after the other."""
    with contextlib.closing(Door(kind, target)) as door:
        return [attempt(door, case, folder / f"{kind}-{number}") for number, case in enumerate(ALL) if case.door == kind]


def small_target(folder: Path) -> tuple[Any, ...]:
    """What opens the vision engine on a small network."""
    importer, child = connect(Importer, "importer")  # type: ignore[type-abstract]
    with contextlib.closing(child):
        checkpoint = importer.convert(small_inputs.network(folder / "small.onnx"), folder / "small")
    return folder / "small" / "model.onnx", checkpoint.preprocess, list(checkpoint.layers)


def run(folder: Path) -> Report:
    """The doors side by side, since most of the time is spent on starting children."""
    target = small_target(folder)
    with ThreadPoolExecutor(len(DOORS)) as threads:
        found = [result for results in threads.map(lambda kind: all_of(kind, folder, target), DOORS) for result in results]
    alive = [process.pid for process in psutil.Process().children(recursive=True)]
    return Report(found, [str(file) for file in Path(tempfile.gettempdir()).rglob("*")], alive)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(sys.argv[1])
    sys.stdout.buffer.write(msgspec.json.encode(run(Path(sys.argv[1]))))
