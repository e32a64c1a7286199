"""Every `torch.load` in the project reads weights only, and programs are opened in one place, behind the user's consent."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [file for folder in ("models", "line_desktop", "ui", "packaging") for file in sorted((ROOT / folder).rglob("*.py"))]
RUN_CODE = {"jit.load", "export.load", "package.PackageImporter", "hub.load"}


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call with its dotted name; a name imported from torch is written out."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "torch"
        for alias in node.names
    } | {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname and alias.name.partition(".")[0] == "torch"
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            yield ".".join(filter(None, (imported.get(first, first), rest))), node


def unsafe(source: str) -> list[int]:
    """The lines that load a torch file without weights_only=True written out."""
    return [
        call.lineno
        for name, call in calls(source)
        if name in ("torch.load", "torch.serialization.load")
        and not any(word.arg == "weights_only" and ast.unparse(word.value) == "True" for word in call.keywords)
    ]


def test_every_torch_load_reads_weights_only() -> None:
    assert {str(file): unsafe(file.read_text(encoding="utf-8")) for file in SOURCES} == {str(file): [] for file in SOURCES}
    assert any(name == "torch.load" for file in SOURCES for name, _ in calls(file.read_text(encoding="utf-8")))


def test_programs_are_opened_in_one_file() -> None:
    opening = {
        file.relative_to(ROOT).as_posix()
        for file in SOURCES
        for name, _ in calls(file.read_text(encoding="utf-8"))
        if name.removeprefix("torch.") in RUN_CODE and name.startswith("torch.")
    }
    assert opening == {"models/vision/programs.py"}


def test_nothing_is_unpickled() -> None:
    names = {name for file in SOURCES for name, _ in calls(file.read_text(encoding="utf-8"))}
    assert not names & {"pickle.load", "pickle.loads", "pickle.Unpickler", "dill.load", "joblib.load", "marshal.loads"}


def test_the_scan_sees_every_way_of_writing_it() -> None:
    assert unsafe("import torch\ntorch.load(f)") == [2]
    assert unsafe("import torch as t\nt.load(f, weights_only=flag)") == [2]
    assert unsafe("from torch import load as read\nread(f, weights_only=False)") == [2]
    assert unsafe("from torch import serialization\nserialization.load(f)") == [2]
    assert unsafe("import torch\ntorch.load(f, weights_only=True)\nother.load(f)") == []
