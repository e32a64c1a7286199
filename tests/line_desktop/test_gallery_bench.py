"""`bench gallery`: a workspace as the store writes it, and figures for every question."""

import json

from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter
from line_desktop.store.workspace import Workspace


def test_a_kept_workspace_is_whole_and_measured_again(line, tmp_path):
    folder = tmp_path / "many"
    said = line("bench", "gallery", "--neurons", "90", "--workspace", folder, "--json")
    assert said.code == 0, said.err
    figures = json.loads(said.out)
    assert figures["neurons"] == 90
    questions = {one["question"]: one["found"] for one in figures["timings"]}
    assert questions["all by label, falling"] == 90
    assert questions["search nothing has"] == 0
    assert all(one["median"] >= 0 and one["first"] >= 0 for one in figures["timings"])
    with Workspace.open(folder) as workspace:
        assert workspace.check() == []
    desk = Desk.open(folder)
    assert questions["provisional"] == len(desk.neuron_ids(Filter(layers=(4,), statuses=("labelled",)))) > 0  # the last layer's run goes on
    assert questions["status dead"] == len(desk.neuron_ids(Filter(statuses=("dead",)))) == 4
    assert all(path.is_file() for card in desk.cards(desk.neuron_ids(Filter())) for path in card.pictures)
    desk.close()
    assert json.loads(line("bench", "gallery", "--workspace", folder, "--json").out)["neurons"] == 90


def test_a_table_for_people(line):
    said = line("bench", "gallery", "--neurons", "8")
    assert said.code == 0
    assert "The gallery with 8 neurons" in said.out


def test_a_workspace_without_labels_is_refused(line, tmp_path):
    Workspace.open(tmp_path / "empty").close()
    said = line("bench", "gallery", "--workspace", tmp_path / "empty")
    assert said.code == 2
    assert "has no labelled neuron to measure with" in said.error
