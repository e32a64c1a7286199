"""The small SDXL of our own: what is shipped, what it draws as the demo network sees it, and the script that trains it again."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from models.demo.sdxl_training import networks, train, world
from models.demo.sdxl_training.judge import judge
from models.demo.sdxl_training.run import new_pipeline, save
from models.inspect.safetensors_head import read_safetensors_head
from models.pictures import open_source
from models.pictures.drawing import LIGHTS, VIEWS
from models.pictures.sdxl_settings import DEMO
from models.pictures.words import COLOURS, OBJECTS, TEXTURES
from models.types.pictures import PicturePrompt

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Several threads wait for each other where the cores are shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_what_is_shipped_is_small_and_holds_no_code() -> None:
    files = [file for file in DEMO.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} <= {".json", ".safetensors", ".md"}
    assert max(file.stat().st_size for file in files) < 8_000_000
    assert sum(file.stat().st_size for file in files) < 16_000_000
    weights = [file for file in files if file.suffix == ".safetensors"]
    assert {tensor.dtype for file in weights for tensor in read_safetensors_head(file).values()} == {"F16"}


def test_it_knows_its_words_and_says_which_it_does_not() -> None:
    source = open_source("sdxl:demo")
    assert source.undepictable(["striped red cat", "Puppies", "a yellow pattern", "fruit"]) == {}
    assert source.undepictable(["striped zebra"]) == {"striped zebra": 'the picture model was not trained on "zebra"'}
    assert json.loads((DEMO / "words.json").read_text()) == world.said()


def test_the_demo_network_sees_what_was_asked() -> None:
    """Under the card's figures: 30 pictures leave much to chance."""
    verdict = judge(open_source("sdxl:demo"), 30)
    assert verdict.share("colour") > 0.9  # by chance 0.1
    assert verdict.share("texture") > 0.7  # by chance 0.17
    assert verdict.share("object") > 0.9  # by chance 0.01


def test_its_pictures_are_small_png_files_that_follow_from_prompt_and_seed() -> None:
    source = open_source("sdxl:demo")
    prompts = [PicturePrompt("red striped cat", "low angle", "studio lighting", seed) for seed in (1, 2)]
    first, second = source.draw(prompts)
    assert first.suffix == ".png"
    assert first.data != second.data
    assert source.draw([prompts[1]])[0].data == second.data
    assert source.settings().options["size"] == "64"


def test_samples_depend_on_their_seeds_only() -> None:
    some, part = world.samples(100, 6), world.samples(103, 3)
    assert some.pixels.shape == (6, 3, 64, 64)
    assert torch.equal(some.pixels[3:], part.pixels)
    assert torch.equal(some.labels[3:], part.labels)


def test_captions_say_what_is_on_the_picture_in_words_of_the_vocabulary() -> None:
    rng = np.random.default_rng(0)
    label = [world.THINGS.index("pear"), world.TINTS.index("blue"), TEXTURES.index("dotted"), 0, 0]
    captions = {world.caption(label, rng) for _ in range(300)}
    assert {"A realistic photo of a blue dotted pear, , ", "A realistic photo of a dotted blue pear, , ", "a pear"} <= captions
    assert any("blue fruit" in one for one in captions)
    assert not any(other in one for one in captions for other in ("red", "cat", "striped", "animal"))
    tokenizer = new_pipeline().tokenizer
    words = {*world.said().values(), "a", "realistic", "photo", "of", *" ".join([*VIEWS, *LIGHTS]).replace("-", " ").split()}
    assert all(len(tokenizer.tokenize(word)) == 1 for word in words - {""})


def test_the_world_is_part_of_the_pictograms() -> None:
    assert set(world.THINGS) <= set(OBJECTS)
    assert tuple(COLOURS) == world.TINTS
    assert all(set(members) <= set(world.THINGS) for members in world.KINDS.values())
    assert set(world.said().values()) == {"", *world.THINGS, *COLOURS, *TEXTURES, *world.KINDS}


def test_training_learns_and_what_it_saves_can_be_drawn_with(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data, pipeline = world.samples(0, 16), new_pipeline()
    before = difference(pipeline, data)
    train.train_vae(pipeline.vae, data, 0.05)
    assert difference(pipeline, data) < 0.8 * before
    latents = train.encode(pipeline.vae, data)
    assert latents.shape == (16, networks.CHANNELS, networks.LATENT, networks.LATENT)
    assert float(latents.std()) == pytest.approx(1, abs=0.01)
    assert next(train.train_denoiser(pipeline, latents, data, 0.03)) == 0
    save(pipeline, tmp_path / "out")
    source = open_source(f"sdxl:{tmp_path / 'out'},steps=1,guidance=3")
    assert source.settings().options["size"] == "64"
    assert len(source.draw([PicturePrompt("red cat", "", "", 0)])) == 1


def difference(pipeline: object, data: world.Samples) -> float:
    """Mean absolute difference of pictures given back by the VAE, values -1..1."""
    pixels = data.pixels.float() / 127.5 - 1
    with torch.inference_mode():
        again = pipeline.vae.decode(pipeline.vae.encode(pixels).latent_dist.mode()).sample  # type: ignore[attr-defined]
    return float((again - pixels).abs().mean())
