"""SDXL through the ordinary picture source in its child: time and memory of a picture, and the same picture alone or in a batch."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from gpu.conftest import Figures, Models
from gpu.scale import Scale
from gpu.watch import watched
from models.types.pictures import NoPicture, Picture, PicturePrompt, PictureSource

PROMPTS = [PicturePrompt(concept, "low angle", "natural sunlight", 7) for concept in ("cat", "red car", "striped shirt", "oak", "sea")]
GREY = 1.0
"""Levels of 255 by which a picture may differ, on average over its pixels, between alone and in a batch on a card; on a CPU not at all."""


def pixels(picture: Picture | NoPicture) -> np.ndarray:
    assert isinstance(picture, Picture)
    return np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"), np.float64)


@pytest.mark.parametrize("which", [0, 1])
def test_a_concept_is_drawn(scale: Scale, built: Models, figures: Figures, which: int) -> None:
    size, steps = scale.drawings[which]
    start = time.monotonic()
    spec = f"sdxl:{built.sdxl(scale)},size={size},steps={steps}"
    with watched(scale.gpu, PictureSource, "pictures", spec) as (source, watch):  # type: ignore[type-abstract]
        source.draw(PROMPTS[:1])
        opened = time.monotonic()
        pictures = source.draw(PROMPTS)
        drawn = time.monotonic()
        alone = source.draw(PROMPTS[2:3])[0]
        options = source.settings().options
    drawings = np.stack([pixels(picture) for picture in pictures])
    difference = np.abs(pixels(alone) - drawings[2])
    figures.note(
        scale, f"a picture of {size} pixels in {steps} steps",
        seconds_a_picture=(drawn - opened) / len(PROMPTS), seconds_to_open=opened - start, peak_gib=watch.peak / 2**30,
        at_once=options["batch"], format=options["format"],
        alone_mean_difference=float(difference.mean()), alone_largest_difference=float(difference.max()),
    )  # fmt: skip
    assert options["format"] == ("float16" if scale.gpu else "float32")
    assert drawings.shape == (len(PROMPTS), size, size, 3)
    assert len(np.unique(drawings, axis=0)) == len(PROMPTS)
    assert difference.mean() <= (GREY if scale.gpu else 0)
    assert watch.peak > 0
