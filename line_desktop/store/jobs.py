"""The job queue in the workspace: what was asked for, in which order, and how far it is.

Whoever asks (window, command line) adds, moves and asks to pause or cancel; the job's own process writes the rest. Each change is
one short transaction, so both may write while a job runs.
"""

import os
from typing import Any, Literal

import msgspec

from line_desktop.errors import UserError
from line_desktop.store.objects import Objects
from line_desktop.store.processes import is_alive, started
from line_desktop.store.rows import JobOrigin, JobRow, JobState, Json, LastWritten, Spent
from line_desktop.store.targets import to_json

_NOW = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
_JOB = """SELECT id, position, kind, title, what, state, origin, asked, pid, done, total, text, reason, log, remaining, began, ended,
          estimate, measured FROM jobs"""
_RUNS = "state IN ('running', 'pausing')"


class Jobs(Objects):
    """The queue of a workspace."""

    def jobs(self) -> list[JobRow]:
        """All jobs in their order."""
        return [self._job(*row) for row in self.rows(f"{_JOB} ORDER BY position, id")]

    def job(self, job_id: int) -> JobRow:
        """A job by its id. Raises UserError where there is none."""
        row = self.one(f"{_JOB} WHERE id = ?", job_id)
        if row is None:
            raise UserError(f"There is no job {job_id} in {self.folder}; `line-desktop jobs {self.folder}` lists them.")
        return self._job(*row)

    def add_job(self, kind: str, title: str, what: Json, origin: JobOrigin = "window", estimate: Json | None = None) -> int:
        """Put a job at the end of the queue; returns its id."""
        with self.transaction() as connection:
            connection.execute(
                """INSERT INTO jobs (position, kind, title, what, origin, estimate)
                   SELECT ifnull(max(position), 0) + 1, ?, ?, ?, ?, ? FROM jobs""",
                (kind, title, _in_order(what), origin, None if estimate is None else to_json(estimate)),
            )
            return connection.last_insert_rowid()

    def find_job(self, kind: str, what: Json) -> int | None:
        """The id of the latest job that is to do exactly this."""
        row = self.one("SELECT max(id) FROM jobs WHERE kind = ? AND what = ?", kind, _in_order(what))
        return None if row[0] is None else int(row[0])

    def move_job(self, job_id: int, place: int) -> None:
        """Give a job another place, from 1; the others close up. A place beyond the ends means the end. Raises UserError."""
        with self.transaction() as connection:
            moved = self.job(job_id).id
            order = [job.id for job in self.jobs() if job.id != moved]
            order.insert(max(place, 1) - 1, job_id)
            connection.executemany("UPDATE jobs SET position = ? WHERE id = ?", [(number, one) for number, one in enumerate(order, 1)])

    def ask_job(self, job_id: int, wish: Literal["pause", "cancel"]) -> None:
        """Ask a job to pause or to be cancelled. One that runs does so after its step; one that does not is so at once.

        A later wish takes the place of an earlier one. Raises UserError for a job that has ended.
        """
        self.mark_interrupted()
        with self.transaction() as connection:
            job = self.job(job_id)
            if job.state in ("running", "pausing"):
                connection.execute("UPDATE jobs SET asked = ?, state = 'pausing' WHERE id = ?", (wish, job_id))
            elif job.state == "finished" or (wish == "pause" and job.state != "queued"):
                raise UserError(f"Job {job_id} is {job.state}; there is nothing to {wish}.")
            else:
                connection.execute("UPDATE jobs SET state = ? WHERE id = ?", ("paused" if wish == "pause" else "cancelled", job_id))

    def cancel_queued(self, job_id: int) -> bool:
        """Cancel a job unless it has begun; whether it was done."""
        with self.transaction() as connection:
            connection.execute("UPDATE jobs SET state = 'cancelled' WHERE id = ? AND state = 'queued'", (job_id,))
            return connection.changes() > 0

    def queue_job(self, job_id: int, again: bool = False) -> None:
        """Put a job that has stopped back into the queue, at its place; with `again` also one that is finished.

        Raises UserError for one that runs or is finished.
        """
        self.mark_interrupted()
        with self.transaction() as connection:
            job = self.job(job_id)
            if job.state in ("running", "pausing") or (job.state == "finished" and not again):
                raise UserError(f"Job {job_id} is {job.state}; only one that has stopped can be queued again.")
            connection.execute("UPDATE jobs SET state = 'queued', asked = '', reason = '' WHERE id = ?", (job_id,))

    def remove_job(self, job_id: int) -> None:
        """Take a job off the list; what it has done stays. Raises UserError for one that runs."""
        self.mark_interrupted()
        with self.transaction() as connection:
            if self.job(job_id).state in ("running", "pausing"):
                raise UserError(f"Job {job_id} is running; cancel it first.")
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def mark_interrupted(self) -> list[int]:
        """Set right the rows that say running although their process is gone; returns their ids.

        Who was asked to cancel and was killed over it is cancelled; everything else was interrupted.
        """
        gone = [job_id for job_id, pid, since in self.rows(f"SELECT id, pid, started FROM jobs WHERE {_RUNS}") if not is_alive(pid, since)]
        if not gone:
            return []
        with self.transaction() as connection:
            connection.executemany(
                f"""UPDATE jobs SET pid = NULL, remaining = NULL, ended = {_NOW}, asked = '',
                      state = CASE asked WHEN 'cancel' THEN 'cancelled' ELSE 'interrupted' END,
                      reason = CASE asked WHEN 'cancel' THEN '' ELSE 'Its process ended without a word; resume it to go on.' END
                    WHERE id = ? AND {_RUNS}""",
                [(job_id,) for job_id in gone],
            )
        return gone

    def begin_job(self, job_id: int, log: str = "") -> None:
        """This process, which holds the workspace's lock, runs the job from now on; `log`: its file, inside the workspace.

        Raises UserError unless it is queued: another process runs it, or somebody cancelled it while this process was starting.
        """
        self.mark_interrupted()
        with self.transaction() as connection:
            job = self.job(job_id)
            if job.state in ("running", "pausing"):
                raise UserError(f"Job {job_id} is running already, as process {job.pid}.")
            if job.state != "queued":
                raise UserError(f"Job {job_id} is {job.state}; to go on with it: line-desktop jobs {self.folder} resume {job_id}.")
            connection.execute(
                f"""UPDATE jobs SET state = 'running', asked = '', pid = ?, started = ?, log = ?, began = {_NOW}, ended = NULL,
                      done = 0, total = 0, text = '', reason = '', remaining = NULL WHERE id = ?""",
                (os.getpid(), started(), log, job_id),
            )

    def job_progress(self, job_id: int, done: int, total: int, text: str, remaining: float | None) -> None:
        """How far a running job is."""
        with self.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET done = ?, total = ?, text = ?, remaining = ? WHERE id = ?", (done, total, text, remaining, job_id)
            )

    def job_wish(self, job_id: int) -> str:
        """What a running job has been asked to do."""
        return str(self.one("SELECT asked FROM jobs WHERE id = ?", job_id)[0])

    def end_job(self, job_id: int, state: JobState, reason: str = "", measured: Json | None = None) -> None:
        """How a job ended; the last word of its process."""
        with self.transaction() as connection:
            connection.execute(
                f"""UPDATE jobs SET state = ?, reason = ?, measured = ifnull(?, measured), asked = '', pid = NULL, remaining = NULL,
                      ended = {_NOW} WHERE id = ?""",
                (state, reason, None if measured is None else to_json(measured), job_id),
            )

    def last_written(self) -> LastWritten:
        """The moment that `spent_since` counts from."""
        return LastWritten(*self.one("SELECT (SELECT ifnull(max(id), 0) FROM steps), (SELECT ifnull(max(id), 0) FROM answers)"))

    def spent_since(self, before: LastWritten) -> Spent:
        """What the steps and answers after a moment took."""
        (proposals,) = self.one(
            """SELECT ifnull(sum(iif(kind = 'condense', json_array_length(body, '$.proposals'), 1)), 0) FROM answers
               WHERE id > ? AND kind IN ('propose', 'condense')""",
            before.answer,
        )
        proposing, depicting = self.one(
            """SELECT total(json_extract(seconds, '$.propose')) + total(json_extract(seconds, '$.condense')),
                      total(json_extract(seconds, '$.depict')) FROM steps WHERE id > ?""",
            before.step,
        )
        files = self.rows("SELECT sha256 FROM pictures WHERE concept_id = (SELECT max(id) FROM concepts)")
        sizes = [self.object_path(sha256).stat().st_size for (sha256,) in files]
        return Spent(proposals, proposing, depicting, sum(sizes) / max(len(sizes), 1))

    def _job(self, *row: Any) -> JobRow:
        *fields, log, remaining, began, ended, estimate, measured = row
        fields[4] = msgspec.json.decode(fields[4])
        documents = [None if text is None else msgspec.json.decode(text) for text in (estimate, measured)]
        values = [*fields, self.folder / log if log else None, remaining, began, ended, *documents]
        return JobRow(*values)


def _in_order(what: Json) -> str:
    """JSON with the keys as they stand: the order of a job's layers is the order of its work."""
    return msgspec.json.encode(what).decode()
