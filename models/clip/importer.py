"""The importer of CLIP: a foreign folder becomes two ONNX networks, a tokenizer of our own making, and a card."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from models.clip.card import CARD
from models.clip.folder import read_clip
from models.types.meaning import ClipInfo


class ClipFolderImporter:
    """Implements models.types.meaning.ClipImporter; torch is loaded by the first conversion."""

    def fingerprint(self, path: Path) -> str:
        """SHA-256 over the folder's files, without running anything. Raises BadFile."""
        return read_clip(path).sha256()

    def convert(self, path: Path, folder: Path) -> ClipInfo:
        """Write the new `folder`, whole or not at all; about ten seconds. Raises BadFile, or ModelError if an export fails."""
        clip = read_clip(path)

        from models.clip.export import export_clip

        with whole_folder(folder) as unfinished:
            info = export_clip(clip, unfinished)
            (unfinished / CARD).write_bytes(msgspec.json.encode(info))
        return info


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yields the place of a new folder, still to be made, that becomes `folder` when the block ends well, and is gone when it does not."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".import-") as scratch:
        unfinished = Path(scratch) / "whole"
        yield unfinished
        for file in unfinished.rglob("*.*"):
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())
        unfinished.rename(folder)
