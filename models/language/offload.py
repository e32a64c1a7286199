"""How many of a language model's layers go to the GPU: as many as its free memory holds, with a margin."""

from models.inspect.gguf import Gguf
from models.language.memory import MARGIN, WORKING, Cache


def layers_that_fit(header: Gguf, cache: Cache, free: int) -> int:
    """Of the model's blocks and its output layer, counted as one more, those that fit into `free` bytes of GPU memory.

    Each is taken to hold an equal share of the weights and of the cache; llama.cpp's working memory is set aside first.
    """
    layers = header.blocks + 1
    share = MARGIN * (header.bytes + cache.cells * header.kv_bytes) / layers
    return max(0, min(layers, int((free - WORKING) / share)))
