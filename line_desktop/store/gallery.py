"""The gallery: which neurons there are, filtered, searched and sorted, and what stands on the card of each."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec
import numpy as np
import numpy.typing as npt

from line_desktop.concepts import spelling
from line_desktop.provisional import PROVISIONAL
from line_desktop.store.objects import Objects
from line_desktop.store.rows import Card, Filter, LayerCount, NeuronResult, NeuronStats, ResultRow, Sort, Survey
from line_desktop.store.surveys import Surveys

PICTURES = 9  # on a card
BY_ACTIVATION: Final = frozenset({"line", "facets"})  # methods whose score is a mean activation
Ids = npt.NDArray[np.int64]

_ORDERS: dict[Sort, str] = {  # neurons without a score or label come last either way
    "neuron": "layer_id {0}, neuron {0}",
    "score": "score {0} NULLS LAST, id {0}",
    "label": "ifnull(human_label, label) COLLATE NOCASE {0} NULLS LAST, id {0}",
    "latest": "latest {0}, id {0}",
}
_CARD = """
    SELECT neurons.id, neurons.layer_id, layers.name, neurons.neuron, neurons.label, human_label, note, neurons.score, median, maximum,
           method, neurons.status, verdict, neurons.run_id, ifnull(reason = ?2, 0)
    FROM json_each(?1) AS asked JOIN neurons ON neurons.id = asked.value JOIN layers ON layers.id = layer_id
    LEFT JOIN results ON results.run_id = neurons.run_id AND results.neuron = neurons.neuron
    LEFT JOIN neuron_stats ON neuron_stats.survey_id = neurons.survey_id AND neuron_stats.neuron = neurons.neuron ORDER BY asked.key"""
_TOP_PHOTOS = f"""
    SELECT neurons.id, folder, probe_photos.path
    FROM json_each(?) AS asked JOIN neurons ON neurons.id = asked.value JOIN neuron_stats USING (survey_id, neuron)
    JOIN surveys ON surveys.id = survey_id JOIN probe_sets ON probe_sets.id = surveys.probe_id
    CROSS JOIN json_each(top_photos) AS top ON top.key < {PICTURES}
    CROSS JOIN probe_photos ON probe_photos.probe_id = surveys.probe_id AND photo = top.value
    ORDER BY asked.key, top.key"""
_LABEL_PICTURES = """
    SELECT sha256 FROM pictures WHERE concept_id = (
        SELECT concepts.id FROM runs JOIN concepts ON concepts.settings_id IN (runs.settings_id, json_extract(settings, '$.fresh_bank'))
        WHERE runs.id = ? AND concept = ? ORDER BY concepts.settings_id = runs.settings_id DESC LIMIT 1)
    ORDER BY number LIMIT ?"""
"""Those a run drew while it searched; of a label that it only came upon while it confirmed, those of then."""
_RESULTS = """
    SELECT results.run_id, runs.method, results.neuron, results.status, results.label, results.score, origin, reason, session_id
    FROM neurons JOIN runs USING (layer_id) JOIN results ON results.run_id = runs.id AND results.neuron = neurons.neuron
    WHERE neurons.id = ? ORDER BY session_id DESC"""

_BY_METHOD = """
    SELECT neurons.id FROM runs JOIN results ON results.run_id = runs.id
    JOIN neurons ON neurons.layer_id = runs.layer_id AND neurons.neuron = results.neuron WHERE runs.method IN ({})"""
_PROVISIONAL = "SELECT id FROM neurons LEFT JOIN results USING (run_id, neuron) WHERE ifnull(reason = ?, 0) = ?"


class Gallery(Objects, Surveys):
    """The neurons of a workspace as cards."""

    def neuron_ids(self, wanted: Filter, sort: Sort = "neuron", descending: bool = False) -> Ids:
        """The ids of all neurons that pass, in order: int64 (neurons)."""
        with self.connection:  # all queries see the same rows
            ids = self._ids(f"SELECT id FROM neurons ORDER BY {_ORDERS[sort].format('DESC' if descending else 'ASC')}")
            for sql, values in self._conditions(wanted):
                ids = ids[np.isin(ids, self._ids(sql, *values))]
        return ids

    def _ids(self, sql: str, *values: Any) -> Ids:
        """One text is several times faster than a hundred thousand rows."""
        (ids,) = self.one(f"SELECT group_concat(id) FROM ({sql})", *values)
        return np.fromstring(ids or "", np.int64, sep=",")

    def _conditions(self, wanted: Filter) -> Iterator[tuple[str, list[Any]]]:
        """Queries for the ids that pass, each with its values; who passes all of them passes."""
        columns = {"layer_id": wanted.layers, "status": wanted.statuses, "verdict": wanted.verdicts}
        tests = [(f"{name} IN ({', '.join('?' * len(allowed))})", list[Any](allowed)) for name, allowed in columns.items() if allowed]
        if wanted.edited is not None:
            tests.append(("(human_label IS NOT NULL OR note) = ?", [wanted.edited]))
        bounds = (("score >= ?", wanted.score_from), ("score <= ?", wanted.score_to))
        tests += [(comparison, [bound]) for comparison, bound in bounds if bound is not None]
        if tests:
            yield f"SELECT id FROM neurons WHERE {' AND '.join(test for test, _ in tests)}", [value for _, some in tests for value in some]
        if wanted.methods:
            yield _BY_METHOD.format(", ".join("?" * len(wanted.methods))), list(wanted.methods)
        if wanted.provisional is not None:
            yield _PROVISIONAL, [PROVISIONAL, wanted.provisional]
        words = self._words(wanted.text)
        if words:
            beginnings = " ".join(f"{word} *" for word in words)
            yield "SELECT rowid AS id FROM neuron_words WHERE neuron_words MATCH ?", [beginnings]

    def _words(self, text: str) -> list[str]:
        """The words of a text as the index has them, as strings of FTS5's query language, in which nothing has a meaning."""
        split = self.connection.fts5_tokenizer("unicode61", ["remove_diacritics", "2"])
        words = split(text.encode(errors="replace"), apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False, include_colocated=False)
        return [f'"{word}"' for word in dict.fromkeys(words)]

    def neuron_id(self, layer_id: int, neuron: int) -> int:
        """The id of a neuron. Raises KeyError for one that was neither surveyed nor asked for."""
        row = self.one("SELECT id FROM neurons WHERE layer_id = ? AND neuron = ?", layer_id, neuron)
        if row is None:
            raise KeyError((layer_id, neuron))
        return int(row[0])

    def similar(self, neuron_id: int, count: int = 50) -> list[int]:
        """The neurons whose labels share words with this neuron's, best first (BM25); itself left out."""
        row = self.one("SELECT ifnull(labels, '') || ' ' || ifnull(human_label, '') FROM neuron_texts WHERE id = ?", neuron_id)
        words = self._words(row[0]) if row else []
        if not words:
            return []
        found = "SELECT rowid FROM label_words WHERE label_words MATCH ? AND rowid != ? ORDER BY rank LIMIT ?"
        return [one for (one,) in self.rows(found, " OR ".join(words), neuron_id, count)]

    def cards(self, ids: Sequence[int] | Ids) -> list[Card]:
        """The cards of some neurons in the order asked. Raises KeyError if one is not there."""
        numbers = list(map(int, ids))
        asked = msgspec.json.encode(numbers).decode()
        rows = self.rows(_CARD, asked, PROVISIONAL)
        if len(rows) != len(numbers):
            raise KeyError(sorted(set(numbers) - {row[0] for row in rows}))
        pictures: dict[int, list[Path]] = {}
        folders: dict[str, Path] = {}  # a path made anew for every photo takes most of the time
        for number, folder, path in self.rows(_TOP_PHOTOS, asked):
            if folder not in folders:
                folders[folder] = Path(folder)
            pictures.setdefault(number, []).append(folders[folder] / path)
        return [self._card(pictures, *row) for row in rows]

    def _card(self, pictures: dict[int, list[Path]], number: int, *row: Any) -> Card:
        layer_id, layer, neuron, label, human_label, note, score, median, maximum, method, status, verdict, run_id, provisional = row
        shown = pictures.get(number)
        if shown is None:
            shown = self._label_pictures(run_id, label) if label else []
        place = bar(score, median, maximum) if method in BY_ACTIVATION else None
        return Card(
            number, layer_id, layer, neuron, label, human_label, bool(note), score, place, method, status, verdict, tuple(shown),
            bool(provisional),
        )  # fmt: skip

    def _label_pictures(self, run_id: int, label: str) -> list[Path]:
        found = (self._find(sha256) for (sha256,) in self.rows(_LABEL_PICTURES, run_id, spelling(label), PICTURES))
        return [path for path in found if path]  # a missing file is for `check` to complain of

    def layer_counts(self) -> list[LayerCount]:
        """The layers that have neurons, in the order of their networks."""
        rows = self.rows(
            """SELECT layers.id, name, role, width, sum(counted), sum(iif(status = 'labelled', counted, 0))
               FROM (SELECT layer_id, status, count(*) AS counted FROM neurons GROUP BY status, layer_id)
               JOIN layers ON layers.id = layer_id GROUP BY layers.id ORDER BY layers.id"""
        )
        return [LayerCount(*row) for row in rows]

    def methods(self) -> list[str]:
        """The methods that have results, by name."""
        found = self.rows("SELECT DISTINCT method FROM runs WHERE id IN (SELECT run_id FROM results) ORDER BY method")
        return [method for (method,) in found]

    def counts(self) -> dict[str, int]:
        """How many neurons there are of each status."""
        return dict(self.rows("SELECT status, count(*) FROM neurons GROUP BY status"))

    def neuron_results(self, neuron_id: int) -> list[NeuronResult]:
        """What every run found of one neuron, the newest first; its steps are in `steps(run_id, neuron)`."""
        return [NeuronResult(run_id, method, ResultRow(*result)) for run_id, method, *result in self.rows(_RESULTS, neuron_id)]

    def neuron_survey(self, neuron_id: int) -> tuple[Survey, NeuronStats] | None:
        """The newest complete survey of a neuron's layer, and what it says of the neuron; None if there is none."""
        row = self.one("SELECT survey_id, neuron FROM neurons WHERE id = ? AND survey_id IS NOT NULL", neuron_id)
        return row and (self.survey(row[0]), self.one_neuron_stats(*row))


def bar(score: float | None, median: float | None, maximum: float | None) -> float | None:
    """The place of a score between a neuron's median and strongest photo, 0..1; None where one of them is unknown or not finite."""
    if score is None or median is None or maximum is None or not maximum > median or math.isinf(maximum - median):
        return None
    return min(1.0, max(0.0, (score - median) / (maximum - median)))
