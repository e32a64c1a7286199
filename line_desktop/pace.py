"""How far a job is and how long it still takes, from its events alone."""

import time
from collections import deque
from collections.abc import Callable
from statistics import median

from line_desktop.events import Checked, Checking, JobEvent, NeuronEvent, Planned, RunStarted, Stage, SurveyProgress, Verified, Verifying
from line_desktop.methods.asking import Provisional, StepDone
from line_desktop.study import WAVE
from models.types.shared import Progress

START, STEP, LAST = 0, 1, 2  # parts of a neuron's work that cost differently: ten start concepts, one concept, the confirmation
KEPT = 256  # units a rate looks back on


class Rate:
    """Seconds a unit takes: the rolling median of means over a wave, whose units arrive together."""

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float, units: int = 1) -> None:
        """`units` more were done in these seconds."""
        self._gaps.extend([seconds / units] * units)

    def seconds(self, wave: int) -> float | None:
        """Seconds a unit, or None before two were measured."""
        if len(self._gaps) < 2:
            return None
        size = min(wave, len(self._gaps))
        gaps = list(self._gaps)
        return median(sum(gaps[end - size : end]) / size for end in range(size, len(gaps) + 1))


class Pace:
    """A job's progress in units: steps of neurons or, of a survey, photos. What comes from the store counts as done and is not timed."""

    def __init__(self, photos: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """`photos`: the job is a survey."""
        self.done = 0
        self.total = 0  # 0: not known yet
        self._stage = self._detail = ""
        self._photos = photos
        self._clock = clock
        self._mark = clock()
        self._rates = {START: Rate(), STEP: Rate(), LAST: Rate()}
        self._left = {START: 0, STEP: 0, LAST: 0}
        self._neurons = 0
        self._last_step = 0
        self._next: dict[tuple[str, int], int] = {}  # of each neuron under way: the step that comes next

    def see(self, event: JobEvent) -> None:
        """Take in one event."""
        if isinstance(event, Stage):
            self._say(event.text)
        elif isinstance(event, SurveyProgress):
            self._survey(event)
        elif isinstance(event, Planned):
            self._plan(event)
        elif isinstance(event, RunStarted):
            self._say(event.text)
            self._mark = self._clock()
        elif isinstance(event, Progress):
            self._detail = f" · {event.doing}: {event.done} of {event.total} {event.unit}"
        elif isinstance(event, NeuronEvent):
            self._neuron(event)
        elif isinstance(event, Verified | Checked):
            self._verified(event)
        elif isinstance(event, Verifying | Checking):
            self.done, self.total, self._left[STEP] = event.done, event.total, event.total - event.done

    @property
    def text(self) -> str:
        """The stage in words, with how far a call is in the middle of it."""
        return self._stage + self._detail

    def _say(self, stage: str) -> None:
        self._stage, self._detail = stage, ""

    def remaining(self) -> float | None:
        """Seconds the job still needs, or None while nobody can know: before two ordinary units are measured."""
        if not self.total:
            return None
        usual = self._rates[STEP].seconds(min(WAVE, self._neurons or WAVE))
        if usual is None:
            return None
        rates = {part: rate.seconds(min(WAVE, self._neurons or WAVE)) for part, rate in self._rates.items()}
        return sum(left * (usual if (own := rates[part]) is None else own) for part, left in self._left.items())

    def _survey(self, event: SurveyProgress) -> None:
        self._say(f"Surveying photos: {event.done} of {event.total}")
        if not self._photos:
            return
        now = self._clock()
        if self.total and event.done > self.done:  # not the first chunk: the engine was starting
            self._rates[STEP].add(now - self._mark, event.done - self.done)
        self.done, self.total, self._mark = event.done, event.total, now
        self._left[STEP] = event.total - event.done

    def _verified(self, event: Verified | Checked) -> None:
        now = self._clock()
        if not event.kept:
            self._rates[STEP].add(now - self._mark)
        self._detail, self._mark = "", now

    def _plan(self, planned: Planned) -> None:
        self._neurons = sum(map(len, planned.neurons.values()))
        self._last_step = planned.last_step
        self.total = self._neurons * (planned.last_step + 1)
        self._left = {
            START: self._neurons,
            STEP: self._neurons * max(0, planned.last_step - 1),
            LAST: self._neurons * (planned.last_step > 0),
        }

    def _neuron(self, told: NeuronEvent) -> None:
        self._detail = ""
        name = (told.layer, told.neuron)
        now = self._clock()
        if isinstance(told.event, StepDone):
            for step in range(told.event.step - told.event.passed, told.event.step):
                self._pass(self._part(step))
            part = self._part(told.event.step)
            if not told.replayed:
                self._rates[part].add(now - self._mark)
            self._pass(part)
            self._next[name] = told.event.step + 1
        elif not isinstance(told.event, Provisional):
            for step in range(self._next.pop(name, 0), self._last_step + 1):
                self._pass(self._part(step))
        self._mark = now

    def _pass(self, part: int) -> None:
        self.done += 1
        self._left[part] -= 1

    def _part(self, step: int) -> int:
        return START if step == 0 else LAST if step == self._last_step else STEP
