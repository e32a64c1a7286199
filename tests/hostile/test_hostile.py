"""Hostile files end in one sentence, at worst with their child, and leave nothing behind; none of them reaches the network or runs code.

All are brought to the program's real children by `runner`, inside the trap where the system permits it; the tests look at what it reports.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import trap

from hostile.case import Case
from hostile.onnx_files import strange_names
from hostile.runner import ALL, Report, Result

ROOT = Path(__file__).resolve().parents[2]
RUNNER = [sys.executable, "-m", "hostile.runner"]


class Tried(NamedTuple):
    report: Report
    results: dict[str, Result]
    attempts: list[str] | None  # to connect; None where no trap could be set


@pytest.fixture(scope="session")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("home", "tmp", "work"):
        (folder / name).mkdir()
    places = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"}
    command = [*RUNNER, str(folder / "work")]
    attempts = None
    if trap.permitted():
        done, attempts = trap.run(command, folder, 300, places)
    else:
        done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    report = msgspec.json.decode(done.stdout, type=Report)
    return Tried(report, {result.name: result for result in report.results}, attempts)


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_a_hostile_file_is_refused_in_one_sentence(tried: Tried, case: Case) -> None:
    result = tried.results[case.name]
    assert result.traces == []
    if result.outcome == "opened":
        assert case.outcome == "harmless"
        return
    assert result.outcome in ("refused", "child ended"), result.text
    assert result.text
    assert "\n" not in result.text
    assert "Traceback" not in result.text


def test_nothing_outlives_the_hostile_files(tried: Tried) -> None:
    assert tried.report.left == []
    assert tried.report.alive == []
    assert len(tried.results) == len(ALL)


def test_no_hostile_file_reaches_the_network(tried: Tried) -> None:
    if tried.attempts is None:
        pytest.skip("namespaces are not permitted here, so there is no trap to look into")
    assert tried.attempts == []


def test_few_hostile_files_reach_as_far_as_a_childs_end(tried: Tried) -> None:
    """Our own readers stand before the libraries: if many children ended, a reader would be missing."""
    ended = [result.name for result in tried.report.results if result.outcome == "child ended"]
    assert len(ended) <= len(ALL) // 20, ended


def test_names_from_files_are_shown_without_control_and_direction_marks(tmp_path: Path) -> None:
    (tmp_path / "a\u202egnp.\x1b[2J.onnx").write_bytes(strange_names().SerializeToString())
    (tmp_path / "b\u202egnp.\x1b[2J.onnx").write_bytes(b"no network")
    for file, code in zip(sorted(tmp_path.iterdir()), (0, 2), strict=True):
        command = [sys.executable, "-m", "line_desktop", "inspect", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        shown = done.stdout + done.stderr
        assert done.returncode == code, shown
        assert shown.replace("\n", "").isprintable()
        assert "\\u202e" in shown
        assert "\\x1b[2J" in shown
