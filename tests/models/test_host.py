"""Engines in children: answers, errors of the user's world, death and hanging, and no route to the network."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import rigged
from fakes import FakeSource

from models import host
from models.errors import BadFile, Cancelled, EngineFailed
from models.host import connect
from models.types.pictures import NoPicture, PicturePrompt, PictureSource
from models.types.shared import Progress

PATIENCE = 60  # seconds; nothing is measured by it
PROMPTS = [PicturePrompt(name, "low angle", "studio lighting", 5) for name in ("cat", "striped dog")]


def test_a_child_answers_like_the_object_itself() -> None:
    from models.pictures import open_source

    here = open_source("pictograms")
    there, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    try:
        assert there.settings() == here.settings()
        assert there.draw(PROMPTS) == here.draw(PROMPTS)
        assert there.undepictable(["cat", "justice"]).keys() == {"justice"}
    finally:
        child.close()


def test_errors_of_the_users_world_come_back_as_themselves(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no folder"):
        connect(PictureSource, "pictures", f"photos:{tmp_path / 'missing'}")  # type: ignore[type-abstract]


def test_a_killed_child_is_an_error_in_words_and_not_the_end_of_the_parent() -> None:
    source, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EngineFailed, match="pictures engine's process ended \\(signal SIGKILL, as when memory runs out\\)"):
        source.settings()
    child.close()


def test_a_hanging_child_is_ended() -> None:
    source, child = connect(PictureSource, "pictures", "pictograms", timeout=0.5)  # type: ignore[type-abstract]
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(EngineFailed, match="no answer within"):
        source.settings()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_bug_in_a_child_keeps_its_traceback() -> None:
    source, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    try:
        with pytest.raises(RuntimeError, match="Traceback"):
            source.draw([3])  # type: ignore[list-item]
    finally:
        child.close()


def test_children_are_cut_off_where_the_kernel_permits() -> None:
    source, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    try:
        if child.network != "no route":
            pytest.skip("network namespaces are not permitted here")
        assert os.readlink(f"/proc/{child.pid}/ns/net") != os.readlink("/proc/self/ns/net")
        assert not Path(f"/proc/{child.pid}/net/route").read_text().splitlines()[1:]  # below the heading
        assert source.settings().source == "pictograms"
    finally:
        child.close()


BUSY_PARENT = """
import threading
from models.host import connect
from models.types.pictures import PicturePrompt, PictureSource

source, child = connect(PictureSource, "pictures", "pictograms")
prompts = [PicturePrompt("cat", "low angle", "studio lighting", seed) for seed in range(100_000)]
threading.Thread(target=source.draw, args=(prompts,)).start()
print(child.pid, flush=True)
"""


def test_a_child_ends_with_a_killed_parent_also_in_the_middle_of_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", BUSY_PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
    end = time.monotonic() + PATIENCE
    while running(child) and time.monotonic() < end:
        time.sleep(0.05)
    if running(child):
        child.kill()
        pytest.fail(f"the child outlived its parent by {PATIENCE} s")
    assert list(tmp_path.iterdir()) == []


def running(process: psutil.Process) -> bool:
    """Whether a process is there and not just waiting for its end to be noted."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc, which Linux has")
def test_what_a_killed_child_left_among_temporary_files_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    own = [entry for entry in Path(f"/proc/{child.pid}/environ").read_bytes().split(b"\0") if entry.startswith(b"TMPDIR=")]
    scratch = Path(os.fsdecode(own[0].removeprefix(b"TMPDIR=")))
    assert scratch.parent == tmp_path
    (scratch / "half-written").write_text("x")
    os.kill(child.pid, signal.SIGKILL)
    child.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="reads /proc, which Linux has")
def test_where_memory_runs_out_a_child_goes_first() -> None:
    _, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    try:
        own, childs = (int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in ("self", child.pid))
        assert childs > own or own == 1000
    finally:
        child.close()


@pytest.mark.parametrize("path", ["", ".", os.pathsep])
def test_nothing_is_imported_from_the_folder_a_user_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    for name in ("numpy", "msgspec", "PIL", "queue", "inspect", "models"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", path)
    source, child = connect(PictureSource, "pictures", "pictograms")  # type: ignore[type-abstract]
    try:
        assert source.draw(PROMPTS)
    finally:
        child.close()
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A source that misbehaves, to which ways of doing so are appended."""
    rigged.install(tmp_path, monkeypatch)
    return f"rigged:{tmp_path}"


def test_what_a_child_says_while_it_works_is_heard_and_gives_it_time(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Progress] = []
    now = [0.0]

    def hear(progress: Progress) -> None:
        heard.append(progress)
        now[0] += 1.5

    source, child = connect(PictureSource, "pictures", f"{spec},slow-20", timeout=2, hear=hear)  # type: ignore[type-abstract]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    try:
        assert source.draw(PROMPTS) == FakeSource().draw(PROMPTS)
    finally:
        child.close()
    assert heard == [Progress('drawing "cat"', step, 20, "steps") for step in range(1, 21)], "30 s of work under a limit of 2 s of silence"


def test_a_call_is_stopped_at_the_next_step_and_the_child_lives_on(spec: str) -> None:
    heard: list[Progress] = []
    asked = {"stop": False}

    def hear(progress: Progress) -> None:
        heard.append(progress)
        asked["stop"] = progress.done == 5

    source, child = connect(  # type: ignore[type-abstract]
        PictureSource, "pictures", f"{spec},slow-20,endless-0", hear=hear, stop=lambda: asked["stop"]
    )
    try:
        with pytest.raises(Cancelled):
            source.draw(PROMPTS)
        assert len(heard) >= 5
        asked["stop"] = False
        assert source.settings().source == "slow", "what was asked before does not stop what comes after"
    finally:
        child.close()


def test_a_child_that_does_not_stop_is_ended(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "STOP_SECONDS", 0.3)
    asked = {"stop": False}
    source, child = connect(PictureSource, "pictures", f"{spec},stubborn", stop=lambda: asked["stop"])  # type: ignore[type-abstract]
    asked["stop"] = True
    with pytest.raises(Cancelled):
        source.draw(PROMPTS)
    assert not psutil.pid_exists(child.pid)
    with pytest.raises(EngineFailed, match="process ended"):
        source.settings()


def test_an_answer_of_another_kind_is_an_engine_that_failed(spec: str) -> None:
    source, child = connect(PictureSource, "pictures", f"{spec},lie")  # type: ignore[type-abstract]
    try:
        with pytest.raises(EngineFailed, match="answered something else than was asked"):
            source.draw(PROMPTS)
        assert len(source.draw(PROMPTS)) == 2
    finally:
        child.close()


def test_no_picture_for_one_prompt_travels_beside_the_others(spec: str) -> None:
    source, child = connect(PictureSource, "pictures", f"{spec},blank-cat")  # type: ignore[type-abstract]
    try:
        none, dog = source.draw(PROMPTS)
    finally:
        child.close()
    assert none == NoPicture("its VAE overflowed")
    assert not isinstance(dog, NoPicture)
