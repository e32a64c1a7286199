"""Ablation: what a network answers with one neuron set to zero (SIEVE, figure 6).

The graph is cut at the neuron's layer. Everything before the cut runs once for a batch of photos; everything after it reads the layer from
an input and multiplies it with another, a mask of ones with the neuron's entry 0. So one session serves all neurons of a layer. What a
neuron does is told against a mask of ones.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

from models import plural
from models.errors import EngineFailed, ModelError
from models.types.shared import FloatArray
from models.types.vision import Answers, Layer, Preprocess
from models.vision.graph import ORT_ERRORS, depending_on, first_line, load, prune, reads, with_outputs
from models.vision.layers import channels_first
from models.vision.normalise import feed_pixels
from models.vision.preprocess import Pixels
from models.vision.session import OnnxTarget, open_anywhere
from models.vision.taps import output_name, tapped

RAW: Final = "line_raw"
MASK: Final = "line_mask"
KINDS: Final[dict[str, tuple[int, Any]]] = {
    "tensor(float)": (TensorProto.FLOAT, np.float32),
    "tensor(float16)": (TensorProto.FLOAT16, np.float16),
    "tensor(double)": (TensorProto.DOUBLE, np.float64),
}
CLOSE: Final = 1e-3
"""Of the largest answer: how far the cut network may be from the whole one, in which ONNX Runtime fuses other operators."""


class OnnxAblator(OnnxTarget):
    """A converted checkpoint of which single neurons of `layer` can be set to zero; implements models.types.vision.Ablator.

    A neuron is zero at every position and in every token. `head` gives the answers. Raises ModelError where they do not depend on `layer`.
    """

    def __init__(
        self, model: Path, preprocess: Preprocess, layer: Layer, head: Layer, device: Literal["auto", "cpu", "cuda"] = "auto"
    ) -> None:
        super().__init__(model, preprocess, [head], device)
        graph = load(model.parent)
        feed_pixels(graph, preprocess)
        if layer.tensor == head.tensor or head.tensor not in depending_on(graph.graph, layer.tensor):
            raise ModelError(f"What the network answers ({head.name}) does not depend on the layer {layer.name}: choose an earlier layer.")
        self._layer, self._head = layer, head
        self._before = open_anywhere(with_outputs(graph, [layer.tensor]), model.parent, self._options(), device != "cpu")
        kind, self._number = KINDS[self._before.get_outputs()[0].type]
        self._after = open_anywhere(after_cut(graph, layer, head, kind), model.parent, self._options(), device != "cpu")
        self._feeds_pictures = any(one.name == self._entry.name for one in self._after.get_inputs())
        self._agrees = False  # not compared yet with the network that is not cut

    def answers(self, files: list[Path], neurons: list[int]) -> Answers:
        """float32 (1 + neurons, photos, answers). Raises EngineFailed if ONNX Runtime fails, or the cut network answers otherwise."""
        found = np.full((1 + len(neurons), len(files), self._head.width), np.nan, np.float32)
        unreadable: dict[int, str] = {}
        for rows, inputs in self._batches(files, unreadable):
            for place, answer in enumerate(self._cut(inputs, [None, *neurons])):
                found[place, rows] = answer
            if not self._agrees:
                self._compare(found[0, rows], self._run(inputs, [output_name(0)])[0])
        return Answers(found, unreadable)

    def _options(self) -> ort.SessionOptions:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return options

    def _cut(self, inputs: Pixels, neurons: Sequence[int | None]) -> list[FloatArray]:
        """The answers (photos, answers) without each neuron; None: with all."""
        count = len(inputs)
        if self._entry.batch:
            inputs = np.concatenate([inputs, np.repeat(inputs[-1:], self._entry.batch - count, axis=0)])
        try:
            (raw,) = self._before.run(None, {self._entry.name: inputs})
            feeds = {RAW: raw} | ({self._entry.name: inputs} if self._feeds_pictures else {})
            return [self._after.run(None, feeds | {MASK: self._mask(raw, neuron)})[0][:count] for neuron in neurons]
        except ORT_ERRORS as error:
            raise EngineFailed(
                f"ONNX Runtime failed on {plural.count(count, 'photo')} ({first_line(error)}); free some memory and go on."
            ) from error

    def _mask(self, raw: Any, neuron: int | None) -> Any:
        """Ones that spread over `raw`, and 0 for the neuron."""
        axis = 1 if raw.ndim == 4 and channels_first(self._layer) else raw.ndim - 1
        mask = np.ones(self._layer.width, self._number)
        if neuron is not None:
            mask[neuron] = 0
        return mask.reshape([-1 if place == axis else 1 for place in range(raw.ndim)])

    def _compare(self, again: FloatArray, whole: FloatArray) -> None:
        """A mask of ones must change nothing. Raises EngineFailed."""
        self._agrees = True
        if not np.allclose(again, whole, rtol=0, atol=CLOSE * float(np.abs(whole).max(initial=0)), equal_nan=True):
            raise EngineFailed(f"Cut at the layer {self._layer.name} the network answers otherwise; choose another layer.")


def after_cut(model: onnx.ModelProto, layer: Layer, head: Layer, kind: int) -> onnx.ModelProto:
    """A copy whose layer is the product of the inputs RAW and MASK, both of number format `kind`; it gives float32 (N, width) of `head`.

    It takes pictures too where a way leads around the layer.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for node in copy.graph.node:
        names = [f"{RAW}_unused" if name == layer.tensor else name for name in node.output]
        del node.output[:]
        node.output.extend(names)
    copy.graph.node.insert(0, helper.make_node("Mul", [RAW, MASK], [layer.tensor]))
    copy = tapped(copy, [head])
    prune(copy.graph)
    needed = {name for node in copy.graph.node for name in reads(node)}
    left = [value for value in copy.graph.input if value.name in needed]
    del copy.graph.input[:]
    copy.graph.input.extend([*left, *(helper.make_tensor_value_info(name, kind, None) for name in (RAW, MASK))])
    return copy
