"""Labels the fake neurons of a workspace, with engines that take their time and keep a diary of their calls. Used by test_kill.py."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fakes import WIDTH, FakeProposer, FakeSource
from study_bench import Bench

from line_desktop.methods.line import Settings
from models.types.language import Proposal, ProposalRequest
from models.types.pictures import Picture, PicturePrompt

SETTINGS = Settings(seed=5, steps=30)  # profile "paper": one candidate, so that refused ones let the neurons drift apart
WORDS = tuple(f"{kind} {letter}" for kind in ("word", "thing", "justice") for letter in "abcdefghijklmnopqrstuvwxyz")
SECONDS = 0.01  # that a call takes


class Diary:
    """One line of JSON a call, written before the call is answered."""

    def __init__(self, file: Path, may_begin: Callable[[], object] = lambda: None) -> None:
        """`may_begin()` returns when a call that was written down may be answered."""
        self._file = file
        self._may_begin = may_begin
        self._note("session", [])

    def call(self, kind: str, what: list[str]) -> None:
        self._note(kind, what)
        self._may_begin()
        time.sleep(SECONDS)

    def _note(self, kind: str, what: list[str]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            print(json.dumps([kind, what]), file=file)


class SlowSource(FakeSource):
    """Draws with a delay."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        self._diary.call("draw", [f"{prompt.concept} {prompt.seed}" for prompt in prompts])
        return super().draw(prompts)


class SlowProposer(FakeProposer):
    """Answers with a delay."""

    def __init__(self, diary: Diary) -> None:
        super().__init__(WORDS)
        self._diary = diary

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        self._diary.call("propose", [f"{request.seeds}" for request in requests])
        return super().propose(requests)


def label_all(folder: Path, diary: Diary) -> Bench:
    """Begin or resume the labelling of every neuron."""
    bench = Bench(folder, SETTINGS, SlowSource(diary), SlowProposer(diary))
    print("open", flush=True)
    bench.run(list(range(WIDTH)))
    return bench


def leave() -> None:
    """Say that a call begins, and wait for leave to answer it."""
    print("call", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    label_all(Path(sys.argv[1]), Diary(Path(sys.argv[2]), leave)).workspace.close()
