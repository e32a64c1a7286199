"""Objects that a pickle names are found without unpickling it, and without torch; weights of every kind pass."""

import io
import pickle
import pickletools
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from models.errors import BadFile
from models.inspect.first_bytes import identify
from models.inspect.torch_pickle import refuse_objects
from models.vision.state_dict import read_state_dict


class Runs:
    def __reduce__(self) -> tuple[object, ...]:
        return print, ("code was run",)


@pytest.mark.parametrize("protocol", range(6))
def test_an_object_is_named_in_every_protocol(protocol: int, capsys: pytest.CaptureFixture[str]) -> None:
    data = pickle.dumps({"print": "builtins", "w": [Runs(), Path("x")]}, protocol)
    for whole in (data, pickletools.optimize(data)):
        with pytest.raises(BadFile, match=r"net\.pt holds a Python object \((builtins|__builtin__)\.print\) and not weights alone; .*"):
            refuse_objects("net.pt", io.BytesIO(whole))
    assert capsys.readouterr().out == ""


def test_a_name_that_is_fetched_from_the_memo(capsys: pytest.CaptureFixture[str]) -> None:
    """The pickler writes a text it has written before as a reference."""
    data = pickle.dumps(["builtins", "print", "builtins", "print", Runs()], 4)
    with pytest.raises(BadFile, match=r"builtins\.print"):
        refuse_objects("net.pt", io.BytesIO(data))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("legacy", [False, True])
def test_weights_as_torch_saves_them_pass(tmp_path: Path, legacy: bool) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
    state = OrderedDict(network.state_dict(), half=torch.ones(2, dtype=torch.bfloat16), own=nn.Parameter(torch.ones(3)), sizes={1, 2})
    torch.save({"epoch": 3, "model": state, "shape": torch.Size([3])}, tmp_path / "net.pt", _use_new_zipfile_serialization=not legacy)
    assert identify(tmp_path / "net.pt") == "state-dict"


@pytest.mark.parametrize("legacy", [False, True])
def test_a_whole_network_is_refused_before_torch_is_loaded(tmp_path: Path, legacy: bool) -> None:
    file = tmp_path / "net.pt"
    torch.save({"epoch": 3, "made": Path("here"), "w": torch.ones(2)}, file, _use_new_zipfile_serialization=not legacy)
    code = (
        "import sys; from pathlib import Path; from models.errors import BadFile; from models.vision.importer import CheckpointImporter\n"
        f"try: CheckpointImporter().inspect(Path({str(file)!r}))\n"
        "except BadFile as error: print(error, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "net.pt holds a Python object (pathlib." in done.stdout
    assert done.stdout.endswith("save the network's state_dict() instead. False\n")


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x02X\xff\xff\xff\x7f", b"\x8d" + b"\xff" * 8 + b".", b"not a pickle"])
def test_damage_is_left_to_torch(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "net.pt").write_bytes(data)
    refuse_objects("net.pt", io.BytesIO(data))
    with pytest.raises(BadFile, match=r"^net\.pt "):
        read_state_dict(tmp_path / "net.pt")
