"""Activations on disk: float32 `.npy` files of a fixed shape that are filled row by row.

Rows are written with ordinary writes: through a memory map a full disk would kill the process (SIGBUS) instead of failing in words.
"""

import os
import shutil
from pathlib import Path

import numpy as np

from line_desktop.errors import DamagedFile
from line_desktop.store.disk import disk_full, room_for, sync_folder
from models.types.shared import FloatArray

Shape = tuple[int, int]


def create_array(path: Path, shape: Shape) -> None:
    """Create a file of zeros. Raises DiskFull if there is no room to fill it."""
    needed = shape[0] * shape[1] * 4
    if shutil.disk_usage(path.parent).free < needed:
        raise disk_full(path.parent, needed)
    with room_for(path.parent, needed), path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        file.truncate(file.tell() + needed)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def open_array(path: Path, shape: Shape) -> FloatArray:
    """A read-only memory map. Raises DamagedFile if the file is missing, cut short, or of another shape."""
    try:
        array: FloatArray = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise DamagedFile(f"The activations {path} cannot be read ({error}): restore the workspace from a copy.") from error
    if array.shape != shape or array.dtype != np.dtype("<f4"):
        raise DamagedFile(
            f"The activations {path} are {array.shape} {array.dtype}, not {shape} float32: restore the workspace from a copy."
        )
    return array


def write_rows(path: Path, shape: Shape, start: int, rows: FloatArray) -> None:
    """Overwrite the rows from `start` on; on the disk when this returns. Raises DamagedFile and DiskFull."""
    data = np.ascontiguousarray(rows, dtype="<f4")
    header = path.stat().st_size - open_array(path, shape).nbytes
    with room_for(path.parent, data.nbytes), path.open("r+b", buffering=0) as file:
        file.seek(header + start * shape[1] * 4)
        file.write(data.data)
        os.fsync(file.fileno())
