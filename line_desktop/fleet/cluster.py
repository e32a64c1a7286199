"""Ray: the connection, one actor for each GPU or share of a machine, and what Ray does on the network that nobody asked for, turned off.

Ray is imported when it is asked for, and only here. It starts programs on all its machines for whoever reaches it, so it
belongs on a network of people who trust each other; docs/many-machines.md says how it is started and what its token keeps off.
"""

import contextlib
import importlib
import os
import re
import secrets
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self

from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Note
from line_desktop.fleet.actor import SECRETS, Actor, Answer
from line_desktop.fleet.crew import ActorLost

MODE = "RAY_AUTH_MODE"
ROOM = "line-desktop"  # the resource by which a machine without GPU says how many workers it has room for
WORKERS = 2  # of a private cluster, unless told
STORE_BYTES = 256 << 20  # for what travels, in a private cluster
START_SECONDS = 120.0
REACH_SECONDS = 5.0
STOP_SECONDS = 10.0
SWITCHES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # and no warning about it
}
TOKEN = secrets.token_hex(32)  # of private clusters; Ray reads it once in the life of a process
QUIET = {
    # Seen on 2.60.0: also without usage reports its head asks cloud providers' metadata servers what machine this is.
    "http_proxy": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "no_proxy": "",
    "NO_PROXY": "",
}
HOW = 'start it on every machine with "ray start", see docs/many-machines.md'


class RayActor:
    """Implements crew.Remote."""

    def __init__(self, name: str, handle: Any, lost: type[Exception], bug: type[Exception]) -> None:
        self.name = name
        self.handle = handle
        self._lost = lost
        self._bug = bug

    def begin(self, what: str, *arguments: Any) -> "Future[Answer]":
        """Begin `Actor.do`."""
        future: Future[Answer] = self.handle.do.remote(what, *arguments).future()
        return future

    def take(self, future: "Future[Answer]") -> Answer:
        """The answer; raises ActorLost where Ray says that process or machine is gone."""
        try:
            return future.result()
        except self._lost as error:
            if isinstance(error, self._bug):  # raised by our own code
                raise
            raise ActorLost(reason(error)) from error

    def stop(self) -> None:
        """Ask the running call to end."""
        self.handle.stop.remote()


class Cluster:
    """A context: Ray and its actors, which end on leaving."""

    def __init__(self, address: str) -> None:
        """`address`: "local" or "local:3" for a private one on this machine, "auto", or HOST:PORT. Raises UserError for anything else."""
        self._address = address
        self._private = private_workers(address)
        if self._private is None and address != "auto":
            host_and_port(address)
        self._ray: Any = None
        self._actors: list[RayActor] = []
        self._ending = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as ending:
            with own_sigterm(), contextlib.chdir(Path(__file__).parents[2]):  # Ray puts the current folder on its workers' import path
                if self._private:
                    self._start(self._private, ending)
                else:
                    self._join(ending)
            self._ending = ending.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        with own_sigterm():
            self._ending.close()

    def share(self, value: Any) -> Any:
        """A value that is sent to each machine once."""
        return self._ray.put(value)

    def hire(self, memory: int | None, try_anyway: bool, tell: Callable[[JobEvent], None]) -> list[RayActor]:
        """An actor for each GPU; on a machine without one as many as its `line-desktop` resource says, or one.

        Those that do not begin within START_SECONDS are left out.
        """
        affinity = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
        kind = self._ray.remote(max_restarts=0, max_task_retries=0, max_concurrency=2)(Actor)
        asked = []
        for node in sorted(self._ray.nodes(), key=lambda node: (-node["Resources"].get("GPU", 0), node["NodeManagerAddress"])):
            gpus, count = places(node["Resources"]) if node["Alive"] else (False, 0)
            for number in range(count):
                placed = kind.options(num_cpus=0, num_gpus=int(gpus), scheduling_strategy=affinity(node["NodeID"], soft=False))
                share = (0, 1) if gpus else (number, count)
                handle = placed.remote(*share, memory, try_anyway)
                name = node["NodeManagerAddress"] + (f" ({number + 1} of {count})" if count > 1 else "")
                asked.append(RayActor(name, handle, self._ray.exceptions.RayError, self._ray.exceptions.RayTaskError))
        return self._begun(asked, tell)

    def _begun(self, asked: list[RayActor], tell: Callable[[JobEvent], None]) -> list[RayActor]:
        self._actors = asked
        greeted = {actor.handle.stop.remote(): actor for actor in asked}
        ready, late = self._ray.wait(list(greeted), num_returns=len(greeted), timeout=START_SECONDS) if greeted else ([], [])
        for one in late:
            self._ray.kill(greeted[one].handle)
            tell(Note(f"{greeted[one].name} does not take part: no worker began there within {START_SECONDS:.0f} s."))
        return [greeted[one] for one in ready]

    def _start(self, workers: int, ending: contextlib.ExitStack) -> None:
        """A private cluster that listens on this machine's loopback only, its token known to nobody else."""
        place = "/tmp" if os.path.isdir("/tmp") else None  # the paths of sockets are short
        folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="ray-", dir=place, ignore_cleanup_errors=True))
        with environment(SWITCHES | QUIET | {MODE: "token", "RAY_AUTH_TOKEN": TOKEN}):
            self._load(ending)
            with replaced("ray._private.services", "resolve_ip_for_localhost", as_it_is):
                self._ray.init(
                    address="local", num_cpus=workers, num_gpus=0, resources={ROOM: workers}, object_store_memory=STORE_BYTES,
                    include_dashboard=False, log_to_driver=False, configure_logging=False, _node_ip_address="127.0.0.1", _temp_dir=folder,
                )  # fmt: skip

    def _join(self, ending: contextlib.ExitStack) -> None:
        if self._address != "auto":
            can_be_reached(self._address)
        self._load(ending)
        try:
            self._ray.init(address=self._address, log_to_driver=False, configure_logging=False)
        except (ConnectionError, RuntimeError, ValueError, self._ray.exceptions.RayError) as error:
            raise UserError(f"Ray could not be joined ({self._address}): {reason(error)}; {HOW}.") from error

    def _load(self, ending: contextlib.ExitStack) -> None:
        """Import Ray, and make sure that it ends."""
        self._ray = the_ray()
        ending.enter_context(replaced("ray._private.worker", "print_to_stdstream", unheard))
        ending.callback(self._ray.shutdown)
        ending.callback(self._dismiss)

    def _dismiss(self) -> None:
        """End all actors, in good order if they can."""
        closing = [actor.handle.close.remote() for actor in self._actors]
        if closing:
            self._ray.wait(closing, num_returns=len(closing), timeout=STOP_SECONDS)
        for actor in self._actors:
            self._ray.kill(actor.handle)

    @property
    def is_open(self) -> bool:
        """Whether it starts programs for everybody who reaches it."""
        return not self._private and os.environ.get(MODE) != "token"


def the_ray() -> Any:
    """The library, its switches set before it is imported. Raises UserError where it is not installed."""
    os.environ.update({name: value for name, value in SWITCHES.items() if name not in os.environ})
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if has_token():
        os.environ.setdefault(MODE, "token")  # Ray takes a token by itself only where it finds a cluster by itself
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise UserError("--ray needs Ray, which is not installed: pip install 'line-desktop[ray]'.") from error
    if ray.is_initialized():
        raise UserError("This process uses Ray already; end that with ray.shutdown() first.")
    return ray


def has_token() -> bool:
    """Whether this machine has a token for a cluster."""
    return any(os.environ.get(name) for name in SECRETS) or Path("~/.ray/auth_token").expanduser().is_file()


def private_workers(address: str) -> int | None:
    """How many workers "local" or "local:3" asks for; None where it is another address."""
    found = re.fullmatch(r"local(?::([1-9]\d?))?", address)
    return int(found[1] or WORKERS) if found else None


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of HOST:PORT. Raises UserError for anything else."""
    found = re.fullmatch(r"(?!local:)([\w.\-]+|\[[\da-fA-F:]+\]):([1-9]\d{0,4})", address)
    if not found:
        raise UserError(f"--ray takes HOST:PORT, auto, local or local:3, got '{address}'.")
    return found[1].strip("[]"), int(found[2])


def can_be_reached(address: str) -> None:
    """Ray itself would try for minutes and then end the process. Raises UserError where nothing listens."""
    try:
        socket.create_connection(host_and_port(address), REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"No Ray answers at {address} ({error}); {HOW}.") from error


def places(resources: Mapping[str, float]) -> tuple[bool, int]:
    """Whether a machine has GPUs, and how many actors it has room for; none where Ray was told that it has neither GPU nor CPU."""
    gpus = int(resources.get("GPU", 0))
    if gpus:
        return True, gpus
    return False, int(resources.get(ROOM, 1)) if resources.get("CPU") else 0


def reason(error: BaseException) -> str:
    """What a message of Ray says, as part of a sentence: the first of its lines, or the last where they end in a traceback's error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1 if "creation task" in lines[0] else 0].rstrip(".")[:200]


@contextlib.contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def replaced(module: str, name: str, by: Callable[..., Any]) -> Iterator[None]:
    """A function inside Ray that has no switch, replaced meanwhile."""
    inside: Any = importlib.import_module(module)
    before = getattr(inside, name)
    setattr(inside, name, by)
    try:
        yield
    finally:
        setattr(inside, name, before)


def as_it_is(host: str) -> str:
    """In place of what turns 127.0.0.1 into this machine's address in the network, where Ray would then listen."""
    return host


def unheard(data: object, ignore_prefix: bool) -> None:
    """In place of what prints Ray's errors to standard output, which belongs to our documents and events; losses are told as notes."""


@contextlib.contextmanager
def own_sigterm() -> Iterator[None]:
    """Ray takes SIGTERM for itself; it is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
