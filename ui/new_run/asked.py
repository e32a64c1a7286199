"""The fields for what a method may ask for, with their words."""

from typing import Final, TypeAlias

from ui.new_run.advanced import CropsField, PatienceField
from ui.new_run.concepts_field import ConceptsField
from ui.new_run.model_field import ModelField
from ui.new_run.picture_field import PictureField
from ui.new_run.words import tr

AskedField: TypeAlias = ModelField | ConceptsField | PictureField | PatienceField | CropsField
SELDOM: Final = ("patience", "confirm_pictures", "crops")
"""Fields of LabelJob that are asked for below *Advanced*."""


def picture_field() -> PictureField:
    """Where the pictures come from."""
    return PictureField(tr("Pictures"), tr("Picture source"))


def confirming_field() -> PictureField:
    """What draws the finalists again."""
    hint = tr("Search fast, confirm in reference: this source draws the finalists again, and those pictures decide.")
    return PictureField(tr("Confirm pictures"), tr("Picture source that draws the finalists again"), tr("The same source"), hint)


def model_fields() -> tuple[ModelField, ModelField, ModelField]:
    """Language model, captioner and CLIP."""
    llm = tr("Choose a language model, a GGUF file; the Models page lists some that work.")
    captioner = tr("Choose the folder of a captioner, a model that describes pictures, as transformers saved it.")
    clip = tr("Choose the folder of a CLIP, as transformers saved it.")
    return (
        ModelField(tr("Language model"), "language model", "language model", llm, tr("Language models (*.gguf)")),
        ModelField(tr("Captioner"), "captioner", "captioner", captioner),
        ModelField(tr("CLIP"), "CLIP", "CLIP", clip),
    )
