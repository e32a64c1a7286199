"""The importer of sentence models: a foreign folder becomes an ONNX network, a tokenizer of our own making, and a card."""

from pathlib import Path

import msgspec

from models.clip.importer import whole_folder
from models.sentences.card import CARD
from models.sentences.folder import read_sentences
from models.types.meaning import SentencesInfo


class SentenceFolderImporter:
    """Implements models.types.meaning.SentenceImporter; torch is loaded by the first conversion."""

    def fingerprint(self, path: Path) -> str:
        """SHA-256 over the folder's files, without running anything. Raises BadFile."""
        return read_sentences(path).sha256()

    def convert(self, path: Path, folder: Path) -> SentencesInfo:
        """Write the new `folder`, whole or not at all. Raises BadFile, or ModelError if an export fails."""
        sentences = read_sentences(path)

        from models.sentences.export import export_sentences

        with whole_folder(folder) as unfinished:
            info = export_sentences(sentences, unfinished)
            (unfinished / CARD).write_bytes(msgspec.json.encode(info))
        return info
