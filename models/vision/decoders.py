"""Processes that decode picture files, each as far from the network as every engine.

One that a file kills, or hangs, is replaced: its files are tried one by one, and the one that kills again is named as unreadable.
"""

import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.cores import own_cores
from models.errors import EngineFailed
from models.host import Child, connect
from models.types.vision import Preprocess
from models.vision.decoder import Decoder
from models.vision.preprocess import Pixels, Region

MOST: Final = 16  # processes; together some 7,000 photos a second, more than a network takes
SECONDS: Final = 60.0  # that a few files may take
PATIENCE: Final = 3  # files in a row that may kill a process before it is not the files
ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1"}  # else numpy reserves memory for a thread of every core


def decoders() -> int:
    """How many processes there are at most."""
    return min(own_cores(), MOST)


class Decoders:
    """As many processes as there are calls at once, which is at most `decoders()`; each starts when it is first needed."""

    def __init__(self, recipe: Preprocess) -> None:
        self.count = decoders()
        self._recipe = recipe
        self._idle: queue.SimpleQueue[tuple[Decoder, Child]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._deaths = 0  # in a row, each on a single file

    def decode(self, files: Sequence[Path | Region]) -> list[Pixels | str]:
        """Of each file its pixels, uint8 (C, H, W), or why it cannot be read; may be called from several threads.

        Raises EngineFailed where no process starts, or PATIENCE files in a row have killed one.
        """
        decoder, child = self._process()
        try:
            found = self._ask(decoder, files)
        except EngineFailed as error:
            child.close()
            if len(files) > 1:
                return [one for file in files for one in self.decode([file])]
            return [self._lost(files[0], error)]
        self._idle.put((decoder, child))
        self._deaths = 0
        return found

    def close(self) -> None:
        """End the processes that wait for files."""
        while not self._idle.empty():
            self._idle.get()[1].close()

    def _process(self) -> tuple[Decoder, Child]:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return connect(Decoder, "decoder", self._recipe, timeout=SECONDS, environment=ENVIRONMENT)

    def _ask(self, decoder: Decoder, files: Sequence[Path | Region]) -> list[Pixels | str]:
        paths = [one.file if isinstance(one, Region) else one for one in files]
        found = decoder.decode(paths, [one.part if isinstance(one, Region) else None for one in files])
        seen = iter(found.pixels)
        return [found.unreadable[place] if place in found.unreadable else next(seen) for place in range(len(files))]

    def _lost(self, file: Path | Region, error: EngineFailed) -> str:
        with self._lock:
            self._deaths += 1
            if self._deaths >= PATIENCE:
                raise error
        return f"{(file.file if isinstance(file, Region) else file).name} cannot be read. {error}"
