"""ONNX Runtime against eager torch on one checkpoint, with the same pictures and threads, turn by turn."""

import time
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
import torch

from models.cores import own_cores
from models.embedded import VisionFigures
from models.inspect.first_bytes import identify
from models.types.vision import AS_IT_IS
from models.vision.graph import load, open_session
from models.vision.sources import open_source
from models.vision.torch_export import check_inputs, run

ROUNDS: Final = 6  # the first is not counted
TOGETHER: Final = 8  # times the pictures of the exporter's check


class VisionLevers:
    """Implements models.embedded.VisionLever."""

    def compare(self, checkpoint: Path, converted: Path) -> VisionFigures:
        """`checkpoint`: a folder or file that torch opens; `converted`: the folder of its model.onnx."""
        source = open_source(checkpoint, identify(checkpoint), AS_IT_IS)
        torch.set_num_threads(own_cores())
        options = ort.SessionOptions()
        options.intra_op_num_threads = own_cores()
        session = open_session(load(converted), converted, options, ["CPUExecutionProvider"])
        inputs = np.concatenate([check_inputs(source.recipe)] * TOGETHER)
        name = session.get_inputs()[0].name
        seconds: dict[str, list[float]] = {"torch": [], "onnx": []}
        for _ in range(ROUNDS):
            for way in seconds:
                began = time.perf_counter()
                run(source.network, inputs, checkpoint) if way == "torch" else session.run(None, {name: inputs})
                seconds[way].append(time.perf_counter() - began)
        return VisionFigures(*(len(inputs) / min(several[1:]) for several in seconds.values()))
