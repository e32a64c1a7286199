"""A picture source that misbehaves, for real children: `rigged:FOLDER,way,way` draws pictograms, or fails in those ways.

`install` puts it into every child that is started afterwards, through Python's own `sitecustomize`; nothing in the code knows of it.
"""

import itertools
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeSource

from models.errors import DoesNotFit
from models.pictures.pictograms import Pictograms
from models.progress import say
from models.types.pictures import NoPicture, Picture, PicturePrompt, PictureSettings
from models.types.shared import Progress

ONCE = ("crash", "hang", "lie", "short", "crowded")
PATIENCE_S = 60  # nothing is measured by it
NO_PICTURE = NoPicture("its VAE overflowed")

SITE = """
import sys
from models import pictures

def rigged(argument):
    from rigged import Rigged
    return Rigged(argument)

pictures.SOURCES["rigged"] = rigged
if "line_desktop" in sys.orig_argv:  # a job's process: it waits for an engine that does not stop until it is told to end at once
    from models import host
    host.STOP_SECONDS = 1000
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children know the source from now on."""
    (folder / "sitecustomize.py").write_text(SITE)
    tests = Path(__file__).resolve().parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (folder, tests.parent, tests))))


def wait_for_call(folder: Path, number: int = 1) -> None:
    """Returns when sources of this folder have begun so many calls."""
    end = time.monotonic() + PATIENCE_S
    while not (folder / "calls").exists() or (folder / "calls").stat().st_size < number:
        assert time.monotonic() < end, "it never drew"
        time.sleep(0.01)


def let_go(folder: Path) -> None:
    """Sources of this folder that wait go on."""
    (folder / "go").touch()


class Rigged(Pictograms):
    """`crash`, `hang`, `lie`, `short` and `crowded` happen once, in this order, at every other call; the others always:

    `stubborn` hangs, `blank-x` gives no picture of x, `slow-20` takes 20 steps for a call and draws what a FakeSource draws;
    with `endless-2` all calls after the second go on until they are stopped; with `waits` all draw only after `let_go`.
    """

    def __init__(self, argument: str) -> None:
        super().__init__()
        folder, *ways = argument.split(",")
        self._calls = Path(folder) / "calls"
        self._once = [way for way in ways if way in ONCE]
        self._steps = next((int(way.removeprefix("slow-")) for way in ways if way.startswith("slow-")), 0)
        self._endless = next((int(way.removeprefix("endless-")) for way in ways if way.startswith("endless-")), math.inf)
        self._blank = {way.removeprefix("blank-") for way in ways if way.startswith("blank-")}
        self._stubborn = "stubborn" in ways
        self._go = Path(folder) / "go" if "waits" in ways else None

    def settings(self) -> PictureSettings:
        return PictureSettings("slow", "1", {"batch": "5"}) if self._steps else super().settings()

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        return {} if self._steps else super().undepictable(concepts)

    def draw(self, prompts: list[PicturePrompt]) -> Sequence[Picture | NoPicture]:
        way = self._next_way()
        if way == "crash":
            os.abort()
        if way == "hang" or self._stubborn:
            time.sleep(1000)
        while self._go and not self._go.exists():
            time.sleep(0.01)
        if way == "crowded":
            raise DoesNotFit("The rigged source ran out of memory.")
        if way == "lie":
            return "a thousand words"
        for step in itertools.count(1) if self._calls.stat().st_size > self._endless else range(1, self._steps + 1):
            say(Progress(f'drawing "{prompts[0].concept}"', step, self._steps, "steps"))
            time.sleep(0.01)
        drawn = (FakeSource().draw if self._steps else super().draw)(prompts)[: -1 if way == "short" else None]
        return [NO_PICTURE if prompt.concept in self._blank else one for prompt, one in zip(prompts, drawn, strict=False)]

    def _next_way(self) -> str:
        """What happens in this call: calls are counted in a file, over all children."""
        with self._calls.open("ab") as file:
            file.write(b".")
        number = self._calls.stat().st_size - 1
        return self._once[number // 2] if number % 2 == 0 and number // 2 < len(self._once) else ""
