"""What is told about a checkpoint, and the user's word on what its files do not say."""

import re

import pytest
import small_inputs

from line_desktop.errors import UserError
from line_desktop.inspection import checkpoint_tables
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint, read_class_names
from models.types.vision import Checkpoint, Layer, Preprocess, ReadAs

LAYERS = (
    Layer("stem", "Conv2d", 4, (None, 4, 8, 8), "t0", "mean"),
    Layer("blocks.0", "Block", 4, (None, 17, 4), "t1", "class-token", "block"),
    Layer("head", "Linear", 3, (None, 3), "t3", "none", "head"),
    Layer("pool", "Pool", 4, (None, 4), "t2", "none", "pooled"),
    Layer("mixed", "Linear", 4, (None, 16, 4), "t4", "token-mean"),
)
OWN = Preprocess(8, 8, None, "bilinear", (0.5,), (0.5,), "assumed")
FOUND = Checkpoint("net.pth", "state-dict", "torch-weights", "Weights", "x", "ab", 10, OWN, (), LAYERS)


def columns(number, table):
    return [str(cell) for cell in table.columns[number].cells]


def test_the_layers_that_matter_come_first():
    _, first, others = checkpoint_tables(FOUND)
    assert columns(0, first) == ["pool", "blocks.0", "head"]
    assert columns(1, first) == ["final features", "block", "answer"]
    assert columns(5, first) == ["not pooled", "class token", "not pooled"]
    assert columns(0, others) == ["stem", "mixed"]
    assert columns(5, others) == ["mean over positions", "mean over tokens"]


def test_class_names_from_a_file(tmp_path):
    file = tmp_path / "names.txt"
    file.write_bytes("\ufeffred fox\r\n  tabby cat \r\nsea\r\n\r\n".encode())
    changes = Overrides(class_names=read_class_names(file))
    assert changes.describe(FOUND).class_names == ("red fox", "tabby cat", "sea")
    with pytest.raises(UserError, match="--classes gives 2 names and the network answers with 3 numbers; give as many"):
        Overrides(class_names=("a", "b")).describe(FOUND)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "names.txt is empty; give one"), (b"a\n\nb\n", "Line 2 of .*names.txt is empty"), (b"\xff\xfe\x00", "is no text in UTF-8")],
)
def test_files_that_are_no_class_names(content, sentence, tmp_path):
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read_class_names(tmp_path / "names.txt")
    with pytest.raises(UserError, match=re.escape(f"The class names in {tmp_path} cannot be read")):
        read_class_names(tmp_path)


def test_what_the_importer_needs_is_passed_on():
    assert Overrides(size=64, architecture="resnet50", trusted="ab").how == ReadAs("resnet50", 64, "ab")


def test_class_names_are_kept_with_the_target(tmp_path, network):
    with Workspace.open(tmp_path / "w") as workspace:
        imported = import_checkpoint(workspace, network, Overrides(class_names=small_inputs.CLASSES))
        assert workspace.target(imported.id).class_names == small_inputs.CLASSES


def test_the_options_reach_the_importer(line, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"weight": torch.ones(2, 2)}, tmp_path / "net.pth")
    assert "not the network they belong to; name it, as in --arch resnet50." in line("inspect", tmp_path / "net.pth").error
    said = line("inspect", tmp_path / "net.pth", "--arch", "nowhere:resnet50").error
    assert said.endswith("There is no package 'nowhere' of networks; --arch takes a name alone, or after timm: or torchvision:.")
