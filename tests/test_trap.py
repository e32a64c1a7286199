"""Nothing leaves the machine: a whole run inside a trap that writes down every attempt, and the trap shown to work.

The run is the demo, from the import to the labels. It also gives what an ordinary run gives, whose children have no network at all.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import small_inputs
import trap

ROOT = Path(__file__).resolve().parent.parent
DEMO = [sys.executable, "-m", "line_desktop", "demo", "--neurons", "2", "--steps", "1", "--json"]
REACHING_OUT = """
import contextlib, socket
for address in (("hub.example.org", 443), ("203.0.113.9", 8443), ("2001:db8::9", 443)):
    with contextlib.suppress(OSError):
        socket.create_connection(address, timeout=5)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("198.51.100.7", 4000))
"""
SESSION = """
import sys, time
from pathlib import Path
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
end = time.monotonic() + 30
while time.monotonic() < end and "TCP" not in Path("trap.log").read_text():
    time.sleep(0.1)
"""

needs_the_trap = pytest.mark.skipif(not trap.permitted(), reason="user, network and mount namespaces, or the tool ip, are missing here")


def places(folder: Path) -> dict[str, str]:
    """Fresh folders for everything a program may write, all below `folder`."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True)
    cleared = {name: "" for name in os.environ if name.startswith("XDG_")}
    return cleared | {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "LINE_DESKTOP_HOME": str(folder / "line"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def written(folder: Path) -> set[str]:
    """Every file below `folder` outside the program's own."""
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    return {str(file) for file in files if file.parts[0] != "line"}


def told(output: str) -> list[tuple[object, ...]]:
    """What was found, without the paths."""
    document: dict[str, Any] = json.loads(output)
    return [
        (one["layer"], one["neuron"], one["label"], one["score"], [(step["concept"], step["score"]) for step in one["steps"]])
        for one in document["neurons"]
    ]


@needs_the_trap
@pytest.mark.usefixtures("demo_llm")
def test_a_whole_run_tries_to_reach_nothing_and_writes_nothing_elsewhere(tmp_path: Path) -> None:
    trapped, ordinary = tmp_path / "trapped", tmp_path / "ordinary"
    done, attempts = trap.run(DEMO, trapped, 300, places(trapped))
    assert done.returncode in (0, 3), done.stderr
    assert attempts == []
    assert written(trapped) == {"trap.log"}

    environment = os.environ | places(ordinary)
    for part in ("targets", "probe"):  # what was imported and drawn in the trap serves the other run as well
        shutil.copytree(trapped / "line" / "demo" / part, ordinary / "line" / "demo" / part)
    done_ordinarily = subprocess.run(DEMO, env=environment, cwd=ordinary, capture_output=True, text=True, timeout=300, check=False)
    assert told(done.stdout)
    assert told(done.stdout) == told(done_ordinarily.stdout)
    assert written(ordinary) == set()


@needs_the_trap
def test_the_trap_records_names_connections_and_datagrams(tmp_path: Path) -> None:
    _, attempts = trap.run([sys.executable, "-c", REACHING_OUT], tmp_path, 60, places(tmp_path))
    asked = {"DNS hub.example.org", "UDP 198.51.100.7 4000"}
    connected = {"TCP 192.0.2.1 443", "TCP 203.0.113.9 8443", "TCP 2001:db8::9 443"}
    assert asked | connected <= set(attempts)


@needs_the_trap
def test_the_trap_sees_what_the_switches_prevent(tmp_path: Path) -> None:
    """ONNX Runtime without its switch: the official wheel of 1.29 and later reports to its maker (SAFETY, "Offline")."""
    network = small_inputs.network(tmp_path / "net.onnx")
    session = [sys.executable, "-c", SESSION, str(network)]
    _, attempts = trap.run(session, tmp_path, 120, places(tmp_path))
    if not attempts:
        pytest.skip("this build of ONNX Runtime reports to nobody, so there is nothing to prevent")
    assert any(line.startswith("DNS ") and line.endswith(".microsoft.com") for line in attempts)
    assert any("onnxruntime" in file for file in written(tmp_path))


@needs_the_trap
def test_children_stay_in_the_trap(tmp_path: Path) -> None:
    """Else it would record nothing whatever they did: with namespaces at its disposal a child leaves the network."""
    code = "from models import offline; print(offline.leave_network(), offline.can_reach_network())"
    done, _ = trap.run([sys.executable, "-c", code], tmp_path, 60, places(tmp_path))
    assert done.stdout.strip() == "switches only True"
