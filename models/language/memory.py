"""Whether a language model fits into the memory that is free, and with what cache, before llama.cpp tries."""

from typing import NamedTuple

from models.errors import DoesNotFit
from models.inspect.gguf import Gguf
from models.memory import free_memory
from models.types.language import Profile


class Cache(NamedTuple):
    """Room for sequences of up to `longest` tokens: `prefixes` constant parts of prompts, and `parallel` answers at once.

    Each sequence has cells of its own. Where all shared one pool, every second answer in the paper profile changed with the answers beside
    it, because sums over other cells round differently; that took a fifth less time and half the memory (135 M model, CPU).
    """

    longest: int
    prefixes: int
    parallel: int

    @property
    def sequences(self) -> int:
        return self.prefixes + self.parallel

    @property
    def cells(self) -> int:
        return self.longest * self.sequences


# Best first. A prompt of the paper profile has about 500 tokens of instructions and 500 of board and forbidden names.
CACHES: dict[Profile, tuple[Cache, ...]] = {
    "paper": (Cache(2048, 2, 8), Cache(2048, 2, 2)),
    "compact": (Cache(512, 4, 16), Cache(512, 2, 4)),
}
WORKING = 300 << 20  # bytes: llama.cpp's buffers for a batch, and our own process
MARGIN = 1.1


def choose_cache(name: str, header: Gguf, profile: Profile, on_card: int) -> Cache:
    """The largest cache that fits into the free memory, and `on_card` bytes of a GPU's, together with the weights.

    Raises DoesNotFit, with both numbers, where even the smallest does not.
    """
    free = free_memory() + on_card
    for cache in CACHES[profile]:
        if needed_bytes(header, cache.cells) <= free:
            return cache
    needed = needed_bytes(header, CACHES[profile][-1].cells)
    raise DoesNotFit(
        f"{name} needs about {needed / 2**30:.1f} GiB of memory and {free / 2**30:.1f} GiB are free. "
        "Close other programs, or choose a smaller model or a stronger quantization."
    )


def needed_bytes(header: Gguf, cells: int) -> int:
    """An estimate from above of the memory for the weights, a cache of `cells` tokens, and the work."""
    return int(MARGIN * (header.bytes + cells * header.kv_bytes)) + WORKING
