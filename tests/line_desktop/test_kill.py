"""SIGKILL at random moments of a study: the workspace is whole, nothing is paid for twice, and the end is that of an uninterrupted run."""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from fakes import WIDTH, FakeProposer
from study_bench import Bench
from study_writer import SECONDS, SETTINGS, WORDS, Diary, label_all

from line_desktop.store.workspace import Workspace

TESTS = Path(__file__).parents[1]
KILLS = 20


def label_until_killed(folder: Path, diary: Path, calls: int, seconds: float) -> None:
    """Let the writer begin so many calls, kill it some time later; it does not go beyond one more."""
    command = [sys.executable, str(TESTS / "study_writer.py"), str(folder), str(diary)]
    environment = os.environ | {"PYTHONPATH": str(TESTS.parent)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write(b"\n" * calls)
        writer.stdin.flush()
        assert [writer.stdout.readline() for _ in range(1 + calls)] == [b"open\n", *[b"call\n"] * calls]
        time.sleep(seconds)
        writer.kill()


def kept(bench: Bench) -> list[Any]:
    """Everything a study has decided: results, and steps with their boards."""
    workspace, run = bench.workspace, bench.run_id
    results = [(one.neuron, one.status, one.label, one.score, one.origin) for one in workspace.results(run)]
    steps = [
        (one.neuron, one.step, one.concept, one.score, one.origin, one.status, one.raw, one.prompt_sha256, one.board)
        for neuron in range(WIDTH)
        for one in workspace.steps(run, neuron)
    ]
    return [results, steps]


def sessions(diary: Path) -> list[list[tuple[str, tuple[str, ...]]]]:
    """The calls of each session, in order."""
    found: list[list[tuple[str, tuple[str, ...]]]] = []
    for line in diary.read_text().splitlines():
        kind, what = json.loads(line)
        if kind == "session":
            found.append([])
        else:
            found[-1].append((kind, tuple(what)))
    return found


def test_killed_at_random_moments_a_study_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    folder, diary = tmp_path / "killed", tmp_path / "diary"
    for _ in range(KILLS):
        label_until_killed(folder, diary, moments.randint(1, 3), moments.uniform(0, 4 * SECONDS))
        with Workspace.open(folder) as workspace:
            assert workspace.check(deep=True) == []
    resumed, whole = label_all(folder, Diary(diary)), label_all(tmp_path / "whole", Diary(tmp_path / "diary of the whole"))
    with closing(resumed.workspace), closing(whole.workspace):
        assert kept(resumed) == kept(whole)
        assert resumed.workspace.check(deep=True) == []
    told = sessions(diary)
    assert all(told[:KILLS]), "every kill hit the work"
    only_the_call_of_the_kill_is_repeated(told)


def test_stopped_after_every_single_answer_a_study_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(SETTINGS, steps=8)
    ended = False
    while not ended:
        part = Bench(tmp_path / "part", settings, proposer=FakeProposer(WORDS))
        stop = iter([False])
        part.run(list(range(WIDTH)), lambda stop=stop: next(stop, True))
        ended = [one.reason for one in part.workspace.results(part.run_id)] == [""] * WIDTH
        part.workspace.close()
    part, whole = (Bench(tmp_path / name, settings, proposer=FakeProposer(WORDS)) for name in ("part", "whole"))
    with closing(part.workspace), closing(whole.workspace):
        whole.run(list(range(WIDTH)))
        assert kept(part) == kept(whole)


def only_the_call_of_the_kill_is_repeated(told: list[list[tuple[str, tuple[str, ...]]]]) -> None:
    """A picture or a question appears again only if the call it was in was the last of its session."""
    seen: set[tuple[str, str]] = set()
    for calls in told:
        for number, (kind, what) in enumerate(calls):
            asked = {(kind, one) for one in what}
            assert not seen & asked, f"{kind} asked again: {seen & asked}"
            if number < len(calls) - 1:
                seen |= asked
