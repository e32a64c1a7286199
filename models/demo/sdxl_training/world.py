"""What the small SDXL knows: thirty objects in ten colours and six textures, as calm pictograms, and the captions for them."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from models.pictures.drawing import LIGHTS, VIEWS, Look, draw
from models.pictures.icon_font import IconFont
from models.pictures.words import COLOURS, OBJECTS, SYNONYMS, TEXTURES
from models.types.pictures import PicturePrompt

SIDE: Final = 64
"""Side of a picture in pixels."""
SPREAD: Final = 0.1
"""How much of the pictograms' variety of place, size, light, ground and phase is left: with 0.3 the textures became blotches."""
THINGS: Final = (
    "cat", "dog", "rabbit", "elephant", "duck", "owl", "penguin", "fish", "turtle", "butterfly",
    "car", "bus", "airplane", "rocket", "sailboat", "bicycle", "apple", "pear", "cherry", "mushroom",
    "tree", "cactus", "flower", "leaf", "house", "umbrella", "hat", "guitar", "heart", "star",
)  # fmt: skip
KINDS: Final = {
    "animal": THINGS[:10],
    "bird": ("duck", "owl", "penguin"),
    "vehicle": ("car", "bus", "airplane", "rocket", "sailboat", "bicycle"),
    "fruit": ("apple", "pear", "cherry"),
    "plant": ("tree", "cactus", "flower", "leaf"),
    "shape": ("heart", "star"),
    "object": THINGS,
    "pattern": THINGS,
}
ANGLES: Final = ("", *VIEWS)
LIGHTINGS: Final = ("", *LIGHTS)
TINTS: Final = tuple(COLOURS)
TEXTURE_SHARES: Final = tuple({"checkered": 0.3, "zigzag": 0.2, "grid": 0.2}.get(name, 0.1) for name in TEXTURES)
"""How often each texture is drawn: what is hard to learn, oftener."""

# How a picture is called, and how often.
FORMS: Final = {
    "{colour} {texture} {thing}": 8,
    "{texture} {colour} {thing}": 4,
    "{colour} {thing}": 4,
    "{texture} {thing}": 2,
    "{thing}": 3,
    "{colour}": 1,
    "{texture}": 1,
    "{colour} {texture}": 1,
    "{kind}": 2,
    "{colour} {kind}": 2,
    "{texture} {kind}": 2,
}


class Calm(np.random.Generator):
    """A generator whose numbers keep closer to the middle of their range; every coin falls on the same side."""

    def __init__(self, seed: int) -> None:
        super().__init__(np.random.PCG64(seed))

    def uniform(self, low: float = 0.0, high: float = 1.0, size: int | None = None) -> np.float64 | npt.NDArray[np.float64]:  # type: ignore[override]
        middle = (low + high) / 2
        return middle + SPREAD * (super().uniform(low, high, size) - middle)

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: tuple[int, ...] | None = None) -> npt.NDArray[np.float64]:  # type: ignore[override]
        return np.asarray(super().normal(loc, SPREAD * scale, size))

    def random(self) -> float:  # type: ignore[override]
        return 0.25


class Samples(NamedTuple):
    """Pictures and what is on them."""

    pixels: torch.Tensor  # uint8 (n, 3, SIDE, SIDE)
    labels: torch.Tensor  # int64 (n, 5): thing, colour, texture, angle, lighting


def samples(first_seed: int, count: int) -> Samples:
    """Calm pictograms; the seeds `first_seed`.. decide all of it."""
    font = IconFont()
    pixels = np.empty((count, SIDE, SIDE, 3), np.uint8)
    labels = np.empty((count, 5), np.int64)
    for row in range(count):
        rng = np.random.default_rng(first_seed + row)
        labels[row] = [rng.integers(len(names)) for names in (THINGS, TINTS, TEXTURES, ANGLES, LIGHTINGS)]
        labels[row, 2] = rng.choice(len(TEXTURES), p=TEXTURE_SHARES)
        thing, colour, texture, angle, lighting = labels[row]
        look = Look(OBJECTS[THINGS[thing]][0], TINTS[colour], TEXTURES[texture])
        drawn = draw(look, font.mask(look.icon), ANGLES[angle], LIGHTINGS[lighting], Calm(first_seed + row))
        pixels[row] = np.asarray(Image.fromarray(drawn).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return Samples(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels))


def caption(label: list[int], rng: np.random.Generator) -> str:
    """A text a picture with these five labels may be drawn for; the method's prompt, or now and then just the concept."""
    thing, colour, texture = THINGS[label[0]], TINTS[label[1]], TEXTURES[label[2]]
    kinds = [kind for kind, members in KINDS.items() if thing in members]
    weights = np.array(list(FORMS.values()), float)
    form = str(rng.choice(list(FORMS), p=weights / weights.sum()))
    concept = form.format(thing=thing, colour=colour, texture=texture, kind=rng.choice(kinds))
    if rng.random() < 0.1:
        return f"a {concept}"
    return PicturePrompt(concept, ANGLES[label[3]], LIGHTINGS[label[4]], 0).text


def said() -> dict[str, str]:
    """Word that may be said -> word of the captions, or "": the words themselves, and those that mean the same to the pictograms."""
    own = [*THINGS, *TINTS, *TEXTURES, *KINDS]
    same = {other: word for word in own for other in SYNONYMS.get(word, ()) if " " not in other}
    fillers = {"thing": "object", "item": "object", "texture": "pattern", "design": "pattern", "a": "", "an": "", "the": ""}
    return {**fillers, **same, **{word: word for word in own}}
