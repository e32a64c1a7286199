"""What a CLIP sees where a neuron fires: crops, whole photos where there is no map, lost photos named."""

from pathlib import Path

import numpy as np
import pytest
import small_inputs
from clip_folders import FakeEmbedder, unit
from PIL import Image

from line_desktop.embeddings import Embeddings
from line_desktop.engines import Engines
from line_desktop.looks import Looking, looking
from line_desktop.methods.asking import Look, Looked
from line_desktop.regions import Regions
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder, read_probe_set
from line_desktop.target import Overrides, import_checkpoint
from models.errors import BadFile, EngineFailed, ModelError
from models.layers import find_layer
from models.types.vision import ActivationMap

RED, GREEN, BLUE = (200, 10, 10), (10, 200, 10), (10, 10, 200)
WHOLE = (0.0, 0.0, 1.0, 1.0)


def map_of(values: list[list[float]], seen: tuple[float, float, float, float] = WHOLE) -> ActivationMap:
    return ActivationMap(np.array(values, np.float32), seen, (100, 100))


class FakeMapper:
    """Neuron 0 fires in the upper right quarter of every photo, neuron 1 nowhere; the photo "x" cannot be read."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self._error = error

    def map_of(self, file: Path, neuron: int) -> ActivationMap:
        self.asked += 1
        if self._error:
            raise self._error
        if file.stem == "x":
            raise BadFile("x.png is not a picture.")
        return map_of([[0, 4], [1, 1]] if neuron == 0 else [[0, 0], [0, -1]])


@pytest.fixture
def probe(tmp_path) -> ProbeFolder:
    """Photos of four coloured quarters: red, green / blue, red; one of them broken."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a", "b", "c"):
        pixels = np.zeros((20, 20, 3), np.uint8)
        pixels[:10, :10], pixels[:10, 10:], pixels[10:, :10], pixels[10:, 10:] = RED, GREEN, BLUE, RED
        Image.fromarray(pixels).save(folder / f"{name}.png")
    (folder / "x.png").write_bytes(b"no")
    return read_probe_set(folder)


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


def embeddings(workspace) -> Embeddings:
    embedder = FakeEmbedder()
    return Embeddings(workspace, embedder.info(), embedder)


def vectors(answer: Looked) -> np.ndarray:
    return np.frombuffer(answer.vectors, "<f4").reshape(-1, answer.width)


def colour(rgb: tuple[int, int, int]) -> np.ndarray:
    return unit(np.array(rgb) - 127.0)


def test_whole_photos_come_from_what_is_kept(workspace, probe):
    embedder = FakeEmbedder()
    answerer = Looking(Embeddings(workspace, embedder.info(), embedder), probe, Regions(probe, FakeMapper()))
    assert answerer.asked is Look
    first, second = answerer.answer([(0, Look((2, 0, 3), cropped=False)), (7, Look((1,), cropped=False))])
    slow = FakeEmbedder().embed_files(list(probe.photos)).values
    np.testing.assert_array_equal(vectors(first), [slow[2], slow[0], [0, 0, 0]])
    np.testing.assert_array_equal(vectors(second), slow[1:2])
    assert first.lost == {3: "x.png is not a PNG, JPEG, WebP, BMP or TIFF picture."}
    assert len(embedder.asked) == len(probe.photos)


def test_crops_show_where_the_neuron_fires(workspace, probe):
    (seen, nowhere) = Looking(embeddings(workspace), probe, Regions(probe, FakeMapper())).answer(
        [(0, Look((1, 0), True)), (1, Look((0,), True))]
    )
    np.testing.assert_allclose(vectors(seen), [colour(GREEN)] * 2, atol=1e-6)
    np.testing.assert_array_equal(vectors(nowhere)[0], FakeEmbedder().embed_files([probe.photos[0]]).values[0])


def test_a_photo_that_cannot_be_read_is_lost_and_the_others_are_not(workspace, probe):
    (answer,) = Looking(embeddings(workspace), probe, Regions(probe, FakeMapper())).answer([(0, Look((3, 0), True))])
    assert answer.lost.keys() == {3}
    np.testing.assert_array_equal(vectors(answer)[0], [0, 0, 0])
    np.testing.assert_allclose(vectors(answer)[1], colour(GREEN), atol=1e-6)


def test_a_layer_without_maps_is_asked_once_and_photos_stay_whole(workspace, probe):
    mapper = FakeMapper(ModelError("The layer gives one number for a whole photo."))
    answerer = Looking(embeddings(workspace), probe, Regions(probe, mapper))
    whole, cropped = (answerer.answer([(0, Look((0, 1, 2), crop))])[0] for crop in (False, True))
    assert cropped == whole
    answerer.answer([(1, Look((0,), True))])
    assert mapper.asked == 1


def test_a_broken_engine_is_not_taken_for_a_layer_without_maps(workspace, probe):
    with pytest.raises(EngineFailed):
        Looking(embeddings(workspace), probe, Regions(probe, FakeMapper(EngineFailed("dead")))).answer([(0, Look((0,), True))])


def test_maps_of_a_real_network(workspace, tmp_path):
    """Neurons of a 1 × 1 convolution fire where their colours are; "log" comes after a mean and a matrix, and has no map."""
    photos = read_probe_set(small_inputs.labelled_photos(tmp_path / "photos", each=1))
    imported = import_checkpoint(workspace, small_inputs.network(tmp_path / "net.onnx"), Overrides())
    ids = {name: workspace.layer_id(imported.id, name) for name in ("relu", "log")}
    request = Look((0, 1, 2), True)
    with Engines() as engines:
        (cropped,), (whole,) = (
            looking(workspace, engines, embeddings(workspace), photos, ids[name]).answer([(1, request)]) for name in ("relu", "log")
        )
    assert whole == Looking(embeddings(workspace), photos, Regions(photos, FakeMapper())).answer([(1, Look((0, 1, 2), False))])[0]
    assert cropped.lost == {}
    np.testing.assert_allclose(np.linalg.norm(vectors(cropped), axis=1), 1, atol=1e-5)
    assert find_layer(imported.checkpoint.layers, "relu").width == small_inputs.WIDTH
