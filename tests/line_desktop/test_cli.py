"""The command line given what cannot be: one sentence, exit code 2, and a workspace as whole as before."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest
import small_inputs
import typer

from line_desktop import paths
from line_desktop.cli import app, run
from line_desktop.store.workspace import Workspace

LABEL = ("--neurons", "0", "--llm", "demo", "--pictures", "pictograms")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace that bad input shall leave whole."""
    return tmp_path_factory.mktemp("workspace") / "workspace"


@pytest.fixture
def whole(workspace: Path) -> Iterator[None]:
    """After the test the workspace has no run, and nothing is wrong with it."""
    yield
    with Workspace.open(workspace) as opened:
        assert opened.check(deep=True) == []
        assert opened.runs() == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("bogus", r"No such command 'bogus'; see line-desktop --help\."),
        ("inspect", r"Missing argument 'CHECKPOINT'; see line-desktop inspect --help\."),
        ("inspect net.onnx --bogus", r"No such option: --bogus; see line-desktop inspect --help\."),
        ("inspect net.onnx more", r"Got unexpected extra argument\(s\) \(more\); see line-desktop inspect --help\."),
        ("survey net.onnx --layer a --probe p", r"Missing option '--workspace'.*; see line-desktop survey --help\."),
        ("survey net.onnx --size big", r"Invalid value for '--size': .*; see line-desktop survey --help\."),
        ("label net.onnx --preset best", r"Invalid value for '--preset': 'best' is not one of 'line', 'sparing', 'paper'; see .*"),
        ("label net.onnx --profile best", r"Invalid value for '--profile': 'best' is not one of 'paper', 'compact'; see .*"),
        ("label net.onnx --steps 0", r"Invalid value for '--steps': .* 1; see .*"),
        ("label net.onnx --seed -1", r"Invalid value for '--seed': .*; see .*"),
        (f"label net.onnx --seed {2**32}", r"Invalid value for '--seed': .*4294967295.*; see .*"),
        ("bench", r"Missing command.*; see line-desktop bench --help\."),
    ],
)
def test_wrong_usage_is_one_sentence_with_the_place_to_read(line, arguments, sentence):
    said = line(*arguments.split())
    assert said.code == 2
    assert_matches(said.error, sentence)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--size 0", r"--size must be from 1 to 4096 pixels, got 0\."),
        ("--size 5000", r"--size must be from 1 to 4096 pixels, got 5000\."),
        ("--mean a,b,c", r"--mean takes numbers separated by commas, such as 0\.5,0\.5,0\.5; got 'a,b,c'\."),
        ("--mean 0,nan,0", r"--mean takes finite numbers, got 0, nan, 0\."),
        ("--std 1,inf,1", r"--std takes finite numbers, got 1, inf, 1\."),
        ("--std 1,0,1", r"--std must be above 0, got 0\."),
    ],
)
def test_impossible_preprocessing_is_refused_before_anything_begins(line, tmp_path, options, sentence):
    said = line("survey", "net.onnx", "--layer", "a", "--probe", "p", "--workspace", tmp_path / "w", *options.split())
    assert said.code == 2
    assert_matches(said.error, sentence)
    assert not (tmp_path / "w").exists()


def make_text(place: Path) -> Path:
    place.write_text("hello")
    return place


def make_truncated(place: Path) -> Path:
    data = small_inputs.network(place).read_bytes()
    place.write_bytes(data[: len(data) // 2])
    return place


def make_folder_without_weights(place: Path) -> Path:
    place.mkdir()
    (place / "config.json").write_text('{"model_type": "resnet", "architectures": ["ResNetForImageClassification"]}')
    return place


def make_empty_folder(place: Path) -> Path:
    place.mkdir()
    return place


def make_gguf(place: Path) -> Path:
    place.write_bytes(b"GGUF" + bytes(100))
    return place


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (make_text, r"thing is not a checkpoint: .*; give an ONNX file, a Hugging Face folder or torch weights\."),
        (make_truncated, r"thing is a truncated ONNX file; fetch or export it again\."),
        (small_inputs.network_without_layers, r"thing: The network has no layer that can be tapped: .*\."),
        (make_folder_without_weights, r"The folder .*thing has a config\.json but no model\.safetensors; fetch the weights\."),
        (make_empty_folder, r"The folder .*thing is empty\."),
        (make_gguf, r"thing is a GGUF language model; give it to --llm\."),
        (Path, r".*thing does not exist.*; check the path\."),
    ],
)
def test_what_is_no_usable_checkpoint(line, tmp_path, make: Callable[[Path], Path], sentence):
    said = line("inspect", make(tmp_path / "thing"))
    assert said.code == 2
    assert_matches(said.error, sentence)


def test_a_mistyped_path_is_never_taken_for_a_name_on_a_hub(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_matches(line("inspect", "microsoft/resnet-50").error, r".*microsoft/resnet-50 does not exist.*; check the path\.")


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"--layer": "rellu"}, r"The checkpoint has no layer 'rellu' among its 5; the nearest names are relu, .*\."),
        ({"--neurons": "0-6"}, r"Neuron 6 is out of range: the layer has 6 neurons, 0 to 5\."),
        ({"--neurons": "3-1"}, r"The range 3-1 runs backwards; write 1-3\."),
        ({"--neurons": "random:7"}, r"random:7 asks for a number of neurons from 1 to 6, the layer's width\."),
        ({"--neurons": "few"}, r"'few' is not a neuron or a range; write 0-9,15 or random:20 or all\."),
        ({"--pictures": "clouds"}, r'There is no picture source "clouds"; there are: .*\.'),
        ({"--pictures": "photos:{nowhere}"}, r"There is no folder .*nowhere; give the path of a folder of photos\."),
        ({"--llm": "{nowhere}"}, r"There is no language model .*nowhere; give the path of a GGUF file\."),
        ({"--llm": "{network}"}, r"net\.onnx is not a GGUF file: .* Choose a language model saved as GGUF\."),
        ({"--probe": "{nowhere}"}, r"There is no folder .*nowhere; give the path of a folder of photos\."),
        ({"--probe": "{empty}"}, r".*empty has no photos; put .* files into it\."),
        ({"--probe": "{plain}"}, r"The 2 photos in .*plain are not labelled; .*: give one folder of photos for each class\."),
        ({"--mean": "0.5"}, r"--mean has 1 values?, the checkpoint has 3 channels; give one for each\."),
        ({"--size": "32"}, r"The network takes 3 × 8 × 8 .*, and the preprocessing gives 3 × 32 × 32; .*"),
    ],
)
def test_what_cannot_be_labelled(line, workspace, network, probe, demo_llm, tmp_path, changes, sentence):
    places = {"nowhere": tmp_path / "nowhere", "network": network, "empty": tmp_path / "empty", "plain": tmp_path / "plain"}
    places["empty"].mkdir()
    small_inputs.plain_photos(places["plain"], 2)
    options = {"--layer": "relu", "--neurons": "0", "--probe": probe, "--llm": demo_llm, "--pictures": "pictograms"}
    options |= {"--workspace": workspace} | {name: value.format(**places) for name, value in changes.items()}
    said = line("label", network, *(part for option in options.items() for part in option))
    assert said.code == 2
    assert_matches(said.error, sentence)


@pytest.mark.usefixtures("whole")
def test_a_truncated_language_model(line, workspace, network, probe, demo_llm, tmp_path):
    with demo_llm.open("rb") as whole_file:
        (tmp_path / "cut.gguf").write_bytes(whole_file.read(2_000_000))
    said = line("label", network, "--layer", "relu", "--probe", probe, *LABEL, "--llm", tmp_path / "cut.gguf", "--workspace", workspace)
    assert said.code == 2
    assert_matches(said.error, r"cut\.gguf is cut off: expected at least [\d,]+ bytes, the file has 2,000,000\. .*again\.")


@pytest.mark.usefixtures("whole")
def test_a_language_model_too_large_for_the_memory(line, workspace, network, probe, demo_llm, tmp_path):
    """A file of 2 TB, nearly all of it a hole; its SHA-256 would take an hour, so the memory must be asked first."""
    huge = Path(shutil.copy(demo_llm, tmp_path / "huge.gguf"))
    try:
        os.truncate(huge, 2 * 10**12)
    except OSError:
        pytest.skip("this file system has no files of 2 TB")
    said = line("label", network, "--layer", "relu", "--probe", probe, *LABEL, "--llm", huge, "--workspace", workspace)
    huge.unlink()
    assert said.code == 2
    assert_matches(said.error, r".*huge\.gguf needs about [\d.]+ GB .*and [\d.]+ GB may be used; .*take a smaller model.*")


@pytest.mark.usefixtures("whole")
def test_class_names_that_cannot_be_depicted(line, workspace, network, demo_llm, tmp_path):
    probe = small_inputs.labelled_photos(tmp_path / "abstract", names=("justice", "hope", "cat"))
    said = line("label", network, "--layer", "relu", "--probe", probe, *LABEL, "--llm", demo_llm, "--workspace", workspace)
    assert said.code == 2
    assert_matches(said.error, r"Of the 3 class names in .*abstract the picture source can depict 1 \(.*\); at least 2 are needed.*")


@pytest.mark.usefixtures("whole")
def test_a_workspace_in_use_is_not_touched(line, workspace, network, probe):
    with Workspace.open(workspace):
        said = line("survey", network, "--layer", "relu", "--probe", probe, "--workspace", workspace)
    assert said.code == 2
    assert_matches(said.error, rf"The workspace .* is in use by process {os.getpid()} on .*: wait until it ends, or .*\.")


def test_a_workspace_of_a_newer_version_is_not_touched(line, network, probe, tmp_path):
    Workspace.open(tmp_path / "newer").close()
    connection = apsw.Connection(str(tmp_path / "newer" / "line.db"))
    connection.pragma("user_version", 999)
    connection.close()
    before = (tmp_path / "newer" / "line.db").read_bytes()
    said = line("survey", network, "--layer", "relu", "--probe", probe, "--workspace", tmp_path / "newer")
    assert said.code == 2
    assert_matches(said.error, r".*newer.*999.*")
    assert (tmp_path / "newer" / "line.db").read_bytes() == before


def test_a_workspace_where_none_can_be(line, network, probe, tmp_path):
    (tmp_path / "file").write_text("mine")
    said = line("survey", network, "--layer", "relu", "--probe", probe, "--workspace", tmp_path / "file")
    assert said.code == 2
    assert_matches(said.error, r"The workspace .*file cannot be created \(.*\): choose a folder that is yours\.")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here: needs Linux and root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_without_room_for_the_checkpoint(line, probe, small_disk, tmp_path):
    large = small_inputs.network_of_bytes(tmp_path / "large.onnx", 3_000_000)
    said = line("survey", large, "--layer", "pool", "--probe", probe, "--workspace", small_disk / "w")
    assert said.code == 2
    assert_matches(said.error, r"The disk that holds .* is full: 3\.0 MB needed, 1\.\d MB free\. Free some space, then resume\.")
    assert not (small_disk / "w").exists()


def test_a_disk_that_fills_up_while_pictures_are_drawn(line, network, probe, demo_llm, small_disk):
    where = ("--layer", "relu", "--probe", probe, "--workspace", small_disk / "w")
    command = ("label", network, *where, *LABEL, "--llm", demo_llm, "--steps", 1)
    line("survey", network, *where)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 300_000))
    said = line(*command)
    assert said.code == 2
    assert_matches(said.error, r"The disk that holds .* is full: [\d.]+ kB needed, [\d.]+ (kB|bytes) free\. Free some space, then resume\.")
    with Workspace.open(small_disk / "w") as opened:
        assert opened.check(deep=True) == []
    filler.unlink()
    assert line(*command).code == 0


def test_a_one_channel_network_takes_colour_photos_and_says_so(line, probe, tmp_path):
    grey = small_inputs.network(tmp_path / "grey.onnx", channels=1)
    assert "colour photos are turned to grey" in line("inspect", grey).out
    said = line("survey", grey, "--layer", "relu", "--probe", probe, "--workspace", tmp_path / "w")
    assert said.code == 0
    assert "colour photos are turned to grey" in said.err


def test_inspect_prints_one_json_document(line, network):
    said = line("inspect", network, "--json")
    found = json.loads(said.out)
    assert said.code == 0
    assert said.err == ""
    assert [(layer["name"], layer["width"]) for layer in found["layers"]][1] == ("relu", 6)
    assert found["preprocess"]["origin"] == "assumed"


def test_inspect_prints_every_layer(line, network):
    said = line("inspect", network)
    for name in ("conv", "relu", "pool", "mixed", "log"):
        assert f" {name} " in said.out


def test_help_is_there_for_every_command_option_and_argument(line):
    group = typer.main.get_command(app)
    listed = line().out
    for name, command in group.commands.items():
        if command.hidden:
            continue
        assert f"  {name} " in listed
        text = line(name, "--help").out
        for one in getattr(command, "params", []):
            if getattr(one, "hidden", False):  # between the window and its children
                continue
            assert one.help, f"{name} {one.name} has no help"
            assert one.opts[0] in text or one.metavar in text


def test_a_reader_that_goes_away_is_no_mistake_of_ours(network):
    command = f"{sys.executable} -m line_desktop inspect {network} --json | head -c 1"
    ended = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "{", "")


def test_our_own_mistake_goes_to_the_log(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("LINE_DESKTOP_HOME", str(tmp_path))
    monkeypatch.setattr("line_desktop.commands.checkpoint.Engines", None)
    assert run(["inspect", "net.onnx"]) == 70
    assert str(paths.log_file()) in capsys.readouterr().err
    assert "Traceback" in paths.log_file().read_text()


def assert_matches(text: str, pattern: str) -> None:
    assert re.fullmatch(pattern, text), text
