"""The causal check as a job: fresh pictures, edits kept one by one, photos with their maps, a sentence for everything that cannot be."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from demo_study import class_names, demo_workspace, label
from fakes import FakeTarget
from neuron_study import neuron_study

from line_desktop.causal import CausalJob, Checker, check
from line_desktop.demo import CLASSES
from line_desktop.errors import UserError
from line_desktop.events import Checked, Checking, Cost, Note
from line_desktop.provisional import PROVISIONAL, unconfirmed
from line_desktop.store.rows import ResultRow
from line_desktop.store.workspace import Workspace
from models.errors import Cancelled, ModelError
from models.types.pictures import Edited, EditRequest, NoPicture, Picture, PictureSettings
from models.types.vision import ActivationMap


class FakeEditor:
    """Names what it does in the bytes of its pictures; refuses "justice" and cannot edit a photo with "bad" in it."""

    def __init__(self, redraws: bool = True, calls: int = 10**6) -> None:
        self.drawn, self.calls = redraws, calls
        self.asked: list[EditRequest] = []

    def settings(self) -> PictureSettings:
        return PictureSettings("fake edits", "1", {})

    def redraws(self) -> bool:
        return self.drawn

    def inseparable(self, concepts: list[str]) -> dict[str, str]:
        return {concept: "it cannot be seen" for concept in concepts if "justice" in concept}

    def edit(self, requests: list[EditRequest]) -> list[Edited | NoPicture]:
        self.calls -= 1
        if self.calls < 0:
            raise Cancelled("stopped")
        self.asked += requests
        return [self._edit(request) for request in requests]

    def _edit(self, request: EditRequest) -> Edited | NoPicture:
        if self.calls % 2 and "sometimes" in request.concept:
            return NoPicture("it did not work")
        before, without, control = (
            Picture(f"{request.concept} {request.seed} {request.photo!r} {what}".encode(), ".png") for what in "abc"
        )
        return Edited(before, without, control, "this → that", "one → other", {}, (1.0, 1.0))


class FakeMapper:
    def __init__(self, maps: bool) -> None:
        self.maps, self.asked = maps, 0

    def map_of(self, file: Path, neuron: int) -> ActivationMap:
        self.asked += 1
        if not self.maps:
            raise ModelError("There is no map.")
        return ActivationMap(np.eye(2, dtype=np.float32), (0.0, 0.0, 1.0, 1.0), (16, 12))


class FakeEngines:
    def __init__(self, editor: FakeEditor | None = None, maps: bool = True) -> None:
        self.made, self.seen, self.maps = editor or FakeEditor(), FakeTarget(), FakeMapper(maps)

    def editor(self, spec):
        return self.made

    def target(self, model, preprocess, layers):
        return self.seen

    def mapper(self, model, preprocess, layer):
        return self.maps


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
    shutil.copytree(study, tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as opened:
        for neuron, name in enumerate(("fox", "bear", "moon")):
            relabel(opened, neuron, name)
        yield opened


def run(workspace, engines=None, job=None, stop=lambda: False):
    checker = Checker(workspace, engines or FakeEngines(), 1, "fake", workspace.claims(), job or CausalJob(photos=4))
    return [one for one in checker.run(stop) if isinstance(one, Checked)]


def all_checks(workspace):
    return [workspace.causal_check(claim.neuron_id, claim.label, "fake") for claim in workspace.claims()]


def relabel(workspace, neuron, name, reason=""):
    workspace.save_answers(workspace.runs()[-1].id, [], [ResultRow(neuron, "labelled", name, 1.0, "start", reason)])


def test_every_label_is_checked_on_pictures_that_nobody_has_seen(workspace):
    known = {seed for (seed,) in workspace.rows("SELECT seed FROM pictures")}
    engines = FakeEngines()
    told = run(workspace, engines)
    assert [(one.neuron, one.kept, one.failed) for one in told] == [(0, False, False), (1, False, False), (2, False, False)]
    assert len(engines.made.asked) == 12
    assert all(one.prompt and one.prompt.seed == one.seed and not one.photo for one in engines.made.asked)
    assert not known & {one.seed for one in engines.made.asked}
    for claim, found in zip(workspace.claims(), all_checks(workspace), strict=True):
        shown = found.pictures[0]
        files = [workspace.read_object(sha256) for sha256 in (shown.edit.before, shown.edit.without, shown.edit.control)]
        expected = engines.seen.activations(files, ["pool"]).values["pool"][:, claim.neuron]
        assert (shown.before, shown.without, shown.control) == pytest.approx(tuple(expected))
    assert not workspace.check()


def test_what_was_checked_is_kept_until_something_changes(workspace):
    first = run(workspace)
    engines = FakeEngines()
    again = run(workspace, engines)
    assert [one.sentence for one in again] == [one.sentence for one in first]
    assert all(one.kept for one in again)
    assert engines.made.asked == []
    assert not any(one.kept for one in run(workspace, engines, CausalJob(photos=5)))
    assert len(engines.made.asked) == 3  # four of five pictures are the same


def test_stopped_in_the_middle_it_goes_on_with_the_next_photo(workspace):
    editor = FakeEditor(redraws=False, calls=5)
    with pytest.raises(Cancelled):
        run(workspace, FakeEngines(editor))
    rest = FakeEditor(redraws=False)
    run(workspace, FakeEngines(rest))
    assert len(editor.asked) == 5
    assert len(rest.asked) == 3 * 4 - 5
    assert run(workspace, stop=lambda: True)[0].kept


def test_photos_are_the_strongest_with_their_maps(workspace):
    engines = FakeEngines(FakeEditor(redraws=False))
    run(workspace, engines)
    claim = workspace.claims()[0]
    stats = workspace.one_neuron_stats(claim.survey_id, claim.neuron)
    photos = workspace.probe_photos(workspace.survey(claim.survey_id).probe_id)
    found = all_checks(workspace)[0]
    assert [one.photo for one in found.pictures] == [photos[row].path for row in stats.top_photos[:4]]
    assert all(one.where is not None and one.prompt is None and one.photo for one in engines.made.asked)


def test_more_photos_than_the_survey_remembers_are_not_waited_for_again(workspace):
    many = CausalJob(photos=1000)
    first = run(workspace, FakeEngines(FakeEditor(redraws=False)), many)
    claim = workspace.claims()[0]
    assert all_checks(workspace)[0].asked == len(workspace.one_neuron_stats(claim.survey_id, claim.neuron).top_photos) < 1000
    assert not any(one.kept for one in first)
    assert all(one.kept for one in run(workspace, FakeEngines(FakeEditor(redraws=False)), many))


def test_a_layer_without_maps_is_said_once(workspace):
    engines = FakeEngines(FakeEditor(redraws=False), maps=False)
    events = list(Checker(workspace, engines, 1, "fake", workspace.claims(), CausalJob(photos=4)).run(lambda: False))
    assert sum(isinstance(one, Note) for one in events) == 1
    assert engines.maps.asked == 1
    assert all(one.where is None for one in engines.made.asked)


def test_each_impossible_label_gets_a_sentence_and_the_others_are_checked(workspace):
    relabel(workspace, 0, "justice")
    told = run(workspace)
    assert [one.failed for one in told] == [True, False, False]
    assert told[0].sentence == "“justice” cannot be left out: it cannot be seen."


def test_a_missing_photo_and_failed_edits_are_said(workspace):
    relabel(workspace, 1, "sometimes")
    claim = workspace.claims()[0]
    tops = [workspace.one_neuron_stats(claim.survey_id, neuron).top_photos[:4] for neuron in (0, 1)]
    row = next(row for row in tops[0] if row not in tops[1])
    probe = workspace.survey(claim.survey_id).probe_id
    gone = Path(workspace.probe_set(probe).folder) / workspace.probe_photos(probe)[row].path
    aside = gone.rename(gone.with_suffix(".aside"))
    told = run(workspace, FakeEngines(FakeEditor(redraws=False)))
    aside.rename(gone)
    assert f"{gone} is not there any more" in told[0].sentence
    assert "2 of 4 pictures could be edited" in told[1].sentence


@pytest.mark.parametrize("photos", [-1, 0, 1, 2])
def test_an_interval_needs_three_pictures(photos):
    with pytest.raises(UserError, match="--photos must be at least 3"):
        CausalJob(photos=photos)


def test_labels_found_with_other_pictures_need_an_editor(workspace):
    with pytest.raises(UserError, match=r"are no pictograms.*--editor"):
        list(check(workspace, CausalJob()))


def test_provisional_labels_are_told_before_anything_is_edited(workspace):
    relabel(workspace, 1, "bear", PROVISIONAL)
    (sentence,) = unconfirmed(workspace.claims())
    assert sentence.startswith("1 of 3 labels is provisional")
    events = check(workspace, CausalJob(editor="pictograms"))
    assert [next(events), next(events)] == [Checking(0, 3), Note(sentence)]
    events.close()


def test_without_labels_there_is_nothing_to_check(tmp_path):
    with Workspace.open(tmp_path / "empty") as empty, pytest.raises(UserError, match="label some first"):
        list(check(empty, CausalJob()))


def test_class_neurons_of_the_demo_fall_without_their_concept_and_wrong_labels_do_not(tmp_path):
    names = ["cat", "red", "striped", "guitar", "umbrella", "dotted"]
    wrong = {"guitar": "umbrella", "umbrella": "dotted", "dotted": "guitar"}
    demo_workspace(tmp_path / "workspace", names, 3, [CLASSES])
    with Workspace.open(tmp_path / "workspace") as workspace:
        index = {name: number for number, name in enumerate(class_names(workspace)) if name in names}
        ids = label(workspace, {index[name]: wrong.get(name, name) for name in names})
        *events, last = check(workspace, CausalJob(tuple(ids)))
        assert isinstance(last, Cost)
        assert last.finished
        told = {one.neuron: one.label for one in events if isinstance(one, Checked)}
        assert told == {index[name]: wrong.get(name, name) for name in names}
        for claim in workspace.claims():
            found = workspace.causal_check(claim.neuron_id, claim.label, "pictograms")
            if claim.label in wrong.values():
                assert found.verdict != "causal", found.sentence
                assert found.edit.absolute.value < 0.3
            else:
                assert found.verdict == "causal", found.sentence
                assert found.edit.absolute.low > 0.5
                assert abs(found.control.absolute.value) < 0.2
