"""Verification with fake engines: fresh pictures, nothing done twice, stopped anywhere and gone on, neurons without evidence named."""

import shutil
from typing import ClassVar

import msgspec
import numpy as np
import pytest
from fakes import FakeSource, FakeTarget
from neuron_study import neuron_study

from line_desktop.errors import UserError
from line_desktop.events import Note, Verified, Verifying
from line_desktop.methods.line import Settings
from line_desktop.provisional import PROVISIONAL, unconfirmed
from line_desktop.store.rows import ResultRow
from line_desktop.store.workspace import Workspace
from line_desktop.verify import PICTURES, SETS, Verifier, VerifyJob, chosen_claims, fresh_seeds, verify
from models.errors import BadFile, Cancelled, EngineFailed
from models.types.pictures import PictureSettings


class FakeEngines:
    """Gives the fakes as engines."""

    def __init__(self, source=None, places=1):
        self.source, self.seen, self.places = source or FakeSource(), FakeTarget(), places

    def pictures(self, spec):
        return self.source

    def target(self, model, preprocess, layers):
        return self.seen


class FailsAfter(FakeSource):
    """Draws some calls, then does not."""

    def __init__(self, calls, error):
        super().__init__()
        self.calls, self.error = calls, error

    def draw(self, prompts):
        self.calls -= 1
        if self.calls < 0:
            raise self.error
        return super().draw(prompts)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Neurons 0 to 2 of four are labelled; the network's file is there in name."""
    folder = neuron_study(tmp_path_factory.mktemp("study")).folder
    model = folder / "targets" / ("f" * 64) / "model.onnx"
    model.parent.mkdir(parents=True)
    model.touch()
    return folder


@pytest.fixture
def workspace(study, tmp_path):
    """A copy of the study."""
    shutil.copytree(study, tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory):
    """The evidence of a verification that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole") / "workspace"
    shutil.copytree(study, folder)
    with Workspace.open(folder) as opened:
        run(opened)
        return timeless(all_evidence(opened))


def verifier(workspace, engines=None, job=None):
    return Verifier(workspace, engines or FakeEngines(), 1, "fake", workspace.claims(), job or VerifyJob())


def run(workspace, engines=None, job=None, stop=lambda: False) -> list[Verified]:
    return list(verifier(workspace, engines, job).run(stop))


def all_evidence(workspace):
    return {claim.neuron: workspace.evidence(claim.neuron_id) for claim in workspace.claims()}


def timeless(found):
    return {neuron: msgspec.structs.replace(one, made="") for neuron, one in found.items()}


def relabel(workspace, neuron, label):
    run_id = workspace.runs()[-1].id
    workspace.save_answers(run_id, [], [ResultRow(neuron, "labelled", label, 1.0, "start")])


def test_each_label_has_fifty_pictures_that_labelling_never_saw(workspace):
    labelling = {sha for (sha,) in workspace.rows("SELECT sha256 FROM pictures")}
    seeds = {seed for (seed,) in workspace.rows("SELECT seed FROM pictures")}
    engines = FakeEngines()
    told = run(workspace, engines)
    assert [one.neuron for one in told] == [0, 1, 2]
    for neuron, found in all_evidence(workspace).items():
        assert found is not None
        assert len(set(found.pictures)) == SETS * PICTURES == 50
        assert not labelling & set(found.pictures)
        claim = workspace.claims()[neuron]
        files = [workspace.read_object(sha256) for sha256 in found.pictures]
        again = [engines.seen.activations([file], ["pool"]).values["pool"][0, claim.neuron] for file in files]
        assert found.activations == pytest.approx(again)
    assert not seeds & {prompt.seed for prompt in engines.source.drawn}
    assert not workspace.check()


def test_seeds_of_verification_are_not_those_of_labelling():
    for seed in (0, 1, 12345):
        fresh = fresh_seeds(seed)
        assert len(set(fresh)) == SETS
        assert not {seed, Settings(seed=seed).fresh_seed} & set(fresh)


def test_neurons_of_the_same_label_share_its_pictures(workspace):
    for neuron in range(3):
        relabel(workspace, neuron, "zebra")
    engines = FakeEngines()
    run(workspace, engines)
    assert len(engines.source.drawn) == 50
    assert len({found.pictures for found in all_evidence(workspace).values()}) == 1


def test_what_was_judged_is_kept_and_told_again(workspace):
    first = run(workspace)
    before = all_evidence(workspace)
    engines = FakeEngines()
    again = run(workspace, engines)
    assert [one.kept for one in first + again] == [False] * 3 + [True] * 3
    assert [msgspec.structs.replace(one, kept=False) for one in again] == first
    assert all_evidence(workspace) == before
    assert engines.source.drawn == []
    assert engines.seen.pictures == 0


@pytest.mark.parametrize(("calls", "error"), [(0, Cancelled("stopped")), (3, KeyboardInterrupt()), (7, Cancelled("stopped"))])
def test_stopped_anywhere_it_goes_on_and_loses_ten_pictures_at_most(workspace, whole, calls, error):
    stopped = FailsAfter(calls, error)
    with pytest.raises(type(error)):
        run(workspace, FakeEngines(stopped))
    engines = FakeEngines()
    run(workspace, engines)
    labels = {claim.label for claim in workspace.claims()}
    assert len(stopped.drawn) == calls * PICTURES
    assert len(stopped.drawn) + len(engines.source.drawn) == 50 * len(labels)
    assert timeless(all_evidence(workspace)) == whole


def test_where_several_draw_at_the_same_time_as_many_labels_are_drawn_together_and_the_evidence_is_the_same(workspace, whole):
    class Noting(FakeSource):
        calls: ClassVar = []

        def draw(self, prompts):
            self.calls.append({prompt.concept for prompt in prompts})
            return super().draw(prompts)

    run(workspace, FakeEngines(Noting(), places=2))
    first, second, third = (claim.label for claim in workspace.claims())
    assert Noting.calls == [{first, second}] * SETS + [{third}] * SETS
    assert timeless(all_evidence(workspace)) == whole


def test_asked_to_stop_it_ends_between_two_sets(workspace):
    engines = FakeEngines()
    assert run(workspace, engines, stop=lambda: len(engines.source.drawn) >= 20) == []
    assert len(engines.source.drawn) == 20


def test_another_seed_is_other_evidence(workspace):
    run(workspace)
    before = all_evidence(workspace)
    told = run(workspace, job=VerifyJob(seed=1))
    assert not any(one.kept for one in told)
    after = all_evidence(workspace)
    assert not {sha for one in before.values() for sha in one.pictures} & {sha for one in after.values() for sha in one.pictures}


def test_a_label_that_cannot_be_drawn_is_named_and_the_others_go_on(workspace):
    relabel(workspace, 1, "justice")
    told = {one.neuron: one for one in run(workspace)}
    assert told[1].verdict is None
    assert told[1].sentence == "The label has no fresh pictures: it cannot be seen."
    assert None not in (told[0].verdict, told[2].verdict)


def test_a_label_that_the_engine_fails_on_is_named(workspace):
    class Fails(FakeSource):
        def draw(self, prompts):
            if "car" in prompts[0].concept:
                raise EngineFailed("It died.")
            return super().draw(prompts)

    relabel(workspace, 1, "car")
    told = {one.neuron: one for one in run(workspace, FakeEngines(Fails()))}
    assert told[1].sentence == "The label has no fresh pictures: It died."
    assert told[2].verdict


def test_pictures_without_a_finite_activation_are_said(workspace):
    relabel(workspace, 0, "a nan thing")
    told = {one.neuron: one for one in run(workspace)}
    assert told[0].sentence == "0 of 50 fresh pictures of the label gave a finite activation; at least 10 are needed."


def test_the_control_is_the_survey_without_unreadable_photos(workspace):
    run(workspace)
    claim = workspace.claims()[0]
    found = workspace.evidence(claim.neuron_id)
    column = np.asarray(workspace.survey_activations(claim.survey_id), float)[:, 0]
    finite = column[np.isfinite(column)]
    assert found.control == len(finite) == len(column) - 1
    pairs = [(low < high) + (low == high) / 2 for high in found.activations for low in finite]
    assert found.auc.value == pytest.approx(np.mean(pairs), abs=1e-9)


def test_other_pictures_than_those_of_labelling_are_noted(workspace):
    class Other(FakeSource):
        def settings(self):
            return msgspec.structs.replace(super().settings(), version="2")

    assert not list(verifier(workspace).notes())
    (note,) = verifier(workspace, FakeEngines(Other())).notes()
    assert note.text == "3 of 3 labels were found with other pictures than those that verify them now."


def test_provisional_labels_are_counted_in_one_note_before_pictures_are_spent(workspace):
    claims = workspace.claims()
    run_id = workspace.runs()[-1].id
    beside = {claims[0].neuron: PROVISIONAL, claims[1].neuron: "said by another tool"}
    workspace.save_answers(run_id, [], [ResultRow(neuron, "labelled", "cat", 1.0, "start", said) for neuron, said in beside.items()])
    (sentence,) = unconfirmed(workspace.claims())
    events = verify(workspace, VerifyJob(pictures="pictograms"))
    assert [next(events), next(events)] == [Verifying(0, 3), Note(sentence)]
    events.close()


def label_by(workspace, method, labels, origin="list", settings=None):
    """A run without pictures: neuron -> label."""
    bank = workspace.settings_id(PictureSettings("none", "", {}), 0, 0)
    run_id = workspace.begin_run(workspace.runs()[-1].layer_id, None, bank, method, list(labels), settings or {}, {}, "fake")
    workspace.save_answers(run_id, [], [ResultRow(neuron, "labelled", label, None, origin) for neuron, label in labels.items()])


def known_source(workspace, *opened_as):
    """As if the runs had drawn with these sources."""
    settings = {run.settings_id for run in workspace.runs() if run.method == "line"}
    for settings_id, source in zip(sorted(settings), opened_as, strict=False):
        workspace.remember_source(settings_id, source)


def test_the_labels_of_a_method_or_of_all_each_of_a_neuron_once(workspace):
    card = [claim.label for claim in workspace.claims()]
    label_by(workspace, "clip-dissect", {0: card[0], 1: "boat", 3: "tree"})
    known_source(workspace, "pictograms", "pictograms")

    def chosen(method):
        return {(claim.neuron, claim.label): claim.opened_as for claim in chosen_claims(workspace, VerifyJob(method=method))}

    assert chosen("clip-dissect") == {(0, card[0]): "", (1, "boat"): "", (3, "tree"): ""}
    assert chosen("all") == {
        (0, card[0]): "pictograms", (1, card[1]): "pictograms", (1, "boat"): "", (2, card[2]): "pictograms", (3, "tree"): "",
    }  # fmt: skip
    told = list(
        Verifier(workspace, FakeEngines(), 1, "fake", chosen_claims(workspace, VerifyJob(method="all")), VerifyJob()).run(lambda: False)
    )
    assert len(told) == 5
    assert all(workspace.evidence(one.neuron_id, one.label) for one in told)


def test_a_method_without_pictures_takes_the_workspaces_only_source_or_asks(workspace):
    label_by(workspace, "clip-dissect", {0: "boat"})
    job = VerifyJob(method="clip-dissect")
    with pytest.raises(UserError, match=r"Nobody wrote down how the pictures for 'boat' \(layer pool, neuron 0\)"):
        list(verify(workspace, job))
    known_source(workspace, "pictograms", "photos:/here")
    with pytest.raises(UserError, match=r"has pictures by 2 sources \(photos:/here, pictograms\): name one with --pictures"):
        list(verify(workspace, job))
    known_source(workspace, "crayons", "crayons")
    with pytest.raises(BadFile, match="no picture source"):  # the only one, which this program does not know
        list(verify(workspace, job))


def test_a_method_without_labels_is_said_with_those_that_have_some(workspace):
    with pytest.raises(UserError, match=r"has a label by 'sieve'; there are labels by line\."):
        list(verify(workspace, VerifyJob(method="sieve")))


def test_a_formula_that_denies_something_is_not_drawn_and_the_others_go_on(workspace):
    label_by(workspace, "invert", {0: "(not zebra and red) or dog", 1: "red and striped"}, origin="formula")
    claims, engines = workspace.claims(method="invert"), FakeEngines()
    told = {one.neuron: one for one in Verifier(workspace, engines, 1, "fake", claims, VerifyJob()).run(lambda: False)}
    assert told[0].sentence == (
        "The label has no fresh pictures: it cannot be depicted, because no picture shows that something is not there."
    )
    assert told[1].verdict
    assert {prompt.concept for prompt in engines.source.drawn} == {"red and striped"}


def test_labels_found_without_pictures_are_not_noted_as_found_with_others(workspace):
    label_by(workspace, "clip-dissect", {0: "boat"})
    assert not list(Verifier(workspace, FakeEngines(), 1, "fake", workspace.claims(method="clip-dissect"), VerifyJob()).notes())


def test_without_labels_without_a_source_and_without_a_network_it_says_so(workspace):
    with pytest.raises(UserError, match="has a label"):
        list(verify(workspace, VerifyJob((999,))))
    with pytest.raises(UserError, match=r"Nobody wrote down how the pictures for '.*' \(layer pool, neuron 0\) were made"):
        list(verify(workspace, VerifyJob()))
    (workspace.target_folder("f" * 64) / "model.onnx").unlink()
    with pytest.raises(UserError, match=r"model.onnx is missing: label or survey with the checkpoint net again"):
        list(verify(workspace, VerifyJob(pictures="pictograms")))
