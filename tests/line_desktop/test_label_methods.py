"""Every method from the command line: what it lacks is said in a sentence, what it finds stands beside the others' labels."""

import json
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
import small_inputs
import typer

from line_desktop.cli import app
from line_desktop.methods.asking import MethodName
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter

NEEDS = {
    "line": ([], "needs a picture source"),
    "facets": (["--pictures", "pictograms", "--llm", "demo"], "needs a CLIP"),
    "sieve": (["--pictures", "pictograms"], "needs a CLIP"),
    "clip-dissect": ([], "needs a CLIP"),
}


@pytest.fixture(scope="module")
def arguments(network: Path, probe: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """Of a job over one neuron that fires, in a workspace that the methods share."""
    workspace = tmp_path_factory.mktemp("methods") / "workspace"
    return ("label", network, "--layer", "relu", "--neurons", "4", "--probe", probe, "--workspace", workspace, "--json")


def test_the_help_says_what_each_method_needs_and_lists_every_option_once_in_a_terminal_of_80_columns(line, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = line("label", "--help").out
    assert max(map(len, text.splitlines())) <= 80
    for method in get_args(MethodName):
        assert f"\n    {method} " in text
    for one in typer.main.get_command(app).commands["label"].params:
        name = one.opts[0] if one.param_type_name == "option" else one.name.upper()
        assert text.count(f"\n  {name} ") == 1
    titles = [row for row in text.splitlines() if row.endswith(":") and not row.startswith(" ")]
    assert titles[0] == "Arguments:"
    assert titles[-1] == "Other options:"
    assert len(titles) > 5


@pytest.mark.parametrize("method", NEEDS)
def test_what_a_method_lacks_is_said_before_anything_is_read(line, arguments, method):
    given, said = NEEDS[method]
    found = line(*arguments, "--method", method, *given)
    assert found.code == 2
    assert said in found.error


def test_invert_needs_labelled_photos(line, arguments, tmp_path):
    found = line(*arguments, "--probe", small_inputs.plain_photos(tmp_path / "flat", 3), "--method", "invert")
    assert found.error.startswith("Of 3 photos in ")
    assert "none is labelled" in found.error


def test_clip_dissect_says_how_many_photos_it_needs(line, arguments):
    found = line(*arguments, "--method", "clip-dissect", "--clip", "demo")
    assert found.code == 2
    assert "CLIP-Dissect weighs the 100 strongest photos" in found.error


def test_methods_stand_side_by_side_and_come_from_the_store_the_second_time(line, arguments):
    calls = {
        "invert": ("--method", "invert", "--formula-length", 1),
        "sieve": ("--method", "sieve", "--clip", "demo", "--concepts", "pictograms", "--pictures", "pictograms", "--no-gate"),
    }
    first = {name: line(*arguments, *extra) for name, extra in calls.items()}
    labels = {name: json.loads(said.out)["neurons"][0] for name, said in first.items()}
    assert labels["invert"]["origin"] == "formula"
    assert labels["sieve"]["origin"] == "list"
    assert 0 <= labels["sieve"]["score"] <= 1
    for name, extra in calls.items():
        again = line(*arguments, *extra)
        assert json.loads(again.out) == json.loads(first[name].out)
        assert "pictures drawn" not in again.err or "; 0 pictures drawn" in again.err
    with closing(Desk.open(arguments[arguments.index("--workspace") + 1])) as desk:
        (neuron,) = desk.neuron_ids(Filter(methods=("invert",)))
        found = {one.method: one.result.label for one in desk.neuron_results(int(neuron))}
    assert found == {name: one["label"] for name, one in labels.items()}
