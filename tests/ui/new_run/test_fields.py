"""The parts of the page one by one."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from line_desktop.label_job import LabelJob
from line_desktop.target import Overrides
from models.errors import BadFile
from models.types.vision import Checkpoint
from ui.new_run.checkpoint_field import CheckpointField
from ui.new_run.inspection import Refusal, refusal
from ui.new_run.layer_tree import LayerTree
from ui.new_run.method_field import PRESETS, MethodField
from ui.new_run.neurons_field import NeuronsField
from ui.new_run.path_row import PathRow
from ui.new_run.picture_field import PictureField
from ui.new_run.preprocess_field import PreprocessField
from ui.new_run.workspace_field import new_folder
from ui.settings import Settings
from ui.theme import DARK, Theme

pytestmark = pytest.mark.usefixtures("application")


def rows(tree: LayerTree) -> list[tuple[str, bool, list[str]]]:
    """Each group that is shown: its first word, whether it is open, its layers."""
    root = tree.tree.invisibleRootItem()
    groups = [root.child(number) for number in range(root.childCount())]
    shown = [(group, [group.child(number) for number in range(group.childCount())]) for group in groups if not group.isHidden()]
    return [
        (group.text(0).split()[0], group.isExpanded(), [one.text(0) for one in layers if not one.isHidden()]) for group, layers in shown
    ]


def test_layers_to_begin_with_come_first_and_the_rest_is_folded(checkpoint: Checkpoint) -> None:
    tree = LayerTree()
    tree.show_checkpoint(checkpoint)
    assert rows(tree) == [
        ("Final", True, ["pooler"]),
        ("Blocks", True, ["stage.0", "stage.1"]),
        ("Answers", True, ["head"]),
        ("Inside", False, ["stage.0.conv"]),
    ]
    assert tree.chosen() == [checkpoint.layers[3]]
    tree.filter.setText("STAGE.0")
    assert rows(tree) == [("Blocks", True, ["stage.0"]), ("Inside", True, ["stage.0.conv"])]
    tree.choose(["stage.0.conv", "head"])
    assert [layer.name for layer in tree.chosen()] == ["head", "stage.0.conv"]
    assert tree.in_words() == "Chosen: head, stage.0.conv"


def test_neurons_are_counted_over_the_chosen_layers(checkpoint: Checkpoint) -> None:
    neurons, layers = NeuronsField(), checkpoint.layers[:2]
    neurons.choose("all")
    assert neurons.many_in(layers) == sum(layer.width for layer in layers)
    neurons.choose("0,2")
    assert neurons.many_in(layers) == 4
    neurons.choose("no number")
    assert neurons.many_in(layers) == 0
    neurons.choose_selected({layers[1].name: [1]})
    assert neurons.many_in(layers) == 1


def test_a_preset_brings_its_steps_and_the_sparing_one_says_what_it_is_for() -> None:
    method = MethodField()
    assert (method.preset, method.steps.text()) == ("line", "10 steps")
    method.preset_box.setCurrentIndex(PRESETS.index("sparing"))
    assert (method.steps.text(), method.values()["preset"]) == ("1 step", "sparing")
    assert "for many neurons of a layer" in method.in_words()
    method.preset_box.setCurrentIndex(PRESETS.index("line"))
    assert "sparing" not in method.in_words()
    method.neurons = 128
    assert "the sparing preset takes a fraction" in method.in_words()
    method.preset_box.setCurrentIndex(PRESETS.index("sparing"))
    method.steps.setValue(3)
    assert (method.steps.text(), method.values()["steps"]) == ("3 steps", 3)
    method.choose_method("invert")
    assert "for many neurons" not in method.in_words()
    method.choose_method("line")
    method.preset_box.setCurrentIndex(PRESETS.index("paper"))
    assert (method.steps.value(), "for many neurons" in method.in_words()) == (10, False)
    method.choose(LabelJob(Path("net.onnx"), {}, Path("photos"), preset="sparing"))
    assert (method.preset, method.steps.value()) == ("sparing", 1)
    method.choose(LabelJob(Path("net.onnx"), {}, Path("photos"), preset="sparing", steps=4))
    assert method.steps.value() == 4


def test_layers_take_the_colours_of_the_theme(application: QApplication, checkpoint: Checkpoint) -> None:
    tree = LayerTree()
    tree.show_checkpoint(checkpoint)
    tree.show()
    told = QSignalSpy(tree.changed)
    theme = application.findChild(Theme)
    assert isinstance(theme, Theme)
    try:
        theme.choose("dark")
        group = tree.tree.topLevelItem(0)
        found = [group.foreground(0).color(), group.child(0).foreground(2).color()]
    finally:
        theme.choose("light")
    assert found == [DARK.quiet] * 2
    assert told.count() == 0


@pytest.mark.parametrize(
    "source", ["pictograms", "sdxl:demo", "sdxl:demo,steps=4,size=512,guidance=2.5", "photos:/a/b", "sdxl:/a/m,lora=/a/l"]
)
def test_picture_sources_are_written_as_they_were_read(source: str) -> None:
    field = PictureField("Pictures", "Picture source")
    field.choose(source)
    assert field.value() == source


def test_a_choice_of_none_stays_when_the_list_is_read_again() -> None:
    field = PictureField("Confirm pictures", "Confirming source", "The same source")
    assert (field.value(), field.problem(), field.box.currentText()) == ("", None, "The same source")
    for source in ("pictograms", "sdxl:demo", ""):
        field.choose(source)
        field.refresh()
        assert field.value() == source


def test_a_picture_source_that_is_not_there(tmp_path: Path) -> None:
    field = PictureField("Pictures", "Picture source")
    field.box.setCurrentIndex(field.box.findData("photos:"))
    problem = field.problem()
    assert problem is not None
    assert problem.missing
    field.choose(f"photos:{tmp_path}/none")
    problem = field.problem()
    assert problem is not None
    assert "There is no" in problem.text
    field.choose(f"photos:{tmp_path}")
    assert field.problem() is None


def test_preprocessing_is_the_checkpoints_until_it_is_changed(checkpoint: Checkpoint) -> None:
    field = PreprocessField()
    field.show_checkpoint(checkpoint, Overrides(architecture="net"))
    assert field.overrides() == Overrides(architecture="net")
    assert "64 × 64 pixels" in field.line.text()
    field.size_box.setValue(32)
    field.crop.setChecked(False)
    field.std.setText("1, 1, 1")
    assert field.overrides() == Overrides(architecture="net", size=32, crop=False, std=(1, 1, 1))
    assert field.overrides().apply(checkpoint.preprocess).resize is None


@pytest.mark.parametrize(("text", "sentence"), [("1, 1", "2 values"), ("0, 1, 1", "above 0"), ("a", "separated by commas")])
def test_preprocessing_that_cannot_be(checkpoint: Checkpoint, text: str, sentence: str) -> None:
    field = PreprocessField()
    field.show_checkpoint(checkpoint, Overrides())
    field.std.setText(text)
    problem = field.problem()
    assert problem is not None
    assert sentence in problem.text
    assert "--" not in problem.text


def test_a_program_asks_for_consent_and_weights_for_a_name(tmp_path: Path) -> None:
    from models.vision.programs import load_program

    with pytest.raises(BadFile) as told:
        load_program(tmp_path / "a.pt", "torchscript", "ab" * 32, "")
    asked = refusal(str(told.value))
    assert (asked.wants, asked.sha256) == ("consent", "ab" * 32)
    field = CheckpointField()
    field.inspection.refused.emit(asked)
    assert field.run_code.isVisibleTo(field)
    assert not field.run_code.isEnabled()
    field.consent.click()
    assert field.run_code.isEnabled()


def test_a_name_is_asked_for_before_anything_is_called_wrong() -> None:
    field = CheckpointField()
    field.inspection.refused.emit(Refusal("a.pt holds 3 tensors, name it, as in --arch resnet50.", "architecture"))
    assert field.architecture.isVisibleTo(field)
    assert field.sentence.text() == ""
    field.architecture.setText("nonsense")
    field.inspection.refused.emit(Refusal("No package knows nonsense; give the --arch.", "architecture"))
    assert "nonsense" in field.sentence.text()
    assert "--" not in field.sentence.text()


def test_paths_are_dropped_on_their_field(tmp_path: Path) -> None:
    row = PathRow("Photos", "photos", files=False, folders=True)
    chosen = QSignalSpy(row.chosen)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    row.edit.dropEvent(event)
    assert (row.path(), chosen.count()) == (tmp_path, 1)
    row.edit.editingFinished.emit()
    assert chosen.count() == 1


def test_a_new_workspace_stands_beside_the_last(tmp_path: Path, application: QApplication) -> None:
    Settings().remember_workspace(tmp_path / "studies" / "first", 0, 0)
    assert new_folder(Path("/x/net v2.onnx")) == tmp_path / "studies" / "net-v2"
    (tmp_path / "studies" / "net-v2").mkdir(parents=True)
    assert new_folder(Path("/x/net v2.onnx")) == tmp_path / "studies" / "net-v2-2"
