"""What a network loses without a neuron: which photos it names right, class by class, and how sure the difference is."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from line_desktop.concepts import key
from line_desktop.neuron_page import matching_classes
from line_desktop.statistics import wilson
from line_desktop.store.intervention_rows import Ablation, ClassCounts
from line_desktop.store.rows import Interval
from models import plural
from models.types.shared import FloatArray

SHOWN = 3  # classes that are hurt most


def class_outputs(photo_classes: Sequence[str], class_names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """For each class of photos the network's outputs of that name; classes without one are left out.

    A network may give several names at once ("tench, Tinca tinca"), each of which counts, and the same name to several outputs.
    """
    known: dict[str, list[int]] = {}
    for number, names in enumerate(class_names):
        for name in dict.fromkeys(key(part.replace("_", " ")) for part in [names, *names.split(",")]):
            known.setdefault(name, []).append(number)
    found = {name: tuple(known.get(key(name.replace("_", " ")), ())) for name in photo_classes}
    return {name: outputs for name, outputs in found.items() if outputs}


def ranks(answers: FloatArray, outputs: Sequence[tuple[int, ...]]) -> npt.NDArray[np.int64]:
    """The place of each photo's class among the answers (photos, answers), 1 for the strongest; ties are counted against the class.

    `outputs[i]`: those of photo i's class; the best of them counts. -inf is an answer that cannot be given.
    """
    found = np.empty(len(answers), np.int64)
    for row, own in enumerate(outputs):
        best = answers[row, list(own)].max()
        others = np.delete(answers[row], list(own))
        found[row] = 1 + (others >= best).sum() if np.isfinite(best) else answers.shape[1] + 1
    return found


def count(classes: Sequence[str], before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> tuple[ClassCounts, ...]:
    """Counts by class from what is named right of each photo."""
    names = np.array(classes)
    return tuple(
        ClassCounts(
            str(name), int(own.sum()), int((own & before).sum()), int((own & before & ~after).sum()), int((own & after & ~before).sum())
        )
        for name in np.unique(names)
        for own in [names == name]
    )


def together(counts: Sequence[ClassCounts]) -> ClassCounts:
    """Several classes as one."""
    sums = np.array([(one.photos, one.right, one.lost, one.gained) for one in counts]).reshape(-1, 4).sum(axis=0)
    return ClassCounts(", ".join(one.name for one in counts), *map(int, sums))


def accuracies(one: ClassCounts) -> tuple[float, float]:
    """Before and after."""
    return one.right / one.photos, (one.right - one.lost + one.gained) / one.photos


def drop(one: ClassCounts) -> Interval:
    """How far the accuracy falls, with a 95 % interval that has a width also where nothing changes.

    The share of photos lost minus that gained; Wilson's intervals of the two, squared and added (Newcombe 1998, Statist. Med. 17, 873).
    """
    lost, gained = wilson(one.lost, one.photos), wilson(one.gained, one.photos)
    value = lost.value - gained.value
    low = value - math.hypot(lost.value - lost.low, gained.high - gained.value)
    high = value + math.hypot(lost.high - lost.value, gained.value - gained.low)
    return Interval(value, max(-1.0, low), min(1.0, high))


def most_hurt(found: Ablation) -> list[ClassCounts]:
    """The classes that lose accuracy, the most hurt first."""
    falls: Mapping[ClassCounts, float] = {one: (one.lost - one.gained) / one.photos for one in found.classes}
    return sorted((one for one in found.classes if falls[one] > 0), key=lambda one: -falls[one])


def of_label(found: Ablation, label: str | None) -> tuple[list[ClassCounts], list[ClassCounts]]:
    """The classes named like a label, and the others; none is named like no label."""
    named = set(matching_classes(label, [one.name for one in found.classes])) if label else set()
    return [one for one in found.classes if one.name in named], [one for one in found.classes if one.name not in named]


def sentence(found: Ablation, label: str | None) -> str:
    """What the ablation says, of a label's own classes where there are any."""
    own, others = of_label(found, label)
    if own:
        told = f"Without the neuron accuracy on {', '.join(one.name for one in own)} {_fall(together(own))}"
        told += f"; on {plural.count(len(others), 'other class', 'other classes')} it {_moves(together(others))}." if others else "."
    else:
        told = f"Without the neuron accuracy {_fall(together(found.classes))}."
        worst = [f"{one.name} (by {drop(one).value:.0%} of {plural.count(one.photos, 'photo')})" for one in most_hurt(found)[:SHOWN]]
        told += f" Most hurt: {', '.join(worst)}." if worst else " No class is hurt."
    if found.of_answers:
        told += " It is itself an answer of the network, so a class that only it can name falls to 0 % by definition."
    return told


def _moves(one: ClassCounts) -> str:
    before, after = accuracies(one)
    return f"stays at {before:.1%}" if before == after else f"{'falls' if after < before else 'rises'} from {before:.1%} to {after:.1%}"


def _fall(one: ClassCounts) -> str:
    interval = drop(one)
    return f"{_moves(one)} (drop {interval.value:.1%} [{interval.low:.1%}, {interval.high:.1%}], {plural.count(one.photos, 'photo')})"
