"""The SHA-256 of files, as `sha256sum` gives it for one."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

CHUNK: Final = 1 << 20  # bytes


def sha256_of(files: Iterable[Path]) -> str:
    """SHA-256 over the contents of `files`, one after the other."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
