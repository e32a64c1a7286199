"""The queue in the workspace: order, wishes, and what a dead process leaves."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from line_desktop.errors import UserError
from line_desktop.store.desk import Desk
from line_desktop.store.processes import is_alive, started
from line_desktop.store.rows import Answer
from line_desktop.store.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


def add(workspace: Workspace, *titles: str) -> list[int]:
    return [workspace.add_job("demo", title, {"neurons": number}) for number, title in enumerate(titles)]


def titles(workspace: Workspace) -> list[str]:
    return [job.title for job in workspace.jobs()]


def pretend_process(workspace: Workspace, job_id: int, pid: int, since: float) -> None:
    with workspace.transaction() as connection:
        connection.execute("UPDATE jobs SET pid = ?, started = ? WHERE id = ?", (pid, since, job_id))


def test_jobs_stand_in_the_order_they_were_asked_for(workspace: Workspace) -> None:
    add(workspace, "a", "b", "c")
    assert titles(workspace) == ["a", "b", "c"]
    assert [job.position for job in workspace.jobs()] == [1, 2, 3]
    assert {(job.state, job.origin, job.asked, job.pid, job.log) for job in workspace.jobs()} == {("queued", "window", "", None, None)}


@pytest.mark.parametrize(
    ("moved", "place", "order"), [("c", 1, "cabd"), ("a", 3, "bcad"), ("b", 2, "abcd"), ("a", 99, "bcda"), ("d", -5, "dabc")]
)
def test_a_moved_job_takes_its_place_and_the_others_close_up(workspace: Workspace, moved: str, place: int, order: str) -> None:
    ids = dict(zip("abcd", add(workspace, *"abcd"), strict=True))
    workspace.move_job(ids[moved], place)
    assert titles(workspace) == list(order)
    assert [job.position for job in workspace.jobs()] == [1, 2, 3, 4]


def test_a_job_that_is_not_there(workspace: Workspace) -> None:
    for ask in (workspace.job, workspace.queue_job, workspace.remove_job, workspace.begin_job):
        with pytest.raises(UserError, match="There is no job 7 in "):
            ask(7)
    with pytest.raises(UserError, match="There is no job 7"):
        workspace.move_job(7, 1)


def test_the_number_of_a_removed_job_is_not_given_again(workspace: Workspace) -> None:
    _, last = add(workspace, "a", "b")
    workspace.remove_job(last)
    assert add(workspace, "c") == [last + 1]


def test_the_same_work_is_found_and_other_work_is_not(workspace: Workspace) -> None:
    first, second = (workspace.add_job("label", "t", {"layers": dict.fromkeys(layers, "0")}) for layers in ("ab", "ba"))
    assert workspace.find_job("label", {"layers": {"a": "0", "b": "0"}}) == first
    assert workspace.find_job("label", {"layers": {"b": "0", "a": "0"}}) == second, "the order of layers is the order of work"
    assert workspace.find_job("demo", {"layers": {"a": "0", "b": "0"}}) is None
    assert workspace.find_job("label", {}) is None


def test_a_running_job_is_asked_and_told_once(workspace: Workspace) -> None:
    (job,) = add(workspace, "a")
    workspace.begin_job(job, "logs/x.log")
    row = workspace.job(job)
    assert (row.state, row.pid, row.log) == ("running", os.getpid(), workspace.folder / "logs/x.log")
    workspace.ask_job(job, "pause")
    assert (workspace.job(job).state, workspace.job_wish(job)) == ("pausing", "pause")
    workspace.ask_job(job, "cancel")
    assert workspace.job_wish(job) == "cancel"
    workspace.end_job(job, "cancelled")
    row = workspace.job(job)
    assert (row.state, row.asked, row.pid, row.ended is not None) == ("cancelled", "", None, True)
    with pytest.raises(UserError, match=f"Job {job} is cancelled; there is nothing to pause"):
        workspace.ask_job(job, "pause")


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_waiting_job_is_what_was_asked_at_once(workspace: Workspace, wish: str, state: str) -> None:
    (job,) = add(workspace, "a")
    workspace.ask_job(job, wish)
    assert (workspace.job(job).state, workspace.job(job).asked) == (state, "")
    workspace.queue_job(job)
    assert workspace.job(job).state == "queued"


def test_only_a_job_that_has_not_begun_is_cancelled_as_queued(workspace: Workspace) -> None:
    waiting, running = add(workspace, "a", "b")
    workspace.begin_job(running)
    assert workspace.cancel_queued(waiting)
    assert not workspace.cancel_queued(running)
    assert [job.state for job in workspace.jobs()] == ["cancelled", "running"]


def test_a_job_that_runs_is_not_started_queued_or_removed(workspace: Workspace) -> None:
    (job,) = add(workspace, "a")
    workspace.begin_job(job)
    with pytest.raises(UserError, match=f"running already, as process {os.getpid()}"):
        workspace.begin_job(job)
    with pytest.raises(UserError, match="is running; only one that has stopped"):
        workspace.queue_job(job)
    with pytest.raises(UserError, match="is running; cancel it first"):
        workspace.remove_job(job)


def test_a_finished_job_is_queued_again_only_on_purpose(workspace: Workspace) -> None:
    (job,) = add(workspace, "a")
    workspace.begin_job(job)
    workspace.end_job(job, "finished")
    with pytest.raises(UserError, match="is finished"):
        workspace.queue_job(job)
    workspace.queue_job(job, again=True)
    assert workspace.job(job).state == "queued"


@pytest.mark.parametrize(("wish", "state"), [(None, "interrupted"), ("pause", "interrupted"), ("cancel", "cancelled")])
def test_a_job_whose_process_is_gone(workspace: Workspace, wish: str | None, state: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    since = started(ended.pid)
    ended.wait()
    (job,) = add(workspace, "a")
    workspace.begin_job(job)
    if wish:
        workspace.ask_job(job, wish)
    pretend_process(workspace, job, ended.pid, since)
    assert workspace.mark_interrupted() == [job]
    row = workspace.job(job)
    assert (row.state, row.asked, row.pid) == (state, "", None)
    assert bool(row.reason) == (state == "interrupted")
    assert workspace.mark_interrupted() == []


def test_a_process_number_that_was_given_again_is_another_process(workspace: Workspace) -> None:
    (job,) = add(workspace, "a")
    workspace.begin_job(job)
    assert workspace.mark_interrupted() == []
    pretend_process(workspace, job, os.getpid(), started() - 60)
    assert workspace.mark_interrupted() == [job]


def test_a_process_that_nobody_has_waited_for_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    since = started(child.pid)
    assert child.stdout is not None
    child.stdout.read()  # ends with the process
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) is None:
        pass
    assert not is_alive(child.pid, since)
    child.wait()
    child.stdout.close()


def test_desk_and_job_write_the_same_row(workspace: Workspace) -> None:
    desk = Desk.open(workspace.folder)
    job = desk.add_job("demo", "a", {"neurons": 2}, estimate={"seconds": 1.5})
    workspace.begin_job(job)
    workspace.job_progress(job, 3, 10, "Naming", 12.5)
    desk.ask_job(job, "pause")
    assert workspace.job_wish(job) == "pause"
    row = desk.job(job)
    assert (row.state, row.done, row.total, row.text, row.remaining) == ("pausing", 3, 10, "Naming", 12.5)
    workspace.end_job(job, "paused", "", {"seconds": 2.5})
    row = desk.job(job)
    assert (row.state, row.remaining, row.estimate, row.measured) == ("paused", None, {"seconds": 1.5}, {"seconds": 2.5})
    desk.close()


def test_what_was_spent_since_a_moment_counts_what_every_method_asks_a_language_model(study) -> None:
    def answered(neuron: int, sequence: int, kind: str, body: bytes, seconds: dict[str, float]) -> Answer:
        answer = study.answer(neuron, sequence)
        return replace(answer, kind=kind, body=body, steps=(replace(answer.steps[0], seconds=seconds),))

    study.workspace.save_answers(study.run, [answered(0, 0, "propose", b"{}", {"propose": 5.0, "depict": 7.0})])
    before = study.workspace.last_written()
    spent = study.workspace.spent_since(before)
    assert (spent.proposals, spent.proposal_seconds, spent.picture_seconds) == (0, 0, 0)
    five = b'{"proposals": [1, 2, 3, 4, 5]}'
    study.workspace.save_answers(
        study.run,
        [
            answered(0, 1, "propose", five, {"propose": 0.5, "depict": 2.0}),  # of several answers LINE takes one
            answered(1, 0, "condense", five, {"condense": 3.0, "caption": 9.0}),
            answered(1, 1, "depict", b"{}", {"depict": 1.0}),
        ],
    )
    spent = study.workspace.spent_since(before)
    assert (spent.proposals, spent.proposal_seconds, spent.picture_seconds) == (1 + 5, 3.5, 3.0)
