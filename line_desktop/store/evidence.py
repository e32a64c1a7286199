"""Evidence: which labels there are to verify, and what was found of each; the verdict on the cards follows by triggers."""

from collections.abc import Sequence

import msgspec

from line_desktop.scoreboard import Entry
from line_desktop.store.database import Database
from line_desktop.store.rows import Claim, Evidence
from line_desktop.store.targets import to_json

CARD, ALL = "", "all"  # whose labels: that on the card, those of every method
_CLAIMS = """
    SELECT neurons.id, neurons.layer_id, neurons.neuron, results.label, settings_id, opened_as, neurons.survey_id,
           iif(preset <> 'line', 'line-' || preset, runs.method), origin, reason, neurons.run_id = runs.id, runs.id
    FROM neurons JOIN (SELECT *, json_extract(settings, '$.line.preset') AS preset FROM runs) AS runs USING (layer_id)
    JOIN results ON results.run_id = runs.id AND results.neuron = neurons.neuron
    JOIN picture_settings ON picture_settings.id = settings_id
    WHERE results.label IS NOT NULL AND {} ORDER BY neurons.layer_id, neurons.neuron, session_id DESC, runs.id DESC"""
_CHOSEN = "neurons.id IN (SELECT value FROM json_each(?))"
_LAST_BOARD = "SELECT board FROM steps WHERE run_id = ? AND neuron = ? AND status LIKE ? ORDER BY id DESC LIMIT 1"
_MANY_LABELS = {"sieve": "%", "facets": "facet %"}
"""Methods that keep several labels of a neuron -> the status of those steps whose last board holds them all."""


class EvidenceStore(Database):
    """The evidence of a workspace."""

    def remember_source(self, settings_id: int, opened_as: str) -> None:
        """Keep how the picture source of a bank is opened, such as "photos:FOLDER"."""
        with self.transaction() as connection:
            connection.execute("UPDATE picture_settings SET opened_as = ? WHERE id = ?", (opened_as, settings_id))

    def claims(self, neuron_ids: Sequence[int] | None = None, method: str = CARD, every: bool = False) -> list[Claim]:
        """The labels on the cards of some neurons, or of all, by layer and neuron; neurons without a label are left out.

        `method`: instead the newest label that this method gave each neuron, or that each method gave (ALL). LINE under another preset
        than "line" is a method of its own here, such as "line-paper". `every`: besides the best label all others that a method keeps of
        a neuron.
        """
        values = [] if neuron_ids is None else [to_json(list(neuron_ids))]
        found: dict[tuple[int, str], list[Claim]] = {}
        for *row, on_card, run_id in self.rows(_CLAIMS.format(_CHOSEN if values else "true"), *values):
            claim = Claim(*row)
            wanted = on_card if method == CARD else method in (ALL, claim.method)
            if wanted and (claim.neuron_id, claim.method) not in found:
                found[claim.neuron_id, claim.method] = [claim, *(self._others(claim, run_id) if every else ())]
        return [claim for claims in found.values() for claim in claims]

    def _others(self, claim: Claim, run_id: int) -> list[Claim]:
        status = _MANY_LABELS.get(claim.method)
        row = self.one(_LAST_BOARD, run_id, claim.neuron, status) if status else None
        board = msgspec.json.decode(row[0], type=tuple[Entry, ...]) if row else ()
        return [msgspec.structs.replace(claim, label=one.concept, origin=one.origin) for one in board if one.concept != claim.label]

    def picture_sources(self) -> list[str]:
        """How the picture sources of the runs were opened, by name; those that nobody wrote down are left out."""
        rows = self.rows(
            """SELECT DISTINCT opened_as FROM picture_settings
               WHERE opened_as != '' AND id IN (SELECT settings_id FROM runs) ORDER BY opened_as"""
        )
        return [opened_as for (opened_as,) in rows]

    def save_evidence(self, found: Sequence[Evidence]) -> None:
        """Keep evidence, in place of earlier evidence for the same labels; on the disk when this returns. Raises DiskFull."""
        rows = [(one.neuron_id, one.label, one.verdict, to_json(one)) for one in found]
        with self.transaction(sum(len(row[-1]) for row in rows)) as connection:
            connection.executemany("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", rows)

    def all_evidence(self, neuron_id: int) -> list[Evidence]:
        """The evidence for every label of a neuron that was verified, by label."""
        rows = self.rows("SELECT body FROM evidence WHERE neuron_id = ? ORDER BY label", neuron_id)
        return [msgspec.json.decode(body, type=Evidence) for (body,) in rows]

    def evidence_for(self, claims: Sequence[Claim]) -> dict[tuple[int, str], Evidence]:
        """The evidence for some labels, by neuron id and label; those that were not verified are left out."""
        wanted = {(claim.neuron_id, claim.label) for claim in claims}
        rows = self.rows(
            "SELECT neuron_id, label, body FROM evidence WHERE neuron_id IN (SELECT value FROM json_each(?))",
            to_json(sorted({neuron_id for neuron_id, _ in wanted})),
        )
        return {
            (neuron_id, label): msgspec.json.decode(body, type=Evidence) for neuron_id, label, body in rows if (neuron_id, label) in wanted
        }

    def evidence(self, neuron_id: int, label: str | None = None) -> Evidence | None:
        """The evidence for a label of a neuron, by default for the one on its card; None if it was not verified."""
        row = self.one(
            """SELECT body FROM evidence JOIN neurons ON neurons.id = neuron_id
               WHERE neuron_id = ?1 AND evidence.label = ifnull(?2, neurons.label)""",
            neuron_id,
            label,
        )
        return row and msgspec.json.decode(row[0], type=Evidence)
