"""Counts in words."""

from models.plural import count


def test_one_is_no_plural_and_large_numbers_can_be_read():
    assert [count(many, "neuron") for many in (0, 1, 2, 2240)] == ["0 neurons", "1 neuron", "2 neurons", "2,240 neurons"]
    assert [count(many, "class is", "classes are") for many in (1, 3)] == ["1 class is", "3 classes are"]
