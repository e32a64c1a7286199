"""What a job says while it runs: frozen events, the same for the command line, the window and a notebook."""

import msgspec

from line_desktop.methods.asking import Event as MethodEvent
from line_desktop.store.rows import JobState, Verdict
from line_desktop.tally import Looks
from models.plural import count
from models.types.shared import Progress


class Stage(msgspec.Struct, frozen=True, tag=True):
    """A part of the job begins."""

    text: str


class SurveyProgress(msgspec.Struct, frozen=True, tag=True):
    """Photos seen so far by the survey."""

    done: int
    total: int


class Note(msgspec.Struct, frozen=True, tag=True):
    """A fact about the job that should stay in sight."""

    text: str


class Surveyed(msgspec.Struct, frozen=True, tag=True):
    """The survey of the layers is complete, now or from before."""

    surveys: dict[str, int]  # layer name -> id
    photos: int
    unreadable: dict[str, str]  # a photo's path inside its folder -> why it was left out


class Planned(msgspec.Struct, frozen=True, tag=True):
    """Everything the job is to label: layer name -> its neurons."""

    neurons: dict[str, tuple[int, ...]]
    last_step: int = 0  # each neuron's steps go from 0 (the start) to this one
    looked: float = 0.0  # seconds that a CLIP took until now


class RunStarted(msgspec.Struct, frozen=True, tag=True):
    """The labelling of one layer begins or goes on; `run_id` leads to everything that is kept of it."""

    run_id: int
    layer: str
    neurons: tuple[int, ...]

    @property
    def text(self) -> str:
        """It in words."""
        return f"Naming {count(len(self.neurons), 'neuron')} of {self.layer}"


class NeuronEvent(msgspec.Struct, frozen=True, tag=True):
    """An event of one neuron's method; `replayed` when it comes from the store and cost nothing now."""

    layer: str
    neuron: int
    event: MethodEvent
    replayed: bool


class Cost(msgspec.Struct, frozen=True, tag=True):
    """The last event of a job: its counters."""

    pictures_drawn: int
    bank_hits: int  # concepts asked for that were in the bank already
    prompt_tokens: int
    evaluated_tokens: int
    generated_tokens: int
    finished: bool  # False: stopped before the end, to be resumed
    passed: int = 0  # steps of neurons that were not needed
    looks: Looks = Looks()


class Verifying(msgspec.Struct, frozen=True, tag=True):
    """Labels verified so far by a job of verification."""

    done: int
    total: int


class Verified(msgspec.Struct, frozen=True, tag=True):
    """A label was judged; `kept` when the verdict comes from the store and cost nothing now."""

    neuron_id: int
    layer: str
    neuron: int
    label: str
    verdict: Verdict | None  # None: there is no evidence
    sentence: str  # the verdict with what decided it, or why there is none
    kept: bool


class Checking(msgspec.Struct, frozen=True, tag=True):
    """Neurons done so far by a causal check or an ablation."""

    done: int
    total: int


class Checked(msgspec.Struct, frozen=True, tag=True):
    """A neuron went through a causal check or an ablation; `kept` when that comes from the store and cost nothing now."""

    neuron_id: int
    layer: str
    neuron: int
    label: str  # empty where it has none
    sentence: str  # what was found, or why nothing was
    kept: bool
    failed: bool = False


class Pictured(msgspec.Struct, frozen=True, tag=True):
    """The pictures of the concept that a step has just scored; the worker tells the newest, at most twice a second."""

    layer: str
    neuron: int
    concept: str
    pictures: tuple[str, ...]  # SHA-256 of the files, see `Desk.object_path`


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The worker's last line: what its job is now, and why. A job that could not begin is what it was before."""

    state: JobState
    reason: str = ""  # one sentence, empty where nothing went wrong


JobEvent = (
    Stage
    | Note
    | SurveyProgress
    | Surveyed
    | Planned
    | RunStarted
    | NeuronEvent
    | Cost
    | Verifying
    | Verified
    | Checking
    | Checked
    | Pictured
    | Ended
    | Progress
)

_READER = msgspec.json.Decoder(JobEvent)


def to_line(event: JobEvent) -> bytes:
    """An event as the worker prints it: one line of JSON."""
    return msgspec.json.encode(event) + b"\n"


def from_line(line: bytes) -> JobEvent:
    """The event of a worker's line. Raises msgspec.DecodeError for anything else."""
    event: JobEvent = _READER.decode(line)
    return event
