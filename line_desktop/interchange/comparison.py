"""A comparison of methods as a CSV file: a row for each mean of a method, and one for each pair of methods, in each metric."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from line_desktop.compare import Comparison
from line_desktop.interchange.cells import guarded
from line_desktop.interchange.files import replacing
from line_desktop.paired import Pair
from line_desktop.store.rows import Interval

COLUMNS: Final = (
    "metric", "neurons", "first", "second", "value", "low", "high", "wins", "ties", "losses", "normality_p", "test", "p", "p_holm",
    "effect", "effect_name",
)  # fmt: skip
"""Without a second method `value` is the first one's mean, else the mean difference; `low` and `high` are its 95 % interval."""


def write_comparison(found: Comparison, file: Path) -> None:
    """Write it as UTF-8 with commas and a header. Raises CannotWrite, DiskFull."""
    with replacing(file) as out:
        writer = csv.writer(codecs.getwriter("utf-8")(out))
        writer.writerow(COLUMNS)
        writer.writerows(_rows(found))


def _rows(found: Comparison) -> Iterator[list[str]]:
    measured = [(metric.name, len(metric.neurons), metric.means, metric.pairs) for metric in found.metrics]
    if found.truth is not None:
        measured.append(("right names", found.truth.neurons, found.truth.hits, found.truth.pairs))
    for name, neurons, means, pairs in measured:
        for method, mean in means.items():
            yield [name, str(neurons), guarded(method), "", *_interval(mean), *[""] * 9]
        for pair in pairs:
            yield [name, str(neurons), guarded(pair.first), guarded(pair.second), *_interval(pair.difference), *_tested(pair)]


def _interval(one: Interval) -> list[str]:
    return [repr(one.value), repr(one.low), repr(one.high)]


def _tested(pair: Pair) -> list[str]:
    counts = [str(pair.wins), str(pair.ties), str(pair.losses), "" if pair.normality is None else repr(pair.normality)]
    one = pair.tested
    return counts + ([""] * 5 if one is None else [one.test, repr(one.p), repr(one.p_holm), repr(one.effect), one.effect_name])
