"""How many pictures go through a network together: measured on this machine, with the work itself."""

from typing import Final

LEAST: Final = 4
TRIES: Final = 3  # the first batch of a size pays for memory and, on a GPU, for the choice of kernels


class BatchSize:
    """Batches of 4, 8, 16 … up to `most` pictures are timed while they are computed; then the fastest size stays."""

    def __init__(self, most: int) -> None:
        self.most = most
        sizes = [LEAST << power for power in range(most.bit_length()) if LEAST << power < most] + [most]
        self._seconds: dict[int, list[float]] = {size: [] for size in sizes}  # a picture, of each size

    @property
    def now(self) -> int:
        """The next batch."""
        untried = (size for size, seconds in self._seconds.items() if len(seconds) < TRIES)
        return next(untried, None) or min(self._seconds, key=lambda size: min(self._seconds[size]))

    def took(self, count: int, seconds: float) -> None:
        """A batch of `count` pictures took so many seconds."""
        if len(self._seconds.get(count, [0.0] * TRIES)) < TRIES:
            self._seconds[count].append(seconds / count)

    def at_most(self, count: int) -> None:
        """There is no memory for more than `count`."""
        self.most = count
        self._seconds = {size: seconds for size, seconds in self._seconds.items() if size <= count} or {count: []}
