"""What our own source may never do with foreign files, or with the network; read from the syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [file for package in ("models", "line_desktop", "ui") for file in sorted((ROOT / package).rglob("*.py"))]
FORBIDDEN_IMPORTS = {
    "dill", "cloudpickle", "joblib", "marshal", "shelve",  # run what they read
    "requests", "httpx", "aiohttp", "urllib", "urllib3", "http", "ftplib", "smtplib", "xmlrpc", "websockets",  # reach out
}  # fmt: skip
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "pickle.Unpickler"}
TRUST = {"trust_remote_code": False, "weights_only": True, "local_files_only": True, "allow_pickle": False, "use_safetensors": True}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def problems(source: str) -> list[str]:
    """Every place that may not be."""
    tree = ast.parse(source)
    found = [f"import of {name}" for node in ast.walk(tree) for name in imported(node) if name in FORBIDDEN_IMPORTS]
    for call in calls(tree):
        name = ast.unparse(call.func)
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if name in FORBIDDEN_CALLS:
            found.append(f"line {call.lineno}: {name}")
        if name == "torch.load" and "weights_only" not in given:
            found.append(f"line {call.lineno}: torch.load without weights_only=True")
        for argument, wanted in TRUST.items():
            value = given.get(argument)
            if value is not None and not (isinstance(value, ast.Constant) and value.value is wanted):
                found.append(f"line {call.lineno}: {argument}={ast.unparse(value)}")
    return found


def imported(node: ast.AST) -> list[str]:
    """The outermost packages a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    return []


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_no_source_runs_foreign_code_or_reaches_out(file: Path) -> None:
    assert problems(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.load(path, weights_only=flag)",
        "pickle.loads(data)",
        "import marshal",
        "from urllib.request import urlopen",
        "eval(text)",
        "numpy.load(path, allow_pickle=True)",
        "C.from_pretrained(path, trust_remote_code=True)",
    ],
)
def test_the_scan_finds_what_it_looks_for(line: str) -> None:
    assert problems(line)
