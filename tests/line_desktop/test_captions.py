"""Captions in the workspace: described once, lost photos named and tried again, regions described anew, stopped between calls."""

from pathlib import Path

import numpy as np
import pytest
from caption_folders import FakeCaptioner
from PIL import Image

from line_desktop.captions import NO_WORDS, TOGETHER, Captioning, Descriptions
from line_desktop.methods.asking import Caption, Captioned
from line_desktop.regions import Regions
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder, read_probe_set
from models.errors import BadFile, Cancelled, EngineFailed
from models.types.meaning import Captions
from models.types.shared import Progress
from models.types.vision import ActivationMap

COLOURS = {"red": (200, 10, 10), "green": (10, 200, 10), "blue": (10, 10, 200)}
BROKEN = 2
LOST = "02.png is not a PNG, JPEG, WebP, BMP or TIFF picture."


@pytest.fixture
def probe(tmp_path: Path) -> ProbeFolder:
    """Two calls and a few photos more: red, green, blue and so on, the lower right quarter blue; the third cannot be read."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(2 * TOGETHER + 3):
        pixels = np.full((20, 20, 3), list(COLOURS.values())[number % 3], np.uint8)
        pixels[10:, 10:] = COLOURS["blue"]
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    (folder / f"{BROKEN:02}.png").write_bytes(b"no")
    return read_probe_set(folder)


@pytest.fixture
def workspace(tmp_path: Path):
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


def descriptions(workspace, captioner, probe, tell=lambda event: None) -> Descriptions:
    return Descriptions(workspace, captioner.info(), captioner, probe, tell)


def expected(photo: int) -> str:
    return "" if photo == BROKEN else f"a {list(COLOURS)[photo % 3]} thing"


class Mapper:
    """Every neuron fires in the lower right quarter; the photo 01 cannot be read by it."""

    def map_of(self, file: Path, neuron: int) -> ActivationMap:
        if file.stem == "01":
            raise BadFile("01.png is too large.")
        return ActivationMap(np.array([[0, 1], [1, 4]], np.float32), (0.0, 0.0, 1.0, 1.0), (20, 20))


class Fails(FakeCaptioner):
    """Dies of some photos, and of calls after a number of them."""

    def __init__(self, photos: set[str], calls: int = 10**6, error: Exception | None = None) -> None:
        super().__init__()
        self._photos, self._calls, self._error = photos, calls, error or EngineFailed("The captioner engine's process ended.")

    def describe_files(self, files, regions=None):
        self._calls -= 1
        if self._calls < 0 or self._photos & {file.name for file in files}:
            raise self._error
        return super().describe_files(files, regions)


class Silent(FakeCaptioner):
    """Finds no words."""

    def describe_files(self, files, regions=None):
        return Captions(("",) * len(files), {})


def test_a_photo_that_several_neurons_ask_for_is_described_once(workspace, probe):
    captioner = FakeCaptioner()
    answerer = Captioning(descriptions(workspace, captioner, probe))
    assert answerer.asked is Caption
    first, second = answerer.answer([(0, Caption((4, 0, BROKEN), False)), (7, Caption((0, 5), False))])
    assert first == Captioned((expected(4), expected(0), ""), {BROKEN: LOST})
    assert second == Captioned((expected(0), expected(5)))
    assert captioner.asked == ["04.png", "00.png", "02.png", "05.png"]


def test_captions_are_kept_for_every_job_and_lost_photos_tried_again(workspace, probe):
    photos = tuple(range(len(probe.photos)))
    first, again, other = FakeCaptioner(), FakeCaptioner(), FakeCaptioner(sha256="e" * 64)
    found = [Captioning(descriptions(workspace, one, probe)).answer([(0, Caption(photos, False))])[0] for one in (first, again, other)]
    assert found[0] == Captioned(tuple(map(expected, photos)), {BROKEN: LOST})
    assert found == [found[0]] * 3
    assert (len(first.asked), again.asked, len(other.asked)) == (len(photos), ["02.png"], len(photos))


def test_a_damaged_file_is_made_again(workspace, probe):
    request = [(0, Caption((0, 1), False))]
    found = Captioning(descriptions(workspace, FakeCaptioner(), probe)).answer(request)
    (file,) = (workspace.folder / "captions").iterdir()
    file.write_bytes(file.read_bytes()[:7])
    assert Captioning(descriptions(workspace, FakeCaptioner(), probe)).answer(request) == found


def test_crops_show_where_the_neuron_fires_and_are_described_anew(workspace, probe):
    captioner = FakeCaptioner()
    answerer = Captioning(descriptions(workspace, captioner, probe), Regions(probe, Mapper()))
    (whole,) = answerer.answer([(0, Caption((0, 1, BROKEN), False))])
    request = [(0, Caption((0, 1, BROKEN), True))]
    (cropped,) = answerer.answer(request)
    assert whole.captions == ("a red thing", "a green thing", "")
    assert cropped.captions == ("a blue thing", "a green thing", "")
    assert cropped.lost == {1: "01.png is too large.", BROKEN: LOST}
    assert answerer.answer(request) == [cropped]
    assert captioner.asked.count("00.png") == 3


def test_a_photo_that_kills_the_engine_is_left_out_and_the_others_are_not(workspace, probe):
    answerer = Captioning(descriptions(workspace, Fails({"04.png"}), probe))
    (found,) = answerer.answer([(0, Caption((3, 4, 5), False))])
    assert found == Captioned((expected(3), "", expected(5)), {4: "The captioner engine's process ended."})


def test_no_words_are_a_reason_too(workspace, probe):
    (found,) = Captioning(descriptions(workspace, Silent(), probe)).answer([(0, Caption((3,), False))])
    assert found == Captioned(("",), {3: NO_WORDS})


def test_a_broken_engine_ends_the_job(workspace, probe):
    with pytest.raises(EngineFailed):
        Captioning(descriptions(workspace, Fails({file.name for file in probe.photos}), probe)).answer([(0, Caption((3, 4, 5), False))])


def test_a_stop_costs_the_call_under_way(workspace, probe):
    photos = tuple(range(len(probe.photos)))
    heard: list[Progress] = []
    stopped = Captioning(descriptions(workspace, Fails(set(), 2, Cancelled("as asked")), probe, heard.append))
    with pytest.raises(Cancelled):
        stopped.answer([(0, Caption(photos, False))])
    assert [(one.done, one.total) for one in heard] == [(start, len(photos)) for start in (0, TOGETHER, 2 * TOGETHER)]
    again = FakeCaptioner()
    Captioning(descriptions(workspace, again, probe)).answer([(0, Caption(photos, False))])
    assert again.asked == ["02.png", "16.png", "17.png", "18.png"]


def test_another_probe_set_has_captions_of_its_own(workspace, probe, tmp_path):
    Captioning(descriptions(workspace, FakeCaptioner(), probe)).answer([(0, Caption((0,), False))])
    (tmp_path / "photos" / "00.png").unlink()
    (found,) = Captioning(descriptions(workspace, FakeCaptioner(), read_probe_set(tmp_path / "photos"))).answer([(0, Caption((0,), False))])
    assert found.captions == (expected(1),)
