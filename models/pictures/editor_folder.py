"""Reads a folder with an image-editing pipeline of diffusers: which pipelines edit, and whether this is one, before any weight is read."""

from pathlib import Path
from typing import Final

from models.errors import BadFile
from models.inspect.paths import existing
from models.pictures.sdxl_folder import PIPELINES, read_pipeline
from models.pictures.sdxl_model import PictureModel
from models.pictures.sdxl_settings import Family

PICTOGRAMS: Final = "pictograms"
AS_EDITOR: Final = {
    "StableDiffusionPipeline": "StableDiffusionImg2ImgPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLImg2ImgPipeline",
}
"""A pipeline that draws -> the one of the same parts that draws over a picture."""
EDITING: Final = {
    **{name: PIPELINES[name] for name in AS_EDITOR},
    **{other: PIPELINES[name] for name, other in AS_EDITOR.items()},
    "StableDiffusionInstructPix2PixPipeline": PIPELINES["StableDiffusionPipeline"],
}
"""Pipelines that edit, each with the classes of its parts."""


def read_editor(path: Path) -> PictureModel:
    """Read and check the headers and configs of an editing pipeline, none of the weights. Raises BadFile in one sentence."""
    path = existing(path)
    if not path.is_dir():
        raise BadFile(f"{path.name} is no folder; give the folder of an image-editing pipeline of diffusers, or write {PICTOGRAMS}.")
    folder = read_pipeline(path, EDITING)
    family: Family = "sdxl" if "XL" in folder.class_name else "sd15"
    return PictureModel(path, family, folder._replace(class_name=AS_EDITOR.get(folder.class_name, folder.class_name)), None, None)
