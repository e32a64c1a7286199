"""Photos as picture source: which classes a concept finds, and crops that depend on the prompt and nothing else."""

import hashlib
import io
import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from models.errors import BadFile
from models.pictures import open_source
from models.pictures.photos import Photos
from models.types.pictures import Picture, PicturePrompt

COLOURS = {"n01440764_tench": (220, 30, 30), "great_white_shark": (30, 200, 30), "tiger shark": (30, 30, 220), "sea-snake": (210, 210, 40)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four classes of three photos; each class has its colour, brighter from left to right and from top to bottom."""
    ramp = np.linspace(0.3, 1, 90)[:, None, None] * np.linspace(0.5, 1, 120)[None, :, None]
    for name, colour in COLOURS.items():
        (tmp_path / "zoo" / name).mkdir(parents=True)
        for number in range(3):
            photo = Image.fromarray((ramp * colour).astype(np.uint8))
            photo.save(tmp_path / "zoo" / name / f"{number}.png")
    return tmp_path / "zoo"


def prompt(concept: str, seed: int = 0, angle: str = "", lighting: str = "") -> PicturePrompt:
    return PicturePrompt(concept, angle, lighting, seed)


def values(picture: Picture) -> npt.NDArray[np.float64]:
    image = Image.open(io.BytesIO(picture.data))
    assert (image.format, image.size, picture.suffix) == ("JPEG", (256, 256), ".jpg")
    return np.asarray(image).astype(np.float64)


def drawn_classes(source: Photos, concept: str) -> set[str]:
    """Folders whose colour is the strongest in any of 20 pictures of a concept."""
    found = set()
    for picture in source.draw([prompt(concept, seed) for seed in range(20)]):
        mean = values(picture).mean((0, 1))
        direction = mean / np.linalg.norm(mean)
        found.add(max(COLOURS, key=lambda name: float(direction @ np.array(COLOURS[name]) / np.linalg.norm(COLOURS[name]))))
    return found


@pytest.mark.parametrize(
    ("concept", "folders"),
    [
        ("tench", {"n01440764_tench"}),
        ("Tenches", {"n01440764_tench"}),
        ("shark", {"great_white_shark", "tiger shark"}),
        ("white-sharks", {"great_white_shark"}),
        ("shark great", {"great_white_shark"}),
        ("sea snake", {"sea-snake"}),
    ],
)
def test_a_concept_finds_the_classes_whose_names_contain_it(folder: Path, concept: str, folders: set[str]) -> None:
    source = Photos(folder)
    assert source.undepictable([concept]) == {}
    assert drawn_classes(source, concept) == folders


def test_what_no_class_is_called(folder: Path) -> None:
    source = Photos(folder)
    assert source.undepictable(["tench", "shar", "blue shark", "", "polar bear"]) == {
        concept: f'no class of zoo is called "{concept}"' for concept in ("shar", "blue shark", "", "polar bear")
    }
    with pytest.raises(ValueError, match="no class of zoo"):
        source.draw([prompt("polar bear")])


def test_same_bytes_alone_and_in_a_batch_and_after_moving_the_folder(folder: Path, tmp_path: Path) -> None:
    prompts = [prompt("shark", seed, "low angle", "studio lighting") for seed in range(5)]
    batch = [picture.data for picture in Photos(folder).draw(prompts)]
    assert len({hashlib.sha256(data).digest() for data in batch}) == 5
    shutil.copytree(folder, tmp_path / "copy" / "zoo")
    moved = Photos(tmp_path / "copy" / "zoo")
    assert [moved.draw([one])[0].data for one in prompts] == batch
    assert moved.settings() == Photos(folder).settings()


def test_settings_change_with_the_photos(folder: Path) -> None:
    before = Photos(folder).settings()
    assert before.source == "photos"
    assert before.options == {"size": "256x256", "quality": "92"}
    (folder / "sea-snake" / "0.png").unlink()
    assert Photos(folder).settings().version != before.version


def test_angles_decide_the_crop(folder: Path) -> None:
    source = Photos(folder)
    angles = ["extreme close-up", "wide angle shot", "aerial view", "low angle"]
    drawn = {angle: [values(one) for one in source.draw([prompt("tench", seed, angle) for seed in range(30)])] for angle in angles}
    contrast = {angle: np.mean([one[..., 0].max() - one[..., 0].min() for one in pictures]) for angle, pictures in drawn.items()}
    brightness = {angle: np.mean([one[..., 0].mean() for one in pictures]) for angle, pictures in drawn.items()}
    assert contrast["extreme close-up"] < 0.75 * contrast["aerial view"] < 0.75 * contrast["wide angle shot"]
    assert brightness["low angle"] > 1.15 * brightness["aerial view"]


def test_lightings_change_the_tone(folder: Path) -> None:
    source = Photos(folder)
    mean = {
        lighting: np.mean([values(one).mean((0, 1)) for one in source.draw([prompt("snake", seed, "", lighting) for seed in range(10)])], 0)
        for lighting in ("", "cinematic lighting", "natural sunlight", "studio lighting")
    }
    assert mean["cinematic lighting"][0] < mean[""][0] < mean["natural sunlight"][0]
    assert len({tuple(np.round(value)) for value in mean.values()}) == 4


def test_half_the_pictures_are_mirrored(folder: Path) -> None:
    pictures = Photos(folder).draw([prompt("tench", seed) for seed in range(40)])
    brighter_left = [one[:, :128].mean() > one[:, 128:].mean() for one in map(values, pictures)]
    assert 10 <= sum(brighter_left) <= 30


def test_broken_photos_are_passed_over(folder: Path) -> None:
    for name in ("0.png", "2.png"):
        (folder / "n01440764_tench" / name).write_bytes(b"\x89PNG\r\n\x1a\n broken")
    source = Photos(folder)
    assert all(values(picture)[..., 0].mean() > 60 for picture in source.draw([prompt("tench", seed) for seed in range(6)]))
    (folder / "n01440764_tench" / "1.png").write_bytes(b"")
    with pytest.raises(BadFile, match=r'Of 3 photos for "tench" in .*zoo none can be read; the last: '):
        source.draw([prompt("tench")])


def test_bad_folders(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for bad, sentence in [
        (tmp_path / "none", "There is no folder"),
        (tmp_path / "empty", "no labelled photos"),
        (folder / "tiger shark", "no labelled photos"),
    ]:
        with pytest.raises(BadFile, match=sentence):
            open_source(f"photos:{bad}")


def test_real_photos() -> None:
    place = Path(os.environ.get("LINE_TEST_PHOTOS") or Path(__file__).parents[4] / "shared" / "photos")
    if not place.is_dir():
        pytest.skip("the 500 real photos are not here (LINE_TEST_PHOTOS)")
    source = open_source(f"photos:{place}")
    assert set(source.undepictable(["tench", "shark", "snakes", "bald eagle", "American alligator", "dinosaur"])) == {"dinosaur"}
    drawn = source.draw([prompt("shark", seed, "wide angle shot") for seed in range(3)])
    assert all(values(picture).std() > 5 for picture in drawn)


def test_a_class_called_so_comes_before_those_that_contain_it(folder: Path) -> None:
    (folder / "shark").mkdir()
    Image.fromarray(np.full((90, 120, 3), (220, 30, 30), np.uint8)).save(folder / "shark" / "0.png")  # the tench's colour
    assert drawn_classes(Photos(folder), "sharks") == {"n01440764_tench"}


def test_a_class_without_a_readable_photo_cannot_be_depicted(folder: Path) -> None:
    for file in (folder / "sea-snake").iterdir():
        file.write_bytes(b"no picture")
    assert "can be read" in Photos(folder).undepictable(["sea snake", "tench"])["sea snake"]
