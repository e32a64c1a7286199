"""Pictures of concepts: how they are asked for, what comes of it, and the interfaces of those who draw and edit them.

A picture travels as the bytes of an encoded file (PNG, JPEG or WebP): the bytes that are kept are the bytes that are scored.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from models.types.vision import ActivationMap


class PicturePrompt(msgspec.Struct, frozen=True):
    """One picture to draw; angle and lighting are drawn per picture (METHOD section 2)."""

    concept: str
    angle: str
    lighting: str
    seed: int

    @property
    def text(self) -> str:
        """The LINE paper's prompt (appendix D.1)."""
        return f"A realistic photo of a {self.concept}, {self.angle}, {self.lighting}"


class Picture(msgspec.Struct, frozen=True, tag=True):
    """An encoded picture file."""

    data: bytes
    suffix: Literal[".png", ".jpg", ".webp"]


class NoPicture(msgspec.Struct, frozen=True, tag=True):
    """A prompt that a source tried to draw and could not, with the reason in a few words."""

    reason: str


class PictureSettings(msgspec.Struct, frozen=True):
    """Everything besides prompt and seed that decides how a picture looks; part of the concept bank's key."""

    source: str  # "pictograms", "photos", "sdxl"
    version: str  # of the drawing code, or the SHA-256 of the model
    options: dict[str, str]


class EditRequest(msgspec.Struct, frozen=True):
    """A concept to be taken out of one picture: of a drawn one, which its prompt makes again, or of a photo."""

    concept: str
    seed: int
    prompt: PicturePrompt | None = None  # of the drawn picture
    photo: bytes = b""  # the photo's file
    where: ActivationMap | None = None  # where in the photo the neuron fires; None where nobody knows


class Edited(msgspec.Struct, frozen=True, tag=True):
    """A picture, the same without the concept, and as the matched control the same with something else changed."""

    before: Picture
    without: Picture
    control: Picture
    removed: str  # in a few words, such as "red → blue"
    changed: str  # by the control
    parts: dict[str, Picture]  # each part of a concept of several taken out alone, such as "colour"; empty for a concept of one part
    change: tuple[float, float]  # mean change of a pixel's values, 0..255, by the edit and by the control


class PictureSource(Protocol):
    """Draws concepts."""

    def settings(self) -> PictureSettings:
        """What the pictures of this source depend on."""
        ...

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts this source cannot depict, each with the reason in a few words."""
        ...

    def draw(self, prompts: list[PicturePrompt]) -> Sequence[Picture | NoPicture]:
        """One answer for each prompt, in order; the same prompt gives the same bytes, alone or in a batch.

        Raises Cancelled where the caller has asked to stop, and DoesNotFit where the memory does not suffice for one picture.
        """
        ...


class Editor(Protocol):
    """Takes concepts out of pictures."""

    def settings(self) -> PictureSettings:
        """What the edits depend on."""
        ...

    def redraws(self) -> bool:
        """Whether it edits drawn pictures, by their prompts, rather than photos."""
        ...

    def inseparable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts this editor cannot take out of a picture, each with the reason in a few words."""
        ...

    def edit(self, requests: list[EditRequest]) -> Sequence[Edited | NoPicture]:
        """One answer for each request, in order; the same request gives the same bytes."""
        ...
