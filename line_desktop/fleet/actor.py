"""What a worker of the fleet does on its machine: it opens the job's engines there, in children as always, and passes calls on to them.

Nothing here knows of Ray. One actor has all engines of one GPU, so that one plan shares out its memory, as on one machine.
"""

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from line_desktop import paths
from line_desktop.engines import SHARE, Engines
from line_desktop.events import JobEvent, Note
from line_desktop.versions import versions
from models import embedded, offline
from models.errors import BadFile, ModelError
from models.memory import free_memory
from models.types.language import LanguageInfo, Profile
from models.types.pictures import PictureSettings
from models.types.vision import Layer, Preprocess

MODELS = "LINE_DESKTOP_MODELS"  # the folder of model files on this machine, where they are not at the job's paths
SECRETS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")  # what opens the cluster; engines read foreign files and shall not inherit it


class Answer(msgspec.Struct, frozen=True):
    """What came of a call: its value, or the error's kind and text; and what was said meanwhile."""

    value: Any = None
    kind: str = ""  # of models.errors.KINDS
    error: str = ""
    notes: tuple[str, ...] = ()
    network: frozenset[str] = frozenset()  # how far the engines were from the network, in words


class Actor:
    """The engines of one GPU, or of a share of a machine's cores and memory. Its calls come one at a time, but `stop` at any time."""

    def __init__(self, number: int, beside: int, memory: int | None, try_anyway: bool) -> None:
        """`number` of the `beside` actors that share this machine's cores; `memory`: bytes for this one's engines, None: a fair share."""
        offline.set_switches()
        for name in SECRETS:
            os.environ.pop(name, None)
        self._cores = set(sorted(os.sched_getaffinity(0))[number::beside]) if hasattr(os, "sched_getaffinity") else set()
        if memory is None and beside > 1:
            memory = int(SHARE * free_memory()) // beside
        self._stopping = threading.Event()
        self._notes: list[str] = []
        self._engines = Engines(memory, try_anyway=try_anyway, tell=self._hear, stop=self._stopping.is_set)
        self._opened: dict[str, Any] = {}  # picture sources under what the job opened them as

    def do(self, what: str, *arguments: Any) -> Answer:
        """Call one of the methods below; a problem of the user's world comes back in words."""
        self._stopping.clear()
        if self._cores:
            os.sched_setaffinity(0, self._cores)  # of this thread, and by inheritance of the children it starts
        self._notes.clear()
        try:
            value, kind, error = getattr(self, what)(*arguments), "", ""
        except ModelError as problem:
            value, kind, error = None, type(problem).__name__, str(problem)
        except OSError as problem:
            value, kind, error = None, BadFile.__name__, f"{problem.filename or 'A file'}: {problem.strerror}."
        return Answer(value, kind, error, tuple(self._notes), frozenset(self._engines.network))

    def stop(self) -> None:
        """The running call is to end soon, with Cancelled."""
        self._stopping.set()

    def close(self) -> None:
        """End all engines."""
        self._engines.__exit__()

    def versions(self) -> dict[str, str]:
        """Of the packages results depend on."""
        return versions()

    def pictures(self, source: str) -> PictureSettings:
        """Open a picture source, beside those that are open; its model may lie in this machine's models folder."""
        self._opened[source] = self._engines.pictures(with_paths_of_here(source))
        settings: PictureSettings = self._opened[source].settings()
        return settings

    def proposer(self, model: Path, profile: Profile | None) -> LanguageInfo:
        """Open the language model; it may lie in this machine's models folder."""
        found = path_of_here(model)
        if not found.is_file():
            raise BadFile(f"There is no language model {model}, nor one of that name in the folder that {MODELS} names.")
        self._opened["proposer"] = self._engines.proposer(found, profile)
        info: LanguageInfo = self._opened["proposer"].info()
        return info

    def has_target(self, sha256: str) -> bool:
        """Whether this machine has kept that network, unharmed."""
        folder = target_folder(sha256)
        return folder.is_dir() and digest_of({file.name: file.read_bytes() for file in folder.iterdir()}) == sha256

    def keep_target(self, sha256: str, files: Mapping[str, bytes]) -> None:
        """Keep a network's files, once for all jobs. Each is replaced in one go: another actor of this machine may be reading them."""
        folder, kept = target_folder(sha256), {Path(name).name: content for name, content in files.items()}
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
            for name, content in kept.items():
                part = Path(aside) / name
                part.write_bytes(content)
                part.replace(folder / name)
        for stray in folder.iterdir():
            if stray.name not in kept:
                stray.unlink(missing_ok=True)
        if not self.has_target(sha256):
            raise BadFile(f"The network did not arrive whole in {folder}; free some space there.")

    def target(self, sha256: str, preprocess: Preprocess, layers: list[Layer]) -> str:
        """Open the network that was kept; the device it runs on."""
        self._opened["target"] = self._engines.target(target_folder(sha256) / "model.onnx", preprocess, layers)
        device: str = self._opened["target"].device()
        return device

    def plan(self) -> str:
        """How the memory is shared out, in words."""
        return self._engines.plan()

    def call(self, engine: str, method: str, *arguments: Any) -> Any:
        """Call a method of what was opened: "proposer", "target", or a picture source."""
        return getattr(self._opened[engine], method)(*arguments)

    def _hear(self, event: JobEvent) -> None:
        if isinstance(event, Note):
            self._notes.append(event.text)


def digest_of(files: Mapping[str, bytes]) -> str:
    """A SHA-256 over the names and contents of a network's files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


def target_folder(sha256: str) -> Path:
    """Where this machine keeps a network that was sent to it."""
    return paths.home() / "networks" / sha256


def path_of_here(path: Path) -> Path:
    """The path itself where something is there, else what has its name in this machine's models folder or is the demo's."""
    places = [path, *(Path(folder) / path.name for folder in [os.environ.get(MODELS)] if folder)]
    if path.name == embedded.demo_model_path().name:
        places.append(embedded.demo_model_path())
    return next((place for place in places if place.exists()), path)


def with_paths_of_here(source: str) -> str:
    """A picture source with the paths of "sdxl:PATH,lora=PATH" and "photos:FOLDER" as they are on this machine."""
    kind, colon, argument = source.partition(":")
    place, *options = re.split(r",(?=\s*\w+=)", argument)  # as models.pictures reads it
    pairs = [option.partition("=") for option in options]
    kept = [_found(place), *(f"{key}={_found(value)}" for key, _, value in pairs)]
    return kind + colon + ",".join(kept)


def _found(text: str) -> str:
    return str(path_of_here(Path(text))) if Path(text).is_absolute() else text
