"""Embeddings of photos and concepts by a CLIP, paid once: kept in the workspace's `embeddings/`, so that a second run embeds nothing.

A file that is missing or cannot be read is made again: nothing else depends on it.
"""

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from line_desktop.engines import Engines, untold
from line_desktop.events import JobEvent
from line_desktop.store.disk import disk_full, write_files
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from line_desktop.tally import Tally
from models.errors import Cancelled
from models.host import never
from models.memory import size_of
from models.types.meaning import ClipImporter, ClipInfo, Embedded, Embedder, SentenceImporter
from models.types.shared import FloatArray, Progress
from models.types.vision import Rectangle

PHOTOS: Final = 64
"""Photos a call: between two calls a job may be stopped."""
TEXTS: Final = 1024
NAME: Final = 16  # of the hexadecimal digits of a SHA-256 in a file's name
UNREADABLE: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What numpy raises for a damaged file."""


class ImportedClip(msgspec.Struct, frozen=True):
    """A CLIP that lies as ONNX in the workspace."""

    folder: Path
    info: ClipInfo


def import_clip(workspace: Workspace, path: Path) -> ImportedClip:
    """Convert a CLIP folder once per workspace; raises BadFile in one sentence for a folder that is none, DiskFull, ModelError."""
    with Engines() as engines:
        folder = _converted(workspace, engines.clip_importer(), path)
    info = msgspec.json.decode((folder / "clip.json").read_bytes(), type=ClipInfo)
    return ImportedClip(folder, msgspec.structs.replace(info, path=str(path.absolute())))


def import_sentences(workspace: Workspace, path: Path) -> Path:
    """Convert a sentence model's folder once per workspace, and say where it is; raises as `import_clip`."""
    with Engines() as engines:
        return _converted(workspace, engines.sentence_importer(), path)


def _converted(workspace: Workspace, importer: ClipImporter | SentenceImporter, path: Path) -> Path:
    workspace.must_be_writable()
    folder = workspace.target_folder(importer.fingerprint(path))
    if not folder.is_dir():
        needed = 2 * size_of(path)  # weights of 16 bits are written as 32
        if shutil.disk_usage(workspace.folder).free < needed:
            raise disk_full(workspace.folder, needed)
        importer.convert(path, folder)
    return folder


class Embeddings:
    """What one CLIP makes of photos and texts, from the workspace or from the engine."""

    def __init__(
        self,
        workspace: Workspace,
        clip: ClipInfo,
        embedder: Embedder,
        stop: Callable[[], bool] = never,
        tell: Callable[[JobEvent], None] = untold,
        tally: Tally | None = None,
    ) -> None:
        """The embedder is not called before something is missing; all methods raise Cancelled soon after `stop()` says so."""
        self.embedder = embedder
        self.tally = tally or Tally()
        self._clip = clip
        self._folder = workspace.folder / "embeddings"
        self._stop = stop
        self._tell = tell

    def photos(self, probe: ProbeFolder) -> Embedded:
        """The photos of a probe set, in its order: float32 (photos, width), rows of unit length, NaN for those that cannot be read."""
        file = self._file("photos", probe.digest)
        kept = _read(file, (len(probe.photos), self._clip.width))
        if kept is None:
            kept = self._embed_files(probe.photos, [None] * len(probe.photos))
            _write(file, kept)
        return kept

    def regions(self, files: Sequence[Path], regions: Sequence[Rectangle | None]) -> Embedded:
        """Parts of photos; not kept."""
        return self._embed_files(files, regions)

    def texts(self, texts: Sequence[str]) -> FloatArray:
        """float32 (texts, width), rows of unit length, of the texts as they are: a prompt around a concept is the caller's business."""
        file = self._file("texts", hashlib.sha256(msgspec.json.encode(list(texts))).hexdigest())
        kept = _read(file, (len(texts), self._clip.width))
        if kept is None:
            kept = Embedded(self._embed_texts(texts), {})
            _write(file, kept)
        return kept.values

    def _embed_files(self, files: Sequence[Path], regions: Sequence[Rectangle | None]) -> Embedded:
        values = np.empty((len(files), self._clip.width), np.float32)
        unreadable: dict[int, str] = {}
        for start in self._starts(len(files), PHOTOS, "photos"):
            some = list(files[start : start + PHOTOS])
            with self.tally.counting("photos", len(some)):
                found = self.embedder.embed_files(some, list(regions[start : start + PHOTOS]))
            values[start : start + PHOTOS] = found.values
            unreadable |= {start + row: reason for row, reason in found.unreadable.items()}
        return Embedded(values, unreadable)

    def _embed_texts(self, texts: Sequence[str]) -> FloatArray:
        values = np.empty((len(texts), self._clip.width), np.float32)
        for start in self._starts(len(texts), TEXTS, "concepts"):
            some = list(texts[start : start + TEXTS])
            with self.tally.counting("names", len(some)):
                values[start : start + TEXTS] = self.embedder.embed_texts(some)
        return values

    def _starts(self, count: int, step: int, what: str) -> Iterator[int]:
        """Where each call begins; between two calls the work may be stopped."""
        for start in range(0, count, step):
            if self._stop():
                raise Cancelled("The embedding was stopped, as asked.")
            self._tell(Progress(f"embedding {what}", start, count, what))
            yield start

    def _file(self, what: str, digest: str) -> Path:
        return self._folder / f"{self._clip.sha256[:NAME]}-{what}-{digest[:NAME]}.npz"


def photos_known(folder: Path, digest: str) -> bool:
    """Whether the photos of a probe set were embedded in the workspace in this folder, by any CLIP."""
    return any((folder / "embeddings").glob(f"*-photos-{digest[:NAME]}.npz"))


def _read(file: Path, shape: tuple[int, int]) -> Embedded | None:
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            values, rows, reasons = kept["values"], kept["rows"], kept["reasons"]
    except UNREADABLE:
        return None
    return Embedded(values, dict(zip(rows.tolist(), reasons.tolist(), strict=True))) if values.shape == shape else None


def _write(file: Path, what: Embedded) -> None:
    """Raises DiskFull."""
    file.parent.mkdir(exist_ok=True)
    stream = io.BytesIO()
    rows, reasons = np.array(list(what.unreadable), np.int64), np.array(list(what.unreadable.values()), str)
    np.savez(stream, values=what.values, rows=rows, reasons=reasons)
    write_files({file: stream.getvalue()}, file.parent)
