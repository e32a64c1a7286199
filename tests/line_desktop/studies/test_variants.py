"""Studies of variants: what is varied, how labels compare, and a run from end to end that leaves the workspace as it was."""

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import small_inputs

from line_desktop.errors import UserError
from line_desktop.label_job import LabelJob
from line_desktop.store.workspace import Workspace
from line_desktop.studies.plans import percent, pictures, presets, vocabulary
from line_desktop.studies.plot import plot
from line_desktop.studies.variants import Label, contrast, variants


@pytest.fixture
def job(tmp_path: Path) -> LabelJob:
    """A job on photos of twenty classes."""
    probe = small_inputs.labelled_photos(tmp_path / "probe", 1, [f"class {number}" for number in range(20)])
    return LabelJob(Path("net.onnx"), {"relu": "0-3"}, probe, Path("model.gguf"), "pictograms", seed=3)


def test_a_smaller_vocabulary_is_part_of_a_larger_one(job: LabelJob) -> None:
    found = vocabulary(job, [100, 50, 75])
    assert list(found) == ["50 %", "75 %", "100 %"]
    half, more, everything = (set(one.withheld) for one in found.values())
    assert (len(half), len(more), len(everything)) == (10, 5, 0)
    assert more < half
    assert vocabulary(job, [50]) == {"50 %": found["50 %"]}


@pytest.mark.parametrize("shares", [[10], [0], [101], [100, 45]])
def test_shares_that_cannot_be(job: LabelJob, shares: list[int]) -> None:
    with pytest.raises(UserError, match="from 50 to 100"):
        vocabulary(job, shares)


def test_percents_as_typed() -> None:
    assert percent("10, 25 %,100") == [10, 25, 100]
    for wrong in ("", "ten", "10;20", "-5", "2.5"):
        with pytest.raises(UserError, match="whole percents"):
            percent(wrong)


def test_pictures_and_presets(job: LabelJob) -> None:
    job = msgspec.structs.replace(job, steps=4)
    found = presets(job)
    assert {name: (one.preset, one.steps) for name, one in found.items()} == {
        "line": ("line", 4), "sparing": ("sparing", None), "paper": ("paper", 4),
    }  # fmt: skip
    assert [one.pictures for one in pictures(job, ["pictograms", "sdxl:demo"]).values()] == ["pictograms", "sdxl:demo"]
    with pytest.raises(UserError, match="two sources"):
        pictures(job, ["pictograms", "pictograms"])


def test_the_same_job_comes_to_the_same_folder(job: LabelJob, tmp_path: Path) -> None:
    first, second, third = variants(tmp_path, "presets", presets(job))
    assert len({first.folder, second.folder, third.folder}) == 3
    assert variants(tmp_path, "presets", presets(job)) == [first, second, third]
    other = variants(tmp_path, "pictures", {"photos:/a b/../c": job})[0].folder
    assert other.parent == tmp_path / "studies" / "pictures"


LABELS = {
    "one": {("a", 0): Label("cat", 1.0, 0.9, 2.0), ("a", 1): Label("dogs", 2.0), ("b", 0): Label("red", 3.0, 0.8, 1.0)},
    "other": {
        ("a", 0): Label("cat", 1.5, 0.7, 1.0),
        ("a", 1): Label("dog", 3.0),
        ("b", 0): Label("blue", 2.0, 0.9, 2.0),
        ("b", 1): Label("x", 0.0),
    },
}


def test_only_neurons_with_a_label_in_each_variant_are_compared(tmp_path: Path) -> None:
    found = contrast("presets", LABELS, ["a note"])
    assert [(row.layer, row.neuron) for row in found.rows] == [("a", 0), ("a", 1), ("b", 0)]
    assert {metric.name: metric.neurons for metric in found.metrics} == {"score": 3, "AUC": 2, "MAD": 2}
    score = found.metrics[0]
    assert score.means["other"].value == pytest.approx(np.mean([1.5, 3.0, 2.0]))
    assert (score.pairs[0].wins, score.pairs[0].losses) == (1, 2)
    assert found.changes[0].changed.value == pytest.approx(1 / 3)  # "dogs" and "dog" are one name
    assert found.notes == ["a note", "Left out: 1 neuron without a label in some variant."]
    assert [table.row_count for table in found.tables()] == [3, 3, 3]
    plot(found, tmp_path / "study.png")
    assert (tmp_path / "study.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_in_common() -> None:
    with pytest.raises(UserError, match="one 3, none 0"):
        contrast("presets", {"one": LABELS["one"], "none": {}})


def test_a_study_leaves_the_labels_of_the_workspace(line, labelled, tmp_path):
    assert labelled.said.code in (0, 3)
    workspace = tmp_path / "workspace"
    shutil.copytree(labelled.workspace, workspace)
    with Workspace.open(workspace, write=False) as before:
        runs = before.runs()
    said = line("study", "presets", workspace, "--layer", "relu", "--neurons", "0", "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert [row["layer"] for row in found["rows"]] == ["relu"]
    assert set(found["rows"][0]["labels"]) == {"line", "sparing", "paper"}
    with Workspace.open(workspace, write=False) as after:
        assert after.runs() == runs
    assert len(list((workspace / "studies" / "presets").iterdir())) == 3
    again = line("study", "presets", workspace, "--layer", "relu", "--neurons", "0", "--json")
    assert json.loads(again.out) == found
    assert "pictures drawn" not in again.err


def test_steps_of_a_labelled_workspace(line, labelled):
    """One step and the summary, of the neurons that have a label; nothing is run."""
    found = json.loads(line("study", "steps", labelled.workspace, "--json").out)
    named = json.loads(labelled.said.out)["neurons"]
    assert {(one["layer"], one["neuron"], one["label"]) for one in found["neurons"]} == {
        (one["layer"], one["neuron"], one["label"]) for one in named
    }
    assert [one["step"] for one in found["steps"]] == [0, 1, 2]
    assert sum(one["winners"] for one in found["steps"]) == len(named)
    assert not (labelled.workspace / "studies").exists()


def test_bad_asking(line, labelled, tmp_path):
    assert "does not say what to draw" in line("study", "steps", labelled.workspace, "--plot", tmp_path / "x.txt").error
    assert "There is no workspace" in line("study", "steps", tmp_path / "nothing").error
    assert "scoreboard needs 10" in line("study", "vocabulary", labelled.workspace).error
    with Workspace.open(tmp_path / "empty"):
        pass
    assert "no job of labelling by LINE" in line("study", "presets", tmp_path / "empty").error
    assert "no labels by the method line" in line("study", "steps", tmp_path / "empty").error
