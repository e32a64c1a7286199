"""Edits pictograms exactly: the same scene with the colour, texture or object that a concept names replaced by another one."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from models.pictures.drawing import LIGHTS, Look
from models.pictures.meaning import ANY_ICON, Meaning
from models.pictures.pictograms import Pictograms, Scene, generator, png
from models.pictures.words import COLOURS, OBJECTS, TEXTURES
from models.types.pictures import Edited, EditRequest, NoPicture, Picture, PictureSettings

VERSION: Final = "1"
"""Counts up with every change that changes an edit."""
Part = Literal["icon", "colour", "texture"]
ALL: Final[dict[Part, tuple[str, ...]]] = {"icon": ANY_ICON, "colour": tuple(COLOURS), "texture": TEXTURES}
WORDS: Final[dict[Part, str]] = {"icon": "object", "colour": "colour", "texture": "texture"}
NEUTRAL: Final = "plain"
"""What a texture is left out for; there is no neutral colour or object in the world of pictograms, so another is drawn."""
OBJECT_NAMES: Final = {icon: name for name, icons in OBJECTS.items() for icon in icons}
NOTHING_LEFT: Final = "it names no colour, texture or object that could be left out"

Pixels = npt.NDArray[np.uint8]


class PictogramEditor:
    """An Editor of pictures that `Pictograms` drew. Raises BadFile if the icon font is missing.

    The control changes one part of the object that the concept does not name: the same kind of change at the same place. Where the
    concept names object, colour and texture, the control is another light.
    """

    def __init__(self) -> None:
        self._source = Pictograms()

    def settings(self) -> PictureSettings:
        """The drawing's settings, and this code."""
        drawing = self._source.settings()
        return PictureSettings(drawing.source, drawing.version, {**drawing.options, "edits": VERSION})

    def redraws(self) -> bool:
        """It works from prompts."""
        return True

    def inseparable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts that cannot be drawn, and those that leave colour, texture and object open, such as "thing"."""
        reasons = self._source.undepictable(concepts)
        for concept in concepts:
            if concept not in reasons and not _named(self._source.meaning(concept)):
                reasons[concept] = NOTHING_LEFT
        return reasons

    def edit(self, requests: list[EditRequest]) -> Sequence[Edited | NoPicture]:
        """PNG pictures. Raises ValueError for a concept that `inseparable` names, or a request without a prompt."""
        return [self._edit(request) for request in requests]

    def _edit(self, request: EditRequest) -> Edited:
        if request.prompt is None:
            raise ValueError("pictograms are edited by their prompts")
        scene = self._source.scene(request.prompt)
        named = _named(scene.meaning)
        if not named:
            raise ValueError(f'"{request.concept}" cannot be left out: {NOTHING_LEFT}')
        rng = generator(f"edit|{scene.meaning.key}", request.seed)
        others = {part: _instead(part, _choices(scene.meaning)[part], rng) for part in named}
        before, without = scene.pixels(), scene.pixels(msgspec.structs.replace(scene.look, **others))
        control, changed = _control(scene, named, rng)
        alone = {WORDS[part]: scene.pixels(msgspec.structs.replace(scene.look, **{part: other})) for part, other in others.items()}
        return Edited(
            before=_picture(before),
            without=_picture(without),
            control=_picture(control),
            removed=", ".join(_replaced(scene.look, part, other) for part, other in others.items()),
            changed=changed,
            parts={word: _picture(pixels) for word, pixels in alone.items()} if len(alone) > 1 else {},
            change=(_difference(before, without), _difference(before, control)),
        )


def _choices(meaning: Meaning) -> dict[Part, tuple[str, ...]]:
    return {"icon": meaning.icons, "colour": meaning.colours, "texture": meaning.textures}


def _named(meaning: Meaning) -> list[Part]:
    """The parts that the concept narrows down."""
    return [part for part, choices in _choices(meaning).items() if not set(ALL[part]) <= set(choices)]


def _instead(part: Part, unwanted: Sequence[str], rng: np.random.Generator) -> str:
    """Another icon, colour or texture than the unwanted ones; for a texture none, where that is another."""
    left = [one for one in ALL[part] if one not in unwanted]
    return NEUTRAL if NEUTRAL in left else left[int(rng.integers(len(left)))]


def _control(scene: Scene, named: Sequence[Part], rng: np.random.Generator) -> tuple[Pixels, str]:
    """The scene with one unnamed part of its object, or else its light, changed; and what was changed in words."""
    free = [part for part in ALL if part not in named]
    if not free:
        light = str(rng.choice([light for light in LIGHTS if light != scene.prompt.lighting]))
        return scene.pixels(lighting=light), f"{scene.prompt.lighting or 'plain light'} → {light}"
    part = free[int(rng.integers(len(free)))]
    left = [one for one in ALL[part] if one != getattr(scene.look, part)]
    other = left[int(rng.integers(len(left)))]
    return scene.pixels(msgspec.structs.replace(scene.look, **{part: other})), _replaced(scene.look, part, other)


def _replaced(look: Look, part: Part, other: str) -> str:
    old = getattr(look, part)
    return f"{OBJECT_NAMES.get(old, old)} → {OBJECT_NAMES.get(other, other)}"


def _difference(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())


def _picture(pixels: Pixels) -> Picture:
    return Picture(png(pixels), ".png")
