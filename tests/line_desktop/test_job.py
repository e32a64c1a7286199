"""A labelling job from the command line with real engines, and the parts of one with fake ones."""

import json
import signal
import subprocess
import sys
from contextlib import closing, contextmanager

import msgspec
import numpy as np
import pytest
import rigged
from fakes import WIDTH, FakeProposer
from study_bench import Bench

from line_desktop.errors import UserError
from line_desktop.kits.line import start_vocabulary
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import NotLabelled
from line_desktop.methods.line import Settings
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models import offline
from models.host import connect
from models.machine import Probe


def test_neurons_are_labelled_and_those_not_worth_it_named_as_such(labelled):
    assert labelled.said.code == 3
    found = json.loads(labelled.said.out)
    assert [(one["layer"], one["neuron"]) for one in found["neurons"]] == [("relu", 0), ("relu", 4), ("log", 4), ("log", 5)]
    assert [(one["layer"], one["neuron"], one["status"]) for one in found["failed"]] == [("relu", 5, "dead"), ("log", 0, "non-finite")]
    assert "relu · 5: dead. It never fires on the probe set." in labelled.said.err


def test_the_same_command_again_tells_the_same_and_pays_nothing(line, labelled):
    again = line(*labelled.arguments)
    assert json.loads(again.out) == json.loads(labelled.said.out)
    assert "pictures drawn" not in again.err
    assert "prompt tokens" not in again.err


def test_another_neuron_of_a_known_layer_draws_only_new_concepts(line, labelled):
    """More steps make another run; its start concepts are in the bank."""
    changed = [*labelled.arguments, "--steps", 2, "--neurons", "4"]
    found = json.loads(line(*changed).out)
    assert [(one["layer"], one["neuron"]) for one in found["neurons"]] == [("relu", 4), ("log", 4)]
    with Workspace.open(labelled.workspace) as opened:
        assert opened.check(deep=True) == []
        assert len(opened.runs()) == 4
        assert len(opened.targets()) == 1


@pytest.fixture
def rigged_job(labelled, tmp_path, monkeypatch):
    """Runs the command again in a process, in a workspace of its own, with a source of pictures that misbehaves; ended in any case."""
    rigged.install(tmp_path, monkeypatch)

    @contextmanager
    def start(way):
        command = [sys.executable, "-m", "line_desktop", *map(str, labelled.arguments)]
        command[command.index("--workspace") + 1] = str(tmp_path / "w")
        command[command.index("--pictures") + 1] = f"rigged:{tmp_path},{way}"
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    return start


def test_ctrl_c_finishes_the_step_and_says_how_to_go_on(rigged_job, tmp_path):
    with rigged_job("endless-1") as process:
        told = iter(process.stderr.readline, "")
        rigged.wait_for_call(tmp_path, 2)
        process.send_signal(signal.SIGINT)
        assert "Finishing the step; Ctrl+C again stops at once.\n" in told
        rest = process.stderr.read()
        assert process.wait() == 130
    assert f"Stopped. Everything done is kept in {tmp_path / 'w'}; type the same command again to go on.\n" in rest
    with Workspace.open(tmp_path / "w") as opened:
        assert opened.check(deep=True) == []
        assert opened.one("SELECT count(*) FROM concepts") > (0,)


def test_the_second_ctrl_c_stops_at_once(rigged_job, tmp_path):
    with rigged_job("stubborn") as process:
        told = iter(process.stderr.readline, "")
        rigged.wait_for_call(tmp_path)
        process.send_signal(signal.SIGINT)
        assert "Finishing the step; Ctrl+C again stops at once.\n" in told
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "Stopped at once. What was finished is kept; type the same command again to go on.\n" in rest


def test_a_picture_source_that_can_depict_no_proposal(tmp_path):
    words = [f"justice {number}" for number in range(100_000)]
    bench = Bench(tmp_path / "w", Settings(profile="compact", steps=2), proposer=FakeProposer(words))
    with closing(bench.workspace):
        events = [one.event for one in bench.run(list(range(WIDTH))) if isinstance(one.event, NotLabelled)]
        assert [event.status for event in events] == ["no usable proposal"] * WIDTH
        steps = bench.workspace.steps(bench.run_id, 0)[1:]
        assert {step.status for step in steps} == {"skipped: cannot be depicted"}
        assert all(step.raw and set(step.raw) <= set(words) for step in steps)


class NamesWithoutJustice:
    """As much of a bank as the start vocabulary asks for."""

    def undepictable(self, names):
        return {name: "it cannot be seen" for name in names if "justice" in name}


def job(**changes):
    return msgspec.structs.replace(LabelJob("net", {"pool": "0"}, "photos", "llm", "pictograms"), **changes)


def probe_of(names, tmp_path):
    return ProbeFolder(tmp_path, tuple(tmp_path / f"{row}.png" for row in range(len(names))), tuple(names))


def test_start_concepts_can_be_depicted_and_are_not_withheld(tmp_path):
    activations = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.float32)
    photos = probe_of(["apple", "justice", "red apple", "tench"], tmp_path)
    names, means = start_vocabulary(activations, photos, NamesWithoutJustice(), job(withheld=("apples",)))
    assert names == ["red apple", "tench"]
    assert means.tolist() == [[5, 6], [7, 8]]


def test_too_few_start_concepts(tmp_path):
    activations = np.ones((2, 1), np.float32)
    with pytest.raises(UserError, match=r"Of the 2 class names .* can depict 1 \(it cannot be seen\); at least 2 are needed"):
        start_vocabulary(activations, probe_of(["justice", "cat"], tmp_path), NamesWithoutJustice(), job())


def test_each_session_says_how_far_its_engines_were_from_the_network(labelled):
    _, child = connect(Probe, "probe")
    words = offline.in_words(child.network, child.reached)
    child.close()
    with Workspace.open(labelled.workspace) as opened:
        sessions = [one for run in opened.runs() for one in opened.sessions(run.id)]
    assert sessions
    assert {one.network for one in sessions} == {words}
