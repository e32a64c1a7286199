"""Pictograms: the same prompt gives the same bytes everywhere, and every word, angle and lighting can be seen in the pixels."""

import hashlib
import io
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from models.errors import BadFile
from models.pictures import open_source
from models.pictures.drawing import LIGHTS, VIEWS
from models.pictures.pictograms import Pictograms
from models.pictures.words import COLOURS, OBJECTS, TEXTURES
from models.types.pictures import Picture, PicturePrompt

SOURCE = Pictograms()
ANGLES = {"extreme close-up", "wide angle shot", "aerial view", "low angle"}
LIGHTINGS = {"cinematic lighting", "natural sunlight", "studio lighting"}
PROMPTS = [
    PicturePrompt("striped cat", "low angle", "studio lighting", 1),
    PicturePrompt("animal", "aerial view", "cinematic lighting", 2),
    PicturePrompt("dotted purple", "", "", 2**63),
    PicturePrompt("yellow fruit", "extreme close-up", "natural sunlight", 4),
]


def hashes(pictures: list[Picture]) -> list[str]:
    return [hashlib.sha256(picture.data).hexdigest() for picture in pictures]


def pixels(concept: str, angle: str = "", lighting: str = "", count: int = 12) -> npt.NDArray[np.float64]:
    """(count, 96, 96, 3) values 0..255 of seeds 0.. of a concept."""
    drawn = SOURCE.draw([PicturePrompt(concept, angle, lighting, seed) for seed in range(count)])
    return np.stack([np.asarray(Image.open(io.BytesIO(picture.data))) for picture in drawn]).astype(np.float64)


def test_pictures_are_small_rgb_png_files() -> None:
    for picture in SOURCE.draw(PROMPTS):
        image = Image.open(io.BytesIO(picture.data))
        assert (image.format, image.mode, image.size, picture.suffix) == ("PNG", "RGB", (96, 96), ".png")
        assert len(picture.data) < 30_000


def test_same_bytes_alone_in_a_batch_and_in_any_order() -> None:
    batch = hashes(SOURCE.draw(PROMPTS))
    assert len(set(batch)) == len(PROMPTS)
    assert [hashes(Pictograms().draw([prompt]))[0] for prompt in PROMPTS] == batch
    assert hashes(SOURCE.draw(PROMPTS[::-1])) == batch[::-1]


def test_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib, sys; from models.pictures.pictograms import Pictograms; from models.types.pictures import PicturePrompt\n"
        f"for picture in Pictograms().draw([{', '.join(map(repr, PROMPTS))}]): print(hashlib.sha256(picture.data).hexdigest())\n"
        "assert not any(name.partition('.')[0] in ('qtawesome', 'PySide6', 'qtpy', 'torch') for name in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert printed.stdout.split() == hashes(SOURCE.draw(PROMPTS))


def test_other_words_for_the_same_thing_are_the_same_picture() -> None:
    same = [PicturePrompt(concept, "low angle", "", 5) for concept in ("red car", "Crimson automobiles", "car-red")]
    assert len(set(hashes(SOURCE.draw(same)))) == 1


def test_seeds_vary_what_is_left_open() -> None:
    looks = [SOURCE.pixels(PicturePrompt("animal", "", "", seed))[1] for seed in range(300)]
    assert {look.colour for look in looks} == set(COLOURS)
    assert {look.texture for look in looks} == set(TEXTURES)
    assert len({look.icon for look in looks}) > 20
    fixed = [SOURCE.pixels(PicturePrompt("blue striped", "", "", seed))[1] for seed in range(60)]
    assert {(look.colour, look.texture) for look in fixed} == {("blue", "striped")}
    assert len({look.icon for look in fixed}) > 20


@pytest.mark.parametrize("colour", COLOURS)
def test_the_middle_of_a_plain_heart_has_its_colour(colour: str) -> None:
    middle = pixels(f"plain {colour} heart", "extreme close-up", "studio lighting")[:, 38:58, 38:58].mean((0, 1, 2))
    distances = {name: float(np.linalg.norm(middle - rgb)) for name, rgb in COLOURS.items()}
    assert min(distances, key=lambda name: distances[name]) == colour
    assert distances[colour] < 40


def test_textures_can_be_told_apart() -> None:
    """Each texture has another share of the second colour, or another number of changes along a line."""
    marks = {}
    for texture in TEXTURES:
        middle = pixels(f"black {texture} heart", "extreme close-up", "studio lighting", 20)[:, 34:62, 34:62].mean(3) > 128
        changes = (middle[:, 1:] != middle[:, :-1]).mean() + (middle[:, :, 1:] != middle[:, :, :-1]).mean()
        marks[texture] = (middle.mean(), changes)
    assert marks["plain"][0] < 0.01
    shares = {texture: share for texture, (share, _) in marks.items()}
    assert all(0.4 < shares[texture] < 0.6 for texture in ("striped", "checkered", "zigzag"))
    assert all(0.2 < shares[texture] < 0.45 for texture in ("dotted", "grid"))
    assert marks["checkered"][1] > 1.2 * marks["striped"][1]


def test_angles_and_lightings_are_those_of_the_method() -> None:
    assert set(VIEWS) == ANGLES
    assert set(LIGHTS) == LIGHTINGS


def share_of_object(angle: str) -> float:
    """Share of strongly red pixels in pictures of a red heart."""
    drawn = pixels("plain red heart", angle)
    return float((drawn[..., 0] > drawn[..., 1:].max(3) + 90).mean())


def test_angles_change_the_framing() -> None:
    share = {angle: share_of_object(angle) for angle in [*ANGLES, ""]}
    assert share["extreme close-up"] > 1.4 * share[""] > 1.4 * share["wide angle shot"]
    assert share["wide angle shot"] > 0.1
    assert share["extreme close-up"] < 0.9
    assert len({round(value, 4) for value in share.values()}) == 5


def test_low_angle_draws_the_top_together() -> None:
    def width_above_over_below(angle: str) -> float:
        drawn = pixels("plain red square", angle, "studio lighting", 20)
        red = drawn[..., 0] > drawn[..., 1:].max(3) + 90
        rows = [np.flatnonzero(picture.any(1)) for picture in red]
        quarter = [(found[len(found) // 4], found[3 * len(found) // 4]) for found in rows]
        return float(np.mean([picture[top].sum() / picture[bottom].sum() for picture, (top, bottom) in zip(red, quarter, strict=True)]))

    assert width_above_over_below("low angle") < 0.9 < width_above_over_below("")


def test_lightings_change_contrast_and_colour() -> None:
    drawn = {lighting: pixels("elephant", "aerial view", lighting, 24) for lighting in LIGHTINGS}
    corners = {lighting: picture[:, ::95, ::95].mean() for lighting, picture in drawn.items()}
    warmth = {lighting: float((picture[..., 0] - picture[..., 2]).mean()) for lighting, picture in drawn.items()}
    assert corners["cinematic lighting"] < 0.75 * min(corners["natural sunlight"], corners["studio lighting"])
    assert warmth["natural sunlight"] > warmth["studio lighting"] + 5


def test_undepictable_gives_reasons_and_drawing_it_is_an_error() -> None:
    assert SOURCE.undepictable(["cat", "blue sky", "Purple Elephants"]) == {"blue sky": 'no icon is called "sky"'}
    with pytest.raises(ValueError, match='"blue sky" cannot be drawn'):
        SOURCE.draw([PicturePrompt("blue sky", "", "", 0)])


def test_vocabulary_and_synonyms() -> None:
    vocabulary = SOURCE.vocabulary()
    assert vocabulary["objects"] == list(OBJECTS)
    assert vocabulary["colours"] == list(COLOURS)
    assert vocabulary["textures"] == list(TEXTURES)
    assert "animal" in vocabulary["groups"]
    assert "crimson" in SOURCE.synonyms()["red"]


def test_settings_name_code_font_and_size() -> None:
    settings = SOURCE.settings()
    assert settings.source == "pictograms"
    assert "Material Design Icons 6." in settings.version
    assert settings.options == {"size": "96x96"}


def test_open_source_and_its_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_source("pictograms").settings() == SOURCE.settings()
    for spec, sentence in [
        ("paintings", r'There is no picture source "paintings"; there are: pictograms, photos, sdxl\.'),
        ("pictograms:x", "takes no folder"),
        ("photos", "write photos:FOLDER"),
        ("photos:/no/such/folder", "There is no folder /no/such/folder"),
    ]:
        with pytest.raises(BadFile, match=sentence):
            open_source(spec)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadFile, match="install the package qtawesome"):
        open_source("pictograms")
