"""The estimate of a run, on another thread, a moment after the last change; memory is asked in a child and only where models changed."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from line_desktop.estimate import Estimate, Memory, estimate, memory
from line_desktop.foreseen import Foreseen, Known, foresee
from line_desktop.label_job import LabelJob
from line_desktop.store.desk import Desk
from line_desktop.survey import ProbeFolder
from models.types.vision import Checkpoint
from ui.background import Task

WAIT_MS: Final = 300


class Question(NamedTuple):
    """What is to be estimated."""

    job: LabelJob
    checkpoint: Checkpoint
    photos: ProbeFolder
    folder: Path

    @property
    def models(self) -> tuple[Any, ...]:
        """What the memory depends on."""
        job = self.job
        pictures = job.pictures, job.confirm_pictures
        return (self.checkpoint.sha256, job.overrides, job.llm, *pictures, job.clip, job.captioner, job.profile, self.folder)


class Estimator(QObject):
    """The latest question is answered; answers to earlier ones do not come."""

    estimated = Signal(object)  # Estimate
    weighed = Signal(object)  # Memory
    failed = Signal(str)  # why there is no estimate, one sentence
    foreseen = Signal(object)  # Foreseen, or None where there is no survey yet
    unweighed = Signal(str)  # why the memory is not known: something fits nowhere, or cannot be read

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._weighed: tuple[Any, ...] = ()
        self._doubts: Known = {}
        self._tasks: dict[str, Task] = {}
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._begin)

    def ask(self, question: Question | None) -> None:
        """Estimate this soon; None: nothing."""
        self._question = question
        self._tasks.clear()
        self._timer.start()

    def forget(self) -> None:
        """Ask for the memory anew next time: other programs have taken or left some."""
        self._weighed = ()

    @Slot()
    def _begin(self) -> None:
        if self._question is None:
            return
        self._run("estimate", partial(_estimate, self._question), self._estimated, self._failed)
        self._run("gate", partial(_foresee, self._question, self._doubts), self._foreseen, self._unforeseen)
        if self._question.models != self._weighed:
            self._run("memory", partial(_memory, self._question), self._took_memory, self._not_weighed)

    def _run(self, name: str, work: Callable[[], object], done: Callable[..., None], failed: Callable[..., None]) -> None:
        task = self._tasks[name] = Task(work, self)
        task.done.connect(done)
        task.failed.connect(failed)
        task.start()

    def _wanted(self) -> bool:
        """Whether the answer that has just come is one to the latest question."""
        self.sender().deleteLater()
        return self.sender() in self._tasks.values()

    @Slot(object)
    def _estimated(self, found: Estimate) -> None:
        if self._wanted():
            self.estimated.emit(found)

    @Slot(object)
    def _took_memory(self, found: Memory) -> None:
        if self._wanted() and self._question is not None:
            self._weighed = self._question.models
            self.weighed.emit(found)

    @Slot(object)
    def _foreseen(self, found: Foreseen | None) -> None:
        if self._wanted():
            self.foreseen.emit(found)

    @Slot(str)
    def _unforeseen(self, reason: str) -> None:
        """The estimate has failed for the same reason, and says it."""
        if self._wanted():
            self.foreseen.emit(None)

    @Slot(str)
    def _failed(self, reason: str) -> None:
        if self._wanted():
            self.failed.emit(reason)

    @Slot(str)
    def _not_weighed(self, reason: str) -> None:
        if self._wanted():
            self.unweighed.emit(reason)


def _with_desk(question: Question, work: Callable[[Desk | None], Any]) -> Any:
    """A desk belongs to the thread that opened it, so this one has its own."""
    if not (question.folder / "line.db").is_file():
        return work(None)
    with closing(Desk.open(question.folder)) as desk:
        return work(desk)


def _estimate(asked: Question) -> Estimate:
    found: Estimate = _with_desk(asked, lambda desk: estimate(desk, asked.job, asked.checkpoint, asked.photos, asked.folder))
    return found


def _foresee(asked: Question, known: Known) -> Foreseen | None:
    found: Foreseen | None = _with_desk(asked, lambda desk: desk and foresee(desk, asked.job, asked.checkpoint, asked.photos, known))
    return found


def _memory(asked: Question) -> Memory:
    found: Memory = _with_desk(asked, lambda desk: memory(desk, asked.job, asked.checkpoint))
    return found
