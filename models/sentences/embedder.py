"""The embedder of sentences: texts in, embeddings of unit length out, through ONNX Runtime; torch is not loaded."""

from pathlib import Path

from models.clip.texts import TextTower
from models.sentences.card import TEXTS, TOKENIZER, read_card
from models.types.meaning import SentencesInfo
from models.types.shared import FloatArray


class OnnxSentences:
    """A converted sentence model, `folder` as SentenceFolderImporter.convert wrote it; implements models.types.meaning.SentenceEmbedder."""

    def __init__(self, folder: Path) -> None:
        self._info = read_card(folder)
        self._texts = TextTower(folder / TEXTS, folder / TOKENIZER, self._info.width)

    def info(self) -> SentencesInfo:
        """What was opened."""
        return self._info

    def embed_texts(self, texts: list[str]) -> FloatArray:
        """float32 (texts, width). Raises EngineFailed."""
        return self._texts.embed(texts)
