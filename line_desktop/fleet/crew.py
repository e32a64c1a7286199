"""The actors that take part in a job, and how work is shared out among them: each that is free takes the next piece.

A piece is done by one actor. What a lost actor was doing is done again by another; so is what an engine fails on, once, before the
failure is believed: it may be the machine's. So answers depend on the pieces and not on who gave them.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Protocol

from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Note
from line_desktop.fleet.actor import Answer
from line_desktop.isolation import PATIENCE
from models.errors import KINDS, Cancelled, DoesNotFit, EngineFailed, ModelError

POLL_SECONDS = 0.2
TRIES = 2  # of a piece, by different actors, before a failing engine is the piece's fault


class ActorLost(Exception):
    """An actor's process or machine is gone; the text says what is known."""


class NobodyLeft(UserError):
    """No actor takes part any more; the job's work so far is kept."""


class Remote(Protocol):
    """An actor as this process sees it."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def begin(self, what: str, *arguments: Any) -> "Future[Answer]":
        """Begin `Actor.do`."""
        ...

    def take(self, future: "Future[Answer]") -> Answer:
        """The answer of a call that is done. Raises ActorLost."""
        ...

    def stop(self) -> None:
        """`Actor.stop`, without waiting."""
        ...


class Crew:
    """Those who take part; `network` collects how far their engines were from the network."""

    def __init__(self, actors: Sequence[Remote], tell: Callable[[JobEvent], None], stop: Callable[[], bool], network: set[str]) -> None:
        self.actors = list(actors)
        self._tell = tell
        self._stop = stop
        self._network = network
        self._failures: Counter[str] = Counter()  # in a row, of what another actor could do
        self._last = ""  # why the last one left

    def everywhere(
        self, what: str, *arguments: Any, wrong: Callable[[Any], str] = lambda value: "", among: Sequence[Remote] | None = None
    ) -> list[Any]:
        """Have every actor, or those `among` them, do the same; the values in the order of the actors that are left.

        Those that cannot are left out with the reason, as are those with whose value something is `wrong`. Raises NobodyLeft.
        """
        begun = [(actor, actor.begin(what, *arguments)) for actor in (self.actors if among is None else among)]
        values = []
        for actor, future in begun:
            try:
                value = self._value(actor, actor.take(future))
                why = wrong(value)
            except (ModelError, ActorLost) as error:
                why = str(error)
            if why:
                self.leave_out(actor, why)
            else:
                values.append(value)
        self._need_somebody()
        return values

    def leave_out(self, actor: Remote, why: str) -> None:
        """Go on without an actor."""
        if actor not in self.actors:
            return
        self.actors.remove(actor)
        self._last = f"{actor.name} does not take part: {why}"
        self._tell(Note(self._last))

    def share(
        self, engine: str, method: str, pieces: Sequence[Sequence[Any]], done: Callable[[int], None] = lambda number: None
    ) -> list[Any]:
        """Call an engine's method with the arguments of each piece; the values in order. `done` hears the number of each finished one.

        Raises what an engine raised for a piece by two different actors or by the last; Cancelled where it was stopped; NobodyLeft.
        """
        sharing = _Sharing(self, engine, method, pieces, done)
        try:
            return sharing.run()
        except BaseException:
            sharing.abandon()
            raise

    def _value(self, actor: Remote, answer: Answer) -> Any:
        """The value of an answer; raises the error it tells of."""
        for note in answer.notes:
            self._tell(Note(f"{actor.name}: {note}"))
        self._network |= answer.network
        if answer.kind:
            raise KINDS[answer.kind](answer.error)
        return answer.value

    def _lost(self, actor: Remote, why: ActorLost) -> None:
        self.leave_out(actor, f"it was lost ({why}). What it was doing is done again.")
        self._need_somebody()

    def _need_somebody(self) -> None:
        if not self.actors:
            raise NobodyLeft(f"No worker is left. {self._last} Everything done is kept: when Ray runs again, the same command goes on.")

    def _succeeded(self, actor: Remote, failed: set[str]) -> None:
        """Count: an actor whose engine failed again and again on what others could do is left out."""
        self._failures[actor.name] = 0
        for other in [one for one in self.actors if one.name in failed]:
            self._failures[other.name] += 1
            if self._failures[other.name] >= PATIENCE:
                self.leave_out(other, f"its engine failed {PATIENCE} times in a row on what others could do.")


class _Sharing:
    """One call that is shared out."""

    def __init__(self, crew: Crew, engine: str, method: str, pieces: Sequence[Sequence[Any]], done: Callable[[int], None]) -> None:
        self._crew = crew
        self._call = engine, method
        self._pieces = pieces
        self._done = done
        self._waiting = deque(range(len(pieces)))
        self._busy: dict[Future[Answer], tuple[Remote, int]] = {}
        self._failed: dict[int, set[str]] = {number: set() for number in self._waiting}  # the actors whose engine failed on a piece
        self._values: dict[int, Any] = {}

    def run(self) -> list[Any]:
        while len(self._values) < len(self._pieces):
            self._hand_out()
            ready, _ = wait(self._busy, POLL_SECONDS, FIRST_COMPLETED)
            if self._crew._stop():
                raise Cancelled("The call was stopped, as asked.")
            for future in ready:
                self._take(future)
        return [self._values[number] for number in range(len(self._pieces))]

    def abandon(self) -> None:
        """Have all running calls end, and wait for that: an actor does one thing at a time."""
        while self._busy:
            for actor, _ in self._busy.values():
                actor.stop()
            ready, _ = wait(self._busy, POLL_SECONDS, FIRST_COMPLETED)
            for future in ready:
                del self._busy[future]

    def _hand_out(self) -> None:
        """Give every free actor the first piece that its engine has not failed on, or that all who are left have failed on."""
        occupied = {actor.name for actor, _ in self._busy.values()}
        for actor in [one for one in self._crew.actors if one.name not in occupied]:
            number = next((one for one in self._waiting if actor.name not in self._failed[one] or not self._others(one)), None)
            if number is not None:
                self._waiting.remove(number)
                self._busy[actor.begin("call", *self._call, *self._pieces[number])] = actor, number

    def _others(self, number: int) -> list[Remote]:
        """Those who have not failed on a piece."""
        return [one for one in self._crew.actors if one.name not in self._failed[number]]

    def _take(self, future: "Future[Answer]") -> None:
        actor, number = self._busy.pop(future)
        try:
            self._values[number] = self._crew._value(actor, actor.take(future))
        except ActorLost as lost:
            self._waiting.appendleft(number)
            self._crew._lost(actor, lost)
        except (EngineFailed, DoesNotFit):
            self._failed[number].add(actor.name)
            if not self._others(number) or len(self._failed[number]) >= TRIES:
                raise
            self._waiting.appendleft(number)
        else:
            self._crew._succeeded(actor, self._failed[number])
            self._done(number)
