"""The words a small picture model was trained on; larger ones understand any."""

from pathlib import Path

import msgspec

from models.pictures.sdxl_folder import read_json
from models.pictures.wording import singulars, words_of


class Words(msgspec.Struct, frozen=True):
    """`said`: a word that may be said -> the word the model was trained on, or "" to leave it out; no words: any may be said."""

    said: dict[str, str]

    def unknown(self, concept: str) -> list[str]:
        """The words of a concept that the model does not know."""
        return [word for word in words_of(concept) if self._trained(word) is None] if self.said else []

    def spoken(self, concept: str) -> str:
        """The concept in the model's own words."""
        return " ".join(filter(None, map(self._trained, words_of(concept)))) if self.said else concept

    def _trained(self, word: str) -> str | None:
        return next((self.said[one] for one in singulars(word) if one in self.said), None)


def read_words(folder: Path) -> Words:
    """The words.json of a model folder, or no limit where there is none. Raises BadFile if it cannot be read."""
    file = folder / "words.json"
    return Words({str(one): str(other) for one, other in read_json(file).items()} if file.is_file() else {})
