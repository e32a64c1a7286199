"""The target: the user's word on preprocessing, and a checkpoint imported once."""

import math
import re
from pathlib import Path

import pytest
import small_inputs

from line_desktop.errors import UserError
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint, in_words
from models.errors import BadFile
from models.types.vision import Preprocess

OWN = Preprocess(224, 224, 256, "bilinear", (0.4, 0.5, 0.6), (0.2, 0.2, 0.3), "file")


def test_nothing_given_changes_nothing():
    assert Overrides().apply(OWN) == OWN


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (Overrides(mean=(0, 0, 0)), (224, 256, (0, 0, 0), (0.2, 0.2, 0.3))),
        (Overrides(std=(1, 1, 1)), (224, 256, (0.4, 0.5, 0.6), (1, 1, 1))),
        (Overrides(size=112), (112, 128, (0.4, 0.5, 0.6), (0.2, 0.2, 0.3))),  # the cut-out keeps its share of the photo
        (Overrides(crop=False), (224, None, (0.4, 0.5, 0.6), (0.2, 0.2, 0.3))),
        (Overrides(size=112, crop=False), (112, None, (0.4, 0.5, 0.6), (0.2, 0.2, 0.3))),
    ],
)
def test_what_is_given_takes_the_place_of_the_files_own(overrides, expected):
    found = overrides.apply(OWN)
    assert (found.height, found.resize, found.mean, found.std) == expected
    assert found.height == found.width
    assert found.origin == "user"


def test_cropping_what_was_stretched_cuts_the_usual_share():
    stretched = Preprocess(224, 224, None, "bilinear", (0.5,), (0.5,), "assumed")
    assert Overrides(crop=True).apply(stretched).resize == 256


@pytest.mark.parametrize("values", [{"size": 0}, {"size": 4097}, {"std": (0.1, -1, 1)}, {"mean": (math.nan,)}, {"std": (math.inf,)}])
def test_what_cannot_be_is_refused(values):
    with pytest.raises(UserError, match=re.escape(f"--{next(iter(values))}")):
        Overrides(**values)


def test_the_number_of_channels_must_fit():
    with pytest.raises(UserError, match="--mean has 1 value, the checkpoint has 3 channels; give one for each"):
        Overrides(mean=(0.5,)).apply(OWN)


def test_a_preprocessing_in_words():
    assert in_words(OWN) == (
        "224 × 224 pixels, 3 channels; shorter side to 256, centre cut out, bilinear; mean 0.4, 0.5, 0.6, std 0.2, 0.2, 0.3; "
        "as the checkpoint says"
    )
    assert "colour photos are turned to grey" in in_words(Preprocess(8, 8, None, "nearest", (0.5,), (0.5,), "assumed"))


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


def test_a_checkpoint_is_converted_once_and_other_preprocessing_is_another_target(workspace, network, tmp_path):
    first = import_checkpoint(workspace, network, Overrides())
    written = first.model.stat().st_mtime_ns
    moved = Path(tmp_path / "moved.onnx")
    moved.write_bytes(network.read_bytes())
    again = import_checkpoint(workspace, moved, Overrides())
    assert again.id == first.id
    assert again.model.stat().st_mtime_ns == written
    assert workspace.target(first.id).path == str(moved)
    other = import_checkpoint(workspace, network, Overrides(crop=False))
    assert other.id != first.id
    assert other.model == first.model
    assert other.checkpoint.preprocess.resize is None


def test_a_checkpoint_that_cannot_be_used_leaves_nothing(workspace, tmp_path):
    with pytest.raises(BadFile):
        import_checkpoint(workspace, small_inputs.network_without_layers(tmp_path / "none.onnx"), Overrides())
    assert workspace.targets() == []
    assert [file for file in (workspace.folder / "targets").rglob("*") if file.is_file()] == []


def test_what_a_killed_importer_left_is_cleared_away(workspace):
    left = workspace.folder / "targets" / ".import-1234"
    left.mkdir()
    (left / "model.onnx").write_bytes(b"half")
    workspace.close()
    with Workspace.open(workspace.folder):
        assert not left.exists()
