"""Neuron selections as typed."""

import pytest

from line_desktop.errors import UserError
from line_desktop.neurons import select


def test_ranges_lists_and_all() -> None:
    assert select("0-3, 7,2", 10, 0) == [0, 1, 2, 3, 7]
    assert select("ALL", 4, 0) == [0, 1, 2, 3]


def test_random_is_repeatable_and_distinct() -> None:
    chosen = select("random:5", 50, seed=3)
    assert chosen == select("random:5", 50, seed=3)
    assert len(set(chosen)) == 5
    assert chosen != select("random:5", 50, seed=4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12", "Neuron 12 is out of range: the layer has 10 neurons, 0 to 9"),
        ("5-2", "runs backwards; write 2-5"),
        ("cat", "'cat' is not a neuron"),
        ("random:11", "from 1 to 10"),
        ("random:x", "from 1 to 10"),
        ("", "'' is not a neuron"),
    ],
)
def test_wrong_selections_say_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        select(text, 10, 0)
