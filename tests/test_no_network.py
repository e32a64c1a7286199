"""The demo behaves the same without any network, and writes nothing outside its own folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NO_NETWORK = ["unshare", "--map-root-user", "--net"]
DEMO = [sys.executable, "-m", "line_desktop", "demo", "--neurons", "2", "--steps", "2", "--json"]
SILENT_UNDER_CI = "CI"  # ONNX Runtime's telemetry keeps quiet where it is set, so a run with it would prove nothing


def run_demo(folder: Path, before: list[str]) -> dict[str, Any]:
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if name != SILENT_UNDER_CI}
    environment |= {"HOME": str(home), "LINE_DESKTOP_HOME": str(folder / "line"), "XDG_CACHE_HOME": str(home / "cache")}
    done = subprocess.run([*before, *DEMO], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 3), done.stderr
    assert list(home.rglob("*")) == []
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def told(document: dict[str, Any]) -> list[tuple[object, ...]]:
    """What was found, without the paths."""
    return [
        (one["layer"], one["neuron"], one["label"], one["score"], [(step["concept"], step["score"]) for step in one["steps"]])
        for one in document["neurons"]
    ]


@pytest.mark.usefixtures("demo_llm")
def test_the_demo_is_the_same_without_a_network(tmp_path: Path) -> None:
    if not shutil.which("unshare") or subprocess.run([*NO_NETWORK, "true"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces are not permitted here")
    cut_off = run_demo(tmp_path / "cut off", NO_NETWORK)
    for part in ("targets", "probe"):  # what was imported and drawn without a network serves the other run as well
        shutil.copytree(tmp_path / "cut off" / "line" / "demo" / part, tmp_path / "connected" / "line" / "demo" / part)
    connected = run_demo(tmp_path / "connected", [])
    assert told(connected)
    assert told(connected) == told(cut_off)
