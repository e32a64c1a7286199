"""Sources of pictures: each draws concepts, and says what it cannot draw. One line a source; a source's imports are its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from models.errors import BadFile
from models.types.pictures import PictureSource


def _pictograms(argument: str) -> PictureSource:
    from models.pictures.pictograms import Pictograms

    if argument:
        raise BadFile('The picture source "pictograms" takes no folder; write just pictograms.')
    return Pictograms()


def _photos(argument: str) -> PictureSource:
    from models.pictures.photos import Photos

    if not argument:
        raise BadFile('The picture source "photos" needs a folder of labelled photos; write photos:FOLDER.')
    return Photos(Path(argument).expanduser().absolute())


def _sdxl(argument: str) -> PictureSource:
    from models.pictures.sdxl_model import read_model
    from models.pictures.sdxl_settings import parse

    read_model(parse(argument))  # refuses what it can before torch is loaded, which takes seconds

    from models.pictures.sdxl import DiffusersSource

    return DiffusersSource(argument)


SOURCES: Final[dict[str, Callable[[str], PictureSource]]] = {
    "pictograms": _pictograms,
    "photos": _photos,
    "sdxl": _sdxl,
}


def open_source(spec: str) -> PictureSource:
    """Open `name` or `name:argument`, such as "pictograms" or "photos:FOLDER". Raises BadFile for anything else."""
    name, _, argument = spec.partition(":")
    if name not in SOURCES:
        raise BadFile(f'There is no picture source "{name}"; there are: {", ".join(SOURCES)}.')
    return SOURCES[name](argument)
