"""TorchScript and torch.export programs are opened only on the user's word for that very file."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import BadFile
from models.types.vision import ReadAs
from models.vision.importer import CheckpointImporter
from models.vision.preprocess import prepare
from models.vision.session import OnnxTarget

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings(r"ignore:.torch.jit.\w+. is deprecated:DeprecationWarning")


def network() -> Any:
    torch.manual_seed(0)
    features = torch.nn.Sequential(torch.nn.Conv2d(1, 6, 3), torch.nn.ReLU())
    return torch.nn.Sequential(features, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(6, 4)).train(False)


def traced(path: Path) -> Path:
    torch.jit.save(torch.jit.trace(network(), torch.ones(2, 1, 16, 16)), path)
    return path


def scripted(path: Path) -> Path:
    torch.jit.save(torch.jit.script(network()), path)
    return path


def exported(path: Path) -> Path:
    torch.export.save(torch.export.export(network(), (torch.ones(2, 1, 16, 16),), dynamic_shapes=({0: torch.export.Dim("batch")},)), path)
    return path


def exported_for_two(path: Path) -> Path:
    torch.export.save(torch.export.export(network(), (torch.ones(2, 1, 16, 16),)), path)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("make", [traced, scripted, exported, exported_for_two])
def test_a_trusted_program_gives_what_torch_gives(make: Callable[[Path], Path], tmp_path: Path, random_picture: Any) -> None:
    path = make(tmp_path / "net.pt")
    how = ReadAs(size=16, trusted=sha256(path).upper())
    found = CheckpointImporter().convert(path, tmp_path / "out", how)
    assert (found.trust, found.sha256, found.preprocess.channels, found.preprocess.height) == ("runs-code", sha256(path), 1, 16)
    assert ("2 at a time" in found.summary) == (make is exported_for_two)
    pooled, head = ([layer for layer in found.layers if layer.role == role] for role in ("pooled", "head"))
    assert [layer.name for layer in (*pooled, *head)] == ["1", "3"]
    pictures = [random_picture(seed, (20, 20)) for seed in range(3)]
    target = OnnxTarget(tmp_path / "out" / "model.onnx", found.preprocess, [*pooled, *head], "cpu")
    values = target.activations(pictures, ["1", "3"]).values
    inputs = torch.from_numpy(np.stack([prepare(data, found.preprocess) for data in pictures]))
    with torch.inference_mode():
        np.testing.assert_allclose(values["3"], network()(inputs).numpy(), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(values["1"], network()[0](inputs).mean((2, 3)).numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("make", "name"), [(traced, "TorchScript"), (exported, "torch.export")])
def test_a_program_is_not_opened_without_consent(
    make: Callable[[Path], Path], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "net.pt")
    monkeypatch.delattr("torch.jit.load")
    monkeypatch.delattr("torch.export.load")
    with pytest.raises(BadFile) as caught:
        CheckpointImporter().inspect(path)
    assert str(caught.value) == (
        f"net.pt is a {name} program: opening it runs code with your rights on this computer, and nothing is opened without your word. "
        f"If you trust whoever made it, add --trust-code {sha256(path)}; safer is an ONNX file or safetensors."
    )
    with pytest.raises(BadFile, match="and the hash given is 1234"):
        CheckpointImporter().inspect(path, ReadAs(trusted="1234"))
    assert CheckpointImporter().fingerprint(path) == sha256(path)


def test_consent_is_for_one_file_only(tmp_path: Path) -> None:
    path = traced(tmp_path / "net.pt")
    before = sha256(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("net/extra/note", b"changed")
    with pytest.raises(BadFile, match="and the hash given is"):
        CheckpointImporter().inspect(path, ReadAs(trusted=before))


def test_a_program_that_takes_no_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(torch.nn.Linear(3, 2), (torch.ones(2, 3),)), path)
    with pytest.raises(BadFile, match="takes 1 inputs; a vision network takes one of pictures"):
        CheckpointImporter().inspect(path, ReadAs(trusted=sha256(path)))


def test_a_trusted_program_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/constants.pkl", b"nonsense")
    with pytest.raises(BadFile, match=r"torch cannot open the program net\.pt"):
        CheckpointImporter().inspect(path, ReadAs(trusted=sha256(path)))
