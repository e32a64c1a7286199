"""The target: pictures in, one number for every neuron of every tapped layer out, through ONNX Runtime."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import onnx
import onnxruntime as ort

from models import plural
from models.cores import own_cores
from models.errors import BadFile, EngineFailed, ModelError
from models.layers import find_layer
from models.types.shared import FloatArray
from models.types.vision import Activations, Layer, Preprocess
from models.vision.batch_size import BatchSize
from models.vision.decoding import Decoding
from models.vision.graph import ORT_ERRORS, first_line, load, open_session
from models.vision.normalise import feed_pixels
from models.vision.preprocess import Pixels, Region
from models.vision.taps import output_name, tapped

BATCH: Final = 32
INPUT_BYTES: Final = 64 * 2**20  # of one batch in float32, so that large pictures go in smaller batches
NO_MEMORY: Final = ("failed to allocate", "out of memory", "bad_alloc", "bad allocation", "alloc_failed")
"""In what ONNX Runtime says, in lower case: of its arena, of CUDA, of the system, of cuBLAS."""
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class OnnxTarget:
    """A converted checkpoint with its layers tapped; implements models.types.vision.Target.

    `model` is the model.onnx that CheckpointImporter.convert wrote. The values are means over positions, class tokens or plain
    outputs as each layer's `pooling` says; they are passed on as they are, also where they are not finite.
    With `device` "auto" or "cuda" the GPU is used where ONNX Runtime can, else the CPU; `device()` says which it is.
    `threads` 0 means one for each physical core this process may use.
    """

    def __init__(
        self, model: Path, preprocess: Preprocess, layers: list[Layer], device: Literal["auto", "cpu", "cuda"] = "auto", threads: int = 0
    ) -> None:
        graph = load(model.parent)
        self._entry = feed_pixels(graph, preprocess)
        self._check(preprocess)
        self._decoding = Decoding(preprocess)
        self._layers = layers
        self._threads = threads or own_cores()
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a quarter less CPU time; other engines need it
        self._session = open_anywhere(tapped(graph, layers), model.parent, options, device != "cpu")
        pixels = preprocess.channels * preprocess.height * preprocess.width
        self._size = BatchSize(max(1, min(BATCH, INPUT_BYTES // (4 * pixels))))

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        """float32 (pictures, neurons) for each named layer; rows of unreadable pictures are NaN and named.

        Raises UnknownLayer for a layer that was not tapped, EngineFailed if ONNX Runtime fails.
        """
        return self._activations(pictures, layers)

    def activations_of_files(self, files: list[Path], layers: list[str]) -> Activations:
        """The same for picture files."""
        return self._activations(files, layers)

    def activations_of_regions(self, regions: list[Region], layers: list[str]) -> Activations:
        """The same for parts of picture files."""
        return self._activations(regions, layers)

    def _activations(self, pictures: Sequence[bytes] | Sequence[Path | Region], layers: list[str]) -> Activations:
        chosen = [find_layer(self._layers, name) for name in layers]
        outputs = [output_name(self._layers.index(layer)) for layer in chosen]
        values = {layer.name: np.full((len(pictures), layer.width), np.nan, np.float32) for layer in chosen}
        unreadable: dict[int, str] = {}
        for rows, inputs in self._batches(pictures, unreadable):
            for layer, result in zip(chosen, self._run(inputs, outputs), strict=True):
                values[layer.name][rows] = result
        return Activations(values, unreadable)

    def device(self) -> str:
        """ "CUDA" or "CPU": what the session really runs on."""
        return "CUDA" if self._session.get_providers()[0] == CUDA else "CPU"

    def _check(self, preprocess: Preprocess) -> None:
        """The recipe must fit the graph's input where the graph fixes it."""
        entry = self._entry
        fits = entry.height in (None, preprocess.height) and entry.width in (None, preprocess.width)
        if not fits or entry.channels != preprocess.channels:
            raise ModelError(
                f"The network takes {entry.channels} × {entry.height} × {entry.width} (channels, height, width), and the preprocessing "
                f"gives {preprocess.channels} × {preprocess.height} × {preprocess.width}; change --crop, --mean and --std to fit."
            )

    def _batches(
        self, pictures: Sequence[bytes] | Sequence[Path | Region], unreadable: dict[int, str]
    ) -> Iterator[tuple[list[int], Pixels]]:
        """Row numbers and pixels (rows, C, H, W) of the readable pictures; what is done with a batch is timed, to find the best size."""
        rows: list[int] = []
        inputs: list[Pixels] = []
        for row, seen in enumerate(self._decoding.decoded(pictures)):
            if isinstance(seen, str):
                unreadable[row] = seen
                continue
            rows.append(row)
            inputs.append(seen)
            if len(rows) == (self._entry.batch or self._size.now):
                began = time.perf_counter()
                yield rows, np.stack(inputs)
                self._size.took(len(rows), time.perf_counter() - began)
                rows, inputs = [], []
        if rows:
            yield rows, np.stack(inputs)

    def _run(self, inputs: Pixels, outputs: list[str]) -> list[FloatArray]:
        """One forward pass, or several of fewer pictures where memory has run out; a fixed batch is filled up with the last picture."""
        count, together = len(inputs), self._entry.batch or self._size.most
        if count > together:
            parts = [self._run(inputs[start : start + together], outputs) for start in range(0, count, together)]
            return [np.concatenate(values) for values in zip(*parts, strict=True)]
        if self._entry.batch:
            inputs = np.concatenate([inputs, np.repeat(inputs[-1:], self._entry.batch - count, axis=0)])
        try:
            results: list[FloatArray] = self._session.run(outputs, {self._entry.name: inputs})
        except ORT_ERRORS as error:
            if count == 1 or self._entry.batch or not any(words in str(error).lower() for words in NO_MEMORY):
                pictures = plural.count(count, "picture")
                raise EngineFailed(
                    f"ONNX Runtime failed on {pictures} ({first_line(error)}); free some memory, or run it on the CPU."
                ) from error
        else:
            return [result[:count] for result in results]
        self._size.at_most(count // 2)
        return self._run(inputs, outputs)


def open_anywhere(graph: onnx.ModelProto, folder: Path, options: ort.SessionOptions, gpu: bool) -> ort.InferenceSession:
    """A session on the GPU if it is wanted and works there, else on the CPU."""
    if gpu and CUDA in ort.get_available_providers():
        with contextlib.suppress(BadFile):  # a driver that does not fit, or no memory left: the CPU can still do it
            return open_session(graph, folder, options, [CUDA, CPU])
    return open_session(graph, folder, options, [CPU])
