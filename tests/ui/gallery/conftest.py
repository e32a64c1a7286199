"""A workspace with a gallery: two layers, photos, labels of one method, a page that shows them in a session."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from line_desktop.store.rows import NeuronStats, ProbePhoto, ResultRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings
from models.types.vision import Checkpoint, Layer, Preprocess
from ui.gallery.page import GalleryPage
from ui.gallery.thumbs import Thumbs
from ui.session import Session

WORDS = ("striped dog", "striped cat", "red wheel", "blue bird", "round eye", "wet nose")
WIDTHS = {"stage.1": 150, "head": 30}
DEAD, CONSTANT, FAILED = 3, 4, 5  # in every layer; every third neuron from 6 on is labelled
PHOTOS = 12


def write_photos(folder: Path, count: int = PHOTOS) -> list[str]:
    """Photos of one colour each, 40 × 30; returns their names."""
    folder.mkdir()
    for number in range(count):
        image = QImage(40, 30, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsv(number * 29 % 360, 180, 220))
        assert image.save(str(folder / f"{number}.png"))
    return [f"{number}.png" for number in range(count)]


def write_gallery(folder: Path, photos: Path, names: list[str], widths: dict[str, int] = WIDTHS, words: tuple[str, ...] = WORDS) -> None:
    """Survey every layer and label every third neuron of it with the words in turn; its score is its index / 10."""
    layers = tuple(Layer(name, "Conv", width, (None, width), name, "none") for name, width in widths.items())
    preprocess = Preprocess(8, 8, None, "bilinear", (0.5,), (0.5,), "assumed")
    with Workspace.open(folder) as workspace:
        target = workspace.save_target(Checkpoint("net", "onnx", "onnx", "a net", "Net", "f" * 64, 1, preprocess, (), layers))
        probe = workspace.save_probe_set(str(photos), "d" * 64, [ProbePhoto(name, None) for name in names])
        for layer in layers:
            layer_id = workspace.layer_id(target, layer.name)
            survey = workspace.begin_survey(layer_id, probe, len(names), layer.width)
            workspace.save_survey_rows(survey.id, 0, np.zeros((len(names), layer.width), np.float32), {})
            workspace.finish_survey(survey.id, [_stats(neuron, layer.width, len(names)) for neuron in range(layer.width)])
            bank = workspace.settings_id(PictureSettings("pictograms", "1", {}), 0, 2)
            asked = [FAILED, *range(6, layer.width, 3)]
            run = workspace.begin_run(layer_id, survey.id, bank, "line", asked, {"layer": layer.name}, {}, "cpu")
            workspace.save_answers(run, [], [_result(neuron, words) for neuron in asked])


def _stats(neuron: int, width: int, photos: int) -> NeuronStats:
    state = {DEAD: "dead", CONSTANT: "constant"}.get(neuron, "ok")
    top = tuple((neuron * 7 + place) % photos for place in range(9))
    return NeuronStats(neuron, 0.0, 0.0, 1.0, width / 10, state, top)  # type: ignore[arg-type]


def _result(neuron: int, words: tuple[str, ...]) -> ResultRow:
    if neuron == FAILED:
        return ResultRow(neuron, "failed", reason="The engine ended.")
    return ResultRow(neuron, "labelled", words[neuron // 3 % len(words)], neuron / 10, "generated")


@pytest.fixture
def folder(tmp_path: Path, application: QApplication) -> Path:
    """A workspace of 180 neurons."""
    names = write_photos(tmp_path / "photos")
    write_gallery(tmp_path / "workspace", tmp_path / "photos", names)
    return tmp_path / "workspace"


@pytest.fixture
def page(session: Session, thumbs: Thumbs, folder: Path, until: Callable[..., None]) -> GalleryPage:
    """The gallery of the workspace, shown in a window of 1000 × 700."""
    made = GalleryPage(session, thumbs)
    made.resize(1000, 700)
    session.open(folder)
    made.show()
    made.activateWindow()
    until(made.isActiveWindow)
    until(lambda: made.model.rowCount() == sum(WIDTHS.values()) and not made.listing.busy)
    return made


@pytest.fixture
def settle(page: GalleryPage, until: Callable[..., None]) -> Callable[[], None]:
    """Waits until the store has answered everything that was asked."""

    def wait() -> None:
        until(lambda: not page.listing.busy)

    return wait
