"""Words of a concept, and how they are compared: without case, hyphens, punctuation, and whether in singular or plural."""

import re
import unicodedata
from collections.abc import Iterator

_ENDINGS = (("ies", ("y", "ie")), ("ves", ("f", "fe")), ("es", ("",)), ("s", ("",)))


def words_of(text: str) -> list[str]:
    """Lower-case words of a text, without hyphens, underscores, possessive endings and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("'s", "")
    return re.findall(r"\w+", folded.replace("_", " "))


def singulars(word: str) -> Iterator[str]:
    """The word and what it may be the plural of."""
    yield word
    for ending, replacements in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield from (word.removesuffix(ending) + replacement for replacement in replacements)


def same_word(one: str, other: str) -> bool:
    """Whether two words are equal but for a plural."""
    return one == other or not set(singulars(one)).isdisjoint(singulars(other))
