"""The page with a checkpoint that needs no reading, beside a session and a runner that starts nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import small_inputs

from models.types.vision import Checkpoint, Layer, Preprocess
from ui.jobs.runner import JobRunner
from ui.new_run.page import NewRunPage
from ui.session import Session

LAYERS = (
    Layer("stage.0", "Stage", 32, (None, 32, 4, 4), "a", "mean", "block"),
    Layer("stage.0.conv", "Conv", 16, (None, 16, 4, 4), "b", "mean", "inside"),
    Layer("stage.1", "Stage", 64, (None, 64, 2, 2), "c", "mean", "block"),
    Layer("pooler", "Pool", 64, (None, 64), "d", "none", "pooled"),
    Layer("head", "Linear", 5, (None, 5), "e", "none", "head"),
)
OWN = Preprocess(64, 64, 72, "bilinear", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), "file")


@pytest.fixture
def checkpoint(file: Path) -> Checkpoint:
    """Five layers of four roles, said to be of the small ONNX network."""
    return Checkpoint(str(file), "onnx", "onnx", "A small network", "Net", "ab" * 32, 1234, OWN, (), LAYERS)


@pytest.fixture
def page(session: Session) -> Iterator[NewRunPage]:
    """Shown, without a checkpoint."""
    made = NewRunPage(session, JobRunner(session))
    made.resize(1100, 900)
    made.show()
    yield made
    made.checkpoint.inspection.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small ONNX network."""
    return small_inputs.network(tmp_path / "net.onnx")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A labelled folder."""
    return small_inputs.labelled_photos(tmp_path / "photos")
