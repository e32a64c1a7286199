"""A comparison in words: what stands in its tables."""

from PySide6.QtCore import QCoreApplication

from line_desktop.compare import Comparison
from line_desktop.paired import Pair
from line_desktop.store.rows import Interval
from ui.comparison.tables import Cell
from ui.gallery.words import one_or

Rows = list[list[Cell]]


def tr(text: str) -> str:
    """A text of the comparison in the user's language."""
    return QCoreApplication.translate("Comparison", text)


def summary(found: Comparison) -> str:
    """Over how many neurons."""
    neurons = one_or(len(found.rows), tr("1 neuron is labelled"), tr("{n} neurons are labelled"))
    methods = one_or(len(found.methods), tr("by 1 method"), tr("by each of {n} methods"))
    verified = one_or(found.verified, tr("1 has evidence for every label"), tr("{n} have evidence for every label"))
    return f"{neurons} {methods}; {verified}."


def worth(found: Comparison) -> tuple[list[str], Rows]:
    """A row for each metric, a column for each method; the highest of each row is strong."""
    methods = [one.method for one in found.methods]
    measured = [(metric.name, len(metric.neurons), metric.means) for metric in found.metrics]
    if found.truth is not None:
        measured.append((tr("right names"), found.truth.neurons, found.truth.hits))
    rows = []
    for name, neurons, means in measured:
        best = max(one.value for one in means.values())
        cells = [Cell(interval(means[method]), means[method].value == best and len(methods) > 1) for method in methods]
        rows.append([Cell(name), Cell(f"{neurons:,}"), *cells])
    return [tr("metric"), tr("neurons"), *methods], rows


def metrics(found: Comparison) -> dict[str, tuple[Pair, ...]]:
    """The name of each metric -> its pairs of methods."""
    told = {metric.name: metric.pairs for metric in found.metrics}
    return told if found.truth is None else {**told, tr("right names"): found.truth.pairs}


def against(pairs: tuple[Pair, ...]) -> tuple[list[str], Rows]:
    """A row for each pair of methods; the one that is ahead beyond chance is strong."""
    heads = [
        tr("first"),
        tr("second"),
        tr("difference"),
        tr("wins"),
        tr("ties"),
        tr("losses"),
        tr("test"),
        tr("p"),
        tr("corrected p"),
        tr("effect"),
    ]
    return heads, [_pair(one) for one in pairs]


def _pair(one: Pair) -> list[Cell]:
    tested = one.tested
    sure = tested is not None and tested.p_holm < 0.05
    counts = [Cell(str(number)) for number in (one.wins, one.ties, one.losses)]
    names = [Cell(one.first, sure and one.difference.value > 0), Cell(one.second, sure and one.difference.value < 0)]
    told = [Cell(tr("no test"), tip=one.sentence), Cell("–"), Cell("–"), Cell("–")]
    if tested is not None:
        effect = f"{tested.effect:+.2f} {tested.effect_name}"
        told = [Cell(tested.test, tip=one.sentence), Cell(f"{tested.p:.2g}"), Cell(f"{tested.p_holm:.2g}", sure), Cell(effect)]
    return [*names, Cell(interval(one.difference, sign=True)), *counts, *told]


def origins(found: Comparison) -> tuple[list[str], Rows]:
    """A row for each method: where the labels of the compared neurons come from."""
    names = sorted({name for one in found.methods for name in one.origins})
    rows = []
    for one in found.methods:
        shares = [Cell(f"{100 * one.origins[name] / len(found.rows):.0f} %" if name in one.origins else "–") for name in names]
        rows.append([Cell(one.method), Cell(f"{one.labelled:,}"), Cell(f"{one.verified:,}"), *shares])
    return [tr("method"), tr("labelled"), tr("verified"), *(tr(name) for name in names)], rows


def interval(one: Interval, sign: bool = False) -> str:
    """A number and its 95 % interval."""
    value = f"{one.value:+.2f}" if sign else f"{one.value:.2f}"
    return f"{value} [{one.low:.2f}, {one.high:.2f}]"
