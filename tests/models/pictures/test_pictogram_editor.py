"""The exact edit: nothing but the named part changes, and the control leaves the named part alone."""

import io

import numpy as np
import pytest
from PIL import Image

from models.pictures.drawing import Look
from models.pictures.pictogram_editor import PictogramEditor
from models.pictures.pictograms import Pictograms
from models.types.pictures import Edited, EditRequest, Picture, PicturePrompt


@pytest.fixture(scope="module")
def editor() -> PictogramEditor:
    return PictogramEditor()


def prompt(concept: str, seed: int) -> PicturePrompt:
    return PicturePrompt(concept, "low angle", "studio lighting", seed)


def edited(editor: PictogramEditor, concept: str, seed: int) -> Edited:
    (found,) = editor.edit([EditRequest(concept, seed, prompt(concept, seed))])
    assert isinstance(found, Edited)
    return found


def pixels(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.data)), np.int16)


@pytest.mark.parametrize("concept", ["red", "cat", "striped", "plain", "red striped cat", "bird"])
def test_before_is_the_picture_that_the_source_draws(editor: PictogramEditor, concept: str) -> None:
    for seed in range(3):
        assert edited(editor, concept, seed).before == Pictograms().draw([prompt(concept, seed)])[0]


def test_only_what_is_named_is_replaced(editor: PictogramEditor) -> None:
    scene = Pictograms().scene(prompt("red", 5))
    found = edited(editor, "red", 5)
    old, new = found.removed.split(" → ")
    assert old == "red"
    assert new != "red"
    again = scene.pixels(Look(scene.look.icon, new, scene.look.texture))
    assert np.array_equal(pixels(found.without), again)
    assert found.change[0] == pytest.approx(np.abs(pixels(found.before) - pixels(found.without)).mean())
    assert found.change[1] == pytest.approx(np.abs(pixels(found.before) - pixels(found.control)).mean())


def test_the_ground_stays_the_same_whatever_the_new_colour() -> None:
    scene = Pictograms().scene(prompt("black star", 1))
    corners = [scene.pixels(Look(scene.look.icon, colour, scene.look.texture))[:4, :4] for colour in ("black", "white", "brown", "yellow")]
    assert all(np.array_equal(corner, corners[0]) for corner in corners)


def test_the_control_keeps_what_is_named(editor: PictogramEditor) -> None:
    colours = {"red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white"}
    for seed in range(12):
        changed = edited(editor, "red", seed).changed.split(" → ")
        assert not colours & set(changed)
        assert changed[0] != changed[1]
    assert "lighting" in edited(editor, "red striped cat", 0).changed


def test_stripes_are_left_out_for_plain_and_plain_for_another_texture(editor: PictogramEditor) -> None:
    assert edited(editor, "striped", 0).removed == "striped → plain"
    assert edited(editor, "plain", 0).removed.startswith("plain → ")
    assert not edited(editor, "plain", 0).removed.endswith("plain")


def test_each_part_of_a_concept_of_several_is_taken_out_alone_too(editor: PictogramEditor) -> None:
    found = edited(editor, "red striped cat", 3)
    assert list(found.parts) == ["object", "colour", "texture"]
    assert len({picture.data for picture in (found.before, found.without, *found.parts.values())}) == 5
    assert edited(editor, "cat", 3).parts == {}


def test_the_same_request_gives_the_same_bytes(editor: PictogramEditor) -> None:
    requests = [EditRequest("red cat", seed, prompt("red cat", seed)) for seed in range(3)]
    assert editor.edit(requests) == [PictogramEditor().edit([request])[0] for request in requests]


def test_what_cannot_be_left_out_is_said(editor: PictogramEditor) -> None:
    reasons = editor.inseparable(["red", "justice", "thing", "red cat"])
    assert set(reasons) == {"justice", "thing"}
    with pytest.raises(ValueError, match="cannot be drawn"):
        editor.edit([EditRequest("justice", 0, prompt("justice", 0))])
    with pytest.raises(ValueError, match="by their prompts"):
        editor.edit([EditRequest("red", 0)])
