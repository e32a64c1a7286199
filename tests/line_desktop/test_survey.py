"""The survey: resumable by the chunk, broken photos named and left out, statistics against a slow reading of their definitions."""

import json
import statistics as slow
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import small_inputs

from line_desktop.errors import UserError
from line_desktop.events import Surveyed, SurveyProgress
from line_desktop.store.workspace import Workspace
from line_desktop.survey import CHUNK, TOP_PHOTOS, class_means, read_probe_set, statistics, survey
from models.errors import BadFile
from models.types.vision import Activations, Checkpoint, Layer, Preprocess

WIDTH = 3
LAYERS = tuple(Layer(name, "Pool", WIDTH, (None, WIDTH), name, "none") for name in ("first", "second"))
CHECKPOINT = Checkpoint(
    "net", "onnx", "onnx", "a net", "Net", "f" * 64, 1, Preprocess(8, 8, None, "bilinear", (0.5,), (0.5,), "assumed"), (), LAYERS
)


class CountingTarget:
    """Activations are made from a photo's number; photos named in `broken` cannot be read. Every file it was given is remembered."""

    def __init__(self, broken: tuple[int, ...] = ()) -> None:
        self.broken = broken
        self.seen: list[int] = []

    def activations_of_files(self, files: list[Path], layers: list[str]) -> Activations:
        numbers = [int(file.stem) for file in files]
        self.seen += numbers
        values = np.array([[number, -number, 7] for number in numbers], np.float32)
        unreadable = {row: "it is broken" for row, number in enumerate(numbers) if number in self.broken}
        values[list(unreadable)] = np.nan
        return Activations(dict.fromkeys(layers, values), unreadable)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Time stands still, unless a test changes it: calls grow by the time they take."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def photos(tmp_path):
    """More than the first call takes, of files that no one reads."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(CHUNK * 5 // 2):
        (folder / f"{number:04d}.png").touch()
    return read_probe_set(folder)


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


def test_a_second_survey_costs_no_forward_pass(workspace, photos):
    target, target_id = CountingTarget(), workspace.save_target(CHECKPOINT)
    first = list(survey(workspace, target, target_id, LAYERS, photos))
    assert [event.done for event in first if isinstance(event, SurveyProgress)] == [CHUNK, len(photos.photos)]
    again = CountingTarget()
    assert list(survey(workspace, again, target_id, LAYERS, photos)) == first[-1:]
    assert again.seen == []


@pytest.mark.parametrize("way", ["killed", "stopped"])
def test_an_interrupted_survey_goes_on_at_its_chunk(workspace, photos, way):
    target, target_id = CountingTarget(), workspace.save_target(CHECKPOINT)
    if way == "killed":
        begun = survey(workspace, target, target_id, LAYERS, photos)
        next(begun)
        begun.close()
    else:
        told = list(survey(workspace, target, target_id, LAYERS, photos, lambda: len(target.seen) == CHUNK))
        assert not any(isinstance(event, Surveyed) for event in told)
    rest = CountingTarget()
    done = list(survey(workspace, rest, target_id, LAYERS, photos))[-1]
    assert target.seen + rest.seen == list(range(len(photos.photos)))
    assert isinstance(done, Surveyed)
    np.testing.assert_array_equal(workspace.survey_activations(done.surveys["second"])[:, 0], np.arange(len(photos.photos)))
    assert workspace.check(deep=True) == []


def test_calls_grow_until_they_take_their_time(workspace, tmp_path, clock):
    """So the time between two calls, which is lost to a GPU, does not count, and a survey can still be stopped."""

    class Slow(CountingTarget):
        def activations_of_files(self, files, layers):
            clock[0] += 0.005 * len(files)
            return super().activations_of_files(files, layers)

    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number:04d}.png").touch()
    told = list(survey(workspace, Slow(), workspace.save_target(CHECKPOINT), LAYERS, read_probe_set(folder)))
    done = [0, *(event.done for event in told if isinstance(event, SurveyProgress))]
    assert [after - before for before, after in pairwise(done)] == [64, 128, 256, 256, 256, 40]


def test_a_layer_that_comes_later_is_surveyed_alone(workspace, photos):
    target, target_id = CountingTarget(), workspace.save_target(CHECKPOINT)
    first = list(survey(workspace, target, target_id, LAYERS[:1], photos))[-1]
    both = list(survey(workspace, target, target_id, LAYERS, photos))[-1]
    assert both.surveys["first"] == first.surveys["first"]
    assert len(target.seen) == 2 * len(photos.photos)


def test_broken_photos_are_named_and_do_not_count(workspace, photos):
    target_id = workspace.save_target(CHECKPOINT)
    done = list(survey(workspace, CountingTarget(broken=(0, 70)), target_id, LAYERS, photos))[-1]
    assert done.unreadable == {"0000.png": "it is broken", "0070.png": "it is broken"}
    assert workspace.unreadable(done.surveys["first"]) == {0: "it is broken", 70: "it is broken"}
    stats = workspace.neuron_stats(done.surveys["first"])
    left = [number for number in range(len(photos.photos)) if number not in (0, 70)]
    assert stats[0].mean == pytest.approx(slow.fmean(left))
    assert stats[1].top_photos[0] == 1


def test_photos_none_of_which_can_be_read(workspace, photos):
    target_id = workspace.save_target(CHECKPOINT)
    with pytest.raises(UserError, match=r"Of 160 photos in .* none could be read; the first: it is broken"):
        list(survey(workspace, CountingTarget(broken=tuple(range(160))), target_id, LAYERS, photos))
    assert workspace.check(deep=True) == []


def test_statistics_are_those_of_the_readable_photos():
    random = np.random.default_rng(0)
    values = random.normal(size=(50, 6)).astype(np.float32)
    values[:, 1] = 0  # dead
    values[:, 2] = -3  # dead: it never fires, whatever it is
    values[:, 3] = 2  # constant
    values[7, 4] = np.inf
    values[8, 5] = np.nan
    values[3] = np.nan  # unreadable
    found = statistics(values, {3})
    assert [one.state for one in found] == ["ok", "dead", "dead", "constant", "non-finite", "non-finite"]
    seen = [float(value) for row, value in enumerate(values[:, 0]) if row != 3]
    ordered = sorted(seen)
    between = 0.99 * (len(ordered) - 1)
    below = int(between)
    assert found[0].mean == pytest.approx(slow.fmean(seen), rel=1e-5)
    assert found[0].median == pytest.approx(slow.median(seen))
    assert found[0].p99 == pytest.approx(ordered[below] + (between - below) * (ordered[below + 1] - ordered[below]))
    assert found[0].maximum == max(seen)
    best = sorted((row for row in range(50) if row != 3), key=lambda row: -values[row, 0])
    assert list(found[0].top_photos) == best[:TOP_PHOTOS]


def test_statistics_of_many_photos_and_neurons_with_many_ties():
    """More than are held together; every neuron has its own numbers, and of equal photos the first are its top."""
    photos, neurons = 60_000, 145
    values = np.random.default_rng(1).integers(0, 9, (photos, neurons)).astype(np.float32) * np.arange(1, neurons + 1, dtype=np.float32)
    values[12_345, 144] = 1e6
    found = statistics(values, {0, 59_999})
    assert [one.index for one in found] == list(range(neurons))
    for index in (0, 138, 139, 144):
        seen = values[1:-1, index]
        assert (found[index].maximum, found[index].median, found[index].p99) == (seen.max(), np.median(seen), np.percentile(seen, 99))
        assert found[index].mean == pytest.approx(float(seen.astype(np.float64).mean()), rel=1e-6)
        assert list(found[index].top_photos) == (np.argsort(-seen, kind="stable")[:TOP_PHOTOS] + 1).tolist()
    assert found[144].top_photos[0] == 12_345


def test_the_mean_of_a_class_leaves_out_what_could_not_be_read():
    values = np.array([[1, 10], [3, 30], [np.nan, np.nan], [np.nan, np.nan]], np.float32)
    names, means = class_means(values, ["cat", "cat", "cat", "dog"])
    assert names == ["cat"]
    assert means.tolist() == [[2, 20]]


def test_a_folder_is_labelled_by_its_sub_folders(tmp_path):
    small_inputs.labelled_photos(tmp_path / "labelled", each=2, names=("n01440764_tench", "red_apple"))
    found = read_probe_set(tmp_path / "labelled")
    assert found.class_names == ["red apple", "tench"]
    assert len(found.photos) == 4
    assert read_probe_set(small_inputs.plain_photos(tmp_path / "plain", 3)).class_names == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadFile, match="no photos"):
        read_probe_set(tmp_path / "empty")


def test_a_probe_set_is_the_same_wherever_its_folder_lies(tmp_path):
    here, there = (small_inputs.labelled_photos(tmp_path / name) for name in ("here", "there"))
    assert read_probe_set(here).digest == read_probe_set(there).digest
    (there / "cat" / "0.png").unlink()
    assert read_probe_set(here).digest != read_probe_set(there).digest


def test_three_broken_photos_of_five_hundred(line, network, tmp_path):
    photos = small_inputs.plain_photos(tmp_path / "photos", 500)
    for name, data in (("003", b""), ("250", b"no picture"), ("499", (photos / "499.png").read_bytes()[:100])):
        (photos / f"{name}.png").write_bytes(data)
    said = line("survey", network, "--layer", "relu", "--layer", "log", "--probe", photos, "--workspace", tmp_path / "w", "--json")
    assert said.code == 0
    assert "3 of 500 photos could not be read; left out:" in said.err
    assert all(f"  {name}.png: " in said.err for name in ("003", "250", "499"))
    found = json.loads(said.out)
    assert found["probe"]["photos"] == 500
    assert set(found["probe"]["unreadable"]) == {"003.png", "250.png", "499.png"}
    assert [layer["states"] for layer in found["layers"]] == [
        {"ok": 5, "dead": 1, "constant": 0, "non-finite": 0},
        {"ok": 5, "dead": 0, "constant": 0, "non-finite": 1},
    ]
    top = found["layers"][0]["neurons"][0]["top"]
    assert len(top) == TOP_PHOTOS
    assert top[0]["activation"] == pytest.approx(found["layers"][0]["neurons"][0]["maximum"])


def test_the_summary_lists_layers_and_the_neurons_that_stand_out(line, network, probe, tmp_path):
    command = ("survey", network, "--layer", "relu", "--layer", "relu", "--probe", probe, "--workspace", tmp_path / "w")
    first, second = line(*command), line(*command)
    assert first.code == second.code == 0
    assert first.out == second.out
    assert "18 photos surveyed, 0 left out" in first.out
    assert "top photos" in first.out
    assert any(name in first.out for name in small_inputs.CLASSES)
