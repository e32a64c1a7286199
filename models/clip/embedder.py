"""The embedder: pictures and texts in, embeddings of unit length out, through ONNX Runtime; torch is not loaded."""

from pathlib import Path
from typing import Final

from models.clip.card import PICTURES, TEXTS, TOKENIZER, read_card
from models.clip.texts import TextTower
from models.types.meaning import ClipInfo, Embedded
from models.types.shared import FloatArray
from models.types.vision import Activations, Layer, Rectangle
from models.vision.graph import MODEL_FILE, load
from models.vision.preprocess import Region
from models.vision.session import OnnxTarget

WHOLE: Final[Rectangle] = (0.0, 0.0, 1.0, 1.0)
EMBEDDING: Final = "embedding"


class OnnxEmbedder:
    """A converted CLIP, `folder` as ClipImporter.convert wrote it; implements models.types.meaning.Embedder."""

    def __init__(self, folder: Path) -> None:
        self._info = read_card(folder)
        self._pictures = _picture_tower(folder / PICTURES, self._info)
        self._texts = TextTower(folder / TEXTS, folder / TOKENIZER, self._info.width)

    def info(self) -> ClipInfo:
        """What was opened."""
        return self._info

    def embed_texts(self, texts: list[str]) -> FloatArray:
        """float32 (texts, width). Raises EngineFailed."""
        return self._texts.embed(texts)

    def embed_pictures(self, pictures: list[bytes]) -> Embedded:
        """float32 (pictures, width). Raises EngineFailed."""
        return _embedded(self._pictures.activations(pictures, [EMBEDDING]))

    def embed_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Embedded:
        """float32 (files, width), of each its region. Raises EngineFailed."""
        parts = [Region(file, region or WHOLE) for file, region in zip(files, regions or [None] * len(files), strict=True)]
        return _embedded(self._pictures.activations_of_regions(parts, [EMBEDDING]))


def _picture_tower(folder: Path, info: ClipInfo) -> OnnxTarget:
    """The tower as a target with one layer."""
    output = load(folder).graph.output[0].name
    layer = Layer(EMBEDDING, "CLIP", info.width, (None, info.width), output, "none", "head")
    return OnnxTarget(folder / MODEL_FILE, info.preprocess, [layer])


def _embedded(found: Activations) -> Embedded:
    return Embedded(found.values[EMBEDDING], found.unreadable)
