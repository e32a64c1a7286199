"""The JSON documents: the keys programs rely on, paths that exist, and what is kept of a neuron that got no label."""

import json
from pathlib import Path

import msgspec
from fakes import WIDTH, FakeProposer
from study_bench import Bench

from line_desktop.document import document
from line_desktop.methods.line import Settings
from line_desktop.provisional import PROVISIONAL
from models.types.language import Proposal


def test_the_shape_of_the_document(labelled):
    found = json.loads(labelled.said.out)
    assert found.keys() == {"target", "neurons", "failed", "versions"}
    assert {"sha256", "layer", "layers", "path", "format", "architecture", "preprocess", "device"} <= found["target"].keys()
    assert found["target"]["layers"] == ["relu", "log"]
    assert {"numpy", "onnxruntime"} & found["versions"].keys()
    for one in found["neurons"]:
        assert one.keys() == {"layer", "neuron", "label", "score", "origin", "scoreboard", "steps", "reason"}
        assert one["reason"] == ""
        assert one["origin"] in ("start", "generated", "summary", "bank")
        assert all(entry.keys() == {"concept", "score", "step", "origin"} for entry in one["scoreboard"])
        assert any((entry["concept"], entry["score"]) == (one["label"], one["score"]) for entry in one["scoreboard"])
        assert all({"step", "concept", "score", "reasoning", "pictures", "status"} <= step.keys() for step in one["steps"])


def test_every_scored_step_has_its_pictures(labelled):
    found = json.loads(labelled.said.out)
    scored = [step for one in found["neurons"] for step in one["steps"] if step["score"] is not None]
    assert scored
    for step in scored:
        assert len(step["pictures"]) >= 5
        assert all(Path(path).is_file() for path in step["pictures"])


def test_a_label_that_is_not_confirmed_yet_says_so(tmp_path):
    bench = Bench(tmp_path / "w", Settings(profile="compact", steps=1))
    bench.run(list(range(WIDTH)), lambda: len(bench.workspace.results(bench.run_id)) == WIDTH)
    found = document(bench.workspace, {bench.run_id: [0, 2]})
    bench.workspace.close()
    assert [(one.neuron, one.reason) for one in found.neurons] == [(0, PROVISIONAL), (2, PROVISIONAL)]


class Babbler(FakeProposer):
    """Answers nothing that has the form of an answer."""

    def propose(self, requests):
        return [[Proposal("", "", "Well, well", seed) for seed in request.seeds] for request in requests]


def test_a_neuron_without_a_label_keeps_what_was_answered(tmp_path):
    bench = Bench(tmp_path / "w", Settings(profile="compact", steps=1), proposer=Babbler())
    bench.run(list(range(WIDTH)))
    found = document(bench.workspace, {bench.run_id: [0, 2]})
    bench.workspace.close()
    assert [(one.neuron, one.status) for one in found.failed] == [(0, "no usable proposal"), (2, "no usable proposal")]
    assert found.failed[0].steps[1].status == "skipped: no answer"
    assert set(found.failed[0].steps[1].raw) == {"Well, well"}
    assert json.loads(msgspec.json.encode(found))["neurons"] == []
