"""The words of the jobs: states, time left, what happens now."""

from PySide6.QtCore import QCoreApplication

from line_desktop.store.rows import JobRow
from models.types.shared import Progress
from ui.gallery.words import one_or
from ui.icons import Name
from ui.jobs.live import Live
from ui.theme import Role

ENDED = ("finished", "cancelled")
RUNS = ("running", "pausing")
HOUR, MINUTE = 3600, 60


def tr(text: str) -> str:
    """A text of the jobs in the user's language."""
    return QCoreApplication.translate("Jobs", text)


def state(job: JobRow) -> str:
    """A job's state; where it was asked to stop, to what end."""
    if job.asked:
        return tr("finishing its step, then it pauses") if job.asked == "pause" else tr("finishing its step, then it ends")
    return {
        "queued": tr("waiting"),
        "running": tr("running"),
        "pausing": tr("pausing"),
        "paused": tr("paused"),
        "interrupted": tr("interrupted"),
        "failed": tr("failed"),
        "cancelled": tr("cancelled"),
        "finished": tr("finished"),
    }[job.state]


def role(job: JobRow) -> Role:
    """How a job's state is written."""
    roles: dict[str, Role] = {"failed": "bad", "interrupted": "warn", "finished": "good"}
    return roles.get(job.state, "quiet")


def glyph(job: JobRow) -> Name:
    """The icon of a job's state."""
    names: dict[str, Name] = {
        "running": "play", "pausing": "pause", "paused": "pause", "interrupted": "warning", "failed": "error",
        "finished": "good", "cancelled": "stop",
    }  # fmt: skip
    return names.get(job.state, "more")


def now(job: JobRow, live: Live | None) -> str:
    """What a job is doing, or why it does not."""
    if job.state in RUNS:
        return job.text or (live.stage if live is not None else "") or tr("starting")
    return job.reason or state(job)


def left(seconds: float | None) -> str:
    """The time a job still needs, as honest as it is known."""
    if seconds is None:
        return ""
    if seconds < 10:
        return tr("a few seconds left")
    return tr("{time} left").format(time=about(seconds))


def about(seconds: float) -> str:
    """A length of time as people say it: "about 3 h 10 min"."""
    if seconds < MINUTE:
        return tr("about {n} s").format(n=max(5, 5 * round(seconds / 5)))
    minutes = round(seconds / MINUTE)
    if minutes < 60:
        return tr("about {n} min").format(n=minutes)
    return tr("about {h} h {m} min").format(h=minutes // 60, m=f"{minutes % 60:02d}")


def within(progress: Progress | None) -> str:
    """How far an engine is in the middle of a call."""
    if progress is None:
        return ""
    far = tr("{done} of {total} {unit}").format(done=progress.done, total=progress.total, unit=progress.unit)
    return f"{progress.doing}: {far}" if progress.doing else far


def neurons(live: Live | None) -> str:
    """How many neurons have ended, or have been searched where these wait for the others of their run."""
    if live is None or not live.neurons:
        return ""
    text, done = one_or(live.neurons, tr("{done} of 1 neuron"), tr("{done} of {n} neurons")), live.ended
    if live.searched > live.ended:
        text, done = (tr("{done} of {all} searched"), live.searched) if live.searching else (tr("{done} of {all} finished"), live.ended)
    return text.format(done=f"{done:,}", all=f"{live.neurons:,}")


def origin(job: JobRow) -> str:
    """Where it was asked for, where that is not this window."""
    return tr("from the command line") if job.origin == "command line" else ""
