"""The numbers of a config.json within bounds, so that nobody builds a network of a billion layers to find that it does not fit."""

import re
from pathlib import Path
from typing import Any, Final

from models.errors import BadFile

MAX_LAYERS: Final = 512
MAX_SIZE: Final = 10_000_000
"""Of a width, a vocabulary, a picture: far above the largest known."""
COUNTS_LAYERS: Final = re.compile(r"depths?|n_layer|.*(layers|blocks|stages)")


def check_config(path: Path, config: dict[str, Any]) -> None:
    """Raises BadFile, naming the field, if a number counts more than MAX_LAYERS layers or is a size above MAX_SIZE."""
    for name, value in _numbers("", config):
        limit = MAX_LAYERS if COUNTS_LAYERS.fullmatch(name) else MAX_SIZE
        if abs(value) > limit:
            raise BadFile(f"{path} states {value:.4g} for {ascii(name)[1:-1][:60]}; at most {limit:,} is allowed, so the file is refused.")


def _numbers(name: str, value: Any) -> list[tuple[str, float]]:
    """Every number with the name of the field it belongs to."""
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _numbers(str(key), one)]
    if isinstance(value, list):
        return [pair for one in value for pair in _numbers(name, one)]
    return [(name, value)] if isinstance(value, int | float) and not isinstance(value, bool) else []
