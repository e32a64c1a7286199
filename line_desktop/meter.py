"""What a job really took, measured while it runs: the truth beside the estimate, and the rates of the next one."""

import time
from collections.abc import Callable

import msgspec

from line_desktop.events import Cost, JobEvent, NeuronEvent, Planned, RunStarted, Surveyed, SurveyProgress
from line_desktop.methods.asking import Labelled, NotLabelled, StepDone
from line_desktop.store.rows import Json, Spent
from line_desktop.store.workspace import Workspace
from line_desktop.tally import Looks


class Measured(msgspec.Struct, frozen=True):
    """What a job took in one go; what it found in the store already is not counted. Times in seconds."""

    seconds: float  # from its start to its end
    opening: float  # of those, before the first neuron, without the survey and what a CLIP looked at
    photos: int  # surveyed
    photo_seconds: float
    steps: int  # of neurons, without those of the store
    neurons: int  # that ended now
    proposals: int  # answers of the language model
    proposal_seconds: float
    pictures: int  # drawn
    picture_seconds: float  # drawing, and running the checkpoint on them
    picture_bytes: float  # the mean file
    prompt_tokens: int
    generated_tokens: int
    checkpoint: str  # SHA-256
    device: str  # that really ran
    looks: Looks = Looks()


def together(earlier: Json | None, now: Measured) -> Measured:
    """What a job took in all its goes; `earlier` is a Measured as JSON."""
    if earlier is None:
        return now
    before = msgspec.convert(earlier, Measured)
    sums = {name: value + getattr(before, name) for name, value in msgspec.structs.asdict(now).items() if not isinstance(value, str)}
    return msgspec.structs.replace(now, **sums | {"picture_bytes": now.picture_bytes})


class Meter:
    """Watches the events of one job."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._workspace = workspace
        self._clock = clock
        self._began = clock()
        self._before = workspace.last_written()
        self._first_photos: tuple[float, int] | None = None
        self._photos, self._photo_seconds, self._opening = 0, 0.0, 0.0
        self._steps = self._neurons = 0
        self._checkpoint = self._device = ""
        self._cost = Cost(0, 0, 0, 0, 0, False)

    def see(self, event: JobEvent) -> None:
        """Take in one event."""
        now = self._clock()
        if isinstance(event, SurveyProgress):
            self._first_photos = self._first_photos or (now, event.done)
            self._photo_seconds, self._photos = now - self._first_photos[0], event.done - self._first_photos[1]
        elif isinstance(event, Surveyed):
            layer = self._workspace.layer(self._workspace.survey(min(event.surveys.values())).layer_id)
            self._checkpoint = self._workspace.target(layer.target_id).sha256
        elif isinstance(event, Planned):
            self._opening = now - self._began - self._photo_seconds - event.looked
        elif isinstance(event, RunStarted):
            self._device = self._workspace.sessions(event.run_id)[-1].device
        elif isinstance(event, NeuronEvent) and not event.replayed:
            self._steps += isinstance(event.event, StepDone)
            self._neurons += isinstance(event.event, Labelled | NotLabelled)
        elif isinstance(event, Cost):
            self._cost = event

    def measured(self) -> Measured:
        """What the job took so far."""
        spent: Spent = self._workspace.spent_since(self._before)
        cost = self._cost
        return Measured(
            self._clock() - self._began, self._opening, self._photos, self._photo_seconds, self._steps, self._neurons,
            spent.proposals, spent.proposal_seconds, cost.pictures_drawn, spent.picture_seconds, spent.picture_bytes,
            cost.prompt_tokens, cost.generated_tokens, self._checkpoint, self._device, cost.looks,
        )  # fmt: skip
