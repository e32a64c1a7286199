"""The shipped demo network is small, loads from safetensors, and names fresh pictograms as well as its card says."""

import json

import pytest
import torch
from safetensors import safe_open
from transformers import ResNetForImageClassification

from models.demo import NETWORK
from models.demo.train import GROUPS, accuracy, samples


def test_the_folder_is_small_and_complete() -> None:
    files = {file.name: file.stat().st_size for file in NETWORK.iterdir()}
    assert set(files) == {"config.json", "preprocessor_config.json", "model.safetensors"}
    assert sum(files.values()) < 8_000_000


def test_class_names_are_the_three_groups_in_order() -> None:
    config = json.loads((NETWORK / "config.json").read_text("utf-8"))
    names = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
    assert names == [name for group in GROUPS.values() for name in group]
    assert len(set(names)) == len(names)


def test_preprocessing_says_what_training_did() -> None:
    config = json.loads((NETWORK / "preprocessor_config.json").read_text("utf-8"))
    assert (config["size"], config["resample"]) == ({"height": 64, "width": 64}, 2)
    assert (config["image_mean"], config["image_std"]) == ([0.5] * 3, [0.25] * 3)


def test_hidden_layer_has_256_neurons() -> None:
    with safe_open(NETWORK / "model.safetensors", "pt") as weights:
        shape = weights.get_slice("classifier.1.weight").get_shape()
    assert shape == [sum(map(len, GROUPS.values())), 256]


@pytest.mark.parametrize("first_seed", [3_000_000_000])
def test_fresh_pictures_are_named(first_seed: int) -> None:
    """A few points under the card's figures: 600 pictures leave some chance."""
    network = ResNetForImageClassification.from_pretrained(NETWORK, local_files_only=True, use_safetensors=True)
    shares = accuracy(network, samples(first_seed, 600))
    assert shares["objects"] > 0.97
    assert shares["colours"] > 0.98
    assert shares["textures"] > 0.95


def test_no_neuron_of_the_hidden_layer_is_dead() -> None:
    network = ResNetForImageClassification.from_pretrained(NETWORK, local_files_only=True, use_safetensors=True)
    network.train(False)
    scaled = (samples(4_000_000_000, 200).pixels.float() / 255 - 0.5) / 0.25
    with torch.inference_mode():
        pooled = network.resnet(pixel_values=scaled).pooler_output.flatten(1)
    assert pooled.shape == (200, 256)
    assert (pooled.max(0).values > 0).float().mean() > 0.95
