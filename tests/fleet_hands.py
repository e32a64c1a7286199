"""Actors without Ray: each on a thread of this process, so that they work side by side, and can be lost."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from line_desktop.events import JobEvent, Note
from line_desktop.fleet.actor import Answer
from line_desktop.fleet.crew import ActorLost, Crew
from models.errors import ModelError

Work = Callable[..., Any]  # called with what is to be done and its arguments


class Gone(Exception):
    """A process that is no more."""


class Hand:
    """Implements crew.Remote. It is lost in its `dies`-th call and in all after that."""

    def __init__(self, name: str, work: Work, dies: int = 0) -> None:
        self.name = name
        self.calls = 0
        self.stopped, self.lost = threading.Event(), threading.Event()
        self._work = work
        self._dies = dies
        self._thread = ThreadPoolExecutor(1)

    def begin(self, what: str, *arguments: Any) -> "Future[Answer]":
        return self._thread.submit(self._do, what, *arguments)

    def take(self, future: "Future[Answer]") -> Answer:
        try:
            return future.result()
        except Gone as gone:
            raise ActorLost("its process is gone") from gone

    def stop(self) -> None:
        self.stopped.set()

    def _do(self, what: str, *arguments: Any) -> Answer:
        self.calls += 1
        if self._dies and self.calls >= self._dies:
            self.lost.set()
            raise Gone
        try:
            done = self._work(what, *arguments)
            return done if isinstance(done, Answer) else Answer(done)
        except ModelError as error:
            return Answer(None, type(error).__name__, str(error))


class Told(list[JobEvent]):
    """What was said."""

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self if isinstance(event, Note)]


def crew(hands: Sequence[Hand], told: Told | None = None, stop: Callable[[], bool] = lambda: False) -> Crew:
    """A crew of them."""
    return Crew(hands, (Told() if told is None else told).append, stop, set())
