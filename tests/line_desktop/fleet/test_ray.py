"""Ray itself, as a user starts it: the labels of one machine, though a worker is killed; and nothing that leaves this machine."""

import importlib.util
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import rigged
import trap

from line_desktop.fleet.cluster import QUIET, ROOM
from line_desktop.store.workspace import Workspace

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install 'line-desktop[ray]' (docs/many-machines.md)"
)
ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 180


def told(output: str, workspace: Path) -> dict[str, Any]:
    """The document, but for where it was made."""
    document: dict[str, Any] = json.loads(output.replace(str(workspace), ""))
    del document["target"]["device"]
    return document


def command(labelled: Any, workspace: Path, address: str) -> list[str]:
    """The command of the fixture again, over Ray."""
    words = [str(one) for one in labelled.arguments]
    words[words.index("--workspace") + 1] = str(workspace)
    return [sys.executable, "-m", "line_desktop", *words, "--ray", address]


@pytest.fixture
def ray_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, str], psutil.Process]]:
    """`ray start` on this machine with room for two workers that know the rigged source: its address, how to join, and its process."""
    rigged.install(tmp_path, monkeypatch)
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    secret = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "LINE_DESKTOP_HOME": str(tmp_path / "home")}
    options = [
        "--head", "--block", f"--port={port}", "--num-cpus=2", "--num-gpus=0", f'--resources={{"{ROOM}": 2}}', "--include-dashboard=false",
        f"--object-store-memory={128 << 20}", "--disable-usage-stats",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp", ignore_cleanup_errors=True) as folder:  # the paths of sockets are short
        start = [sys.executable, "-m", "ray.scripts.scripts", "start", *options, f"--temp-dir={folder}"]
        environment = os.environ | QUIET | secret | {"HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(start, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as head:
            assert head.stdout is not None
            said = ""
            while not (found := re.search(r"--address='([\d.:]+)'", said)):
                line = head.stdout.readline()
                assert line, said
                said += line
            process = psutil.Process(head.pid)
            try:
                yield found[1], secret, process
            finally:
                family = process.children(recursive=True)
                process.terminate()
                _, alive = psutil.wait_procs([process, *family], timeout=20)
                for one in alive:
                    one.kill()


def test_a_worker_that_is_killed_costs_no_label(labelled: Any, ray_at: tuple[str, dict[str, str], psutil.Process], tmp_path: Path) -> None:
    address, secret, head = ray_at
    words = command(labelled, tmp_path / "w", address)
    words[words.index("--pictures") + 1] = f"rigged:{tmp_path},waits"
    with subprocess.Popen(words, env=os.environ | secret, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as job:
        assert job.stderr is not None
        assert job.stdout is not None
        calls, end = tmp_path / "calls", time.monotonic() + START_SECONDS
        while not calls.exists() or calls.stat().st_size < 2:  # until each of the two draws, and waits
            if time.monotonic() > end:
                job.kill()
            assert job.poll() is None, job.stderr.read()
            time.sleep(0.01)
        workers = [one for one in head.children(recursive=True) if one.name().startswith("ray::Actor")]
        assert len(workers) == 2
        workers[0].kill()
        workers[0].wait()
        rigged.let_go(tmp_path)
        said = job.stderr.read()
        found = told(job.stdout.read(), tmp_path / "w")
    assert re.search(r"\(\d of 2\) does not take part: it was lost \(.*\)\. What it was doing is done again\.", said)
    assert found == told(labelled.said.out, labelled.workspace)
    with Workspace.open(tmp_path / "w") as opened:
        assert opened.check(deep=True) == []
        network = {session.network for run in opened.runs() for session in opened.sessions(run.id)}
    with Workspace.open(labelled.workspace) as opened:
        alone = {session.network for run in opened.runs() for session in opened.sessions(run.id)}
    assert network == {f"{words}; the job and its workers speak over Ray" for words in alone}


@pytest.mark.skipif(not trap.permitted(), reason="user, network and mount namespaces, or the tool ip, are missing here")
def test_a_private_cluster_gives_the_same_labels_and_nothing_leaves_the_loopback(labelled: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    extra = {"HOME": str(home), "LINE_DESKTOP_HOME": str(tmp_path / "line"), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done, attempts = trap.run(command(labelled, tmp_path / "w", "local:2"), tmp_path, START_SECONDS, extra)
    assert done.returncode == 3, done.stderr
    assert told(done.stdout, tmp_path / "w") == told(labelled.said.out, labelled.workspace)
    assert [one for one in attempts if not one.startswith("TCP 127.0.0.1 ")] == []
    assert attempts, "Ray's own connections are seen"
    assert list(home.rglob("*")) == []
