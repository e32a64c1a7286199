"""The tower of texts: texts in, embeddings of unit length out, through ONNX Runtime; of a CLIP, or of a sentence model."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from models.cores import own_cores
from models.errors import EngineFailed
from models.plural import count
from models.progress import say
from models.types.shared import FloatArray, Progress
from models.vision.graph import ORT_ERRORS, first_line, load
from models.vision.session import open_anywhere

TOGETHER: Final = 128
"""Texts that go through the network at once."""


class TextTower:
    """An exported network of texts with its tokenizer. Its first input takes tokens; a second one tells them from padding."""

    def __init__(self, folder: Path, tokenizer: Path, width: int) -> None:
        self._width = width
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        options = ort.SessionOptions()
        options.intra_op_num_threads = own_cores()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = load(folder)
        self._inputs = [one.name for one in graph.graph.input]
        self._session: Any = open_anywhere(graph, folder, options, True)

    def embed(self, texts: list[str]) -> FloatArray:
        """float32 (texts, width). Texts of like length go together, so that few are padded. Raises EngineFailed."""
        values = np.empty((len(texts), self._width), np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), TOGETHER):
            say(Progress("embedding texts", start, len(order), "texts"))
            rows = order[start : start + TOGETHER]
            values[rows] = self._run([texts[row] for row in rows])
        return values

    def _run(self, texts: list[str]) -> FloatArray:
        encoded = self._tokenizer.encode_batch(texts)
        given = ([one.ids for one in encoded], [one.attention_mask for one in encoded])
        arrays = {name: np.array(rows, np.int64) for name, rows in zip(self._inputs, given, strict=False)}
        try:
            (values,) = self._session.run(None, arrays)
        except ORT_ERRORS as error:
            raise EngineFailed(
                f"ONNX Runtime failed on {count(len(texts), 'text')} ({first_line(error)}); free some memory, or run it on the CPU."
            ) from error
        found: FloatArray = values
        return found
