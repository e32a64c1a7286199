"""The words of a concept that say something."""

LOOSE = frozenset(["a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "of", "on", "only", "or", "that", "the", "to", "with"])


def tidy(concept: str) -> str:
    """The concept without words that say nothing at its ends ("fruit with"), a word said twice, and the end of a possessive ("lion's")."""
    words = list(dict.fromkeys(concept.split()))
    while words and words[-1] in LOOSE:
        words.pop()
    while words and words[0] in LOOSE:
        words.pop(0)
    return " ".join(words).removesuffix("'s").removesuffix("’s")
