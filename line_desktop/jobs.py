"""The kinds of jobs a queue may hold: what each is told, how people call it, and the generator that does it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from line_desktop.ablate import AblateJob, ablate
from line_desktop.causal import PICTOGRAMS, CausalJob, check
from line_desktop.demo import DemoJob, demo, label_job
from line_desktop.errors import UserError
from line_desktop.events import JobEvent
from line_desktop.job import SurveyJob, label, survey_checkpoint
from line_desktop.label_job import LabelJob
from line_desktop.store.evidence import ALL, CARD
from line_desktop.store.rows import JobOrigin, JobRow, Json
from line_desktop.store.workspace import Workspace
from line_desktop.verify import VerifyJob, verify
from models.plural import count

Stop = Callable[[], bool]
Tell = Callable[[JobEvent], None]  # hears what is said between two events
Work = LabelJob | SurveyJob | DemoJob | VerifyJob | CausalJob | AblateJob


class Kind(msgspec.Struct, frozen=True):
    """A kind of job: the type that says what to do, its plain line for people, and its generator."""

    work: type[Work]
    title: Callable[[Any], str]
    run: Callable[[Workspace, Any, Stop, Tell], Iterator[JobEvent]]


def _label_title(work: LabelJob) -> str:
    layers = ", ".join(f"{layer}: {neurons}" for layer, neurons in work.layers.items())
    by = "" if work.method == "line" else f" by {work.method}"
    return f"Label {work.checkpoint.name}{by} ({layers})"


def _verify_title(work: VerifyJob) -> str:
    by = {CARD: "", ALL: " by all methods"}.get(work.method, f" by {work.method}")
    return f"Verify {_labels(work.neuron_ids)}{by}"


def _causal_title(work: CausalJob) -> str:
    return f"Check the cause of {_labels(work.neuron_ids)}"


def _ablate_title(work: AblateJob) -> str:
    return f"Ablate {count(len(work.neuron_ids), 'neuron')}"


def _labels(neuron_ids: tuple[int, ...]) -> str:
    return count(len(neuron_ids), "label") if neuron_ids else "all labels"


def _survey(workspace: Workspace, work: SurveyJob, stop: Stop, tell: Tell) -> Iterator[JobEvent]:
    return survey_checkpoint(workspace, work.checkpoint, work.layers, work.probe, work.overrides, stop)


KINDS = {
    "label": Kind(LabelJob, _label_title, label),
    "survey": Kind(SurveyJob, lambda work: f"Survey {work.checkpoint.name} ({', '.join(work.layers)})", _survey),
    "verify": Kind(VerifyJob, _verify_title, verify),
    "causal": Kind(CausalJob, _causal_title, check),
    "ablate": Kind(AblateJob, _ablate_title, ablate),
    "demo": Kind(DemoJob, lambda work: f"Demo: {count(work.neurons, 'neuron')} of the small network", demo),
}


def submit(queue: Any, work: Work, origin: JobOrigin = "window", estimate: Json | None = None) -> int:
    """Put work into a workspace's queue (a Desk or Workspace); returns the job's id. The same work again is the same job.

    One that has stopped or is finished is queued once more. Raises UserError if it is running.
    """
    work = absolute(work)
    kind = kind_of(work)
    found: int | None = queue.find_job(kind, to_json(work))
    if found is None:
        return int(queue.add_job(kind, KINDS[kind].title(work), to_json(work), origin, estimate))
    queue.queue_job(found, again=True)
    return found


def kind_of(work: Work) -> str:
    """The name of a work's kind."""
    return next(name for name, kind in KINDS.items() if isinstance(work, kind.work))


def work_of(row: JobRow) -> Work:
    """What a job of the queue is to do. Raises UserError where this program does not know it."""
    if row.kind not in KINDS:
        raise UserError(f"Job {row.id} is of the kind '{row.kind}', which this program does not know: update the program.")
    try:
        work: Work = msgspec.convert(row.what, KINDS[row.kind].work, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise UserError(f"Job {row.id} cannot be read ({error}): cancel it and ask for it again.") from error
    return work


def labelling(workspace: Path, work: Work) -> LabelJob | None:
    """The work as a job of labelling, or None if it is none."""
    if isinstance(work, DemoJob):
        return label_job(workspace, work)
    return work if isinstance(work, LabelJob) else None


def next_job(jobs: list[JobRow]) -> JobRow | None:
    """The job to start now: the first that is queued, or None while one runs. What was paused or interrupted waits for a person."""
    if any(job.state in ("running", "pausing") for job in jobs):
        return None
    return next((job for job in jobs if job.state == "queued"), None)


def to_json(work: Work) -> Json:
    """Work as JSON, paths as text."""
    found: Json = msgspec.to_builtins(work, enc_hook=str)
    return found


def absolute(work: Work) -> Work:
    """Work whose files are found from any folder."""
    if isinstance(work, DemoJob | AblateJob):
        return work
    if isinstance(work, CausalJob):
        folder = work.editor and work.editor != PICTOGRAMS
        return msgspec.structs.replace(work, editor=str(_absolute(Path(work.editor)))) if folder else work
    if isinstance(work, VerifyJob):
        return msgspec.structs.replace(work, pictures=_absolute_pictures(work.pictures))
    changes: dict[str, Any] = {"checkpoint": _absolute(work.checkpoint), "probe": _absolute(work.probe)}
    if isinstance(work, LabelJob):
        changes |= {name: _absolute(path) for name in ("llm", "clip", "captioner") if (path := getattr(work, name)) is not None}
        changes |= {name: _absolute_pictures(getattr(work, name)) for name in ("pictures", "confirm_pictures")}
        changes["concepts"] = _found(work.concepts)
    return msgspec.structs.replace(work, **changes)


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _absolute_pictures(source: str) -> str:
    """The paths of "photos:FOLDER" and "sdxl:PATH,lora=PATH" made absolute; what is no file, such as sdxl:demo, stays as it is."""
    name, colon, argument = source.partition(":")
    place, *options = re.split(r",(?=\s*\w+=)", argument)  # as models.pictures reads it
    pairs = [option.partition("=") for option in options]
    kept = [place if place == "demo" else _found(place), *(f"{key}={_found(value)}" for key, _, value in pairs)]
    return name + colon + ",".join(kept)


def _found(text: str) -> str:
    return str(_absolute(Path(text))) if text and Path(text).expanduser().exists() else text


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"expected {kind.__name__}")
