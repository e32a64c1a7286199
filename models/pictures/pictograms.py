"""The embedded picture source: icons in ten colours and six textures, drawn from words, a seed and nothing else."""

import copy
import hashlib
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from models.pictures import words
from models.pictures.drawing import SIZE, VERSION, Look, draw
from models.pictures.icon_font import IconFont
from models.pictures.meaning import Lexicon, Meaning, NotUnderstood
from models.types.pictures import Picture, PicturePrompt, PictureSettings


class Pictograms:
    """A PictureSource. Raises BadFile if the icon font is missing."""

    def __init__(self) -> None:
        self._font = IconFont()
        self._lexicon = Lexicon(self._font.names)

    def settings(self) -> PictureSettings:
        """Drawing code, icon font, size."""
        version = f"{VERSION}, Material Design Icons {self._font.version}"
        return PictureSettings("pictograms", version, {"size": f"{SIZE}x{SIZE}"})

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts with a word that is no icon, colour, texture or group, each with the reason."""
        reasons = {}
        for concept in concepts:
            try:
                self._lexicon.understand(concept)
            except NotUnderstood as reason:
                reasons[concept] = str(reason)
        return reasons

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        """PNG pictures of SIZE x SIZE pixels. Raises ValueError for a concept that `undepictable` names."""
        return [Picture(png(self.pixels(prompt)[0]), ".png") for prompt in prompts]

    def pixels(self, prompt: PicturePrompt) -> tuple[npt.NDArray[np.uint8], Look]:
        """The picture (SIZE, SIZE, 3) before it is encoded, and what is on it. Raises ValueError as `draw` does."""
        scene = self.scene(prompt)
        return scene.pixels(), scene.look

    def scene(self, prompt: PicturePrompt) -> "Scene":
        """What a prompt's picture is drawn from. Raises ValueError as `draw` does."""
        meaning = self.meaning(prompt.concept)
        rng = generator(meaning.key, prompt.seed)
        chosen = [choices[int(rng.integers(len(choices)))] for choices in (meaning.icons, meaning.colours, meaning.textures)]
        return Scene(self._font, prompt, meaning, Look(*chosen), rng)

    def meaning(self, concept: str) -> Meaning:
        """What may be drawn for a concept. Raises ValueError as `draw` does."""
        try:
            return self._lexicon.understand(concept)
        except NotUnderstood as reason:
            raise ValueError(f'"{concept}" cannot be drawn: {reason}') from reason

    def vocabulary(self) -> dict[str, list[str]]:
        """The canonical names this source draws, in four lists: objects, colours, textures, groups."""
        return {
            "objects": list(words.OBJECTS),
            "colours": list(words.COLOURS),
            "textures": list(words.TEXTURES),
            "groups": list(words.GROUPS),
        }

    def synonyms(self) -> dict[str, list[str]]:
        """Canonical name -> other names that draw the same."""
        return {name: list(others) for name, others in words.SYNONYMS.items()}


class Scene:
    """A picture before it is drawn; it can be drawn again with another look or light, and all else stays as it is."""

    def __init__(self, font: IconFont, prompt: PicturePrompt, meaning: Meaning, look: Look, rng: np.random.Generator) -> None:
        self.prompt, self.meaning, self.look = prompt, meaning, look
        self._font = font
        self._rng = rng

    def pixels(self, look: Look | None = None, lighting: str = "") -> npt.NDArray[np.uint8]:
        """(SIZE, SIZE, 3), by default as the prompt says; place, size, turn, ground and chance are the same for every look."""
        look, rng = look or self.look, copy.deepcopy(self._rng)
        return draw(look, self._font.mask(look.icon), self.prompt.angle, lighting or self.prompt.lighting, rng, self.look.colour)


def generator(meaning: str, seed: int) -> np.random.Generator:
    """Random numbers that depend on what is meant and the seed only, in every process."""
    digest = hashlib.blake2b(f"{seed}|{meaning}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "little"))


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The encoded picture."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
