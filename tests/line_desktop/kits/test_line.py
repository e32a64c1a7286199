"""LINE's kit from the command line: search with one picture source, confirm with another, and stop early."""

import json
from contextlib import closing
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from fakes import FakeSource
from study_bench import CHECKPOINT, Bench, labels

from line_desktop.bank import Bank
from line_desktop.commands.running import in_words
from line_desktop.errors import UserError
from line_desktop.estimate import estimate
from line_desktop.events import Cost
from line_desktop.kits.line import LineKit, line_settings
from line_desktop.label_job import LabelJob
from line_desktop.meter import Measured
from line_desktop.methods.line import Preset, Settings
from line_desktop.rates import keep
from line_desktop.report import words
from line_desktop.report.gather import gather
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.types.pictures import Picture, PicturePrompt, PictureSettings


class Reference(FakeSource):
    """A slower source with other pictures, which cannot draw everything."""

    def settings(self) -> PictureSettings:
        return PictureSettings("reference", "2", {"steps": "30"})

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        return {concept: "beyond the reference" for concept in concepts if concept.endswith(" c")}

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        assert not self.undepictable([prompt.concept for prompt in prompts])
        return super().draw(prompts)


def test_finalists_are_drawn_again_by_the_second_source_and_both_scores_are_kept(tmp_path: Path) -> None:
    settings = Settings(profile="compact", seed=2)
    bench = Bench(tmp_path / "two", settings)
    reference, layer_id = Reference(), bench.workspace.layer(1).id
    bench.fresh = Bank(bench.workspace, reference, bench.target, {"pool": layer_id}, settings.fresh_seed, settings.fresh_pictures)
    events = bench.run([0, 1, 2])
    found = labels(events)
    drawn = {prompt.concept for prompt in reference.drawn}
    assert drawn
    assert not any(name.endswith(" c") for name in drawn)
    assert bench.bank.settings_id != bench.fresh.settings_id
    for neuron, end in found.items():
        *search, confirmation = bench.workspace.steps(bench.run_id, neuron)
        assert confirmation.status == "confirmed"
        by_search = {one.concept: one.score for step in search for one in step.board}
        again = bench.fresh.activations([end.label.concept], "pool")[end.label.concept][:, neuron]
        assert end.label.score == pytest.approx(float(again.mean()))
        assert by_search[end.label.concept] != end.label.score
    bench.workspace.close()


def job_in(folder: Path, **changes: object) -> LabelJob:
    llm = folder / "tiny.gguf"
    llm.write_bytes(b"GGUF")
    return msgspec.structs.replace(LabelJob(folder / "net.onnx", {"pool": "0-2"}, folder, llm, "sdxl:fast"), **changes)


def test_the_time_of_two_sources_is_learnt_and_told_for_the_two_together(tmp_path: Path) -> None:
    photos = ProbeFolder(tmp_path, tuple(tmp_path / f"{row}.png" for row in range(4)), tuple("abab"))
    fast, both = job_in(tmp_path), job_in(tmp_path, confirm_pictures="sdxl:slow")
    keep(fast, Measured(9.0, 1.0, 4, 1.0, 50, 5, 60, 30.0, 200, 10.0, 1e3, 600, 120, "f" * 64, "CPU"))
    assert estimate(None, fast, CHECKPOINT, photos).seconds is not None
    told = estimate(None, both, CHECKPOINT, photos)
    assert (told.seconds, told.basis.partition(": ")[2].partition(".")[0]) == (None, "pictures by sdxl:fast and sdxl:slow")
    keep(both, Measured(9.0, 1.0, 4, 1.0, 50, 5, 60, 30.0, 200, 40.0, 1e3, 600, 120, "f" * 64, "CPU"))
    slow, quick = estimate(None, both, CHECKPOINT, photos).seconds, estimate(None, fast, CHECKPOINT, photos).seconds
    assert slow is not None
    assert quick is not None
    assert slow > quick


def test_a_second_source_that_would_never_be_asked_is_refused(tmp_path: Path) -> None:
    photos = ProbeFolder(tmp_path, (tmp_path / "1.png",), ("a",))

    class NoEngines:
        def pictures(self, source: str) -> None:
            return None

    with Workspace.open(tmp_path / "w") as workspace, pytest.raises(UserError, match="preset paper"):
        LineKit(workspace, job_in(tmp_path, confirm_pictures="sdxl:slow", preset="paper"), photos, NoEngines())  # type: ignore[arg-type]


def test_the_paper_makes_all_steps_whatever_the_patience(tmp_path: Path) -> None:
    assert line_settings(job_in(tmp_path, patience=3)).patience == 3
    assert line_settings(job_in(tmp_path, patience=3, preset="paper")).patience == 0


def test_a_preset_has_steps_of_its_own_that_a_job_may_change(tmp_path: Path) -> None:
    assert [line_settings(job_in(tmp_path, preset=preset)).steps for preset in get_args(Preset)] == [10, 1, 10]
    sparing = line_settings(job_in(tmp_path, preset="sparing", steps=3, patience=2))
    assert (sparing.steps, sparing.patience, sparing.pictures, sparing.finalists, sparing.fresh_pictures) == (3, 2, 4, 2, 3)
    assert sparing.bank
    assert sparing.confirm
    assert not sparing.broader


def test_names_are_shortened_only_where_their_words_can_be_drawn_alone(tmp_path: Path) -> None:
    assert line_settings(job_in(tmp_path, pictures="pictograms")).broader
    assert not line_settings(job_in(tmp_path, pictures="photos:somewhere")).broader
    assert line_settings(job_in(tmp_path, pictures="photos:somewhere", confirm_pictures="sdxl:full")).broader


def test_steps_not_needed_are_told() -> None:
    assert list(in_words(Cost(0, 0, 0, 0, 0, True, 7))) == ["7 steps not needed"]
    assert list(in_words(Cost(0, 0, 0, 0, 0, True))) == []


def test_two_sources_from_the_command_line_to_the_report(line, network, probe, demo_llm, tmp_path):
    arguments = (
        "label", network, "--layer", "relu", "--neurons", "0,4", "--probe", probe, "--llm", demo_llm, "--workspace", tmp_path / "w",
        "--pictures", "pictograms", "--confirm-pictures", f"photos:{probe}", "--steps", 4, "--patience", 1, "--json",
    )  # fmt: skip
    said = line(*arguments)
    assert said.code == 0
    found = json.loads(said.out)["neurons"]
    for one in found:
        *_, confirmed = one["steps"]
        assert [step["step"] for step in one["steps"]][-2:] == [5, 6]
        assert {Path(name).suffix for name in confirmed["pictures"]} == {".jpg"}
        assert {Path(name).suffix for step in one["steps"][:-1] for name in step["pictures"]} == {".png"}
    passed = sum(6 + 1 - len(one["steps"]) for one in found)
    assert (f"{passed} steps not needed" in said.err) == bool(passed)
    with closing(Desk.open(tmp_path / "w")) as desk:
        (run,) = gather(desk, desk.neuron_ids(Filter()).tolist(), "all", "full").runs
    assert run.confirmed_by is not None
    assert (run.source, run.confirmed_by.source) == ("pictograms", "photos")
    assert "no step has seen, made by photos" in " ".join(words.of_method(run))
    assert "Finalists drawn again by" in dict(words.of_run(run))
