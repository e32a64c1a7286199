"""Probe sets and surveys: activations of a layer on photos, row by row in a `.npy` file, and what is known of each neuron."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from line_desktop.store.arrays import create_array, open_array, write_rows
from line_desktop.store.database import Database
from line_desktop.store.rows import NeuronStats, ProbePhoto, ProbeSet, Survey
from models.types.shared import FloatArray

_SURVEY = "SELECT id, layer_id, probe_id, file, rows, width, rows_done, complete FROM surveys"
_STATS = "neuron, mean, median, p99, maximum, state, top_photos"


class Surveys(Database):
    """The probe sets and surveys of a workspace."""

    def save_probe_set(self, folder: str, digest: str, photos: Sequence[ProbePhoto]) -> int:
        """Keep a list of photos; returns its id, the same one for the same digest. The folder is brought up to date."""
        with self.transaction() as connection:
            row = self.one("UPDATE probe_sets SET folder = ? WHERE digest = ? RETURNING id", folder, digest)
            if row:
                return int(row[0])
            connection.execute("INSERT INTO probe_sets (digest, folder) VALUES (?, ?)", (digest, folder))
            probe_id = connection.last_insert_rowid()
            connection.executemany(
                "INSERT INTO probe_photos (probe_id, photo, path, class_name) VALUES (?, ?, ?, ?)",
                [(probe_id, number, photo.path, photo.class_name) for number, photo in enumerate(photos)],
            )
        return probe_id

    def probe_set(self, probe_id: int) -> ProbeSet:
        """Where the photos are."""
        return ProbeSet(*self.one("SELECT id, folder, digest FROM probe_sets WHERE id = ?", probe_id))

    def find_probe_set(self, digest: str) -> int | None:
        """The id of the probe set with these photos, if it is known."""
        row = self.one("SELECT id FROM probe_sets WHERE digest = ?", digest)
        return row and int(row[0])

    def probe_photos(self, probe_id: int) -> list[ProbePhoto]:
        """The photos in the order of the rows of every survey."""
        rows = self.rows("SELECT path, class_name FROM probe_photos WHERE probe_id = ? ORDER BY photo", probe_id)
        return [ProbePhoto(*row) for row in rows]

    def begin_survey(self, layer_id: int, probe_id: int, rows: int, width: int) -> Survey:
        """The survey of a layer on a probe set, as far as it has come; begun if there is none. Raises DiskFull before it begins."""
        self.must_be_writable()
        known = self.find_survey(layer_id, probe_id)
        if known:
            if (known.rows, known.width) != (rows, width):
                raise ValueError(f"survey {known.id} has shape {(known.rows, known.width)}, not {(rows, width)}")
            return known
        path = self.folder / "activations" / f"layer-{layer_id}-probe-{probe_id}.npy"
        create_array(path, (rows, width))
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO surveys (layer_id, probe_id, file, rows, width) VALUES (?, ?, ?, ?, ?)",
                (layer_id, probe_id, path.name, rows, width),
            )
            return self.survey(connection.last_insert_rowid())

    def find_survey(self, layer_id: int, probe_id: int) -> Survey | None:
        """The survey of a layer on a probe set, if one was begun."""
        row = self.one(f"{_SURVEY} WHERE layer_id = ? AND probe_id = ?", layer_id, probe_id)
        return row and self._survey(*row)

    def survey(self, survey_id: int) -> Survey:
        """A survey by its id."""
        return self._survey(*self.one(f"{_SURVEY} WHERE id = ?", survey_id))

    def _survey(self, number: int, layer_id: int, probe_id: int, file: str, rows: int, width: int, rows_done: int, complete: int) -> Survey:
        return Survey(number, layer_id, probe_id, self.folder / "activations" / file, rows, width, rows_done, bool(complete))

    def save_survey_rows(self, survey_id: int, start: int, values: FloatArray, unreadable: dict[int, str]) -> None:
        """Keep the activations, float32 (photos, neurons), of the photos from row `start` on; on the disk when this returns.

        `unreadable`: photo row -> reason; such rows are NaN. Rows that are kept already stay as they are.
        Raises DiskFull; ValueError if rows before `start` are missing or the shape does not fit.
        """
        self.must_be_writable()
        survey = self.survey(survey_id)
        end = start + len(values)
        if start > survey.rows_done or end > survey.rows or values.shape[1:] != (survey.width,):
            raise ValueError(f"rows {start}..{end} of shape {values.shape} do not follow {survey}")
        new = values[survey.rows_done - start :]
        if not len(new):
            return
        write_rows(survey.file, (survey.rows, survey.width), survey.rows_done, new)
        with self.transaction() as connection:
            connection.executemany(
                "INSERT INTO unreadable_photos (survey_id, photo, reason) VALUES (?, ?, ?)",
                [(survey_id, photo, reason) for photo, reason in unreadable.items() if photo >= survey.rows_done],
            )
            connection.execute("UPDATE surveys SET rows_done = ? WHERE id = ?", (end, survey_id))

    def finish_survey(self, survey_id: int, stats: Sequence[NeuronStats]) -> None:
        """Mark a survey complete, with statistics for every neuron. Raises ValueError if rows or neurons are missing."""
        survey = self.survey(survey_id)
        if survey.rows_done != survey.rows or [one.index for one in stats] != list(range(survey.width)):
            raise ValueError(f"{len(stats)} neurons do not finish {survey}")
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO neuron_stats VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        survey_id,
                        one.index,
                        one.mean,
                        one.median,
                        one.p99,
                        one.maximum,
                        one.state,
                        msgspec.json.encode(one.top_photos).decode(),
                    )
                    for one in stats
                ],
            )
            connection.execute("UPDATE surveys SET complete = 1 WHERE id = ?", (survey_id,))

    def survey_activations(self, survey_id: int) -> FloatArray:
        """A read-only memory map, float32 (photos, neurons), zero beyond `rows_done`. Raises DamagedFile."""
        survey = self.survey(survey_id)
        return open_array(survey.file, (survey.rows, survey.width))

    def neuron_stats(self, survey_id: int) -> list[NeuronStats]:
        """The statistics of all neurons, by index; empty until the survey is complete."""
        rows = self.rows(f"SELECT {_STATS} FROM neuron_stats WHERE survey_id = ? ORDER BY neuron", survey_id)
        return [_stats(*row) for row in rows]

    def one_neuron_stats(self, survey_id: int, neuron: int) -> NeuronStats:
        """The statistics of one neuron of a complete survey."""
        return _stats(*self.one(f"SELECT {_STATS} FROM neuron_stats WHERE survey_id = ? AND neuron = ?", survey_id, neuron))

    def unreadable(self, survey_id: int) -> dict[int, str]:
        """Photo row -> reason, of the photos that could not be read."""
        rows = self.rows("SELECT photo, reason FROM unreadable_photos WHERE survey_id = ? ORDER BY photo", survey_id)
        return dict(rows)


def _stats(neuron: int, *row: Any) -> NeuronStats:
    *numbers, state, top_photos = row
    values: list[Any] = [math.nan if number is None else number for number in numbers]  # SQLite keeps NaN as NULL
    values += [state, msgspec.json.decode(top_photos, type=tuple[int, ...])]
    return NeuronStats(neuron, *values)
