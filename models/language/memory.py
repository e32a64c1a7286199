"""Whether a language model fits into the memory that is free, and with what cache, before llama.cpp tries."""

from typing import NamedTuple

from models.errors import DoesNotFit
from models.inspect.gguf import Gguf
from models.memory import free_memory
from models.types import Profile


class Cache(NamedTuple):
    """Room for sequences: `prefixes` constant parts of prompts and `parallel` answers at once.

    Sequences that lie `apart` have their own `cells // sequences` tokens of room; then an answer does not depend, to the
    last bit, on the answers beside it. Else they share the cells of what they have in common, which saves much memory.
    """

    cells: int
    prefixes: int
    parallel: int
    apart: bool

    @property
    def sequences(self) -> int:
        return self.prefixes + self.parallel

    @property
    def longest(self) -> int:
        """Tokens that one prompt and its answer may have."""
        return self.cells // self.sequences if self.apart else self.cells


# Best first. A compact model's cache is small enough for sequences apart, and on a CPU 16 rows are as fast as 32.
CACHES: dict[Profile, tuple[Cache, ...]] = {
    "paper": (Cache(16_384, 4, 32, False), Cache(8_192, 3, 16, False), Cache(4_096, 2, 4, False)),
    "compact": (Cache(20 * 512, 4, 16, True), Cache(6 * 512, 2, 4, True)),
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
