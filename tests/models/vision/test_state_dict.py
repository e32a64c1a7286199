"""Weights alone: what a file may hold, and what is said of those that do not fit."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from models.errors import BadFile
from models.types.vision import ReadAs
from models.vision.importer import CheckpointImporter
from models.vision.state_dict import misfits, read_state_dict

torch = pytest.importorskip("torch")


def state() -> dict[str, Any]:
    return {"conv.weight": torch.arange(24.0).reshape(2, 3, 2, 2), "fc.bias": torch.ones(5)}


def saved(content: Any, path: Path, **how: Any) -> Path:
    torch.save(content, path, **how)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        read_state_dict(path)
    return str(caught.value)


class Evil:
    """Runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrap", [lambda plain: plain, lambda plain: {"state_dict": plain, "epoch": 3, "args": {"lr": 0.1}}])
def test_torch_files_of_both_kinds(zipped: bool, wrap: Any, tmp_path: Path) -> None:
    prefixed = {f"module.{name}": value for name, value in state().items()}
    read = read_state_dict(saved(wrap(prefixed), tmp_path / "net.pth", _use_new_zipfile_serialization=zipped))
    assert list(read) == ["conv.weight", "fc.bias"]
    assert all(torch.equal(read[name], value) for name, value in state().items())


def test_safetensors(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(state(), tmp_path / "net.pth")
    assert torch.equal(read_state_dict(tmp_path / "net.pth")["fc.bias"], torch.ones(5))


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_pickle_is_never_run(zipped: bool, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    evil = saved(state() | {"evil": Evil(trace)}, tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    said = refusal(evil)
    assert said.startswith("net.pth holds a Python object (")
    assert "opening it would run code, so it is refused: save the network's state_dict() instead." in said
    assert not trace.exists()
    with pytest.raises(BadFile, match="would run code"):
        CheckpointImporter().inspect(evil, ReadAs(architecture="resnet18"))
    assert not trace.exists()
    torch.load(evil, weights_only=False)  # the trap works
    assert trace.exists()


def test_a_plain_pickle_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "net.pth"
    file.write_bytes(pickle.dumps(Evil(tmp_path / "ran"), protocol=2))
    with pytest.raises(BadFile, match=r"net\.pth is a Python pickle, which can run code"):
        CheckpointImporter().inspect(file, ReadAs(architecture="resnet18"))
    assert not (tmp_path / "ran").exists()


def test_a_whole_network_is_refused(tmp_path: Path) -> None:
    assert "holds a Python object (torch.nn.modules.linear.Linear)" in refusal(saved(torch.nn.Linear(2, 2), tmp_path / "net.pth"))


def test_files_without_tensors_are_refused(tmp_path: Path) -> None:
    assert "holds 'epoch' and 1 more that are no tensors" in refusal(saved({"epoch": 3, "best": 0.5}, tmp_path / "net.pth"))
    assert "holds nothing" in refusal(saved({}, tmp_path / "net.pth"))
    assert "where a state dict has tensors by name" in refusal(saved(torch.ones(3), tmp_path / "net.pth"))


def test_tensors_larger_than_what_is_stored_are_refused(tmp_path: Path) -> None:
    """One number shown as a million would be a network of any size, from a small file."""
    spread = saved(state() | {"fc.weight": torch.ones(1).expand(2**20, 512)}, tmp_path / "net.pth")
    assert spread.stat().st_size < 10_000
    assert "states 'fc.weight' as 1048576 × 512, more than it holds of it" in refusal(spread)
    assert "states 'a' as 9 × 9, more than it holds" in refusal(saved({"a": torch.zeros(9, 9).to_sparse()}, tmp_path / "net.pth"))


@pytest.mark.parametrize("zipped", [True, False])
def test_damaged_files_are_refused(zipped: bool, tmp_path: Path) -> None:
    file = saved(state(), tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    whole = file.read_bytes()
    for length in range(20, len(whole) - 1, len(whole) // 20):
        file.write_bytes(whole[:length])
        with pytest.raises(BadFile):
            CheckpointImporter().inspect(file, ReadAs(architecture="resnet18"))


def test_weights_without_a_name_say_what_is_wanted(tmp_path: Path) -> None:
    file = saved(state(), tmp_path / "net.pth")
    with pytest.raises(BadFile, match=r"net\.pth holds 2 tensors, such as conv\.weight, .* as in --arch resnet50\."):
        CheckpointImporter().inspect(file)


def test_misfits_are_listed_by_kind() -> None:
    wanted = {name: torch.ones(2, 3) for name in "abcdefg"} | {"norm.num_batches_tracked": torch.tensor(0)}
    given = {"a": torch.ones(2, 3), "b": torch.ones(4), "c": torch.tensor(1.0), "x": torch.ones(1)}
    assert misfits(wanted, given) == [
        "4 missing: d, e, f, …",
        "1 unexpected: x",
        "2 of another shape: b (4 where 2 × 3 is wanted), c (one number where 2 × 3 is wanted)",
    ]
    assert misfits(wanted, wanted) == []
