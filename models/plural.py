"""How many of something, in words that are right for one too."""


def count(many: int, one: str, more: str = "") -> str:
    """ "1 neuron", "2,240 neurons"; `more`: the plural, where it is not `one` with an "s"."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"
