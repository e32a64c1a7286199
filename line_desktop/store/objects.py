"""Pictures by content: `objects/ab/<SHA-256>.<png|jpg|webp>`, written before the row that names them, checked when read."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from line_desktop.errors import DamagedFile
from line_desktop.store.database import Database
from line_desktop.store.disk import write_files
from models.types.pictures import Picture

_SUFFIXES = (".png", ".jpg", ".webp")


class Objects(Database):
    """The picture files of a workspace."""

    def put_objects(self, pictures: Sequence[Picture]) -> list[str]:
        """Keep encoded pictures; returns the SHA-256 of each. They are on the disk when this returns. Raises DiskFull.

        The same bytes are kept once; a damaged file is replaced. Many at once are an order of magnitude faster than one by one.
        """
        self.must_be_writable()
        keys = [hashlib.sha256(picture.data).hexdigest() for picture in pictures]
        files = {}
        for key, picture in zip(keys, pictures, strict=True):
            path = self._find(key)
            if path is None or path.read_bytes() != picture.data:
                files[path or self._folder(key) / f"{key}{picture.suffix}"] = picture.data
        write_files(files, self.folder / "objects" / "incoming")
        return keys

    def object_path(self, sha256: str) -> Path:
        """The file of a picture. Raises DamagedFile if it is missing."""
        path = self._find(sha256)
        if path is None:
            raise DamagedFile(f"The picture {sha256} is missing from {self._folder(sha256)}: restore the workspace from a copy.")
        return path

    def read_object(self, sha256: str) -> bytes:
        """The bytes of a picture. Raises DamagedFile if it is missing or not what was stored."""
        path = self.object_path(sha256)
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DamagedFile(f"The picture {path} is damaged, its SHA-256 is another: restore the workspace from a copy.")
        return data

    def _find(self, sha256: str) -> Path | None:
        paths = (self._folder(sha256) / f"{sha256}{suffix}" for suffix in _SUFFIXES)
        return next((path for path in paths if path.is_file()), None)

    def _folder(self, sha256: str) -> Path:
        return self.folder / "objects" / sha256[:2]
