"""Runs: the replay log in order, waves whole or not at all, and every result traceable."""

import apsw
import msgspec
import pytest

from line_desktop.store.rows import ResultRow
from line_desktop.store.workspace import Workspace

SETTINGS = {"seed": 3, "llm": "cd" * 32}


def test_a_wave_comes_back_in_order(study):
    wave = [study.answer(1, 0), study.answer(0, 0)]
    study.workspace.save_answers(study.run, wave)
    study.workspace.save_answers(study.run, [study.answer(1, 1)], [ResultRow(1, "labelled", "zebra", 2.0, "generated")])
    assert study.workspace.answers(study.run, 1) == [b"body 1 0", b"body 1 1"]
    assert study.workspace.answers(study.run, 0) == [b"body 0 0"]
    assert study.workspace.steps(study.run, 1) == [study.answer(1, 0).steps[0], study.answer(1, 1).steps[0]]
    assert study.workspace.pending_neurons(study.run) == [0]
    run = study.workspace.run(study.run)
    assert (run.neurons, run.finished, run.state) == (2, 1, "running")
    assert study.workspace.check() == []


def test_a_wave_is_kept_whole_or_not_at_all(study):
    study.workspace.save_answers(study.run, [study.answer(0, 0)])
    with pytest.raises(apsw.ConstraintError):
        study.workspace.save_answers(study.run, [study.answer(1, 0), study.answer(0, 0)], [ResultRow(1, "failed")])
    assert study.workspace.answers(study.run, 1) == []
    assert study.workspace.steps(study.run, 1) == []
    assert study.workspace.results(study.run) == []


def test_a_step_leads_to_its_prompt_or_is_refused(study):
    answer = study.answer(0, 0)
    unknown = msgspec.structs.replace(answer.steps[0], prompt_sha256="ef" * 32)
    with pytest.raises(apsw.ConstraintError):
        study.workspace.save_answers(study.run, [msgspec.structs.replace(answer, steps=(unknown,))])
    no_prompt = msgspec.structs.replace(answer.steps[0], prompt_sha256="", score=None, origin="start")
    study.workspace.save_answers(study.run, [msgspec.structs.replace(answer, steps=(answer.steps[0], no_prompt))])
    first, second = study.workspace.steps(study.run, 0)
    assert study.workspace.prompt(first.prompt_sha256) == "neuron 0 step 0"
    assert second == no_prompt
    with pytest.raises(KeyError):
        study.workspace.prompt("ef" * 32)


def test_a_neuron_that_was_not_asked_for_is_refused(study):
    with pytest.raises(apsw.ConstraintError):
        study.workspace.save_answers(study.run, [study.answer(2, 0)])
    study.workspace.add_run_neurons(study.run, [1, 2])
    study.workspace.save_answers(study.run, [study.answer(2, 0)])
    assert study.workspace.pending_neurons(study.run) == [0, 1, 2]


def test_the_same_run_is_found_and_others_are_not(study):
    found = study.workspace.find_run
    assert found(study.layer, None, study.bank, "line", dict(reversed(SETTINGS.items()))) == study.run
    assert found(study.layer, None, study.bank, "sieve", SETTINGS) is None
    assert found(study.layer, None, study.bank, "line", SETTINGS | {"seed": 4}) is None
    with pytest.raises(apsw.ConstraintError):
        study.workspace.begin_run(study.layer, None, study.bank, "line", [5], SETTINGS, {}, "CPU")


def test_every_result_leads_to_what_made_it(study, folder, checkpoint, picture_settings):
    study.workspace.save_answers(study.run, [study.answer(0, 0)], [ResultRow(0, "labelled", "zebra", 2.0, "generated")])
    study.workspace.close()
    with Workspace.open(folder) as again:
        assert again.run(study.run).state == "interrupted"
        again.resume_run(study.run, {"numpy": "2.5"}, "CUDA")
        assert again.run(study.run).state == "running"
        again.save_answers(study.run, [], [ResultRow(1, "dead", reason="never above 0")])
        again.end_run(study.run, "finished")

    with Workspace.open(folder, write=False) as reader:
        (run,) = reader.runs()
        assert (run.state, run.settings) == ("finished", SETTINGS)
        assert reader.target(reader.layer(run.layer_id).target_id).sha256 == checkpoint.sha256
        assert reader.bank_settings(run.settings_id).settings == picture_settings
        sessions = {session.id: session for session in reader.sessions(run.id)}
        labelled, dead = reader.results(run.id)
        assert (labelled.label, labelled.score, dead.status, dead.label) == ("zebra", 2.0, "dead", None)
        assert (sessions[labelled.session].versions, sessions[labelled.session].device) == ({"numpy": "2.4"}, "CPU")
        assert (sessions[dead.session].versions, sessions[dead.session].device) == ({"numpy": "2.5"}, "CUDA")


def test_a_later_result_takes_the_place_of_a_failure(study):
    study.workspace.save_answers(study.run, [], [ResultRow(0, "failed", reason="the engine ended")])
    study.workspace.save_answers(study.run, [], [ResultRow(0, "labelled", "hen", 1.0, "start")])
    assert [(one.neuron, one.status) for one in study.workspace.results(study.run)] == [(0, "labelled")]


def test_prompts_are_kept_once(workspace):
    keys = workspace.save_prompts(["one", "zwölf", "one"])
    assert keys[0] == keys[2]
    assert workspace.save_prompts(["zwölf"]) == keys[1:2]
    assert workspace.prompt(keys[1]) == "zwölf"
