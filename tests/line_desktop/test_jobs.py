"""Work on its way into the queue and out of it."""

from contextlib import closing
from pathlib import Path

import pytest

from line_desktop.demo import DemoJob
from line_desktop.errors import UserError
from line_desktop.job import SurveyJob
from line_desktop.jobs import KINDS, Work, absolute, kind_of, next_job, submit, work_of
from line_desktop.label_job import LabelJob
from line_desktop.store.desk import Desk
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides

PROBE, LLM = Path("/photos"), Path("/llm.gguf")
WORKS: list[Work] = [
    LabelJob(Path("/net.onnx"), {"b": "0-9", "a": "all"}, PROBE, LLM, "pictograms", preset="paper", withheld=("cat",)),
    LabelJob(Path("/net.onnx"), {"a": "1"}, PROBE, LLM, "sdxl:demo", overrides=Overrides(mean=(0.5,), size=32, class_names=("x", "y"))),
    SurveyJob(Path("/net"), ("a", "b"), PROBE, Overrides(crop=False)),
    DemoJob(4, "paper", 3, 7),
]


@pytest.mark.parametrize("work", WORKS)
def test_work_comes_out_of_the_queue_as_it_went_in(work: Work, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w") as workspace:
        row = workspace.job(submit(workspace, work))
    assert work_of(row) == work
    assert row.kind == kind_of(work)
    assert row.title == KINDS[row.kind].title(work)
    if isinstance(work, LabelJob):
        assert list(work_of(row).layers) == list(work.layers)  # type: ignore[union-attr]


def test_files_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lora.safetensors").touch()
    (tmp_path / "demo").touch()
    monkeypatch.chdir(tmp_path)
    source = "sdxl:lora.safetensors,lora=lora.safetensors,steps=4"
    job = LabelJob(Path("net.onnx"), {"a": "0"}, Path("photos"), Path("llm.gguf"), source, confirm_pictures=source)
    found = absolute(job)
    assert isinstance(found, LabelJob)
    assert (found.checkpoint, found.probe, found.llm) == (tmp_path / "net.onnx", tmp_path / "photos", tmp_path / "llm.gguf")
    there = tmp_path / "lora.safetensors"
    assert found.pictures == found.confirm_pictures == f"sdxl:{there},lora={there},steps=4"
    for source in ("pictograms", "sdxl:demo", "photos:nowhere"):
        assert absolute(LabelJob(Path("n"), {}, PROBE, LLM, source)).pictures == source  # type: ignore[union-attr]


def test_the_same_work_again_is_the_same_job(tmp_path: Path) -> None:
    with closing(Desk.open(tmp_path / "w", create=True)) as desk:
        first = submit(desk, DemoJob(4))
        assert submit(desk, DemoJob(6)) != first
        desk.ask_job(first, "cancel")
        assert submit(desk, DemoJob(4)) == first
        assert desk.job(first).state == "queued"
        desk.begin_job(first)
        with pytest.raises(UserError, match="is running"):
            submit(desk, DemoJob(4))
        desk.end_job(first, "finished")
        assert submit(desk, DemoJob(4)) == first


def test_one_job_at_a_time_and_what_was_stopped_waits_for_a_person(tmp_path: Path) -> None:
    with closing(Desk.open(tmp_path / "w", create=True)) as desk:
        assert next_job(desk.jobs()) is None
        paused, first, second = (submit(desk, DemoJob(number)) for number in (2, 3, 4))
        desk.ask_job(paused, "pause")
        assert next_job(desk.jobs()) == desk.job(first)
        desk.move_job(second, 1)
        assert next_job(desk.jobs()) == desk.job(second)
        desk.begin_job(second)
        assert next_job(desk.jobs()) is None
        desk.end_job(second, "failed", "no")
        assert next_job(desk.jobs()) == desk.job(first)
