"""The command line in this process, on small inputs that all its tests share."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import small_inputs

from line_desktop.cli import run
from line_desktop.known_world import World


class Said(msgspec.Struct, frozen=True):
    """What a command line gave back."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one sentence after "line-desktop: ", the last on standard error; fails if there is a traceback."""
        assert "Traceback" not in self.err
        assert self.out == ""
        *before, last = self.err.splitlines()
        assert last.startswith("line-desktop: ")
        assert not any(line.startswith("line-desktop: ") for line in before)
        return last.removeprefix("line-desktop: ")


Line = Callable[..., Said]


@pytest.fixture(scope="session")
def line() -> Line:
    """Runs `line-desktop` with arguments; paths may be given as they are."""

    def run_line(*arguments: object) -> Said:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = run([str(one) for one in arguments])
        return Said(code, out.getvalue(), err.getvalue())

    return run_line


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """See small_inputs.network."""
    return small_inputs.network(tmp_path_factory.mktemp("network") / "net.onnx")


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small labelled probe set."""
    return small_inputs.labelled_photos(tmp_path_factory.mktemp("photos") / "probe")


class Job(msgspec.Struct, frozen=True):
    """A finished `label --json`."""

    arguments: tuple[object, ...]
    workspace: Path
    said: Said


@pytest.fixture(scope="session")
def labelled(line: Line, network: Path, probe: Path, demo_llm: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Two layers of the small network labelled with the real language model: one neuron is dead, one not finite."""
    workspace = tmp_path_factory.mktemp("labelled") / "workspace"
    arguments = (
        "label", network, "--layer", "relu", "--layer", "log", "--neurons", "0,4-5", "--probe", probe, "--llm", demo_llm,
        "--pictures", "pictograms", "--workspace", workspace, "--steps", 1, "--json",
    )  # fmt: skip
    return Job(arguments, workspace, line(*arguments))


@pytest.fixture(scope="session")
def world(demo_llm: object, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world whose truth is known, with two photos of each class."""
    return World.make(tmp_path_factory.mktemp("known") / "world", lambda _: None, photos=2)
