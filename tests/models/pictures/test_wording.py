"""Words are compared without case, hyphens, punctuation and plurals."""

import pytest

from models.pictures.wording import same_word, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Polka-Dots", ["polka", "dots"]),
        ("  great_white  shark!", ["great", "white", "shark"]),
        ("the dog's ball", ["the", "dog", "ball"]),
        ("the dog\N{RIGHT SINGLE QUOTATION MARK}s ball", ["the", "dog", "ball"]),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER C}at", ["cat"]),
        ("?!", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("pair", ["cat cats", "cherry cherries", "bus buses", "leaf leaves", "knife knives", "cookie cookies", "fox foxes"])
def test_plurals_are_the_same_word(pair: str) -> None:
    one, other = pair.split()
    assert same_word(one, other)
    assert same_word(other, one)


@pytest.mark.parametrize("pair", ["cat car", "bus bug", "s cat", "cat catch", "hen then"])
def test_other_words_are_not(pair: str) -> None:
    one, other = pair.split()
    assert not same_word(one, other)
