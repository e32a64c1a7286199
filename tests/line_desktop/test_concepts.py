"""When two names are one concept, and seeds."""

import hashlib

import pytest

from line_desktop.concepts import key, seed, spelling, word_count


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Polka Dots", "polka dot"),
        ("polka-dots", " polka  dots "),
        ("ﬁsh", "fish"),  # a ligature, NFKC
        ("STRASSE", "straße"),
        ("red\u2011fruit", "red fruit"),
        ("cat_eyes", "cat eye"),
    ],
)
def test_same_concept(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("glass", "glas"), ("bus", "bu"), ("iris", "iri"), ("gas", "ga"), ("cat", "dog")])
def test_different_concepts(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_spelling_keeps_plural_and_hyphen() -> None:
    assert spelling("  Polka-Dots\t ") == "polka-dots"


def test_word_count_splits_hyphens() -> None:
    assert word_count("red-hot chili") == 3


def test_seed_is_the_stated_function() -> None:
    expected = int(hashlib.sha256(b"7\tcat\t0").hexdigest()[:8], 16) % 2**31
    assert seed(7, "cat", 0) == expected
