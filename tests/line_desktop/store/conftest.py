"""A small study in a real workspace: one layer of three neurons, a bank of two pictures for each concept, a run of neurons 0 and 1."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from line_desktop.scoreboard import Entry
from line_desktop.store.rows import Answer, BankEntry, PictureRow, StepRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture, PictureSettings
from models.types.shared import FloatArray
from models.types.vision import Checkpoint, Layer, Preprocess

PREPROCESS = Preprocess(64, 64, 72, "bilinear", (0.5, 0.5, 0.5), (0.2, 0.2, 0.2), "file")
LAYERS = (Layer("stage.1", "Conv", 3, (None, 3, 7, 7), "t1", "mean"), Layer("head", "Gemm", 2, (None, 2), "t2", "none"))
CHECKPOINT = Checkpoint("/nets/a.onnx", "onnx", "onnx", "A network.", "resnet", "ab" * 32, 12345, PREPROCESS, ("tench", "hen"), LAYERS)
SETTINGS = PictureSettings("pictograms", "1", {"size": "64", "ground": "plain"})


class Study(msgspec.Struct):
    """A workspace with a target, a bank and a run begun."""

    workspace: Workspace
    target: int
    layer: int
    bank: int
    run: int

    def entry(self, concept: str) -> BankEntry:
        """A concept with its two pictures on the disk."""
        keys = self.workspace.put_objects([Picture(f"{concept} {number}".encode(), ".png") for number in range(2)])
        pictures = (PictureRow(number, f"photo of {concept}", "low angle", "daylight", 7 + number, key) for number, key in enumerate(keys))
        return BankEntry(concept, concept.title(), tuple(pictures))

    def draw(self, *concepts: str) -> None:
        """Bring concepts into the bank."""
        self.workspace.save_concepts(self.bank, [self.entry(concept) for concept in concepts])

    def activations(self, start: float = 0.0) -> FloatArray:
        """Two pictures, three neurons."""
        return np.arange(6, dtype=np.float32).reshape(2, 3) + np.float32(start)

    def answer(self, neuron: int, sequence: int) -> Answer:
        """An answer with one step, whose prompt is kept."""
        (prompt,) = self.workspace.save_prompts([f"neuron {neuron} step {sequence}"])
        board = (Entry("zebra", 2.0, 0.1, sequence, "generated"), Entry("hen", 1.5, 0.2, 0, "start"))
        step = StepRow(neuron, sequence, "zebra", 2.0, "generated", "scored", "Stripes.", ("raw 1", "raw 2"), prompt, board, {"draw": 0.5})
        return Answer(neuron, sequence, "Proposed", f"body {neuron} {sequence}".encode(), (step,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the workspace is."""
    return tmp_path / "workspace"


@pytest.fixture
def workspace(folder: Path) -> Iterator[Workspace]:
    """A new workspace, open for writing."""
    with Workspace.open(folder) as opened:
        yield opened


@pytest.fixture
def checkpoint() -> Checkpoint:
    """A checkpoint of two layers."""
    return CHECKPOINT


@pytest.fixture
def picture_settings() -> PictureSettings:
    """Settings of a picture source."""
    return SETTINGS


@pytest.fixture
def study(workspace: Workspace) -> Study:
    """A study just begun."""
    target = workspace.save_target(CHECKPOINT)
    layer = workspace.layer_id(target, "stage.1")
    bank = workspace.settings_id(SETTINGS, 3, 2)
    run = workspace.begin_run(layer, None, bank, "line", [0, 1], {"seed": 3, "llm": "cd" * 32}, {"numpy": "2.4"}, "CPU")
    return Study(workspace, target, layer, bank, run)
