"""`line-desktop verify` with real engines: on a small labelled workspace, and where the truth is known."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from line_desktop import bank, demo
from line_desktop.concepts import spelling
from line_desktop.engines import Engines
from line_desktop.events import Verified
from line_desktop.store.rows import ResultRow
from line_desktop.store.workspace import Workspace
from line_desktop.survey import read_probe_set, survey
from line_desktop.target import Overrides, import_checkpoint
from line_desktop.verify import VerifyJob, verify
from models import embedded
from models.layers import find_layer
from models.types.pictures import Picture

NEURONS = range(0, 120, 12)  # class neurons of the demo network
PHOTO_CLASSES = range(0, 149, 3)


@pytest.fixture
def copy(labelled, tmp_path) -> Path:
    shutil.copytree(labelled.workspace, tmp_path / "workspace")
    return tmp_path / "workspace"


def test_a_table_or_a_document_the_second_time_from_the_store(line, copy):
    said = line("verify", copy, "--layer", "relu", "--neurons", "4", "--json")
    assert said.code == 0, said.err
    (found,) = json.loads(said.out)["labels"]
    assert (found["layer"], found["neuron"], found["methods"]) == ("relu", 4, ["line"])
    evidence = found["evidence"]
    assert found["verdict"] == evidence["verdict"]
    assert len(set(evidence["pictures"])) == 50
    assert evidence["auc"]["low"] <= evidence["auc"]["value"] <= evidence["auc"]["high"]
    again = line("verify", copy, "--layer", "relu", "--neurons", "4", "--method", "all", "--labels", "all")
    assert again.code == 0
    assert found["verdict"] in again.out
    assert evidence["rule"][:60] in again.out
    with Workspace.open(copy) as workspace:
        assert workspace.check() == []
        job, second = [one for one in workspace.jobs() if one.kind == "verify"]
        assert (job.state, job.title, job.done, job.total) == ("finished", "Verify 1 label", 1, 1)
        assert second.title == "Verify 1 label by all methods"
        kept = workspace.evidence(workspace.claims([job.what["neuron_ids"][0]])[0].neuron_id)
        assert kept is not None
        assert kept.made == evidence["made"]  # nothing was judged twice


def test_what_cannot_be_verified_is_said_in_a_sentence(line, copy, tmp_path):
    assert "There is no workspace in" in line("verify", tmp_path / "nowhere").error
    assert line("verify", copy, "--layer", "relu", "--neurons", "5").error == (
        "None of the neurons has a label that could be verified: label some first."
    )
    assert line("verify", copy, "--method", "invert").error == ("None of the neurons has a label by 'invert'; there are labels by line.")
    assert "no picture source" in line("verify", copy, "--pictures", "crayons").error


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Workspace]:
    """The demo network, surveyed on three drawn photos of every third class."""
    with Workspace.open(tmp_path / "truth") as workspace, Engines() as engines:
        imported = import_checkpoint(workspace, embedded.NETWORK, Overrides())
        names = [imported.checkpoint.class_names[index] for index in PHOTO_CLASSES]
        wanted = [prompt for name in names for prompt in bank.prompts(name, 3, 99)]
        for number, picture in enumerate(engines.pictures("pictograms").draw(wanted)):
            assert isinstance(picture, Picture)
            file = tmp_path / "probe" / spelling(names[number // 3]) / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture.data)
        layer = find_layer(imported.checkpoint.layers, demo.CLASSES)
        target = engines.target(imported.model, imported.checkpoint.preprocess, [layer])
        list(survey(workspace, target, imported.id, [layer], read_probe_set(tmp_path / "probe")))
        yield workspace


def verdicts(workspace: Workspace, labels: dict[int, str]) -> dict[int, str | None]:
    """Label class neurons so, and verify."""
    layer_id = workspace.layer_id(1, demo.CLASSES)
    settings = workspace.settings_id(embedded_settings(), 0, 5)
    run = workspace.begin_run(layer_id, 1, settings, "line", list(labels), {"labels": list(labels.values())}, {}, "test")
    workspace.save_answers(run, [], [ResultRow(neuron, "labelled", label, 1.0, "start") for neuron, label in labels.items()])
    told = [event for event in verify(workspace, VerifyJob(pictures="pictograms")) if isinstance(event, Verified)]
    return {one.neuron: one.verdict for one in told}


def embedded_settings():
    with Engines() as engines:
        return engines.pictures("pictograms").settings()


def test_true_names_are_supported_and_names_of_other_neurons_mostly_not_reliable(truth):
    names = [spelling(name) for name in truth.target(1).class_names]
    right = verdicts(truth, {neuron: names[neuron] for neuron in NEURONS})
    assert list(right.values()).count("supported") >= 9
    drawn = truth.picture_count(truth.one("SELECT max(id) FROM picture_settings")[0])
    others = [*NEURONS[1:], NEURONS[0]]
    wrong = verdicts(truth, {neuron: names[other] for neuron, other in zip(NEURONS, others, strict=True)})
    assert list(wrong.values()).count("no reliable label") >= 7
    assert truth.picture_count(truth.one("SELECT max(id) FROM picture_settings")[0]) == drawn  # all from the bank
