"""Interventions in the workspace: edits of pictures, causal checks and ablations."""

from collections.abc import Mapping, Sequence

import msgspec

from line_desktop.store.database import Database
from line_desktop.store.intervention_rows import Ablation, CausalCheck, KeptEdit, Subject
from line_desktop.store.targets import to_json


class Interventions(Database):
    """The interventions of a workspace."""

    def edit(self, key: str) -> KeptEdit | None:
        """An edit made before, by the SHA-256 of everything it depends on."""
        row = self.one("SELECT body FROM edits WHERE key = ?", key)
        return row and msgspec.json.decode(row[0], type=KeptEdit)

    def save_edits(self, edits: Mapping[str, KeptEdit]) -> None:
        """Keep edits by their keys; their pictures are kept before."""
        with self.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO edits VALUES (?, ?)", [(key, to_json(edit)) for key, edit in edits.items()])

    def save_causal_check(self, found: CausalCheck) -> None:
        """Keep a check, in place of an earlier one of the same label by the same editor. Raises DiskFull."""
        body = to_json(found)
        with self.transaction(len(body)) as connection:
            row = (found.neuron_id, found.label, found.editor, body)
            connection.execute("INSERT OR REPLACE INTO causal_checks VALUES (?, ?, ?, ?)", row)

    def causal_check(self, neuron_id: int, label: str, editor: str) -> CausalCheck | None:
        """The check of a label by an editor."""
        found = (one for one in self.causal_checks(neuron_id, label) if one.editor == editor)
        return next(found, None)

    def causal_checks(self, neuron_id: int, label: str | None = None) -> list[CausalCheck]:
        """All checks of a label, or of every label of a neuron, the newest first."""
        rows = self.rows("SELECT body FROM causal_checks WHERE neuron_id = ?1 AND label = ifnull(?2, label)", neuron_id, label)
        return sorted((msgspec.json.decode(body, type=CausalCheck) for (body,) in rows), key=lambda one: one.made, reverse=True)

    def subjects(self, neuron_ids: Sequence[int]) -> list[Subject]:
        """Some neurons, by layer and number."""
        rows = self.rows(
            """SELECT id, layer_id, neuron, label, survey_id FROM neurons
               WHERE id IN (SELECT value FROM json_each(?)) ORDER BY layer_id, neuron""",
            to_json(list(neuron_ids)),
        )
        return [Subject(*row) for row in rows]

    def save_ablations(self, found: Sequence[Ablation]) -> None:
        """Keep ablations, in place of earlier ones of the same neurons. Raises DiskFull."""
        rows = [(one.neuron_id, to_json(one)) for one in found]
        with self.transaction(sum(len(body) for _, body in rows)) as connection:
            connection.executemany("INSERT OR REPLACE INTO ablations VALUES (?, ?)", rows)

    def ablation(self, neuron_id: int) -> Ablation | None:
        """The ablation of a neuron."""
        row = self.one("SELECT body FROM ablations WHERE neuron_id = ?", neuron_id)
        return row and msgspec.json.decode(row[0], type=Ablation)
