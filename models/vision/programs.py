"""Programs of torch, TorchScript and `torch.export`: opening one runs what its author wrote, so the user must trust that very file.

That `torch.export.load` runs code too: it unpickles constants and example inputs without limits, evaluates expressions over sizes,
and looks up functions by name (torch 2.13, torch/export/pt2_archive/_package.py and torch/_export/serde/serialize.py).
"""

import pickle
import warnings
from pathlib import Path
from typing import Any, Final, NamedTuple

from models.errors import BadFile
from models.inspect.torch_zip import TorchKind
from models.vision.entry import Entry
from models.vision.graph import first_line
from models.vision.torch_export import TORCH_ERRORS

NAMES: Final[dict[TorchKind, str]] = {"torchscript": "TorchScript", "torch-export": "torch.export"}


class Program(NamedTuple):
    """An opened program; sizes are None where the program leaves them open."""

    network: Any
    entry: Entry


def load_program(path: Path, kind: TorchKind, sha256: str, trusted: str) -> Program:
    """Open `path`, if `trusted` is its SHA-256. Raises BadFile if it is not, or if the program takes anything but pictures."""
    if trusted.strip().lower() != sha256:
        given = f"the hash given is {trusted[:64]}" if trusted else "nothing is opened without your word"
        raise BadFile(
            f"{path.name} is a {NAMES[kind]} program: opening it runs code with your rights on this computer, and {given}. If you trust "
            f"whoever made it, add --trust-code {sha256}; safer is an ONNX file or safetensors."
        )
    try:
        with warnings.catch_warnings():  # torch's own use of deprecated calls
            warnings.simplefilter("ignore")
            return _open_torchscript(path) if kind == "torchscript" else _open_exported(path)
    except (*TORCH_ERRORS, pickle.UnpicklingError, EOFError) as error:
        raise BadFile(f"torch cannot open the program {path.name} ({first_line(error)}); export it again.") from error


def _open_torchscript(path: Path) -> Program:
    import torch

    network = torch.jit.load(path, map_location="cpu").eval().float()  # type: ignore[no-untyped-call]  # torch does not type it
    filters = [value for value in network.state_dict().values() if value.ndim == 4]
    channels = int(filters[0].shape[1]) if filters and filters[0].shape[1] in (1, 3) else 3
    return Program(network, Entry("", None, channels, None, None))


def _open_exported(path: Path) -> Program:
    import torch

    program = torch.export.load(path)
    names = program.graph_signature.user_inputs
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    if len(values) != 1 or not isinstance(values[0], torch.Tensor) or values[0].ndim != 4:
        raise BadFile(f"{path.name} takes {len(values)} inputs; a vision network takes one of pictures (batch, channels, height, width).")
    batch, channels, height, width = (side if isinstance(side, int) else None for side in values[0].shape)
    return Program(program, Entry("", batch, channels or 3, height, width))
