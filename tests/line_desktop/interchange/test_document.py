"""The JSON document: into another workspace and out again as the same bytes; one that was changed is refused."""

import json
import os
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from kept_interventions import BEFORE, CONTROL, PART, WITHOUT

from line_desktop.interchange.reading import BadDocument, read_document, restore
from line_desktop.interchange.schema import Export, json_schema, picture_keys
from line_desktop.interchange.writing import copy_pictures, write_document
from line_desktop.selection import choose
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter, HumanWord
from line_desktop.store.workspace import Workspace

DOCS = Path(__file__).parents[3] / "docs"


def exported(folder, file, **chosen):
    with closing(Desk.open(folder)) as desk:
        write_document(desk, choose(desk, **chosen).ids, file)
    return file.read_bytes()


def imported(folder, document, pictures=None):
    with Workspace.open(folder) as workspace:
        found = restore(workspace, document, pictures)
        assert workspace.check(deep=True) == []
    return found


@pytest.fixture
def document(study_folder, tmp_path) -> dict:
    return json.loads(exported(study_folder, tmp_path / "study.json"))


def test_an_import_exports_the_same_bytes(study_copy, tmp_path):
    first = exported(study_copy, tmp_path / "one.json")
    found = imported(tmp_path / "other", read_document(tmp_path / "one.json"))
    assert (found.neurons, found.runs, found.human_words, found.pictures) == (4, 3, 2, 0)
    assert exported(tmp_path / "other", tmp_path / "two.json") == first
    assert b'"evidence":[{' in first
    assert b'"causal":[{' in first
    assert b'"ablation":{' in first


def test_every_story_label_and_word_is_there_again(study_folder, tmp_path):
    exported(study_folder, tmp_path / "one.json")
    imported(tmp_path / "other", read_document(tmp_path / "one.json"))
    with closing(Desk.open(study_folder)) as old, closing(Desk.open(tmp_path / "other")) as new:
        assert new.counts() == old.counts()
        assert new.methods() == old.methods() == ["clip-dissect", "line"]
        for one, other in zip(old.neuron_ids(Filter()), new.neuron_ids(Filter()), strict=True):
            mine, theirs = old.neuron_results(int(one)), new.neuron_results(int(other))
            assert [msgspec.structs.replace(row.result, session=0) for row in mine] == [
                msgspec.structs.replace(row.result, session=0) for row in theirs
            ]
            assert old.human_word(int(one)) == new.human_word(int(other))
            for row, again in zip(mine, theirs, strict=True):
                assert old.steps(row.run_id, row.result.neuron) == new.steps(again.run_id, again.result.neuron)
        assert [card.label for card in new.cards(new.neuron_ids(Filter(text="zebra")))] == ["=zebra"]


def test_pictures_travel_in_a_folder_and_are_compared_with_their_names(study_folder, tmp_path):
    exported(study_folder, tmp_path / "one.json")
    document = read_document(tmp_path / "one.json")
    with closing(Desk.open(study_folder)) as desk:
        assert copy_pictures(desk, tmp_path / "one.json", tmp_path / "pictures") == 0
    files = sorted(tmp_path.glob("pictures/*"))
    assert [file.stem for file in files] == picture_keys(document)
    assert imported(tmp_path / "other", document, tmp_path / "pictures").pictures == len(files)
    with closing(Desk.open(tmp_path / "other")) as desk:
        assert all(desk.read_object(file.stem) == file.read_bytes() for file in files)
    files[0].write_bytes(b"another picture")
    with pytest.raises(BadDocument, match=files[0].name), Workspace.open(tmp_path / "third") as workspace:
        restore(workspace, document, tmp_path / "pictures")


def test_interventions_are_there_again_and_what_is_there_stays(study_copy, tmp_path):
    exported(study_copy, tmp_path / "one.json")
    document = read_document(tmp_path / "one.json")
    assert {BEFORE, WITHOUT, CONTROL, PART} <= set(picture_keys(document))
    imported(tmp_path / "other", document)
    with closing(Desk.open(study_copy)) as old, closing(Desk.open(tmp_path / "other")) as new:
        (number,), (again,) = ([card.id for card in desk.cards(desk.neuron_ids(Filter())) if card.neuron == 1] for desk in (old, new))
        kept, checks = new.ablation(again), new.causal_checks(again)
        assert kept == msgspec.structs.replace(old.ablation(number), neuron_id=again, probe_id=0)
        assert checks == [msgspec.structs.replace(one, neuron_id=again, survey_id=0) for one in old.causal_checks(number)]
        assert [one.label for one in checks] == ["another label", old.cards([number])[0].label]
    mine = msgspec.structs.replace(kept, answers="mine")
    with Workspace.open(tmp_path / "other") as workspace:
        workspace.save_ablations([mine])
        workspace.save_causal_check(msgspec.structs.replace(checks[0], sentence="mine"))
    imported(tmp_path / "other", document)
    with closing(Desk.open(tmp_path / "other")) as desk:
        assert desk.ablation(again) == mine
        assert [one.sentence for one in desk.causal_checks(again)] == ["mine", "Causal: it is."]


def test_an_edit_with_a_bad_name_of_a_picture_is_refused(study_copy, tmp_path):
    text = exported(study_copy, tmp_path / "one.json").replace(PART.encode(), b"../../etc/passwd")
    (tmp_path / "one.json").write_bytes(text)
    with pytest.raises(BadDocument, match=r"picture's SHA-256 is '\.\./\.\./etc/passwd'"):
        read_document(tmp_path / "one.json")


def test_what_is_there_already_stays(study_folder, tmp_path):
    exported(study_folder, tmp_path / "one.json")
    document = read_document(tmp_path / "one.json")
    imported(tmp_path / "other", document)
    with closing(Desk.open(tmp_path / "other")) as desk:
        (number,) = desk.neuron_ids(Filter(text="paw")).tolist()
        desk.set_human_word(number, "mine", "")
    again = imported(tmp_path / "other", document)
    assert (again.runs, again.runs_known, again.human_words) == (0, 3, 0)
    with closing(Desk.open(tmp_path / "other")) as desk:
        word = desk.human_word(number)
    assert isinstance(word, HumanWord)
    assert word.label == "mine"


def test_an_import_into_the_study_itself_stands_beside_it(study_copy, tmp_path):
    exported(study_copy, tmp_path / "one.json")
    imported(study_copy, read_document(tmp_path / "one.json"))
    with closing(Desk.open(study_copy)) as desk:
        results = desk.neuron_results(1)
    assert [one.method for one in results].count("line") == 4


def test_a_choice_holds_only_its_neurons(study_folder, tmp_path):
    small = json.loads(exported(study_folder, tmp_path / "small.json", neurons="3"))
    assert [one["neuron"] for one in small["neurons"]] == [3]
    assert [one["method"] for one in small["runs"]] == ["clip-dissect"]
    assert small["prompts"] == {}
    assert small["banks"][0]["concepts"] == []


def test_the_written_schema_is_the_one_of_the_code(document):
    assert (DOCS / "export.schema.json").read_bytes() == json_schema()
    assert msgspec.convert(document, Export).version == 1


def changed(document, **what):
    return document | what


def first_run(document, **what):
    return changed(document, runs=[document["runs"][0] | what, *document["runs"][1:]])


def first_neuron(document, **what):
    return changed(document, neurons=[document["neurons"][0] | what, *document["neurons"][1:]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: changed(one, version=2), "version 2"),
        (lambda one: changed(one, format="other"), "does not name its format"),
        (lambda one: changed(one, more=1), "unknown field"),
        (lambda one: first_run(one, target=7), "target or bank"),
        (lambda one: first_run(one, bank=-1), "target or bank"),
        (lambda one: first_run(one, layer="no"), "layer no"),
        (lambda one: changed(one, sessions=[one["sessions"][0] | {"run": 99}]), "names a run|names a session"),
        (lambda one: changed(one, targets=[one["targets"][0] | {"sha256": "../../etc"}]), "SHA-256 is '../../etc'"),
        (lambda one: changed(one, prompts=dict.fromkeys(one["prompts"], "changed")), "has another SHA-256"),
        (lambda one: changed(one, prompts={}), "prompt of neuron 0 of layer pool is missing"),
        (lambda one: first_neuron(one, neuron=4), "no neuron 4 of layer pool"),
        (lambda one: first_neuron(one, neuron=-1), "no neuron -1"),
        (lambda one: first_neuron(one, results=one["neurons"][0]["results"] * 2), "two results"),
        (lambda one: changed(one, banks=[one["banks"][0] | {"seed": 2**70}, *one["banks"][1:]]), "seed|out of range"),
    ],
)
def test_a_changed_document_is_refused_and_nothing_is_kept(document, change, said, tmp_path):
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(change(document)))
    with pytest.raises(BadDocument, match=said):
        read_document(file)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"neuron,label\n", b"[" * 100_000])
def test_what_is_no_document_is_said_in_a_sentence(tmp_path, content):
    file = tmp_path / "other.json"
    file.write_bytes(content)
    with pytest.raises(BadDocument, match=r"other\.json"):
        read_document(file)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    file = tmp_path / "large.json"
    file.touch()
    os.truncate(file, 3 << 30)
    with pytest.raises(BadDocument, match=r"3\.2 GB"):
        read_document(file)
