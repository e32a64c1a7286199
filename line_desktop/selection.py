"""Which neurons of a workspace go into a report or an export, as typed by a person: layers, numbers, a filter saved in the gallery."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from line_desktop.errors import UserError
from line_desktop.neurons import select
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import Ids
from line_desktop.store.rows import CardStatus, Filter, LayerCount

SEED: Final = 0  # of "random:20", so that the same choice is the same neurons
ENDED: Final[tuple[CardStatus, ...]] = (
    "labelled", "dead", "constant", "non-finite", "redundant", "unselective", "no usable proposal", "failed",
)  # fmt: skip


class NothingChosen(UserError):
    """A selection without neurons."""


class Chosen(msgspec.Struct, frozen=True):
    """Neurons in order, and the selection in words."""

    ids: Ids
    words: str


class ChosenIds(msgspec.Struct, frozen=True):
    """The same as it travels in a file."""

    ids: tuple[int, ...]
    words: str


def chosen_in(file: Path) -> Chosen:
    """The neurons that the window has chosen, written as JSON: {"ids": [3, 5], "words": "the neurons selected"}. Raises NothingChosen."""
    found = msgspec.json.decode(file.read_bytes(), type=ChosenIds)
    if not found.ids:
        raise NothingChosen("No neuron is chosen: select some in the gallery, or take all.")
    return Chosen(np.array(found.ids, np.int64), found.words)


def choose(desk: Desk, neurons: str = "all", layers: Sequence[str] = (), saved: str = "") -> Chosen:
    """The neurons with these numbers of the layers named (of all, where none is), or those of a saved filter in its order.

    `neurons` is as in `neurons.select`; empty: every neuron that was asked for. Raises NothingChosen where none is left; UserError for
    a layer or filter that is not there, numbers out of range, or a filter with further choices.
    """
    if saved and (neurons not in ("", "all") or layers):
        raise UserError("--filter already says which neurons: leave out --neurons and --layer.")
    chosen = _of_filter(desk, saved) if saved else _of_layers(desk, neurons, layers)
    if not len(chosen.ids):
        raise NothingChosen(f"The workspace {desk.folder} has none of {chosen.words}: choose others, or label some first.")
    return chosen


def _of_filter(desk: Desk, name: str) -> Chosen:
    found = {one.name: one for one in desk.saved_filters()}
    if name not in found:
        known = ", ".join(found) or "none yet"
        raise UserError(f"No filter is called {name}; saved in the gallery: {known}.")
    one = found[name]
    return Chosen(desk.neuron_ids(one.filter, one.sort, one.descending), f"the neurons of the filter “{name}”")


def _of_layers(desk: Desk, neurons: str, layers: Sequence[str]) -> Chosen:
    counts = _layers(desk, layers)
    where = f" of {', '.join(layers)}" if layers else ""
    statuses = () if neurons else ENDED
    ids = desk.neuron_ids(Filter(layers=tuple(one.layer_id for one in counts), statuses=statuses))
    if not neurons:
        return Chosen(ids, f"every neuron{where} that was asked for")
    if neurons.strip().lower() == "all":
        return Chosen(ids, f"all neurons{where}")
    wanted = {(one.layer_id, number) for one in counts for number in select(neurons, one.width, SEED)}
    kept = [card.id for card in desk.cards(ids) if (card.layer_id, card.neuron) in wanted]
    return Chosen(np.array(kept, np.int64), f"neurons {neurons}{where}")


def _layers(desk: Desk, names: Sequence[str]) -> list[LayerCount]:
    counts = desk.layer_counts()
    unknown = set(names) - {one.name for one in counts}
    if unknown:
        known = ", ".join(one.name for one in counts) or "none yet"
        raise UserError(f"The workspace {desk.folder} has no neurons of layer {min(unknown)}: its layers are {known}.")
    return [one for one in counts if not names or one.name in names]
