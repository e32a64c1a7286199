"""One child process per engine: a bad file, a hang or an out-of-memory kills the child and not the work.

Parent and child exchange frames (`models.frames`) over the child's standard input and output. `connect` gives an object with the
methods of an interface from `models.types`, answered by the child; errors of the user's world come back as themselves. While a call
runs the child may say how far it is (`models.progress`), and the caller may ask it to stop: a frame without content.
"""

import atexit
import contextlib
import errno
import importlib
import inspect
import math
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar, get_type_hints

import msgspec

from models import errors, offline, progress
from models.frames import as_is, decode, read_frame, write_body, write_frame
from models.types.shared import Progress

ENGINES = {
    "importer": "models.vision.importer:CheckpointImporter",
    "vision": "models.vision.session:OnnxTarget",
    "decoder": "models.vision.decoder:Decoder",
    "maps": "models.vision.maps:OnnxMaps",
    "planted": "models.vision.planted:Planter",
    "vision-levers": "models.vision.levers:VisionLevers",
    "language": "models.language.engine:LlamaProposer",
    "language-anew": "models.language.levers:ForgetfulProposer",
    "language-levers": "models.language.levers:LanguageLevers",
    "ablation": "models.vision.ablation:OnnxAblator",
    "clip-importer": "models.clip.importer:ClipFolderImporter",
    "clip": "models.clip.embedder:OnnxEmbedder",
    "sentence-importer": "models.sentences.importer:SentenceFolderImporter",
    "sentences": "models.sentences.embedder:OnnxSentences",
    "captioner": "models.captions.captioner:TorchCaptioner",
    "pictures": "models.pictures:open_source",
    "editor": "models.pictures.editing:open_editor",
    "probe": "models.probe:MachineProbe",
    "needs": "models.needs:ModelNeeds",
}
ENVIRONMENT = {"GGML_NO_BACKTRACE": "1"}  # else llama.cpp calls a debugger as it ends, whose words hide its own
START_SECONDS = 120.0
CALL_SECONDS = 900.0
STOP_SECONDS = 20.0  # that a child has for ending a call in good order
TERMINATE_SECONDS = 2.0
POLL_SECONDS = 0.1
STOP = b""  # the frame that asks a child to end its call

T = TypeVar("T")


def unheard(progress: Progress) -> None:
    """Nobody listens."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


def connect(
    interface: type[T],
    engine: str,
    *arguments: Any,
    timeout: float = CALL_SECONDS,
    hear: Callable[[Progress], None] = unheard,
    stop: Callable[[], bool] = never,
    environment: Mapping[str, str] = types.MappingProxyType({}),
) -> tuple[T, "Child"]:
    """Start `engine` with `arguments` in a child; returns its methods as an `interface`, and the child to close.

    `hear` is called with what the child says while a call runs. Every call raises the ModelError the child raised; Cancelled soon
    after `stop()` says so; EngineFailed when the child died, said nothing for `timeout` seconds, or answered something else.
    """
    child = Child(engine, arguments, timeout, hear, stop, environment)
    methods = {}
    for name, method in inspect.getmembers(interface, inspect.isfunction):
        if not name.startswith("_"):
            methods[name] = child.method(name, get_type_hints(method)["return"])
    return types.SimpleNamespace(**methods), child  # type: ignore[return-value]  # a Protocol is met by its attributes


class Child:
    """An engine's process."""

    def __init__(
        self,
        engine: str,
        arguments: tuple[Any, ...],
        timeout: float,
        hear: Callable[[Progress], None],
        stop: Callable[[], bool],
        environment: Mapping[str, str],
    ) -> None:
        self.engine = engine
        self.timeout = timeout
        self._hear = hear
        self._stop = stop
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the child
        self._scratch = tempfile.TemporaryDirectory(prefix="line-desktop-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "models.host", engine, self._scratch.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={
                **os.environ,
                **environment,
                **offline.SWITCHES,
                **ENVIRONMENT,
                **_scratch_names(self._scratch.name),
                "PYTHONPATH": _import_path(),
            },
            start_new_session=True,  # Ctrl+C belongs to the parent, which finishes the step
        )
        self._replies: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        atexit.register(self.close)
        with contextlib.ExitStack() as undo:
            undo.callback(self.close)
            self.network, self.reached = self._begun(list(arguments))
            undo.pop_all()

    @property
    def pid(self) -> int:
        """The process number of the child."""
        return self._process.pid

    def _begun(self, arguments: list[Any]) -> tuple[offline.Level, bool]:
        """Build the engine; how far the child is from the network, and whether a packet could have left it."""
        begun: tuple[offline.Level, bool] = self._ask("", arguments, tuple[offline.Level, bool], START_SECONDS)
        return begun

    def method(self, name: str, returns: Any) -> Callable[..., Any]:
        """The child's method `name` as a function of this process."""

        def call(*arguments: Any) -> Any:
            return self._ask(name, list(arguments), returns, self.timeout)

        return call

    def close(self) -> None:
        """End the child; what it held in memory, on the GPU too, is free afterwards, and its temporary files are gone."""
        atexit.unregister(self.close)
        self._process.kill()
        self._process.wait()
        self._scratch.cleanup()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                _close_quietly(pipe)
        if not self._log.closed:
            self._log.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while (frame := read_frame(self._process.stdout)) is not None:
            self._replies.put(frame)
        self._replies.put(None)

    def _ask(self, name: str, arguments: list[Any], returns: Any, timeout: float) -> Any:
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, [name, arguments])
            answer = self._answer(timeout)
        except (BrokenPipeError, ValueError):
            answer = None
        except queue.Empty:
            self.close()
            raise errors.EngineFailed(
                f"The {self.engine} engine gave no answer within {timeout:.0f} s and was ended; try a smaller file or batch."
            ) from None
        if answer is None:
            raise self._death()
        kind, value = answer
        if kind == "ok":
            return self._converted(value, returns)
        if kind in errors.KINDS:
            raise errors.KINDS[kind](value)
        raise RuntimeError(f"{self.engine} engine: {value}")

    def _answer(self, timeout: float) -> tuple[str, Any] | None:
        """The answer to a call, or None if the child died. What the child says before it is heard, and gives it time again.

        Raises queue.Empty after `timeout` seconds of silence, Cancelled if it was asked to stop and did not in time.
        """
        silent, patient = time.monotonic() + timeout, math.inf
        while (now := time.monotonic()) < silent:
            if now > patient:
                self._terminate()
                raise errors.Cancelled(f"The {self.engine} engine was ended, as asked.")
            if patient == math.inf and self._stop():
                assert self._process.stdin is not None
                write_body(self._process.stdin, STOP)
                patient = now + STOP_SECONDS
            try:
                frame = self._replies.get(timeout=min(POLL_SECONDS, silent - now))
            except queue.Empty:
                continue
            if frame is None:
                return None
            kind, value = decode(frame)
            if kind != "progress":
                return kind, value
            self._hear(self._converted(value, Progress))
            silent = time.monotonic() + timeout
        raise queue.Empty

    def _converted(self, value: Any, returns: Any) -> Any:
        try:
            return msgspec.convert(value, returns, dec_hook=as_is)
        except (msgspec.ValidationError, TypeError) as error:
            raise errors.EngineFailed(f"The {self.engine} engine answered something else than was asked ({error}).") from error

    def _terminate(self) -> None:
        """End a child that does not stop by itself: first it is told to, then it is killed."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(TERMINATE_SECONDS)
        self.close()

    def _death(self) -> errors.EngineFailed:
        code = self._process.wait()
        why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        if code == -9:
            why += ", as when memory runs out"
        lines = [] if self._log.closed else self._words()
        last = f" Its last words: {lines[-1][:300]}" if lines else ""
        return errors.EngineFailed(f"The {self.engine} engine's process ended ({why}).{last}")

    def _words(self) -> list[str]:
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip().splitlines()


def serve(engine: str, scratch: Path) -> None:
    """The child's side: build the engine from the first frame, then answer calls until the parent hangs up.

    `scratch` is the folder of this child's temporary files; a parent that was killed cannot clear it away.
    """
    offline.set_switches()
    network = offline.leave_network()
    _die_first()
    requests, replies = _own_the_pipes()
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests, frames, scratch), daemon=True).start()
    progress.listen(lambda said: write_frame(replies, ["progress", said]))
    target: Any = None
    while True:
        name, arguments = decode(frames.get())
        try:
            if target is None:
                target = _call(_load(engine), arguments)
                value: Any = [network, offline.can_reach_network()]
            else:
                value = _call(getattr(target, name), arguments)
            reply = ["ok", value]
        except BaseException as error:  # noqa: BLE001  # a child's top level; some libraries raise outside Exception
            reply = _failure(engine, error)
        write_frame(replies, reply)


def _failure(engine: str, error: BaseException) -> list[str]:
    """What an error is called on its way to the parent, and its text."""
    if isinstance(error, errors.ModelError):
        return [type(error).__name__, str(error)]
    if isinstance(error, MemoryError):
        return [errors.DoesNotFit.__name__, f"The {engine} engine ran out of memory; close other programs or take a smaller model."]
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return [errors.DoesNotFit.__name__, f"The disk is full for what the {engine} engine writes; free some space, then go on."]
    return ["bug", traceback.format_exc()]


def _receive(requests: IO[bytes], frames: "queue.SimpleQueue[bytes]", scratch: Path) -> None:
    """Read calls until the parent hangs up or is killed; then end the process at once, also in the middle of a call."""
    while (frame := read_frame(requests)) is not None:
        if frame == STOP:
            progress.stop()
        else:
            progress.begin()  # here, where the frames come in order: a wish to stop may follow at once
            frames.put(frame)
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def _load(engine: str) -> Callable[..., Any]:
    module, _, name = ENGINES[engine].partition(":")
    factory: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return factory


def _call(function: Callable[..., Any], arguments: list[Any]) -> Any:
    """Call with arguments converted to what the function's annotations say."""
    hints = get_type_hints(function.__init__ if inspect.isclass(function) else function)
    names = inspect.signature(function).parameters
    return function(*(msgspec.convert(value, hints[name], dec_hook=as_is) for name, value in zip(names, arguments, strict=False)))


def _own_the_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the pipes for frames; whatever a library prints goes to the log."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return requests, replies


def _die_first() -> None:
    """Where memory runs out, Linux is to end this process rather than the job's or the window's."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _scratch_names(folder: str) -> dict[str, str]:
    """The variables that tell a process where its temporary files belong: a child that is killed cannot clear them away itself."""
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)


def _import_path() -> str:
    """This project, and the absolute folders of the parent's path: with -P nothing is ever imported from the folder a user stands in."""
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join([str(Path(__file__).resolve().parent.parent), *filter(os.path.isabs, inherited)])


def _close_quietly(pipe: Any) -> None:
    with contextlib.suppress(BrokenPipeError):  # the child is gone, and with it whatever was still unsent
        pipe.close()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
