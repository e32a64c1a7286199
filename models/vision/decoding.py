"""Pictures decoded ahead, while the network computes: files, where they are many, in processes of their own, all else in threads."""

import weakref
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from models.errors import BadFile
from models.types.vision import Preprocess
from models.vision.decoders import Decoders
from models.vision.preprocess import Pixels, Region, pixels

MANY: Final = 64  # files; fewer are decoded before a process has started, which takes 0.2 s of one core
GROUP: Final = 8  # files that a process decodes in one go
AHEAD: Final = 64  # pictures
AHEAD_BYTES: Final = 128 * 2**20


class Decoding:
    """Decodes by one recipe; its processes start with the first call for many files, and end with it."""

    def __init__(self, recipe: Preprocess) -> None:
        self._recipe = recipe
        self._decoders = Decoders(recipe)
        self._begun = False
        weakref.finalize(self, self._decoders.close)

    def decoded(self, pictures: Sequence[bytes] | Sequence[Path | Region]) -> Generator[Pixels | str, None, None]:
        """Of each picture its pixels, uint8 (C, H, W), or why it cannot be read; in order.

        Raises EngineFailed where the processes do not live.
        """
        workers = self._decoders.count
        most = max(1, AHEAD_BYTES // (self._recipe.channels * self._recipe.height * self._recipe.width))
        group = max(1, min(GROUP, most // (2 * workers)))
        files = [one for one in pictures if not isinstance(one, bytes)]
        self._begun = self._begun or len(files) >= MANY
        ahead: deque[Future[list[Pixels | str]]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            if files and self._begun:
                work = (pool.submit(self._decoders.decode, files[start : start + group]) for start in range(0, len(files), group))
            else:
                group = 1
                work = (pool.submit(self._here, picture) for picture in pictures)
            try:
                for future in work:
                    ahead.append(future)
                    if len(ahead) * group >= max(min(AHEAD, most), 2 * workers * group):
                        yield from ahead.popleft().result()
                while ahead:
                    yield from ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()

    def _here(self, picture: bytes | Path | Region) -> list[Pixels | str]:
        try:
            return [pixels(picture, self._recipe)]
        except BadFile as error:
            return [str(error)]
