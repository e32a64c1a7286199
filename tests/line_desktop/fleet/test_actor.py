"""A worker's side, without Ray: engines opened where it is, networks kept by their content, errors in words, nothing secret passed on."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from line_desktop.fleet.actor import MODELS, Actor, Answer, digest_of, path_of_here, target_folder, with_paths_of_here
from models.errors import KINDS, BadFile, Cancelled
from models.pictures.pictograms import Pictograms
from models.types.pictures import PicturePrompt

PROMPTS = [PicturePrompt("cat", "", "", 1), PicturePrompt("red square", "", "", 2)]


def test_it_draws_what_its_machine_draws_in_a_child_without_a_network() -> None:
    actor = Actor(0, 1, None, False)
    try:
        opened = actor.do("pictures", "pictograms")
        assert opened.value == Pictograms().settings()
        drawn = actor.do("call", "pictograms", "draw", PROMPTS)
        assert drawn.value == Pictograms().draw(PROMPTS)
        assert len(drawn.network) == 1
        assert actor.do("plan").value.startswith("Memory: pictograms")
    finally:
        actor.close()


def test_a_share_of_the_cores_and_of_the_memory() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        shares = []
        for number in range(2):
            actor = Actor(number, 2, None, False)
            actor.do("versions")
            shares.append(os.sched_getaffinity(0))
            os.sched_setaffinity(0, allowed)
        assert shares[0] | shares[1] == allowed
        if len(allowed) > 1:
            assert not shares[0] & shares[1]
    finally:
        os.sched_setaffinity(0, allowed)


def test_problems_come_in_words() -> None:
    actor = Actor(0, 1, None, False)
    assert actor.do("pictures", "watercolours:cat").kind == BadFile.__name__
    answer = actor.do("proposer", Path("/nowhere/model.gguf"), None)
    assert answer == Answer(None, BadFile.__name__, answer.error, (), answer.network)
    assert answer.error == f"There is no language model /nowhere/model.gguf, nor one of that name in the folder that {MODELS} names."
    assert {Cancelled.__name__, BadFile.__name__} <= KINDS.keys()
    actor.close()


def test_a_network_is_kept_by_its_content_and_refused_when_it_is_harmed() -> None:
    files = {"model.onnx": b"graph", "model.onnx.data": b"weights"}
    sha256 = digest_of(files)
    assert digest_of({"model.onnx": b"graphm", "model.onnx.data": b"weights"}) != sha256
    actor = Actor(0, 1, None, False)
    assert actor.do("has_target", sha256).value is False
    assert actor.do("keep_target", sha256, files).kind == ""
    assert actor.do("has_target", sha256).value is True
    (target_folder(sha256) / "model.onnx").write_bytes(b"grief")
    assert actor.do("has_target", sha256).value is False
    assert actor.do("keep_target", sha256, files).kind == ""
    assert actor.do("has_target", sha256).value is True
    assert "did not arrive whole" in actor.do("keep_target", "0" * 64, files).error
    actor.do("keep_target", digest_of({"../../escaped": b"x"}), {"../../escaped": b"x"})
    assert not (target_folder(sha256).parents[1] / "escaped").exists()


def test_actors_of_one_machine_keep_a_network_at_the_same_time() -> None:
    files = {f"model.{number}": os.urandom(5_000) for number in range(40)}
    sha256 = digest_of(files)
    actors = [Actor(0, 1, None, False) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        for _ in range(40):
            answers = list(threads.map(lambda actor: actor.do("keep_target", sha256, files), actors))
            assert [answer.error for answer in answers] == ["", ""]
    (target_folder(sha256) / "stray").touch()
    assert not actors[0].has_target(sha256)
    assert actors[0].do("keep_target", sha256, files).kind == ""
    assert {file.name for file in target_folder(sha256).iterdir()} == set(files)
    assert list(target_folder(sha256).parent.iterdir()) == [target_folder(sha256)]


def test_model_files_are_found_by_the_jobs_path_or_in_the_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    here.mkdir()
    (here / "model.gguf").touch()
    (here / "xl").mkdir()
    assert path_of_here(there / "model.gguf") == there / "model.gguf"
    monkeypatch.setenv(MODELS, str(here))
    assert path_of_here(there / "model.gguf") == here / "model.gguf"
    assert with_paths_of_here(f"sdxl:{there}/xl,steps=4,lora={there}/gone") == f"sdxl:{here}/xl,steps=4,lora={there}/gone"
    there.mkdir()
    (there / "model.gguf").touch()
    assert path_of_here(there / "model.gguf") == there / "model.gguf"
    for source in ("pictograms", "sdxl:demo", "sdxl:demo,steps=4,size=64"):
        assert with_paths_of_here(source) == source


def test_engines_do_not_inherit_what_opens_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    Actor(0, 1, None, False)
    assert "secret" not in os.environ.values()
