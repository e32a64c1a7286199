"""The embedder: pictures and texts in, embeddings of unit length out, through ONNX Runtime; torch is not loaded."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from models.clip.card import PICTURES, TEXTS, TOKENIZER, read_card
from models.cores import own_cores
from models.errors import EngineFailed
from models.progress import say
from models.types import Activations, ClipInfo, Embedded, FloatArray, Layer, Progress, Rectangle
from models.vision.graph import MODEL_FILE, ORT_ERRORS, first_line, load
from models.vision.preprocess import Region
from models.vision.session import OnnxTarget, open_anywhere

TOGETHER: Final = 128
"""Texts that go through the network at once."""
WHOLE: Final[Rectangle] = (0.0, 0.0, 1.0, 1.0)
EMBEDDING: Final = "embedding"


class OnnxEmbedder:
    """A converted CLIP, `folder` as ClipImporter.convert wrote it; implements models.types.Embedder."""

    def __init__(self, folder: Path) -> None:
        self._info = read_card(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._pictures = _picture_tower(folder / PICTURES, self._info)
        options = ort.SessionOptions()
        options.intra_op_num_threads = own_cores()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = load(folder / TEXTS)
        self._input = graph.graph.input[0].name
        self._texts: Any = open_anywhere(graph, folder / TEXTS, options, True)

    def info(self) -> ClipInfo:
        """What was opened."""
        return self._info

    def embed_texts(self, texts: list[str]) -> FloatArray:
        """float32 (texts, width). Texts of like length go together, so that few are padded. Raises EngineFailed."""
        values = np.empty((len(texts), self._info.width), np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for start in range(0, len(order), TOGETHER):
            say(Progress("embedding texts", start, len(order), "texts"))
            rows = order[start : start + TOGETHER]
            values[rows] = self._run([texts[row] for row in rows])
        return values

    def embed_pictures(self, pictures: list[bytes]) -> Embedded:
        """float32 (pictures, width). Raises EngineFailed."""
        return _embedded(self._pictures.activations(pictures, [EMBEDDING]))

    def embed_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Embedded:
        """float32 (files, width), of each its region. Raises EngineFailed."""
        parts = [Region(file, region or WHOLE) for file, region in zip(files, regions or [None] * len(files), strict=True)]
        return _embedded(self._pictures.activations_of_regions(parts, [EMBEDDING]))

    def _run(self, texts: list[str]) -> FloatArray:
        tokens = np.array([one.ids for one in self._tokenizer.encode_batch(texts)], np.int64)
        try:
            (values,) = self._texts.run(None, {self._input: tokens})
        except ORT_ERRORS as error:
            raise EngineFailed(
                f"ONNX Runtime failed on {len(texts)} texts ({first_line(error)}); free some memory, or run it on the CPU."
            ) from error
        found: FloatArray = values
        return found


def _picture_tower(folder: Path, info: ClipInfo) -> OnnxTarget:
    """The tower as a target with one layer."""
    output = load(folder).graph.output[0].name
    layer = Layer(EMBEDDING, "CLIP", info.width, (None, info.width), output, "none", "head")
    return OnnxTarget(folder / MODEL_FILE, info.preprocess, [layer])


def _embedded(found: Activations) -> Embedded:
    return Embedded(found.values[EMBEDDING], found.unreadable)
