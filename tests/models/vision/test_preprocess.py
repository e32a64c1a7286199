"""Recipes against a slow re-derivation and against transformers' own image processors."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.errors import BadFile
from models.types.vision import Preprocess
from models.vision.entry import Entry
from models.vision.preprocess import assumed, prepare, resized
from models.vision.processor import read_recipe

HALF = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.25, 0.3]}


def photo(size: tuple[int, int] = (90, 60)) -> tuple[Image.Image, bytes]:
    rng = np.random.default_rng(7)
    small = Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8))
    image = small.resize(size, Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return image, stream.getvalue()


def test_the_centre_of_the_resized_picture_is_normalised() -> None:
    image, data = photo((90, 60))
    recipe = Preprocess(20, 24, 30, "bilinear", (0.1, 0.2, 0.3), (0.5, 0.6, 0.7), "user")
    found = prepare(data, recipe)
    assert found.dtype == np.float32
    assert found.shape == (3, 20, 24)
    scaled = np.asarray(image.resize((45, 30), Image.Resampling.BILINEAR), np.float64)
    for channel in range(3):
        for y in (0, 7, 19):
            for x in (0, 11, 23):
                slow = (scaled[5 + y, 10 + x, channel] / 255 - recipe.mean[channel]) / recipe.std[channel]
                assert found[channel, y, x] == pytest.approx(slow, rel=1e-5, abs=1e-6)


def test_a_picture_smaller_than_the_cut_gets_a_black_border() -> None:
    image, _ = photo((40, 40))
    cut = np.asarray(resized(image, Preprocess(30, 30, 20, "nearest", (0.5,), (0.5,), "user")))
    assert cut.shape == (30, 30, 3)
    assert not cut[:5].any()
    assert cut[5:25, 5:25].any()


def test_a_very_long_picture_keeps_one_pixel() -> None:
    image, _ = photo((2000, 3))
    assert resized(image, Preprocess(8, 8, 8, "bilinear", (0.5,), (0.5,), "user")).size == (8, 8)


def test_what_is_assumed_where_a_file_says_nothing() -> None:
    rgb = assumed(Entry("x", None, 3, 224, 224))
    assert (rgb.resize, rgb.height, rgb.interpolation, rgb.origin) == (256, 224, "bilinear", "assumed")
    assert assumed(Entry("x", None, 3, 64, 128)).resize is None
    assert assumed(Entry("x", None, 1, None, None)).mean == (0.5,)


PROCESSORS: list[tuple[str, dict[str, Any]]] = [
    ("ViTImageProcessor", {"size": {"height": 48, "width": 40}, "resample": 2}),
    ("ConvNextImageProcessor", {"size": {"shortest_edge": 42}, "crop_pct": 0.875, "resample": 3}),
    ("ConvNextImageProcessor", {"size": {"shortest_edge": 384}, "crop_pct": 0.875, "resample": 3}),
    ("ConvNextImageProcessor", {"size": {"shortest_edge": 56}}),
    ("MobileNetV2ImageProcessor", {"size": {"shortest_edge": 50}, "do_center_crop": True, "crop_size": {"height": 40, "width": 40}}),
    (
        "CLIPImageProcessor",
        {"size": {"shortest_edge": 50}, "do_center_crop": True, "crop_size": {"height": 50, "width": 50}, "resample": 3},
    ),
    ("ViTImageProcessor", {"size": {"height": 32, "width": 32}, "do_normalize": False}),
    ("ViTImageProcessor", {"size": {"height": 32, "width": 32}, "rescale_factor": 1 / 127.5}),
]


@pytest.mark.parametrize(("kind", "fields"), PROCESSORS)
def test_recipes_do_what_transformers_does(kind: str, fields: dict[str, Any]) -> None:
    transformers = pytest.importorskip("transformers")
    image, data = photo()
    fields = HALF | fields
    processor = getattr(transformers, f"{kind}Pil")(**fields)
    theirs = np.asarray(processor(image, return_tensors="np")["pixel_values"])[0]
    ours = prepare(data, read_recipe(processor.to_dict() | {"image_processor_type": kind} | fields, 224))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, atol=1.5 / 255 / 0.2)  # one grey level: they resize in a library of their own


@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        ({"size": 224}, (224, 224, None)),
        ({"size": 256, "do_center_crop": True, "crop_size": 224}, (224, 224, 256)),
        ({"size": 224, "feature_extractor_type": "ConvNextFeatureExtractor"}, (224, 224, 256)),
        ({"size": {"shortest_edge": 128}}, (128, 128, 128)),
        ({}, (96, 96, None)),
    ],
)
def test_older_files(processor: dict[str, Any], expected: tuple[int, int, int | None]) -> None:
    recipe = read_recipe(processor, 96)
    assert (recipe.height, recipe.width, recipe.resize) == expected


@pytest.mark.parametrize(
    "processor",
    [
        {"size": "large"},
        {"size": {"height": 0, "width": 10}},
        {"size": 100_000},
        {"image_mean": [1, 2]},
        {"image_std": ["x"]},
        {"image_std": [0, 0, 0]},
        {"rescale_factor": "x"},
        {"resample": []},
        {"crop_pct": "x", "size": 224},
    ],
)
def test_nonsense_is_refused_in_words(processor: dict[str, Any]) -> None:
    with pytest.raises(BadFile, match=r"preprocessor_config\.json states"):
        read_recipe(processor, 224)
