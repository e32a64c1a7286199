"""One trial batch through a graph: proof that it runs, and the exact shape of every value that depends on the picture."""

import math
import threading
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper

from models.errors import BadFile
from models.inspect.onnx_file import all_nodes
from models.vision.entry import DEFAULT_SIZE, Entry
from models.vision.graph import ORT_ERRORS, depending_on, first_line, open_session, with_outputs

BATCH: Final = 5  # a number that no layer has as its width, so that the batch axis is told apart
SECONDS: Final = 8.0
SECONDS_A_GIGABYTE: Final = 100.0  # more for what a network weighs: a ViT-L takes 20 s on two busy cores
LOOPS: Final = frozenset({"Loop", "Scan"})
FLOAT_TYPES: Final = frozenset({"tensor(float)", "tensor(float16)", "tensor(double)"})
CPU: Final = ("CPUExecutionProvider",)


def float_shapes(model: onnx.ModelProto, folder: Path, entry: Entry) -> dict[str, tuple[int, ...]]:
    """The shape of every floating-point value that depends on the picture, from a run with a batch of random numbers.

    Raises BadFile if the network cannot be opened, fails, or takes longer than `patience` for the batch.
    """
    dependent = depending_on(model.graph, entry.name)
    names = [name for node in model.graph.node for name in node.output if name in dependent]
    if not names:
        raise BadFile("No value of the network depends on its input, so it has no neurons to look at.")
    typed = open_session(with_outputs(model, names), folder, _options(), CPU)
    floats = [output.name for output in typed.get_outputs() if output.type in FLOAT_TYPES]
    del typed
    if not floats:
        raise BadFile("The network has no layer that can be tapped: none of its values is a floating-point array.")
    measured = with_outputs(model, [f"line_shape_{number}" for number in range(len(floats))])
    measured.graph.node.extend(helper.make_node("Shape", [name], [f"line_shape_{number}"]) for number, name in enumerate(floats))
    session = open_session(measured, folder, _options(), CPU)
    size = (entry.batch or BATCH, entry.channels, entry.height or DEFAULT_SIZE, entry.width or DEFAULT_SIZE)
    batch = np.random.default_rng(0).standard_normal(size, dtype=np.float32)
    shapes = run_limited(session, {entry.name: batch}, patience(model))
    return {name: tuple(int(size) for size in shape) for name, shape in zip(floats, shapes, strict=True)}


def patience(model: onnx.ModelProto) -> float:
    """Seconds that one batch may take: by the weights' size in memory, but not for loops, which may never end."""
    if any(node.op_type in LOOPS for node in all_nodes(model)):
        return SECONDS
    weights: int = sum(4 * math.prod(tensor.dims) for tensor in model.graph.initializer)
    return SECONDS + SECONDS_A_GIGABYTE * weights / 1e9


def run_limited(session: ort.InferenceSession, feeds: dict[str, np.ndarray], seconds: float) -> list[np.ndarray]:
    """All outputs; raises BadFile if the network fails or is not done in time: a loop of 2^62 rounds is a valid file."""
    run = ort.RunOptions()
    stop = threading.Timer(seconds, lambda: setattr(run, "terminate", True))
    stop.start()
    try:
        outputs: list[np.ndarray] = session.run(None, feeds, run)
        return outputs
    except ORT_ERRORS as error:
        if run.terminate:
            raise BadFile(f"The network did not finish one batch of pictures in {seconds:.0f} s; it is refused.") from error
        raise BadFile(f"The network fails on a batch of pictures ({first_line(error)}); export it again.") from error
    finally:
        stop.cancel()


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # keeps every value where the file has it
    return options
