"""What torch writes as ONNX is compared with torch, on pictures that look like photos and on noise."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.errors import BadFile, ModelError
from models.types.vision import Preprocess
from models.vision import torch_export
from models.vision.natural import natural_pictures

torch = pytest.importorskip("torch")

RECIPE = Preprocess(8, 8, 9, "bilinear", (0.5,) * 3, (0.25,) * 3, "assumed")


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 5))
    file = tmp_path_factory.mktemp("export") / "network.onnx"
    torch_export.export(network.train(False), RECIPE, file, Path("folder"))
    return file


def test_a_difference_from_torch_is_export_failed_with_the_numbers(exported: Path) -> None:
    inputs = torch_export.check_inputs(RECIPE)
    with pytest.raises(ModelError, match=r"Export failed for folder: .* differ by \S+ where the largest value is 1e\+03; at most 0.001"):
        torch_export.compare(exported, inputs, [np.full((6, 5), 1000, np.float32)], Path("folder"))
    with pytest.raises(ModelError, match="differ by inf"):
        torch_export.compare(exported, inputs, [np.zeros((6, 4), np.float32)], Path("folder"))
    with pytest.raises(ModelError, match="torch gives 2 results and the ONNX network 1"):
        torch_export.compare(exported, inputs, [np.zeros((6, 5), np.float32)] * 2, Path("folder"))


def test_one_wrong_picture_among_right_ones_is_found(exported: Path) -> None:
    import onnxruntime as ort

    inputs = torch_export.check_inputs(RECIPE)
    expected = ort.InferenceSession(exported, providers=["CPUExecutionProvider"]).run(None, {torch_export.INPUT: inputs})[0]
    assert torch_export.compare(exported, inputs, [expected], Path("folder")) == 0
    expected[1, 2] += 0.0005 * np.abs(expected).max()
    assert torch_export.compare(exported, inputs, [expected], Path("folder")) == pytest.approx(0.0005, rel=0.01)
    expected[1, 2] += 0.01 * np.abs(expected).max()
    with pytest.raises(ModelError, match="differ by"):
        torch_export.compare(exported, inputs, [expected], Path("folder"))


def test_a_network_that_cannot_take_its_input_is_refused(tmp_path: Path) -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(99, 5))
    with pytest.raises(BadFile, match=r"The network in folder cannot take 3 × 8 × 8 \(channels, height, width\): .*; give its own size"):
        torch_export.export(network, RECIPE, tmp_path / "network.onnx", Path("folder"))


def test_a_network_that_cannot_be_written_is_export_failed(tmp_path: Path) -> None:
    def branch(pictures: Any) -> Any:
        return pictures.mean((2, 3)) if float(pictures.sum()) > 0 else pictures.amax((2, 3))

    network = torch.nn.Conv2d(3, 4, 3)
    network.forward = branch
    with pytest.raises(ModelError, match=r"Export failed for folder: torch\.onnx cannot write it as ONNX"):
        torch_export.export(network, RECIPE, tmp_path / "network.onnx", Path("folder"))


def test_the_pictures_have_the_spectrum_of_photos() -> None:
    """The power of photos falls with about the square of the frequency (Field, 1987); that of noise does not fall."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    rings = [(frequency >= low) & (frequency < 2 * low) for low in (1 / 64, 1 / 32, 1 / 16, 1 / 8)]
    slopes = []
    for data in natural_pictures(4):
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("L"), float)
        power = np.abs(np.fft.fft2(pixels - pixels.mean())) ** 2
        slopes.append(np.polyfit(np.arange(4), [np.log2(power[ring].mean()) for ring in rings], 1)[0])
    assert -3 < np.mean(slopes) < -1.3
    assert natural_pictures(2) == natural_pictures(2) != natural_pictures(2, seed=1)
