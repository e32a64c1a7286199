"""What the small CLIP sees and reads: pictograms of everything their dictionary names, and captions that say more or less of them.

What is true of a picture is known exactly: a caption is, where its icons, colours and textures are among what the dictionary means by it.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from models.pictures.drawing import LIGHTS, VIEWS, Look, draw
from models.pictures.icon_font import IconFont
from models.pictures.meaning import ANY_ICON, Lexicon, Meaning
from models.pictures.words import COLOURS, GROUPS, ICONS, OBJECTS, SYNONYMS, TEXTURES
from models.types.pictures import PicturePrompt

SIDE: Final = 64
"""Side of a picture in pixels."""
ANGLES: Final = ("", *VIEWS)
LIGHTINGS: Final = ("", *LIGHTS)
TINTS: Final = tuple(COLOURS)
MEMBERS: Final = tuple(dict.fromkeys(member for members in GROUPS.values() for member in members if member not in GROUPS))
NOUNS: Final = tuple(dict.fromkeys([*OBJECTS, *ICONS, *MEMBERS, *GROUPS]))
WORDS: Final = (*NOUNS, *TINTS, *TEXTURES)
"""Every name of the dictionary; their synonyms are said in their place now and then."""
DRAWN: Final = (*OBJECTS, *OBJECTS, *(noun for noun in NOUNS if noun not in OBJECTS))
"""What pictures are drawn of: the objects twice as often as the rest."""

# What a caption says, and how often.
FORMS: Final = {
    "{colour} {texture} {noun}": 4,
    "{texture} {colour} {noun}": 3,
    "{colour} {noun}": 4,
    "{texture} {noun}": 4,
    "{noun}": 3,
    "{colour} {texture}": 2,
}
SYNONYM: Final = 0.2
"""How often a word is said by a synonym."""


class Samples(NamedTuple):
    """Pictures and what is on them."""

    pixels: torch.Tensor  # uint8 (n, 3, SIDE, SIDE)
    labels: torch.Tensor  # int64 (n, 5): icon, colour, texture, angle, lighting


class Said(NamedTuple):
    """Texts, and for each the icons, colours and textures it is true of, side by side: bool (texts, icons + colours + textures)."""

    texts: list[str]
    true: torch.Tensor


@cache
def meanings() -> dict[str, Meaning]:
    """What each word means."""
    lexicon = Lexicon(IconFont().names)
    return {word: lexicon.understand(word) for word in WORDS}


@cache
def icons() -> tuple[str, ...]:
    """Every icon that is drawn."""
    return tuple(sorted({icon for noun in DRAWN for icon in meanings()[noun].icons} | set(ANY_ICON)))


@cache
def true_of(word: str) -> npt.NDArray[np.bool_]:
    """The icons, colours and textures that a word allows."""
    meaning = meanings()[word]
    allowed = (*(icon in meaning.icons for icon in icons()), *(tint in meaning.colours for tint in TINTS))
    whole = np.array([*allowed, *(texture in meaning.textures for texture in TEXTURES)])
    if word in NOUNS:
        return whole
    whole[: len(icons())] = True  # a colour's pictures show recognisable icons; other icons of that colour are as true
    return whole


@cache
def nouns_of(icon: str) -> tuple[str, ...]:
    """The names an icon may be called by."""
    return tuple(noun for noun in NOUNS if icon in meanings()[noun].icons)


def samples(first_seed: int, count: int) -> Samples:
    """Pictograms in their full variety; the seeds `first_seed`.. decide all of it."""
    font = IconFont()
    pixels = np.empty((count, SIDE, SIDE, 3), np.uint8)
    labels = np.empty((count, 5), np.int64)
    for row in range(count):
        rng = np.random.default_rng(first_seed + row)
        among = meanings()[DRAWN[rng.integers(len(DRAWN))]].icons
        icon = among[rng.integers(len(among))]
        colour, texture, angle, lighting = (rng.integers(size) for size in (len(TINTS), len(TEXTURES), len(ANGLES), len(LIGHTINGS)))
        labels[row] = icons().index(icon), colour, texture, angle, lighting
        look = Look(icon, TINTS[colour], TEXTURES[texture])
        drawn = draw(look, font.mask(icon), ANGLES[angle], LIGHTINGS[lighting], rng)
        pixels[row] = np.asarray(Image.fromarray(drawn).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return Samples(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels))


def captions(labels: torch.Tensor, rng: np.random.Generator) -> Said:
    """A caption of each picture."""
    weights = np.array(list(FORMS.values()), float)
    texts, true = [], []
    for icon, colour, texture, angle, lighting in labels.tolist():
        nouns = nouns_of(icons()[icon])
        words = {"noun": str(rng.choice(nouns)), "colour": TINTS[colour], "texture": TEXTURES[texture]}
        form = str(rng.choice(list(FORMS), p=weights / weights.sum()))
        said = [word for kind, word in words.items() if kind in form]
        concept = form.format(**{kind: spoken(word, rng) for kind, word in words.items()})
        texts.append(prompted(concept, ANGLES[angle], LIGHTINGS[lighting], rng))
        true.append(np.logical_and.reduce([true_of(word) for word in said]))
    return Said(texts, torch.from_numpy(np.array(true)))


def single_words(rng: np.random.Generator, count: int) -> Said:
    """So many words in this way or that: all colours and textures, nouns at random."""
    said = [*TINTS, *TEXTURES, *rng.permutation(NOUNS)[: count - len(TINTS) - len(TEXTURES)].tolist()]
    return Said([prompted(spoken(word, rng), "", "", rng) for word in said], torch.from_numpy(np.array([true_of(word) for word in said])))


def spoken(word: str, rng: np.random.Generator) -> str:
    """The word or, now and then, one that means the same."""
    others = SYNONYMS.get(word, ())
    return str(rng.choice(others)) if others and rng.random() < SYNONYM else word


def prompted(concept: str, angle: str, lighting: str, rng: np.random.Generator) -> str:
    """Half of the texts bare, the others in a usual prompt."""
    chance = rng.random()
    if chance < 0.5:
        return concept
    if chance < 0.8:
        return f"a photo of a {concept}"
    return PicturePrompt(concept, angle, lighting, 0).text if angle or lighting else f"a {concept}"


def truth(said: Said, labels: torch.Tensor) -> torch.Tensor:
    """Whether each text is true of each picture: bool (pictures, texts)."""
    tints = len(icons())
    places = torch.stack([labels[:, 0], tints + labels[:, 1], tints + len(TINTS) + labels[:, 2]], 1)
    return said.true[:, places].all(2).T
