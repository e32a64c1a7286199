"""How many of a language model's layers go to the GPU: as many as its free memory holds, with a margin."""

import shutil
import subprocess

from models.inspect.gguf import Gguf
from models.language.memory import MARGIN, WORKING, Cache

QUERY = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]


def layers_that_fit(header: Gguf, cache: Cache, free: int) -> int:
    """Of the model's blocks and its output layer, counted as one more, those that fit into `free` bytes of GPU memory.

    Each is taken to hold an equal share of the weights and of the cache; llama.cpp's working memory is set aside first.
    """
    layers = header.blocks + 1
    share = MARGIN * (header.bytes + cache.cells * header.kv_bytes) / layers
    return max(0, min(layers, int((free - WORKING) / share)))


def free_gpu_bytes() -> int | None:
    """Free memory of the first NVIDIA card, or None where there is none or its driver does not answer."""
    if shutil.which(QUERY[0]) is None:
        return None
    try:
        told = subprocess.run(QUERY, capture_output=True, text=True, timeout=10, check=True).stdout
        return int(told.splitlines()[0]) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
