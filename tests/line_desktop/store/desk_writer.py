"""Writes human words at a desk until it is killed. Used by test_desk.py."""

import sys
from pathlib import Path

from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter


def main() -> None:
    """One word after another, every third taken back; says "words" when all neurons have one more."""
    desk = Desk.open(Path(sys.argv[1]))
    ids = desk.neuron_ids(Filter()).tolist()
    print("open", flush=True)
    number = 0
    while True:
        for neuron in ids:
            desk.set_human_word(neuron, f"word {number}", "")
            if number % 3 == 0:
                desk.undo_human_word(neuron)
            number += 1
        print("words", flush=True)


if __name__ == "__main__":
    main()
