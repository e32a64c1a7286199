"""Several methods over the same neurons: what their labels are worth by each metric, who is ahead, and where the labels come from.

Metrics are of the neurons that all methods labelled and that have evidence for each of those labels; origins and true names, for which no
evidence is needed, of the neurons that all labelled. So no method is judged on easier neurons than another.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from line_desktop.concepts import key, seed
from line_desktop.errors import UserError
from line_desktop.paired import Numbers, Pair, compare_pairs
from line_desktop.provisional import unconfirmed
from line_desktop.right_names import accepted, is_right
from line_desktop.statistics import mean_interval, wilson
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Claim, Evidence, Interval
from models.plural import count
from models.types.shared import FloatArray

Embed = Callable[[list[str]], FloatArray]  # texts -> unit vectors (texts, width)
Number = Callable[[Evidence], float | None]


def _on_photos(name: str) -> Number:
    return lambda one: None if one.photos is None else getattr(one.photos, name).value


METRICS: Final[dict[str, Number]] = {
    "AUC": lambda one: one.auc.value,
    "AUC strict": lambda one: one.auc_strict,
    "MAD": lambda one: one.mad.value,
    "activation rate": lambda one: one.activation_rate.value,
    "AUPRC": _on_photos("auprc"),
    "F1": _on_photos("f1"),
    "correlation": _on_photos("correlation"),
}


class Coverage(msgspec.Struct, frozen=True):
    """How many of the neurons a method labelled, for how many of those labels there is evidence, and where they come from."""

    method: str
    labelled: int
    verified: int
    origins: dict[str, int]  # of the labels of the neurons that all methods labelled: LINE, table 2


class Metric(msgspec.Struct, frozen=True):
    """One number of every label; neurons for which a method has none are left out for all methods."""

    name: str
    neurons: tuple[int, ...]  # ids
    values: dict[str, tuple[float, ...]]  # method -> a number for each neuron
    means: dict[str, Interval]
    pairs: tuple[Pair, ...]


class Truth(msgspec.Struct, frozen=True):
    """How often the label of a class neuron is its class's name."""

    neurons: int
    exact: dict[str, int]  # method -> labels that are the name
    hits: dict[str, Interval]  # share of labels that are the name or a listed synonym, with Wilson's interval
    pairs: tuple[Pair, ...]


class Row(msgspec.Struct, frozen=True):
    """A neuron that all methods labelled, and how."""

    id: int
    layer: str
    neuron: int
    labels: dict[str, str]
    truth: str | None  # the class's name, of a class neuron


class Comparison(msgspec.Struct, frozen=True):
    """Methods side by side."""

    methods: tuple[Coverage, ...]
    rows: tuple[Row, ...]
    verified: int  # of the rows, for all methods
    metrics: tuple[Metric, ...]  # those that any neuron has
    truth: Truth | None  # None without class neurons
    notes: tuple[str, ...]


def compare(desk: Desk, ids: Sequence[int] | None, methods: Sequence[str] = (), embedders: Mapping[str, Embed] | None = None) -> Comparison:
    """Compare methods, by default all that labelled any of the neurons (`ids`, or all).

    `embedders`: name of a similarity -> what turns texts into unit vectors; each adds a metric of class neurons, the cosine between label
    and class name. Raises UserError for a method without labels, and where no neuron has a label by all.
    """
    claims = desk.claims(ids, ALL)
    chosen = _methods(claims, methods)
    by_neuron: dict[int, dict[str, Claim]] = {}
    for claim in claims:
        if claim.method in chosen:
            by_neuron.setdefault(claim.neuron_id, {})[claim.method] = claim
    common = [by_method for by_method in by_neuron.values() if len(by_method) == len(chosen)]
    _refuse_nothing(chosen, by_neuron, common)
    evidence = desk.evidence_for([claim for by_method in by_neuron.values() for claim in by_method.values()])
    rows = _rows(desk, chosen, common)
    judged = {
        by_method[chosen[0]].neuron_id: {method: evidence[_key(by_method[method])] for method in chosen}
        for by_method in common
        if all(_key(claim) in evidence for claim in by_method.values())
    }
    named = [row for row in rows if row.truth is not None]
    similar = [_similarity(name, embed, named, chosen) for name, embed in (embedders or {}).items() if named]
    return Comparison(
        methods=tuple(_coverage(method, by_neuron, common, evidence) for method in chosen),
        rows=rows,
        verified=len(judged),
        metrics=(*_metrics(judged, chosen), *similar),
        truth=_truth(named, chosen) if named else None,
        notes=(*_notes(chosen, rows, judged), *unconfirmed([claim for by_method in common for claim in by_method.values()])),
    )


def _methods(claims: Sequence[Claim], wanted: Sequence[str]) -> list[str]:
    """The methods to compare. Raises UserError for one without labels."""
    known = sorted({claim.method for claim in claims}, key=lambda method: (not method.startswith("line"), method))
    missing = [method for method in wanted if method not in known]
    if missing or not known:
        of = f"There are no labels by {missing[0]}" if missing else "None of the neurons has a label"
        raise UserError(
            f"{of}; there are labels by {', '.join(known) or 'no method yet'}: label the same neurons by several methods first."
        )
    return list(dict.fromkeys(wanted)) or known


def _refuse_nothing(methods: Sequence[str], by_neuron: Mapping[int, Mapping[str, Claim]], common: Sequence[object]) -> None:
    if not common:
        counts = ", ".join(f"{method} {sum(method in one for one in by_neuron.values())}" for method in methods)
        raise UserError(f"No neuron has a label by each of these methods (neurons labelled: {counts}): leave out one with --methods.")


def _rows(desk: Desk, methods: Sequence[str], common: Sequence[Mapping[str, Claim]]) -> tuple[Row, ...]:
    layers = {by_method[methods[0]].layer_id: desk.layer(by_method[methods[0]].layer_id) for by_method in common}
    classes = {number: _class_names(desk, number) for number in layers}
    rows = []
    for by_method in common:
        first = by_method[methods[0]]
        names = classes[first.layer_id]
        labels = {method: by_method[method].label for method in methods}
        truth = names[first.neuron] if names else None
        rows.append(Row(first.neuron_id, layers[first.layer_id].layer.name, first.neuron, labels, truth))
    return tuple(rows)


def _class_names(desk: Desk, layer_id: int) -> tuple[str, ...]:
    """The names of a layer's neurons, where they are classes; else empty."""
    row = desk.layer(layer_id)
    names = desk.target(row.target_id).class_names
    return names if row.layer.role == "head" and len(names) == row.layer.width else ()


def _coverage(
    method: str,
    by_neuron: Mapping[int, Mapping[str, Claim]],
    common: Sequence[Mapping[str, Claim]],
    evidence: Mapping[tuple[int, str], Evidence],
) -> Coverage:
    mine = [by_method[method] for by_method in by_neuron.values() if method in by_method]
    origins = Counter(by_method[method].origin or "not told" for by_method in common)
    return Coverage(method, len(mine), sum(_key(claim) in evidence for claim in mine), dict(origins.most_common()))


def _metrics(judged: Mapping[int, Mapping[str, Evidence]], methods: Sequence[str]) -> list[Metric]:
    found = []
    for name, number in METRICS.items():
        table = {neuron: {method: number(of[method]) for method in methods} for neuron, of in judged.items()}
        whole = {neuron: of for neuron, of in table.items() if None not in of.values()}
        if whole:
            values = {method: np.array([of[method] for of in whole.values()], np.float64) for method in methods}
            found.append(_metric(name, tuple(whole), values))
    return found


def _metric(name: str, neurons: tuple[int, ...], values: dict[str, Numbers]) -> Metric:
    own = seed("compare", name)
    means = {method: mean_interval(numbers, own) for method, numbers in values.items()}
    return Metric(
        name, neurons, {method: tuple(map(float, numbers)) for method, numbers in values.items()}, means, compare_pairs(values, own)
    )


def _similarity(name: str, embed: Embed, rows: Sequence[Row], methods: Sequence[str]) -> Metric:
    """The cosine between the label and the class's name (SIEVE, tables 1 to 3)."""
    texts = sorted({text for row in rows for text in (str(row.truth), *row.labels.values())})
    vectors = dict(zip(texts, np.asarray(embed(texts), np.float64), strict=True))
    values = {method: np.array([float(vectors[row.labels[method]] @ vectors[str(row.truth)]) for row in rows]) for method in methods}
    return _metric(name, tuple(row.id for row in rows), values)


def _truth(rows: Sequence[Row], methods: Sequence[str]) -> Truth:
    exact = {method: sum(key(row.labels[method]) == key(str(row.truth)) for row in rows) for method in methods}
    right = {method: np.array([is_name(row.labels[method], str(row.truth)) for row in rows], np.float64) for method in methods}
    hits = {method: wilson(int(found.sum()), len(rows)) for method, found in right.items()}
    return Truth(len(rows), exact, hits, compare_pairs(right, seed("compare", "truth"), binary=True))


def is_name(label: str, class_name: str) -> bool:
    """Whether a label is the name of a class, one of several between commas (as ImageNet's), or a listed synonym."""
    names = [class_name, *class_name.split(",")]
    return is_right(label, (one for name in names for one in accepted(name)))


def _notes(methods: Sequence[str], rows: Sequence[Row], judged: Mapping[int, Mapping[str, Evidence]]) -> list[str]:
    """What the reader should know of the numbers."""
    notes = []
    if len(methods) == 1:
        notes.append(f"There are labels by {methods[0]} only: nothing is compared.")
    if not judged:
        notes.append(f"Of {count(len(rows), 'neuron')} none has evidence for all its labels: run verify with --method all first.")
    elif len(judged) < len(rows):
        notes.append(f"{len(rows) - len(judged)} of {count(len(rows), 'neuron')} left out of the metrics: a label was not verified.")
    sources = sorted({f"{one.source.source} {one.source.version}" for of in judged.values() for one in of.values()})
    seeds = {one.seed for of in judged.values() for one in of.values()}
    if len(sources) > 1 or len(seeds) > 1:
        notes.append(
            f"The evidence is from {count(len(sources), 'picture source')} ({', '.join(sources)}) and {count(len(seeds), 'seed')}, "
            "which is not like for like: verify again with --method all and one source for --pictures."
        )
    return notes


def _key(claim: Claim) -> tuple[int, str]:
    return claim.neuron_id, claim.label
