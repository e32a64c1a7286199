"""Free memory, what an engine needs of it, and whether it fits."""

import csv
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec
import psutil

from models.machine import Fit, Gpu
from models.types.language import Profile
from models.types.vision import Preprocess

COMFORT: Final = 0.9
"""Share of the free memory that may be used before it counts as tight."""
TRY_ANYWAY: Final = "LINE_DESKTOP_TRY_ANYWAY"
MEBIBYTE: Final = 1 << 20
FIELDS: Final = "name,driver_version,memory.total,memory.free,uuid"
VISIBLE: Final = "CUDA_VISIBLE_DEVICES"
ORDER: Final = "CUDA_DEVICE_ORDER"
AS_TOLD: Final = "PCI_BUS_ID"


class Need(msgspec.Struct, frozen=True):
    """Bytes of main memory and of the first GPU's that an engine takes, or that may be taken."""

    memory: int
    gpu: int = 0

    def __add__(self, other: "Need") -> "Need":
        return Need(self.memory + other.memory, self.gpu + other.gpu)

    def fits(self, room: "Need") -> bool:
        """Whether there is room for it."""
        return self.memory <= room.memory and self.gpu <= room.gpu


class Needs(Protocol):
    """Estimates from files' headers what an engine takes of `room`, before it is loaded."""

    def language(self, model: Path, profile: Profile | None, room: Need) -> Need:
        """A language model."""
        ...

    def pictures(self, source: str, room: Need) -> Need:
        """A picture source, by what opens it."""
        ...

    def editor(self, spec: str, room: Need) -> Need:
        """An editor of pictures, by what opens it."""
        ...

    def vision(self, model: Path, preprocess: Preprocess, room: Need) -> Need:
        """A converted vision network."""
        ...

    def clip(self, folder: Path, room: Need) -> Need:
        """A converted CLIP."""
        ...

    def sentences(self, folder: Path, room: Need) -> Need:
        """A converted sentence model."""
        ...

    def captioner(self, folder: Path, room: Need) -> Need:
        """A captioner."""
        ...


def size_of(place: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 where there is nothing."""
    if place.is_dir():
        return sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    return place.stat().st_size if place.is_file() else 0


def trying_anyway() -> bool:
    """Whether the user wants to try what seems too large; said in the environment, which a child inherits."""
    return os.environ.get(TRY_ANYWAY, "") != ""


def free_memory() -> int:
    """Bytes that programs can take without others being moved to the disk; all there are, and the swap, where one tries anyway."""
    memory = psutil.virtual_memory()
    return int(memory.total + psutil.swap_memory().total) if trying_anyway() else int(memory.available)


def gpus() -> tuple[Gpu, ...]:
    """The NVIDIA GPUs that this process may use, as the driver's own tool names them; empty where there is no driver."""
    command = ["nvidia-smi", f"--query-gpu={FIELDS}", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return parse_gpus(told, os.environ.get(VISIBLE), os.environ.get(ORDER) == AS_TOLD)


def parse_gpus(told: str, visible: str | None = None, as_told: bool = False) -> tuple[Gpu, ...]:
    """The rows of `nvidia-smi --query-gpu=FIELDS`; sizes come in MiB, and as [N/A] where a GPU shares the machine's memory.

    `visible`: numbers or UUIDs of those that may be used, in that order; as for CUDA, whatever follows an unknown one is not. `as_told`:
    whether CUDA numbers them in the order of the rows, not the fastest first. Then, or where all are alike, numbers choose; else all count.
    """
    rows = [[cell.strip() for cell in row] for row in csv.reader(told.splitlines())]
    rows = [row for row in rows if len(row) == len(FIELDS.split(","))]
    if visible is not None and _told_apart(rows, visible, as_told):
        rows = list(_visible(rows, visible))
    return tuple(
        Gpu(row[0], row[1], int(row[2]) * MEBIBYTE, int(row[3]) * MEBIBYTE) for row in rows if row[2].isdecimal() and row[3].isdecimal()
    )


def _told_apart(rows: list[list[str]], visible: str, as_told: bool) -> bool:
    """Whether these words say which rows are meant; which card a slice is of is not told here."""
    numbers = any(part.strip().isdecimal() for part in visible.split(","))
    return "MIG-" not in visible and (not numbers or as_told or len({row[0] for row in rows}) == 1)


def _visible(rows: list[list[str]], visible: str) -> Iterator[list[str]]:
    for name in (part.strip() for part in visible.split(",")):
        found = [row for number, row in enumerate(rows) if name == str(number) or (name.startswith("GPU-") and row[4].startswith(name))]
        if len(found) != 1:
            return
        yield found[0]


def fit(needed: int | None, memory: int, gpu: int) -> Fit:
    """Whether `needed` bytes fit into the free `memory` and the free memory of a `gpu` (0: none).

    "tight" where less than a tenth would stay free, or a part must stay outside the GPU and will be slow.
    """
    if needed is None:
        return "unknown"
    if needed <= COMFORT * (gpu or memory):
        return "fits"
    return "tight" if needed <= max(gpu, memory) else "does not fit"
