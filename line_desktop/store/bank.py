"""The concept bank: concept → pictures → activations of whole layers, paid once and kept.

Concepts are drawn under picture settings and go by their normalised keys. What is kept is never changed or drawn again.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from line_desktop.store.objects import Objects
from line_desktop.store.rows import BankEntry, BankMeans, BankSettings, PictureRow
from line_desktop.store.targets import to_json
from models.types.pictures import PictureSettings
from models.types.shared import FloatArray

_FLOAT = np.dtype("<f4")


class Bank(Objects):
    """The concept bank of a workspace."""

    def settings_id(self, settings: PictureSettings, seed: int, pictures: int) -> int:
        """The id of a bank, the same one for the same picture settings, study seed and number of pictures for each concept."""
        values = (settings.source, settings.version, to_json(settings.options), seed, pictures)
        found = "SELECT id FROM picture_settings WHERE (source, version, options, seed, pictures) = (?, ?, ?, ?, ?)"
        row = self.one(found, *values)
        if row:
            return int(row[0])
        with self.transaction() as connection:
            connection.execute("INSERT INTO picture_settings (source, version, options, seed, pictures) VALUES (?, ?, ?, ?, ?)", values)
            return connection.last_insert_rowid()

    def bank_settings(self, settings_id: int) -> BankSettings:
        """What a bank's pictures depend on."""
        row = self.one("SELECT source, version, options, seed, pictures FROM picture_settings WHERE id = ?", settings_id)
        source, version, options, seed, pictures = row
        return BankSettings(PictureSettings(source, version, msgspec.json.decode(options, type=dict[str, str])), seed, pictures)

    def save_concepts(self, settings_id: int, entries: Sequence[BankEntry]) -> None:
        """Keep drawn concepts in one transaction; those that are known already stay as they are.

        Raises DamagedFile if a picture's file is missing, ValueError if a concept has not all its pictures.
        """
        numbers = list(range(self.bank_settings(settings_id).pictures))
        for entry in entries:
            if [picture.number for picture in entry.pictures] != numbers:
                raise ValueError(f"{entry.concept!r} needs the pictures {numbers}")
            for picture in entry.pictures:
                self.object_path(picture.sha256)
        with self.transaction():
            for entry in entries:
                self._save_concept(settings_id, entry)

    def _save_concept(self, settings_id: int, entry: BankEntry) -> None:
        row = self.one(
            "INSERT INTO concepts (settings_id, concept, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
            settings_id,
            entry.concept,
            entry.name,
        )
        if row:
            self.connection.executemany(
                "INSERT INTO pictures (concept_id, number, prompt, angle, lighting, seed, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(row[0], *msgspec.structs.astuple(picture)) for picture in entry.pictures],
            )

    def concept_pictures(self, settings_id: int, concept: str) -> list[PictureRow]:
        """The pictures of a concept in order; empty if it was not drawn."""
        rows = self.rows(
            """SELECT number, prompt, angle, lighting, seed, sha256 FROM pictures JOIN concepts ON concepts.id = concept_id
               WHERE settings_id = ? AND concept = ? ORDER BY number""",
            settings_id,
            concept,
        )
        return [PictureRow(*row) for row in rows]

    def bank_entry(self, settings_id: int, concept: str) -> BankEntry | None:
        """A concept with its name as written and its pictures; None if it was not drawn."""
        row = self.one("SELECT name FROM concepts WHERE settings_id = ? AND concept = ?", settings_id, concept)
        return BankEntry(concept, row[0], tuple(self.concept_pictures(settings_id, concept))) if row else None

    def save_activations(self, settings_id: int, layer_id: int, activations: Mapping[str, FloatArray]) -> None:
        """Keep the activations of a layer, float32 (pictures, neurons) for each concept, in one transaction.

        Concepts that have some already keep them. Raises KeyError for a concept that was not drawn, ValueError for a wrong shape.
        """
        pictures, width = self._shape(settings_id, layer_id)
        with self.transaction(sum(values.nbytes for values in activations.values())):
            for concept, values in activations.items():
                if values.shape != (pictures, width):
                    raise ValueError(f"activations of {concept!r} are {values.shape}, not {(pictures, width)}")
                self._save_activations(self._concept_id(settings_id, concept), layer_id, values)

    def _save_activations(self, concept_id: int, layer_id: int, values: FloatArray) -> None:
        mean = values.mean(axis=0, dtype=np.float64).astype(_FLOAT)
        row = self.one(
            "INSERT INTO bank_means (layer_id, concept_id, mean) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
            layer_id,
            concept_id,
            mean.tobytes(),
        )
        if row:
            self.connection.execute("INSERT INTO bank_activations VALUES (?, ?)", (row[0], values.astype(_FLOAT).tobytes()))

    def concept_activations(self, settings_id: int, layer_id: int, concept: str) -> FloatArray | None:
        """Activations of a layer on a concept's pictures, float32 (pictures, neurons), or None if there are none yet."""
        row = self.one(
            """SELECT activations FROM concepts
               JOIN bank_means ON concept_id = concepts.id AND layer_id = ?
               JOIN bank_activations ON bank_mean_id = bank_means.id
               WHERE settings_id = ? AND concept = ?""",
            layer_id,
            settings_id,
            concept,
        )
        return None if row is None else np.frombuffer(row[0], _FLOAT).reshape(self._shape(settings_id, layer_id))

    def bank_means(self, settings_id: int, layer_id: int, after: int = 0) -> BankMeans:
        """Mean activations of every neuron of a layer on each concept, in the order they came; only those later than `after`.

        To keep a cache, pass the last answer's `last` and append. Needs the memory of the answer and one row.
        """
        _, width = self._shape(settings_id, layer_id)
        chosen = """FROM bank_means JOIN concepts ON concepts.id = concept_id
                    WHERE layer_id = ? AND settings_id = ? AND bank_means.id > ?"""
        values = (layer_id, settings_id, after)
        concepts: list[str] = []
        names: list[str] = []
        with self.connection:  # both queries see the same rows
            count, last = self.one(f"SELECT count(*), ifnull(max(bank_means.id), ?) {chosen}", after, *values)
            means = np.empty((count, width), np.float32)
            rows = self.connection.execute(f"SELECT concept, name, mean {chosen} ORDER BY bank_means.id", values)
            for number, (concept, name, mean) in enumerate(rows):
                concepts.append(concept)
                names.append(name)
                means[number] = np.frombuffer(mean, _FLOAT)
        return BankMeans(concepts, names, means, last)

    def picture_count(self, settings_id: int) -> int:
        """How many pictures a bank holds."""
        return int(
            self.one("SELECT count(*) FROM pictures JOIN concepts ON concepts.id = concept_id WHERE settings_id = ?", settings_id)[0]
        )

    def _concept_id(self, settings_id: int, concept: str) -> int:
        row = self.one("SELECT id FROM concepts WHERE settings_id = ? AND concept = ?", settings_id, concept)
        if row is None:
            raise KeyError(concept)
        return int(row[0])

    def _shape(self, settings_id: int, layer_id: int) -> tuple[int, int]:
        pictures, width = self.one(
            "SELECT pictures, width FROM picture_settings, layers WHERE picture_settings.id = ? AND layers.id = ?", settings_id, layer_id
        )
        return pictures, width
