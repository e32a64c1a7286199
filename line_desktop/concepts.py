"""Concepts as names: when two are the same, and the seed of everything random that belongs to one."""

import hashlib
import re
import unicodedata

_GAPS = re.compile(r"[\s\-_‐-―]+")
_NOT_PLURAL = ("ss", "us", "is")


def spelling(concept: str) -> str:
    """The form in which a concept is drawn and kept in the bank: Unicode NFKC, case folding, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", concept).casefold().split())


def key(concept: str) -> str:
    """The form in which two names are the same concept (METHOD section 2, "a duplicate is").

    Unicode NFKC, case folding, trimming; hyphens and spaces become one space; a word's plural "s" falls.
    """
    words = _GAPS.sub(" ", unicodedata.normalize("NFKC", concept).casefold()).split()
    return " ".join(_singular(word) for word in words)


def word_count(concept: str) -> int:
    """The number of words, hyphenated parts counted apart."""
    return len(key(concept).split())


def seed(*parts: str | int) -> int:
    """A seed in 0..2³¹-1 from a stated function: the first four bytes of SHA-256 over the parts, joined by tabs."""
    digest = hashlib.sha256("\t".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(_NOT_PLURAL) else word
