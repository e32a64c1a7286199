"""Editing photos by a local pipeline: only the edited part changes, the control as many pixels elsewhere, foreign folders are refused."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import PNDMScheduler, StableDiffusionInstructPix2PixPipeline, UNet2DConditionModel
from PIL import Image
from transformers import CLIPTextModel

from models.errors import BadFile
from models.pictures.diffusion_editor import NO_CHANGE, SHARE, regions
from models.pictures.editing import open_editor
from models.pictures.editor_folder import read_editor
from models.pictures.sdxl_tokenizers import END, standard_clip_tokenizer
from models.types.pictures import Edited, EditRequest, Picture
from models.types.vision import ActivationMap

PHOTO = (40, 30)
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' Euler scheduler


def photo(seed: int) -> bytes:
    stream = io.BytesIO()
    values = np.random.default_rng(seed).integers(0, 256, (PHOTO[1], PHOTO[0], 3), dtype=np.uint8)
    Image.fromarray(values).save(stream, "PNG")
    return stream.getvalue()


def peak(left: bool) -> ActivationMap:
    values = np.tile(np.arange(8, dtype=np.float32), (6, 1))
    return ActivationMap(values[:, ::-1].copy() if left else values, (0.0, 0.0, 1.0, 1.0), PHOTO)


def pixels(picture: Picture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.data)), np.int16)


@pytest.fixture(scope="module")
def instructed(sd15: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """InstructPix2Pix's denoiser sees the photo beside the noise: twice the channels."""
    torch.manual_seed(4)
    folder = tmp_path_factory.mktemp("editors") / "tiny-pix2pix"
    parts = StableDiffusionInstructPix2PixPipeline.from_pretrained(sd15, safety_checker=None, local_files_only=True)
    config = dict(parts.unet.config) | {"in_channels": 8}
    StableDiffusionInstructPix2PixPipeline(
        vae=parts.vae, text_encoder=CLIPTextModel(parts.text_encoder.config), tokenizer=standard_clip_tokenizer(END),
        unet=UNet2DConditionModel.from_config(config), scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def test_the_edit_is_where_the_neuron_fires_and_the_control_where_it_does_not() -> None:
    for left in (True, False):
        here, elsewhere = regions(peak(left), (64, 48))
        assert here.shape == elsewhere.shape == (48, 64)
        assert here.sum() == pytest.approx(elsewhere.sum(), rel=0.05)
        assert here.mean() == pytest.approx(SHARE, rel=0.1)
        own, other = (here[:, :16], here[:, -16:]) if left else (here[:, -16:], here[:, :16])
        assert own.min() > 0.9
        assert other.max() < 0.1
        assert (here * elsewhere).max() < 0.3


def test_neither_is_where_the_network_does_not_see() -> None:
    seen = ActivationMap(np.arange(16, dtype=np.float32).reshape(4, 4), (0.25, 0.0, 0.75, 1.0), PHOTO)
    for mask in regions(seen, (80, 40)):
        assert mask[:, :16].max() == mask[:, -16:].max() == 0
    margin = ActivationMap(np.ones((4, 4), np.float32), (-0.5, -0.5, 1.5, 1.5), PHOTO)
    assert all(mask.shape == (40, 80) for mask in regions(margin, (80, 40)))


def test_without_a_map_the_middle_against_the_rim_of_what_is_usually_seen() -> None:
    here, elsewhere = regions(None, (60, 40))
    assert here[20, 30] > 0.99
    assert elsewhere[20, 30] == 0
    assert here[:, :10].max() == elsewhere[:, :8].max() == 0


@pytest.mark.parametrize("family", ["instructed", "sd15", "sdxl"])
def test_a_photo_is_edited_and_nothing_else_changes(family: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(family)
    editor = open_editor(str(folder))
    asked = [EditRequest("cat", 7, None, photo(1), peak(left=True)), EditRequest("cat", 7, None, photo(1), peak(left=False))]
    first, second = editor.edit(asked)
    assert isinstance(first, Edited)
    assert isinstance(second, Edited)
    before, without, control = map(pixels, (first.before, first.without, first.control))
    assert before.shape == without.shape == control.shape
    assert max(before.shape) == 32
    assert np.array_equal(before[:, -8:], without[:, -8:])
    assert np.array_equal(before[:, :8], control[:, :8])
    assert not np.array_equal(before[:, :8], without[:, :8])
    assert first.change == pytest.approx(second.change[::-1], rel=0.2)  # the other way round
    assert first.change[0] == pytest.approx(np.abs(before - without).mean(), abs=1)
    assert editor.edit(asked[:1]) == [first]
    assert editor.settings() == open_editor(str(folder)).settings()
    assert not editor.redraws()


def test_a_photo_that_comes_back_as_it_was_is_no_edit(sd15: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = open_editor(str(sd15))
    monkeypatch.setattr("models.pictures.diffusion_editor.LEAST_CHANGE", 255.0)
    assert editor.edit([EditRequest("cat", 7, None, photo(1), None)]) == [NO_CHANGE]


def test_a_small_model_says_what_it_does_not_know(sdxl: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sdxl, tmp_path / "small"))
    (folder / "words.json").write_text(json.dumps({"cat": "cat"}))
    reasons = open_editor(str(folder)).inseparable(["cat", "okapi"])
    assert list(reasons) == ["okapi"]


@pytest.mark.parametrize("what", ["nothing", "file", "empty", "flux", "code", "pickled"])
def test_what_is_no_editor_is_refused_in_a_sentence(what: str, flux: Path, sd15: Path, tmp_path: Path) -> None:
    place = tmp_path / what
    if what == "file":
        place.write_bytes(b"x")
    elif what == "empty":
        place.mkdir()
    elif what == "flux":
        place = flux
    elif what != "nothing":
        shutil.copytree(sd15, place)
        if what == "code":
            index = json.loads((place / "model_index.json").read_text())
            index["unet"] = ["my_module", "MyUNet"]
            (place / "model_index.json").write_text(json.dumps(index))
        else:
            weights = place / "unet" / "diffusion_pytorch_model.safetensors"
            weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(BadFile) as error:
        read_editor(place)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
