"""The vision network through ONNX Runtime in its child: on the device that is expected, and with the numbers of the CPU."""

import io
import time
from pathlib import Path

import numpy as np
from PIL import Image

from gpu.conftest import Figures, Models
from gpu.scale import Scale
from gpu.watch import watched
from models.host import connect
from models.types.vision import Importer, Target

TOLERANCE = 0.01
"""Share of a layer's largest activation; on a card ONNX Runtime multiplies in TF32, of ten bits, through fifty layers."""


def photo(seed: int, side: int) -> bytes:
    """A PNG of coarse coloured noise."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()


def test_activations_are_those_of_the_cpu(scale: Scale, built: Models, figures: Figures, tmp_path: Path) -> None:
    importer, child = connect(Importer, "importer")  # type: ignore[type-abstract]
    try:
        checkpoint = importer.convert(built.resnet(scale), tmp_path / "target")
    finally:
        child.close()
    tapped = [layer for layer in checkpoint.layers if layer.role != "inside"]
    names = [layer.name for layer in tapped]
    photos = [photo(seed, scale.side) for seed in range(scale.photos)]
    what = (tmp_path / "target" / "model.onnx", checkpoint.preprocess, tapped)
    with watched(False, Target, "vision", *what, "cpu") as (target, _):  # type: ignore[type-abstract]
        wanted = target.activations(photos[:8], names)
    with watched(scale.gpu, Target, "vision", *what) as (target, watch):  # type: ignore[type-abstract]
        device = target.device()
        found = target.activations(photos[:8], names)
        start = time.monotonic()
        target.activations(photos, names)
        seconds = time.monotonic() - start
    largest = {name: float(np.abs(wanted.values[name]).max()) for name in names}
    difference = max(float(np.abs(found.values[name] - wanted.values[name]).max()) / largest[name] for name in names)
    figures.note(
        scale, f"activations, {checkpoint.architecture}, {scale.side} pixels",
        photos_a_second=len(photos) / seconds, device=device, difference_from_cpu=difference, peak_gib=watch.peak / 2**30,
    )  # fmt: skip
    assert device == scale.device
    assert min(largest.values()) > 0
    assert difference <= TOLERANCE
