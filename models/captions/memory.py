"""What a captioner takes of the memory, from its files' headers."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.inspect.safetensors_head import read_safetensors_head
from models.types.vision import Preprocess

TORCH: Final = 600 << 20  # torch and transformers alone
TOGETHER: Final = 8
"""Pictures that are described at once."""
SINGLE: Final = 4  # bytes of a number
VALUES: Final = 1000  # bytes a pixel that the values inside the network take


def single_bytes(weights: Sequence[Path]) -> int:
    """Of the weights, in single precision as they are loaded."""
    return sum(SINGLE * math.prod(tensor.shape) for file in weights for tensor in read_safetensors_head(file).values())


def writing_bytes(recipe: Preprocess) -> int:
    """What describing TOGETHER pictures needs besides the weights."""
    return VALUES * recipe.height * recipe.width * TOGETHER
