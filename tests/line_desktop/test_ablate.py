"""Ablation as a job: a small network whose classes hang on single neurons, kept and resumed, and a sentence for all that cannot be."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from line_desktop.ablate import AblateJob, ablate
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import Checked, Cost, Note
from line_desktop.provisional import PROVISIONAL, unconfirmed
from line_desktop.store.rows import ResultRow
from line_desktop.store.workspace import Workspace
from line_desktop.survey import read_probe_set, survey
from line_desktop.target import Overrides, import_checkpoint
from models.types.pictures import PictureSettings

COLOURS = {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200)}


def colour_network(file: Path) -> Path:
    """Relu of the three channels → mean → the colour that is strongest; neuron i of "relu" is all that class i hangs on."""
    nodes = [
        helper.make_node("Relu", ["x"], ["relu"]),
        helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"]),
        helper.make_node("Gemm", ["flat", "h", "b"], ["logits"]),
    ]
    weights = [numpy_helper.from_array(np.eye(3, dtype=np.float32), "h"), numpy_helper.from_array(np.full(3, -5, np.float32), "b")]
    graph = helper.make_graph(
        nodes, "colours", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)], weights,
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file


def coloured_photos(folder: Path, names: dict[str, str]) -> Path:
    """Three photos of each colour in a folder of the name given; no name: none."""
    for colour, rgb in COLOURS.items():
        place = folder / names[colour] if names else folder
        place.mkdir(parents=True, exist_ok=True)
        for number in range(3):
            Image.new("RGB", (8, 8), (rgb[0] + number, rgb[1] + number, rgb[2] + number)).save(place / f"{colour} {number}.png")
    return folder


def surveyed(folder: Path, photos: Path, classes: tuple[str, ...] = tuple(COLOURS)) -> None:
    """The network surveyed; its classes are named."""
    with Workspace.open(folder) as workspace:
        imported = import_checkpoint(workspace, colour_network(folder.parent / "net.onnx"), Overrides(class_names=classes))
        chosen = [layer for layer in imported.checkpoint.layers if layer.name in ("relu", "logits")]
        with Engines() as engines:
            target = engines.target(imported.model, imported.checkpoint.preprocess, chosen)
            list(survey(workspace, target, imported.id, chosen, read_probe_set(photos)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours")
    surveyed(folder / "workspace", coloured_photos(folder / "photos", {name: name for name in COLOURS}))
    return folder / "workspace"


@pytest.fixture
def workspace(made, tmp_path):
    shutil.copytree(made, tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


def ids(workspace, layer):
    layer_id = workspace.layer_id(1, layer)
    return tuple(number for (number,) in workspace.rows("SELECT id FROM neurons WHERE layer_id = ? ORDER BY neuron", layer_id))


def run(workspace, layer="relu", stop=lambda: False, **more):
    return list(ablate(workspace, AblateJob(ids(workspace, layer), **more), stop))


def told(events):
    return [one for one in events if isinstance(one, Checked)]


def test_a_class_falls_without_the_neuron_it_hangs_on(workspace):
    events = run(workspace)
    assert [one.neuron for one in told(events)] == [0, 1, 2]
    for neuron, number in enumerate(ids(workspace, "relu")):
        found = workspace.ablation(number)
        hurt = {one.name: (one.right, one.lost, one.gained) for one in found.classes}
        assert hurt == {name: (3, 3 * (name == list(COLOURS)[neuron]), 0) for name in COLOURS}
        assert not found.of_answers
    assert isinstance(events[-1], Cost)
    assert events[-1].finished


def test_an_answer_itself_falls_to_nothing_though_zero_is_the_strongest(workspace):
    events = run(workspace, "logits")
    assert any("is what the network answers" in one.text for one in events if isinstance(one, Note))
    for neuron, number in enumerate(ids(workspace, "logits")):
        found = workspace.ablation(number)
        assert found.of_answers
        assert [one.name for one in found.classes if one.lost] == [list(COLOURS)[neuron]]


def test_among_all_answers_every_class_is(workspace):
    run(workspace, top=3)
    assert all(one.right == 3 and not one.lost for one in workspace.ablation(ids(workspace, "relu")[0]).classes)
    assert not any(one.kept for one in told(run(workspace, top=1)))


def test_what_was_ablated_is_kept_and_a_stopped_job_goes_on(workspace):
    stopped = run(workspace, stop=lambda: True)
    assert not told(stopped)
    assert not stopped[-1].finished
    first = told(run(workspace))
    again = told(run(workspace))
    assert [one.kept for one in first + again] == [False] * 3 + [True] * 3
    assert [one.sentence for one in first] == [one.sentence for one in again]


def test_provisional_labels_are_told_in_the_terminal_and_in_the_document(workspace, line):
    assert not [one for one in run(workspace) if isinstance(one, Note)]
    layer_id, bank = workspace.layer_id(1, "relu"), workspace.settings_id(PictureSettings("none", "", {}), 0, 0)
    run_id = workspace.begin_run(layer_id, None, bank, "line", [0, 1], {}, {}, "CPU")
    labels = [ResultRow(0, "labelled", "red", 1.0, "start", PROVISIONAL), ResultRow(1, "labelled", "green", 1.0, "start")]
    workspace.save_answers(run_id, [], labels)
    (sentence,) = unconfirmed(workspace.claims())
    assert sentence.startswith("1 of 2 labels is provisional")  # of the labels: the third neuron has none
    folder = workspace.folder
    workspace.close()
    said = line("ablate", folder, "--layer", "relu", "--json")
    assert json.loads(said.out)["notes"] == [sentence]
    assert sentence in said.err
    assert json.loads(line("ablate", folder, "--layer", "relu", "--neurons", "1", "--json").out)["notes"] == []


def test_the_command_prints_a_table_and_json(workspace, line):
    folder = workspace.folder
    workspace.close()
    said = line("ablate", folder, "--layer", "relu", "--neurons", "0")
    assert said.code == 0
    assert "accuracy falls from 100.0% to 66.7%" in " ".join(said.out.split())
    found = json.loads(line("ablate", folder, "--layer", "relu", "--json").out)
    assert [one["neuron"] for one in found["neurons"]] == [0, 1, 2]
    assert {one["name"]: one["lost"] for one in found["neurons"][2]["classes"]} == {"blue": 3, "green": 0, "red": 0}
    assert line("ablate", folder, "--layer", "nothing").code == 2


@pytest.mark.parametrize(
    ("names", "classes", "sentence"),
    [
        ({}, tuple(COLOURS), "are not labelled"),
        ({name: f"my {number}" for number, name in enumerate(COLOURS)}, tuple(COLOURS), "The photos are of 3 classes, such as"),
        ({name: name for name in COLOURS}, (), "does not name its classes"),
    ],
)
def test_what_makes_it_meaningless_is_said(tmp_path, names, classes, sentence):
    surveyed(tmp_path / "workspace", coloured_photos(tmp_path / "photos", names), classes)
    with Workspace.open(tmp_path / "workspace") as workspace, pytest.raises(UserError, match=sentence):
        run(workspace)


def test_classes_that_are_no_answers_are_left_out_and_named(tmp_path):
    names = {"red": "red", "green": "green", "blue": "sky"}
    surveyed(tmp_path / "workspace", coloured_photos(tmp_path / "photos", names))
    with Workspace.open(tmp_path / "workspace") as workspace:
        events = run(workspace)
        assert any("1 class of the photos is named" in one.text and "sky" in one.text for one in events if isinstance(one, Note))
        assert [one.name for one in workspace.ablation(ids(workspace, "relu")[0]).classes] == ["green", "red"]


def test_no_neurons_and_no_top_are_refused(workspace):
    with pytest.raises(UserError, match="survey their layer first"):
        list(ablate(workspace, AblateJob((10**6,))))
    with pytest.raises(UserError, match="--top"):
        AblateJob((1,), top=0)
