"""How a picture model is laid out in memory: whole on the GPU, one part at a time, or one layer at a time."""

from collections.abc import Mapping
from typing import Final, Literal

from models.errors import DoesNotFit

Layout = Literal["whole", "parts", "layers"]

GIB: Final = 1 << 30
MARGIN: Final = 0.92
"""Share of the free memory that is used."""
LAYERS: Final = 0.6 * GIB
"""What stays on the GPU when one layer at a time is moved there: the VAE and the largest layer, twice."""


def working_bytes(size: int, batch: int) -> int:
    """An estimate from above of what drawing needs besides the weights; `size` in pixels a side.

    The VAE decodes one picture at a time in float32 (3.5 GiB at 1024 pixels); the denoiser takes the whole batch, twice for guidance.
    """
    area = (size / 1024) ** 2
    return int((0.3 + area * max(3.5, 1.2 * batch)) * GIB)


def choose_layout(free: int, parts: Mapping[str, int], working: int) -> Layout:
    """The fastest layout that fits into `free` bytes of GPU memory; `parts`: bytes of each model's weights.

    Raises DoesNotFit, with both numbers, where none does.
    """
    usable = free * MARGIN - working
    if sum(parts.values()) <= usable:
        return "whole"
    if max(parts.values()) <= usable:
        return "parts"
    if usable >= LAYERS:
        return "layers"
    raise DoesNotFit(
        f"Drawing needs about {(working + LAYERS) / MARGIN / GIB:.1f} GiB of GPU memory even one layer at a time, "
        f"and {free / GIB:.1f} GiB are free; close other programs, or ask for a smaller size or batch."
    )


def check_memory(name: str, free: int, parts: Mapping[str, int], working: int) -> None:
    """Raises DoesNotFit, with both numbers, if the weights and the work exceed the machine's free memory."""
    needed = (sum(parts.values()) + working) / MARGIN
    if needed > free:
        raise DoesNotFit(
            f"{name} needs about {needed / GIB:.1f} GiB of memory and {free / GIB:.1f} GiB are free; "
            "close other programs, or take a smaller model or size."
        )
