"""Which neurons: "0-9,15", "random:20" or "all" as typed by a person, against a layer's width."""

import re

import numpy as np

from line_desktop.errors import UserError
from models.plural import count

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def select(text: str, width: int, seed: int) -> list[int]:
    """The neuron numbers meant by `text`, in rising order without repeats; raises UserError if one is out of 0..width-1."""
    text = text.strip().lower()
    if text == "all":
        return list(range(width))
    if text.startswith("random:"):
        return _random(text.removeprefix("random:"), width, seed)
    chosen: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise UserError(f"'{part.strip()}' is not a neuron or a range; write 0-9,15 or random:20 or all.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise UserError(f"The range {first}-{last} runs backwards; write {last}-{first}.")
        if last >= width:
            raise UserError(f"Neuron {last} is out of range: the layer has {count(width, 'neuron')}, 0 to {width - 1}.")
        chosen.update(range(first, last + 1))
    return sorted(chosen)


def _random(count: str, width: int, seed: int) -> list[int]:
    if not count.isdigit() or not 1 <= int(count) <= width:
        raise UserError(f"random:{count} asks for a number of neurons from 1 to {width}, the layer's width.")
    return sorted(int(index) for index in np.random.default_rng(seed).permutation(width)[: int(count)])
