"""Opens what takes concepts out of pictures: the pictograms' exact editor, or a folder with an image-editing pipeline."""

from pathlib import Path

from models.pictures.editor_folder import PICTOGRAMS
from models.types.pictures import Editor


def open_editor(spec: str) -> Editor:
    """Open "pictograms", or a local diffusers folder by its path. Raises BadFile in one sentence."""
    if spec == PICTOGRAMS:
        from models.pictures.pictogram_editor import PictogramEditor

        return PictogramEditor()
    from models.pictures.diffusion_editor import DiffusionEditor

    return DiffusionEditor(Path(spec).expanduser().absolute())
