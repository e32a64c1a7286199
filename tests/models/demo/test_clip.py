"""The small CLIP of our own: what is shipped, what it makes of fresh pictograms, and the script that trains it again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.clip.folder import read_clip
from models.demo import CLIP
from models.demo.clip_training import network, run, train, world
from models.inspect.safetensors_head import read_safetensors_head
from models.pictures.icon_font import IconFont
from models.pictures.meaning import Lexicon
from models.pictures.words import COLOURS, GROUPS, ICONS, OBJECTS, TEXTURES


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Several threads wait for each other where the cores are shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_what_is_shipped_is_small_and_read_as_any_clip() -> None:
    files = list(CLIP.iterdir())
    assert {file.suffix for file in files} == {".json", ".safetensors"}
    assert sum(file.stat().st_size for file in files) < 4_000_000
    assert {tensor.dtype for tensor in read_safetensors_head(CLIP / "model.safetensors").values()} == {"F16"}
    clip = read_clip(CLIP)
    assert (clip.recipe.height, clip.recipe.width, clip.recipe.resize, clip.recipe.interpolation) == (64, 64, None, "bilinear")
    assert (clip.recipe.mean, clip.recipe.std) == ((0.5,) * 3, (0.25,) * 3)
    assert "_name_or_path" not in json.loads((CLIP / "config.json").read_text("utf-8")), "a path of the machine that trained it"


def test_what_is_said_is_true_as_the_pictograms_understand_it() -> None:
    """The truth re-derived picture by picture with the dictionary itself."""
    data = world.samples(7, 40)
    said = world.captions(data.labels, np.random.default_rng(0))
    found = world.truth(said, data.labels)
    assert found.diagonal().all()
    lexicon = Lexicon(IconFont().names)
    for text in range(40):
        concept = said.texts[text].removeprefix("A realistic photo of ").removeprefix("a photo of ").removeprefix("a ").split(",")[0]
        meaning = lexicon.understand(concept)
        for picture, (icon, colour, texture, *_) in enumerate(data.labels.tolist()):
            colours, textures = world.TINTS[colour] in meaning.colours, TEXTURES[texture] in meaning.textures
            noun = len(meaning.icons) > 100 or world.icons()[icon] in meaning.icons
            assert bool(found[picture, text]) == (colours and textures and noun), (concept, data.labels[picture])


def test_all_words_of_the_dictionary_are_read() -> None:
    assert {*OBJECTS, *ICONS, *GROUPS, *COLOURS, *TEXTURES} <= set(world.WORDS)
    words = network.tokenizer()
    assert all(len(words(word).input_ids) < 8 for word in world.WORDS), "none falls into letters"


def test_samples_depend_on_their_seeds_only() -> None:
    some, part = world.samples(100, 6), world.samples(103, 3)
    assert some.pixels.shape == (6, 3, 64, 64)
    assert torch.equal(some.pixels[3:], part.pixels)
    assert torch.equal(some.labels[3:], part.labels)


def test_the_loss_is_what_its_formula_says() -> None:
    rng = np.random.default_rng(1)
    scores, true = torch.from_numpy(rng.normal(size=(5, 7))), torch.from_numpy(rng.random((5, 7)) < 0.3)
    true[0, 0] = True
    rows, columns = [], []
    for picture, text in zip(*np.nonzero(true.numpy()), strict=True):
        own = scores[picture, text].exp()
        wrong = scores[picture, ~true[picture]].exp().sum(), scores[~true[:, text], text].exp().sum()
        rows.append(-(own / (own + wrong[0])).log())
        columns.append(-(own / (own + wrong[1])).log())
    assert train.loss(scores, true).item() == pytest.approx(float(sum(rows) / len(rows) + sum(columns) / len(columns)))


def test_the_first_filters_whiten() -> None:
    pixels = world.samples(0, 60).pixels
    filters = network.whitening(pixels)
    patches = torch.nn.functional.conv2d((pixels.float() / 255 - 0.5) / 0.25, filters, stride=network.PATCH)
    strongest = patches.permute(1, 0, 2, 3).flatten(1)[-20:]  # the components are in rising order
    np.testing.assert_allclose(strongest @ strongest.T / strongest.shape[1], np.eye(20), atol=0.05)


def test_training_learns_and_what_it_saves_is_a_clip(tmp_path: Path) -> None:
    torch.manual_seed(0)
    data = world.samples(0, 48)
    words = network.tokenizer()
    trained = network.network(words, data.pixels)
    before = distance(trained, words, data)
    train.train(trained, words, data, 0.1, seed=0)
    assert distance(trained, words, data) < before - 0.3
    run.save(trained, words, tmp_path)
    read_clip(tmp_path)
    again, tokens = run.read(tmp_path)
    with torch.inference_mode():
        cosine = train.embed_texts(again, tokens, ["red cat"]) @ train.embed_texts(trained, words, ["red cat"]).T
    assert cosine.item() == pytest.approx(1, abs=1e-3)


def distance(trained: Any, words: Any, data: world.Samples) -> float:
    """CLIP's loss of the pictures and a caption of each."""
    said = world.captions(data.labels, np.random.default_rng(0))
    with torch.inference_mode():
        cosines = train.embed_pictures(trained, data.pixels) @ train.embed_texts(trained, words, said.texts).T
    return float(train.loss(14 * cosines, world.truth(said, data.labels)))


def test_fresh_pictures_are_named() -> None:
    """Under the card's figures: 300 pictures leave some chance."""
    shares = train.accuracy(*run.read(CLIP), world.samples(3_000_000_000, 300))
    assert shares["colour"] > 0.95  # by chance 0.1
    assert shares["texture"] > 0.6  # by chance 0.17
    assert shares["object"] > 0.45  # by chance 0.008
