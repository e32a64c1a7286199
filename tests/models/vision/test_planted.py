"""Planted neurons respond most to what they were planted for, among the pictograms' words; and their file is an ordinary network."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from line_desktop.bank import prompts
from models.demo.planted import LAYER, NEURONS, PAIR_NEURONS, SIDE
from models.pictures.pictograms import Pictograms
from models.pictures.words import COLOURS, TEXTURES
from models.types.shared import FloatArray
from models.vision.importer import CheckpointImporter
from models.vision.planted import Planter

THINGS = ("shield", "puzzle", "hamburger", "piano")  # large ones, and striped ones


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("planted") / "planted.onnx"
    Planter().plant(path)
    return path


def run(file: Path, pictures: list[np.ndarray]) -> FloatArray:
    """(pictures, neurons) for pictures (SIDE, SIDE, 3) of values 0..255."""
    values = np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 255
    session = onnxruntime.InferenceSession(file)
    return np.concatenate([session.run(None, {"picture": values[start : start + 32]})[0] for start in range(0, len(values), 32)])


def looks(word: str) -> list[str]:
    """A word in all the looks it may have, so that chance decides as little as possible: colours and textures in equal parts."""
    if word in COLOURS:
        return [f"{word} {texture}" for texture in TEXTURES for _ in range(4)]
    if word in TEXTURES:
        return [f"{colour} {word}" for colour in COLOURS for _ in range(3)]
    return [f"{colour} {texture} {word}" for colour in COLOURS for texture in TEXTURES] if word in THINGS else [word] * 10


def test_each_responds_most_to_an_accepted_name(file: Path) -> None:
    """Neurons of one colour or texture are asked about single words: a red thing with stripes may well be redder than most red things."""
    source = Pictograms()
    words = [*COLOURS, *TEXTURES, *THINGS, *(" ".join(pair) for pair in PAIR_NEURONS)]
    single = len(words) - len(PAIR_NEURONS)
    means = np.stack([mean_of(file, source, word) for word in words])
    for index, neuron in enumerate(NEURONS):
        asked = words if index >= len(NEURONS) - len(PAIR_NEURONS) else words[:single]
        assert asked[int(means[: len(asked), index].argmax())] in neuron.accepted, neuron.name


def mean_of(file: Path, source: Pictograms, word: str) -> FloatArray:
    """(neurons,): the mean over a word's looks."""
    asked = looks(word)
    found = [prompts(look, number + 1, 11)[number] for number, look in enumerate(asked)]
    mean: FloatArray = run(file, [source.pixels(prompt)[0] for prompt in found]).mean(axis=0)
    return mean


def test_no_name_is_right_for_two_neurons_but_for_stripes_in_one_direction() -> None:
    for index, one in enumerate(NEURONS):
        for other in NEURONS[index + 1 :]:
            shared = set(one.accepted) & set(other.accepted)
            assert not shared or {one.name, other.name} in ({"striped", "diagonal striped"}, {"orange", "orange plain"}), shared


def test_stripes_have_a_direction_and_a_frequency(file: Path) -> None:
    """Bars 14 pixels apart excite; those across, and finer ones, do not."""
    down, across = np.mgrid[:SIDE, :SIDE]

    def bars(degrees: float, period: float) -> np.ndarray:
        angle = np.deg2rad(degrees)
        light = np.cos(2 * np.pi * (across * np.cos(angle) + down * np.sin(angle)) / period) > 0
        return np.repeat((light * 200 + 20)[..., None], 3, axis=2)

    numbers = {neuron.name: index for index, neuron in enumerate(NEURONS)}
    seen = run(file, [bars(0, 14), bars(45, 14), bars(135, 14), bars(45, 4), np.full((SIDE, SIDE, 3), 128)])
    assert (seen[:3, numbers["striped"]] > 0.2).all()
    assert seen[1, numbers["diagonal striped"]] > 0.2
    assert seen[[0, 2, 3, 4], numbers["diagonal striped"]] == pytest.approx(0, abs=0.02)
    assert seen[3:, numbers["striped"]] == pytest.approx(0, abs=0.02)


def test_colours_are_what_the_formula_says(file: Path) -> None:
    """Redness of an even picture: min(R − 1.5 G, R − 1.5 B), but not below 0."""
    for red, green, blue in ((200, 40, 20), (200, 120, 20), (20, 200, 40)):
        seen = run(file, [np.full((SIDE, SIDE, 3), (red, green, blue))])
        assert seen[0, 0] == pytest.approx(max(0, min(red - 1.5 * green, red - 1.5 * blue)) / 255, abs=1e-5)


def test_the_importer_takes_it_with_the_names_of_its_neurons(file: Path, tmp_path: Path) -> None:
    found = CheckpointImporter().convert(file, tmp_path / "converted")
    (layer,) = [one for one in found.layers if one.name == LAYER]
    assert (layer.width, layer.role) == (len(NEURONS), "head")
    assert found.class_names == tuple(neuron.name for neuron in NEURONS)
    assert (found.preprocess.height, found.preprocess.width) == (SIDE, SIDE)


def test_the_same_file_every_time(file: Path, tmp_path: Path) -> None:
    Planter().plant(tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == file.read_bytes()
