"""A labelled folder as picture source: a concept draws crops of the photos whose class is called so, or whose class name contains it."""

import hashlib
import io
import random
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from PIL import Image

from models.decode import decode
from models.errors import BadFile
from models.labelled_folder import classes
from models.pictures.wording import same_word, words_of
from models.plural import count
from models.types.pictures import Picture, PicturePrompt, PictureSettings

VERSION: Final = "2"
"""Counts up with every change that changes pixels."""
SIZE: Final = 256
"""Side of the picture in pixels."""
QUALITY: Final = 92

# The square that is cut out: its side as a share of the photo's shorter side, and the share of the room above it that is used.
CROPS: Final = {
    "extreme close-up": ((0.35, 0.5), (0.3, 0.7)),
    "wide angle shot": ((0.97, 1.0), (0.0, 1.0)),
    "aerial view": ((0.65, 0.8), (0.0, 0.4)),
    "low angle": ((0.65, 0.8), (0.6, 1.0)),
}
ANY_CROP: Final = ((0.75, 0.95), (0.0, 1.0))


class Tone(msgspec.Struct, frozen=True):
    """How a lighting changes values: contrast about the middle, then a factor for red, green and blue."""

    contrast: float = 1.0
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def table(self) -> list[int]:
        """768 entries for Pillow's `point`."""
        return [min(255, max(0, round(((value - 128) * self.contrast + 128) * factor))) for factor in self.factors for value in range(256)]


TONES: Final = {
    "cinematic lighting": Tone(1.25, (0.92, 0.88, 0.84)),
    "natural sunlight": Tone(1.05, (1.14, 1.09, 0.98)),
    "studio lighting": Tone(0.92, (1.06, 1.06, 1.07)),
}


class Photos:
    """A PictureSource. Raises BadFile if the folder is missing, empty or unlabelled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._classes = classes(folder)
        self._words = {name: words_of(name) for name in self._classes}
        self._find = lru_cache(maxsize=4096)(self._matching)
        self._why_not = lru_cache(maxsize=4096)(self._obstacle)

    def settings(self) -> PictureSettings:
        """The drawing code, and a hash of the photos' names and sizes: the folder may move, its content may not change."""
        content = hashlib.sha256()
        for name, files in self._classes.items():
            for file in files:
                content.update(f"{name}\n{file.relative_to(self._folder).as_posix()}\n{file.stat().st_size}\n".encode())
        return PictureSettings("photos", f"{VERSION}, {content.hexdigest()}", {"size": f"{SIZE}x{SIZE}", "quality": str(QUALITY)})

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts that no class name contains, or whose photos cannot be read."""
        return {concept: reason for concept in concepts if (reason := self._why_not(" ".join(words_of(concept))))}

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        """JPEG pictures of SIZE x SIZE pixels. An unreadable photo is passed over for the concept's next.

        Raises ValueError for a concept that `undepictable` names, BadFile if none of a concept's photos can be read.
        """
        return [self._draw(prompt) for prompt in prompts]

    def _obstacle(self, concept: str) -> str:
        """Why a concept cannot be shown; empty if it can."""
        files = self._files(concept)
        if not files:
            return f'no class of {self._folder.name} is called "{concept}"'
        try:
            self._readable(files, concept)
        except BadFile as error:
            return str(error)
        return ""

    def _files(self, concept: str) -> list[Path]:
        return [file for name in self._find(concept) for file in self._classes[name]]

    def _draw(self, prompt: PicturePrompt) -> Picture:
        concept = " ".join(words_of(prompt.concept))
        files = self._files(concept)
        if not files:
            raise ValueError(f'no class of {self._folder.name} is called "{prompt.concept}"')
        chance = random.Random(f"{prompt.seed}|{concept}")  # a text seed is hashed by SHA-512: the same in every process
        photo = self._readable(chance.sample(files, len(files)), prompt.concept)
        cut = _crop(photo, prompt.angle, chance)
        stream = io.BytesIO()
        cut.point(TONES.get(prompt.lighting, Tone()).table()).save(stream, "JPEG", quality=QUALITY)
        return Picture(stream.getvalue(), ".jpg")

    def _readable(self, files: list[Path], concept: str) -> Image.Image:
        """The first photo that can be decoded."""
        reason = ""
        for file in files:
            try:
                return decode(file)
            except BadFile as error:
                reason = str(error)
        raise BadFile(f'Of {count(len(files), "photo")} for "{concept}" in {self._folder} none can be read; the last: {reason}')

    def _matching(self, concept: str) -> tuple[str, ...]:
        """The classes called so; failing that, those whose name contains it as a phrase; failing that, all its words in any order."""
        wanted = concept.split()
        if not wanted:
            return ()
        exact = tuple(name for name, words in self._words.items() if len(words) == len(wanted) and all(map(same_word, words, wanted)))
        if exact:
            return exact
        phrase = tuple(name for name, words in self._words.items() if _has_phrase(words, wanted))
        return phrase or tuple(
            name for name, words in self._words.items() if all(any(same_word(word, other) for other in words) for word in wanted)
        )


def _has_phrase(words: list[str], phrase: list[str]) -> bool:
    starts = range(len(words) - len(phrase) + 1)
    return any(all(map(same_word, words[start:], phrase)) for start in starts)


def _crop(photo: Image.Image, angle: str, chance: random.Random) -> Image.Image:
    """A square of the photo, mirrored or not, SIZE x SIZE."""
    (smallest, largest), (highest, lowest) = CROPS.get(angle, ANY_CROP)
    side = chance.uniform(smallest, largest) * min(photo.size)
    left = chance.uniform(0, photo.width - side)
    top = chance.uniform(highest, lowest) * (photo.height - side)
    cut = photo.resize((SIZE, SIZE), Image.Resampling.BILINEAR, (left, top, left + side, top + side))
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if chance.random() < 0.5 else cut
