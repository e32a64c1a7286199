"""What an engine says while a call runs, and whether it has been asked to stop; where nobody listens nothing happens.

In a child `models.host` listens: what is said travels to the caller at once, and the caller's wish to stop arrives here.
"""

import threading
from collections.abc import Callable

from models.errors import Cancelled
from models.types.shared import Progress

_listeners: list[Callable[[Progress], None]] = []
_stopping = threading.Event()


def listen(hear: Callable[[Progress], None]) -> None:
    """From now on `hear` is called with everything that is said, in the thread that says it."""
    _listeners.append(hear)


def begin() -> None:
    """A call begins: a wish to stop that came too late for the one before is forgotten."""
    _stopping.clear()


def stop() -> None:
    """The running call is to end at the next thing it says; may be called from any thread."""
    _stopping.set()


def heed() -> None:
    """Raises Cancelled if the caller wants the call to stop."""
    if _stopping.is_set():
        raise Cancelled("The call was stopped, as asked.")


def say(progress: Progress) -> None:
    """Tell the caller how far the call is. Raises Cancelled if the caller wants it to stop."""
    heed()
    for hear in _listeners:
        hear(progress)
