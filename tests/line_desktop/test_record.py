"""A job keeps its row true, however it ends; jobs of a kind of our own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from study_bench import Bench

from line_desktop import paths, rates
from line_desktop.errors import DiskFull, UserError
from line_desktop.events import JobEvent, Planned, RunStarted, Stage
from line_desktop.jobs import KINDS, Kind
from line_desktop.methods.line import Settings
from line_desktop.record import PAUSE, Wish, do
from line_desktop.store.rows import JobRow
from line_desktop.store.workspace import Workspace
from models.errors import BadFile, Cancelled


class Play(msgspec.Struct, frozen=True):
    """Work that ends as it is told."""

    end: str


class Bug(Exception):
    """A mistake of ours."""


ERRORS = {
    "user": UserError("No such folder."),
    "model": BadFile("No such model."),
    "disk": DiskFull("The disk is full."),
    "bug": Bug("a mistake"),
    "cancelled": Cancelled("stopped"),
    "at once": KeyboardInterrupt(),
}


def play(workspace: Workspace, work: Play, stop: Any, tell: Any) -> Iterator[JobEvent]:
    yield Stage("Playing")
    if work.end in ERRORS:
        raise ERRORS[work.end]
    while not stop():
        yield Stage("Playing on")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setitem(KINDS, "play", Kind(Play, str, play))  # type: ignore[arg-type]
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


def ended(workspace: Workspace, end: str, wish: Wish | None = None, error: type[BaseException] | None = None) -> JobRow:
    job = workspace.add_job("play", "t", {"end": end})
    (workspace.folder / "logs").mkdir(exist_ok=True)
    run = do(workspace, job, lambda: wish, lambda event: None, "logs/job.log")
    if error is None:
        list(run)
    else:
        with pytest.raises(error):
            list(run)
    return workspace.job(job)


@pytest.mark.parametrize(
    ("end", "error", "state", "reason"),
    [
        ("user", UserError, "failed", "No such folder."),
        ("model", BadFile, "failed", "No such model."),
        ("disk", DiskFull, "paused", "The disk is full."),
        ("at once", KeyboardInterrupt, "interrupted", "It was ended before its step was done; resume it to go on."),
    ],
)
def test_what_ends_a_job_stands_in_its_row(workspace: Workspace, end: str, error: type[BaseException], state: str, reason: str) -> None:
    row = ended(workspace, end, error=error)
    assert (row.state, row.reason, row.text, row.pid) == (state, reason, "Playing", None)
    assert not (workspace.folder / "logs" / "job.log").exists()


def test_a_mistake_of_ours_leaves_its_traceback_in_the_log(workspace: Workspace) -> None:
    row = ended(workspace, "bug", error=Bug)
    assert row.log is not None
    assert (row.state, row.reason) == ("failed", f"This is a mistake in LINE Desktop, not yours; the details are in {row.log}.")
    assert row.log.read_text().endswith("Bug: a mistake\n")
    assert "Traceback" in row.log.read_text()


@pytest.mark.parametrize("wish", [PAUSE, Wish("cancelled"), Wish("interrupted", "The window was closed.")])
@pytest.mark.parametrize("end", ["", "cancelled", "at once"])
def test_a_wish_decides_what_a_stopped_job_is(workspace: Workspace, end: str, wish: Wish) -> None:
    row = ended(workspace, end, wish, KeyboardInterrupt if end == "at once" else None)
    assert (row.state, row.reason) == (wish.state, wish.reason)


def test_the_row_is_asked_as_well(workspace: Workspace) -> None:
    job = workspace.add_job("play", "t", {"end": ""})
    run = do(workspace, job, lambda: None, lambda event: None)
    next(run)
    workspace.ask_job(job, "pause")
    list(run)
    assert workspace.job(job).state == "paused"


def test_the_row_says_how_much_there_is_to_do_as_soon_as_a_run_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path / "w", Settings())

    def begun(workspace: Workspace, work: Play, stop: Any, tell: Any) -> Iterator[JobEvent]:
        yield Planned({"relu": (0, 1)}, 4)
        yield RunStarted(bench.run_id, "relu", (0, 1))

    monkeypatch.setitem(KINDS, "play", Kind(Play, str, begun))  # type: ignore[arg-type]
    with bench.workspace as workspace:
        job = workspace.add_job("play", "t", {"end": ""})
        run = do(workspace, job, lambda: None, lambda event: None)
        next(run)
        assert next(run) == RunStarted(bench.run_id, "relu", (0, 1))
        row = workspace.job(job)
        assert (row.total, row.text) == (2 * 5, "Naming 2 neurons of relu")
        run.close()  # type: ignore[attr-defined]


def test_a_job_that_nobody_listens_to_any_more_was_interrupted(workspace: Workspace) -> None:
    job = workspace.add_job("play", "t", {"end": ""})
    run = do(workspace, job, lambda: None, lambda event: None)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert workspace.job(job).state == "interrupted"


def test_work_that_this_program_does_not_know(workspace: Workspace) -> None:
    for kind, what, sentence in (("dance", {}, "does not know"), ("play", {"end": 3}, "cannot be read")):
        job = workspace.add_job(kind, "t", what)
        with pytest.raises(UserError, match=sentence):
            list(do(workspace, job, lambda: None, lambda event: None))
        assert workspace.job(job).state == "queued"


def test_a_data_folder_that_cannot_be_written_spoils_no_job(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LINE_DESKTOP_HOME", str(tmp_path / "file"))
    assert paths.home() == rates.rates_file().parent
    assert ended(workspace, "", PAUSE).state == "paused"
