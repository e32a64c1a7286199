"""A torch network written as ONNX and compared with torch, on pictures like photos and on noise.

torch is imported when the first network comes, so that ONNX files never wait for it.
"""

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime as ort

from models.errors import BadFile, ModelError
from models.types.shared import FloatArray
from models.types.vision import Preprocess
from models.vision.graph import ORT_ERRORS, first_line
from models.vision.natural import natural_pictures
from models.vision.preprocess import prepare

if TYPE_CHECKING:
    import torch

OPSET: Final = 20
SCRIPT_OPSET: Final = 17  # the newest of which the old exporter is sure
TOLERANCE: Final = 1e-3  # of the largest value torch gives
SMALLEST: Final = 1e-6  # values below it count as zero
CHECKED: Final = 3  # pictures like photos; as many of noise
INPUT: Final = "pixel_values"
# What a network that does not fit its input, or a nonsensical configuration, leads to inside torch and transformers.
TORCH_ERRORS: Final = (OSError, ValueError, TypeError, LookupError, RuntimeError, AttributeError, ArithmeticError, AssertionError)


def export(network: Any, recipe: Preprocess, file: Path, source: Path, batch: int | None = None) -> float:
    """Write `file` (and `file`.data) for inputs of the recipe's size and any batch, or `batch` where the network takes no other.

    `network` is a torch module in evaluation mode, a TorchScript module or an exported program. Raises BadFile if it cannot take such
    inputs, and ModelError "export failed" if the export fails or differs from torch by more than TOLERANCE. Returns the difference.
    """
    import torch

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    inputs = check_inputs(recipe)
    if batch is not None:
        inputs = np.resize(inputs, (batch, *inputs.shape[1:]))
    with warnings.catch_warnings():  # the exporter's own use of deprecated calls
        warnings.simplefilter("ignore")
        expected = run(network, inputs, source)
        _write(network, torch.from_numpy(inputs[: batch or 2]), file, source)
    return compare(file, inputs, expected, source)


def check_inputs(recipe: Preprocess) -> FloatArray:
    """Pictures as the recipe prepares them, then noise: (2 × CHECKED, C, H, W)."""
    pictures = np.stack([prepare(data, recipe) for data in natural_pictures(CHECKED)])
    return np.concatenate([pictures, np.random.default_rng(0).standard_normal(pictures.shape, np.float32)])


def run(network: Any, inputs: FloatArray, source: Path) -> list[np.ndarray]:
    """Every array that torch gives for `inputs`; raises BadFile if the network cannot take them."""
    import torch
    from torch.utils import _pytree

    try:
        if isinstance(network, torch.export.ExportedProgram):
            network = network.module()
        with torch.inference_mode():
            answer = network(torch.from_numpy(inputs))
    except TORCH_ERRORS as error:
        channels, height, width = inputs.shape[1:]
        raise BadFile(
            f"The network in {source} cannot take {channels} × {height} × {width} (channels, height, width): {first_line(error)}; "
            "give its own size with --size."
        ) from error
    return [value.numpy() for value in _pytree.tree_leaves(answer) if isinstance(value, torch.Tensor)]


def _write(network: Any, pictures: "torch.Tensor", file: Path, source: Path) -> None:
    import torch

    form: dict[str, Any] = {"dynamo": True, "dynamic_shapes": ({0: "batch"},), "external_data": True, "opset_version": OPSET}
    if isinstance(network, torch.jit.ScriptModule):  # which torch's new exporter does not take
        form = {"dynamo": False, "dynamic_axes": {INPUT: {0: "batch"}}, "opset_version": SCRIPT_OPSET}
    try:
        torch.onnx.export(network, (pictures,), file, input_names=[INPUT], verbose=False, **form)
    except (torch.onnx.OnnxExporterError, *TORCH_ERRORS) as error:
        raise ModelError(f"Export failed for {source}: torch.onnx cannot write it as ONNX ({first_line(error)}).") from error


def compare(file: Path, inputs: np.ndarray | Mapping[str, np.ndarray], expected: Sequence[np.ndarray], source: Path) -> float:
    """The largest difference between what the network in `file` gives for `inputs`, one array or several by name, and `expected`.

    `expected` is torch's result. As a share of the largest value of its result; ModelError if it is above TOLERANCE.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        actual = session.run(None, inputs if isinstance(inputs, Mapping) else {session.get_inputs()[0].name: inputs})
    except ORT_ERRORS as error:
        raise ModelError(f"Export failed for {source}: ONNX Runtime cannot run what torch wrote ({first_line(error)}).") from error
    if len(actual) != len(expected):
        raise ModelError(f"Export failed for {source}: torch gives {len(expected)} results and the ONNX network {len(actual)}.")
    shares = [0.0]
    for ours, theirs in zip(actual, expected, strict=True):
        scale = max(float(np.abs(theirs).max()), SMALLEST)
        difference = float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf")
        if not difference <= TOLERANCE * scale:
            raise ModelError(
                f"Export failed for {source}: ONNX Runtime and torch differ by {difference:.3g} where the largest value is {scale:.3g}; "
                f"at most {TOLERANCE:g} of it is allowed."
            )
        shares.append(difference / scale)
    return max(shares)
