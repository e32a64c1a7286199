"""A run put together as a person does it: read, choose, be told what is wrong and what it takes, label."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QMessageBox, QWidget

from line_desktop import rates
from line_desktop.job import SurveyJob
from line_desktop.jobs import submit, work_of
from line_desktop.kits import KITS
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import MethodName
from line_desktop.store.rows import NeuronStats, ProbePhoto
from line_desktop.store.workspace import Workspace
from line_desktop.survey import probe_rows, statistics
from line_desktop.target import Overrides
from models.types.vision import Checkpoint
from ui.new_run.advanced import CropsField, PatienceField
from ui.new_run.method_field import PRESETS
from ui.new_run.page import NewRunPage
from ui.session import Session

Until = Callable[..., None]


@pytest.fixture
def ready(page: NewRunPage, checkpoint: Checkpoint, photos: Path, demo_llm: Path, tmp_path: Path, until: Until) -> NewRunPage:
    """Everything is chosen."""
    page.checkpoint.show_checkpoint(checkpoint)
    page.language.choose(demo_llm)
    page.photos.choose(photos)
    page.workspace.choose(tmp_path / "study")
    until(lambda: page.photos.found is not None)
    assert page.problem() is None
    return page


def test_a_real_file_is_read_in_a_child(page: NewRunPage, file: Path, until: Until) -> None:
    assert not page.summary.isVisible()
    page.open_checkpoint(file)
    assert page.checkpoint.inspection.running
    assert not page.layers.isVisible()
    until(lambda: page.checkpoint.found is not None, 120)
    assert page.layers.isVisible()
    assert {layer.name for layer in page.layers.chosen()} <= {layer.name for layer in page.checkpoint.found.layers}
    assert "good: a fixed graph" in page.checkpoint.trust.text()
    assert page.workspace.path().name == "net"


def test_a_bad_file_is_said_and_reading_can_be_stopped(page: NewRunPage, tmp_path: Path, until: Until) -> None:
    page.open_checkpoint(tmp_path / "none.onnx")
    page.checkpoint.stop()
    assert not page.checkpoint.inspection.running
    page.checkpoint.start()
    until(lambda: page.checkpoint.refusal is not None, 120)
    assert "none.onnx does not exist" in page.checkpoint.sentence.text()
    assert not page.layers.isVisible()


def test_what_is_missing_is_said_one_after_the_other(page: NewRunPage, checkpoint: Checkpoint, photos: Path, until: Until) -> None:
    page.checkpoint.show_checkpoint(checkpoint)
    assert "Choose a folder of photos" in page.summary.sentence.text()
    assert not page.summary.label_button.isEnabled()
    assert not page.summary.survey_button.isEnabled()
    page.photos.choose(photos)
    until(lambda: page.photos.found is not None)
    assert page.photos.sentence.text() == page.photos.in_words()
    assert page.summary.survey_button.isEnabled()
    page.layers.choose([])
    page.refresh()
    assert page.summary.sentence.text() == "Choose at least one layer."


def test_photos_without_classes_serve_a_survey_only(ready: NewRunPage, photos: Path, until: Until) -> None:
    ready.photos.choose(next(one for one in photos.iterdir() if one.is_dir()))
    until(lambda: ready.photos.found is not None)
    assert "a survey needs none" in ready.photos.sentence.text()
    assert ready.photos.sentence.property("role") == "bad"
    assert not ready.summary.label_button.isEnabled()
    assert ready.summary.survey_button.isEnabled()
    ready.photos.choose(photos / "none")
    until(lambda: ready.photos.problem() is not None and not ready.photos.problem().missing)
    assert "There is no folder" in ready.photos.sentence.text()


@pytest.mark.parametrize(
    ("text", "sentence"), [("9-3", "runs backwards"), ("0-64", "out of range: the layer has 64"), ("x", "is not a neuron")]
)
def test_neurons_that_are_not_there(ready: NewRunPage, text: str, sentence: str) -> None:
    ready.neurons.choose(text)
    assert sentence in ready.neurons.sentence.text()
    assert sentence in ready.summary.sentence.text()
    ready.neurons.choose("0-9,15")
    assert ready.label_job().layers == {"pooler": "0-9,15"}
    assert ready.summary.sentence.text() == ""


def test_the_estimate_stands_beside_the_button_and_follows(ready: NewRunPage, until: Until) -> None:
    shown = ready.summary
    until(lambda: shown.rows["neurons"].text() == "8" and shown.rows["memory"].text() != "–", 120)
    assert shown.rows["photos"].text() == f"{len(ready.photos.found.photos)} photos"
    assert "Not measured yet" in shown.basis.text()
    assert not shown.anyway.isVisible()
    ready.neurons.count.setValue(3)
    until(lambda: shown.rows["neurons"].text() == "3")
    assert rates.load() == rates.Rates()


def test_what_fits_nowhere_is_said_and_may_be_tried(ready: NewRunPage) -> None:
    ready.summary.warn("It does not fit.")
    assert ready.summary.anyway.isVisible()
    ready.summary.anyway.click()
    assert ready.label_job().try_anyway
    assert ready.summary.label_button.isEnabled()


def test_label_queues_what_was_chosen_with_its_estimate(
    ready: NewRunPage, session: Session, file: Path, photos: Path, until: Until
) -> None:
    ready.layers.choose(["pooler", "stage.1"])
    ready.neurons.choose("0-2")
    ready.method.choose(LabelJob(file, {}, photos, preset="paper", steps=4, seed=7))
    ready.preprocess.mean.setText("0, 0, 0")
    until(lambda: ready.summary.rows["neurons"].text() == "6")
    submitted = QSignalSpy(ready.submitted)
    QTest.mouseClick(ready.summary.label_button, Qt.MouseButton.LeftButton)
    assert session.desk is not None
    assert session.desk.folder.name == "study"
    row = session.desk.job(submitted.at(0)[0])
    assert (row.state, row.kind, row.estimate["neurons"]) == ("queued", "label", 6)
    work = work_of(row)
    assert isinstance(work, LabelJob)
    assert work.layers == {"stage.1": "0-2", "pooler": "0-2"}
    assert (work.checkpoint, work.probe, work.preset, work.steps, work.seed) == (file, photos, "paper", 4, 7)
    assert work.overrides == Overrides(mean=(0, 0, 0))


def test_survey_only_queues_a_survey(ready: NewRunPage, session: Session) -> None:
    submitted = QSignalSpy(ready.submitted)
    ready.summary.survey_button.click()
    assert session.desk is not None
    work = work_of(session.desk.job(submitted.at(0)[0]))
    assert isinstance(work, SurveyJob)
    assert work.layers == ("pooler",)


def test_a_folder_with_other_things_is_refused(ready: NewRunPage, photos: Path, file: Path) -> None:
    ready.workspace.row.take(str(photos))
    assert "holds other files and no workspace" in ready.workspace.sentence.text()
    ready.workspace.row.take(str(file))
    assert "is a file" in ready.workspace.sentence.text()
    assert not ready.summary.survey_button.isEnabled()


def test_a_running_job_is_not_queued_twice(ready: NewRunPage, session: Session, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "study") as elsewhere:
        elsewhere.begin_job(submit(elsewhere, ready.label_job()))
        submitted = QSignalSpy(ready.submitted)
        ready.label()
        assert submitted.count() == 0
        box = ready.findChild(QMessageBox)
        assert box is not None
        assert "running" in box.text()


def test_neurons_of_the_gallery_begin_with_what_their_last_run_was_told(
    page: NewRunPage, session: Session, checkpoint: Checkpoint, photos: Path, demo_llm: Path, tmp_path: Path, until: Until
) -> None:
    with Workspace.open(tmp_path / "study") as writer:
        target = writer.save_target(checkpoint)
        probe = writer.save_probe_set(str(photos), "d" * 64, [ProbePhoto("a.png", None)])
        for name, width in (("pooler", 64), ("head", 5)):
            survey = writer.begin_survey(writer.layer_id(target, name), probe, 1, width)
            writer.save_survey_rows(survey.id, 0, np.zeros((1, width), np.float32), {})
            stats = [NeuronStats(number, 0.0, 0.0, 1.0, 1.0, "ok", (0,)) for number in range(width)]
            writer.finish_survey(survey.id, stats)
        given = Overrides(architecture="timm:net", std=(0.25, 0.25, 0.25), class_names=tuple("abcde"))
        file = Path(checkpoint.path)
        told = LabelJob(
            file, {"head": "all"}, photos, demo_llm, "sdxl:demo,steps=4", method="describe-and-dissect", captioner=tmp_path, seed=9,
            profile="compact", crops=True, overrides=given, withheld=("dog",),
        )  # fmt: skip
        submit(writer, told)
    session.open(tmp_path / "study")
    desk = session.desk
    assert desk is not None
    layers = {count.name: count.layer_id for count in desk.layer_counts()}
    ids = [desk.neuron_id(layers[layer], neuron) for layer, neuron in (("pooler", 40), ("head", 2), ("pooler", 7))]
    page.choose_neurons(ids)
    until(lambda: page.photos.found is not None)
    assert page.problem() is None
    job = page.label_job()
    assert job.layers == {"pooler": "7,40", "head": "2"}
    assert replace(job, layers=told.layers) == told
    assert page.workspace.path() == desk.folder
    page.layers.choose(["stage.0"])
    page.refresh()
    assert "None of the chosen layers has a selected neuron" in page.summary.sentence.text()


@pytest.mark.parametrize("method", KITS)
def test_each_method_asks_for_what_it_reads_and_for_nothing_else(ready: NewRunPage, method: MethodName, tmp_path: Path) -> None:
    ready.method.choose_method(method)
    fields = {
        "llm": ready.language,
        "captioner": ready.captioner,
        "clip": ready.clip,
        "concepts": ready.concepts,
        "pictures": ready.pictures,
    }
    asked = {name for name, field in fields.items() if field.isVisible()}
    assert KITS[method].draws == ("pictures" in asked)
    for name in asked & {"captioner", "clip"}:
        fields[name].choose(tmp_path)
    ready.refresh()
    assert ready.problem() is None
    told, plain = ready.label_job(), LabelJob(Path(), {}, Path(), method=method)
    assert {name for name in fields if getattr(told, name) != getattr(plain, name)} == asked - {"concepts"}
    assert not any(ready.findChildren(kind)[0].isVisible() for kind in (PatienceField, CropsField))


def test_early_stop_and_confirming_go_into_the_job_and_the_estimate(ready: NewRunPage, session: Session, until: Until) -> None:
    shown = ready.summary
    assert ready.advanced.line.text() == "No early stop. The finalists are drawn again by the same source."
    until(lambda: shown.rows["proposals"].text() == "88" and shown.rows["memory"].text() != "–", 120)
    before = ready.estimator._weighed
    assert not ready.patience.isVisible()
    ready.advanced.change.click()
    assert ready.patience.isVisible()
    assert ready.confirming.isVisible()
    assert not ready.crops.isVisible()
    QTest.keyClick(ready.patience.box, Qt.Key.Key_Up)
    assert ready.patience.box.text() == "after 1 step that brought nothing among its five best"
    QTest.keyClick(ready.patience.box, Qt.Key.Key_Up)
    assert ready.patience.box.text() == "after 2 steps that brought nothing among its five best"
    ready.confirming.box.setCurrentText("Demo picture model – small pictures of 64 pixels")
    ready.confirming.settings.steps.setValue(4)
    assert ready.advanced.line.text().endswith("that brought nothing among its five best. The finalists are drawn again by another source.")
    until(lambda: "pictograms and sdxl:demo,steps=4" in shown.basis.text() and shown.rows["proposals"].text() == "up to 88")
    until(lambda: ready.estimator._weighed != before, 120)
    shown.label_button.click()
    assert session.desk is not None
    (job,) = session.desk.jobs()
    work = work_of(job)
    assert isinstance(work, LabelJob)
    assert (work.patience, work.pictures, work.confirm_pictures) == (2, "pictograms", "sdxl:demo,steps=4")


def test_the_preset_of_the_paper_knows_neither(ready: NewRunPage) -> None:
    ready.advanced.change.click()
    ready.patience.box.setValue(3)
    ready.confirming.choose("pictograms")
    ready.method.preset_box.setCurrentIndex(PRESETS.index("paper"))
    assert not any(one.isVisible() for one in (ready.advanced, ready.patience, ready.confirming))
    assert (ready.label_job().patience, ready.label_job().confirm_pictures) == (0, "")
    ready.method.preset_box.setCurrentIndex(0)
    assert (ready.label_job().patience, ready.label_job().confirm_pictures) == (3, "pictograms")
    assert ready.patience.isVisible()


def test_crops_are_asked_for_where_photos_are_described(ready: NewRunPage, tmp_path: Path) -> None:
    ready.method.choose_method("describe-and-dissect")
    ready.captioner.choose(tmp_path)
    assert ready.advanced.line.text() == "Photos are described whole."
    ready.advanced.change.click()
    assert not ready.patience.isVisible()
    ready.crops.box.click()
    assert ready.label_job().crops
    assert ready.advanced.line.text() == "Photos are described whole and by crops."
    ready.method.choose_method("invert")
    assert not ready.advanced.isVisible()
    assert not ready.label_job().crops


def test_a_confirming_source_that_is_not_there_cannot_be_folded_away(ready: NewRunPage, tmp_path: Path) -> None:
    ready.confirming.choose(f"photos:{tmp_path / 'gone'}")
    ready.refresh()
    assert ready.confirming.isVisible()
    assert "There is no" in ready.confirming.sentence.text()
    assert "There is no" in ready.summary.sentence.text()
    assert not ready.summary.label_button.isEnabled()
    assert ready.summary.survey_button.isEnabled()


def test_the_machines_of_an_earlier_job_stay_for_its_method_and_a_second_source_is_for_them_too(
    ready: NewRunPage, file: Path, photos: Path
) -> None:
    ready.confirming.choose("sdxl:demo")
    ready._before = LabelJob(file, {}, photos, ray="host:1")
    ready.refresh()
    assert ready.label_job() == replace(ready.label_job(), ray="host:1", confirm_pictures="sdxl:demo")
    ready.method.choose_method("facets")
    assert ready.label_job() == replace(ready.label_job(), ray="", confirm_pictures="sdxl:demo")


def test_what_a_method_lacks_is_said_beside_the_button(ready: NewRunPage, photos: Path, tmp_path: Path, until: Until) -> None:
    ready.method.choose_method("sieve")
    ready.clip.choose(tmp_path / "gone")
    ready.refresh()
    assert "gone is not there any more" in ready.summary.sentence.text()
    ready.clip.choose(tmp_path)
    ready.concepts.box.setCurrentIndex(2)
    assert ready.summary.sentence.text() == "Choose the file with the concepts, one a line."
    ready.concepts.file.take(str(tmp_path / "list.txt"))
    assert "There is no file" in ready.summary.sentence.text()
    (tmp_path / "list.txt").write_text("a cat\n")
    ready.refresh()
    assert ready.summary.label_button.isEnabled()
    assert ready.label_job().concepts == str(tmp_path / "list.txt")
    ready.photos.choose(photos / "cat")
    until(lambda: ready.photos.found is not None)
    assert ready.summary.label_button.isEnabled()
    ready.concepts.choose("classes")
    assert "the concept list is their class names" in ready.summary.sentence.text()
    ready.method.choose_method("line")
    assert "the first concepts are class names" in ready.photos.sentence.text()


def test_the_estimate_of_a_method_without_engines(ready: NewRunPage, until: Until) -> None:
    ready.method.choose_method("invert")
    until(lambda: ready.summary.rows["pictures"].text() == "none" and ready.summary.rows["memory"].text() != "–", 120)
    assert ready.summary.rows["proposals"].text() == "none"
    ready.method.length.setValue(2)
    assert ready.label_job().formula_length == 2


def test_class_names_of_a_file_go_into_the_job(ready: NewRunPage, tmp_path: Path) -> None:
    assert ready.classes.isVisible()
    assert "names none" in ready.classes.sentence.text()
    (tmp_path / "names.txt").write_text("a\nb\nc\n")
    ready.classes.row.take(str(tmp_path / "names.txt"))
    assert "The file gives 3 names and the network answers with 5 numbers" in ready.summary.sentence.text()
    assert not ready.summary.survey_button.isEnabled()
    (tmp_path / "names.txt").write_text("a\nb\nc\nd\ne\n")
    ready.classes.row.take(str(tmp_path / "names.txt"))
    assert ready.label_job().overrides.class_names == tuple("abcde")
    assert ready.survey_job().overrides.class_names == tuple("abcde")
    ready.classes.row.take("")
    assert ready.label_job().overrides.class_names == ()


def test_what_the_gate_leaves_out_is_told_before_and_may_be_overruled(
    ready: NewRunPage, checkpoint: Checkpoint, tmp_path: Path, until: Until
) -> None:
    """Of 64 neurons number 3 is dead, 5 repeats 4, and 7 responds to every photo alike."""
    chance = np.random.default_rng(5)
    found = ready.photos.found
    assert found is not None
    activations = chance.gamma(0.05, 1.0, (len(found.photos), 64)).astype(np.float32)
    activations[:, 3], activations[:, 5], activations[:, 7] = 0, activations[:, 4], 10 + activations[:, 7]
    with Workspace.open(tmp_path / "study") as writer:
        layer = writer.layer_id(writer.save_target(checkpoint), "pooler")
        survey = writer.begin_survey(layer, writer.save_probe_set(str(found.folder), found.digest, probe_rows(found)), *activations.shape)
        writer.save_survey_rows(survey.id, 0, activations, {})
        writer.finish_survey(survey.id, statistics(activations, set()))
    ready.neurons.choose("3-7")
    shown = ready.summary
    until(lambda: shown.gate.isVisible() and shown.rows["photos"].text() == "done before")
    assert shown.gate.text() == "Of 5 neurons 2 would be left out: 1 dead, 1 redundant."
    assert "pooler · 5: It repeats neuron 4" in shown.gate.toolTip()
    assert ready.label_job().gate
    shown.all_the_same.click()
    assert shown.gate.text() == "Of 5 neurons 1 would be left out: 1 dead."
    assert not ready.label_job().gate
    ready.neurons.choose("6")
    until(lambda: not shown.gate.isVisible())
    ready.method.choose_method("sieve")
    ready.clip.choose(tmp_path)
    ready.neurons.choose("7")
    until(shown.gate.isVisible)
    assert shown.gate.text() == "In doubt, and labelled all the same: 1 unselective."


def test_a_checkpoint_without_answers_is_asked_for_no_class_names(page: NewRunPage, checkpoint: Checkpoint) -> None:
    layers = tuple(layer for layer in checkpoint.layers if layer.role != "head")
    page.checkpoint.show_checkpoint(replace(checkpoint, layers=layers))
    assert page.layers.isVisible()
    assert not page.classes.isVisible()


def test_a_model_of_the_models_page_is_taken(ready: NewRunPage, tmp_path: Path) -> None:
    (tmp_path / "other.gguf").touch()
    ready.use_model("language model", str(tmp_path / "other.gguf"))
    assert ready.label_job().llm == tmp_path / "other.gguf"
    (tmp_path / "sdxl").mkdir()
    ready.use_model("picture model", str(tmp_path / "sdxl"))
    assert ready.label_job().pictures == f"sdxl:{tmp_path / 'sdxl'}"
    ready.use_model("picture model", "")
    assert ready.label_job().pictures == "pictograms"
    ready.use_model("CLIP", str(tmp_path / "sdxl"))
    assert (ready.label_job().method, ready.label_job().clip) == ("sieve", tmp_path / "sdxl")
    ready.use_model("labelled photos", str(tmp_path / "elsewhere"))
    assert ready.photos.row.path() == tmp_path / "elsewhere"


def test_the_keyboard_reaches_everything_by_name(ready: NewRunPage, nameless: Callable[[QWidget], list[str]]) -> None:
    assert nameless(ready) == []
    assert all(one.statusTip() and one.shortcut().toString() for one in ready.menu_actions()["New &run"])
