"""Plays a method to its end: every request is answered by a function, every event is kept."""

from collections.abc import Callable

from line_desktop.methods.asking import Answer, Event, Method, Request


def asks_nothing(request: Request) -> Answer:
    raise AssertionError(f"asked for {request}")


def play(method: Method, respond: Callable[[Request], Answer] = asks_nothing) -> list[Event]:
    """The events of a method, in order."""
    events: list[Event] = []
    try:
        said = next(method)
        while True:
            if isinstance(said, Event):
                events.append(said)
                said = method.send(None)
            else:
                said = method.send(respond(said))
    except StopIteration:
        return events
