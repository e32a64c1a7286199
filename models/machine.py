"""What this machine and the model files on it are, in frozen values; and the interface of the engine that finds out."""

from pathlib import Path
from typing import Literal, Protocol

import msgspec

from models.types.vision import Trust

LibraryName = Literal["torch", "onnxruntime", "llama.cpp"]
Kind = Literal["language model", "picture model", "vision network", "CLIP", "captioner", "labelled photos"]
FileTrust = Trust | Literal["pictures"]
Fit = Literal["fits", "tight", "does not fit", "unknown"]


class Gpu(msgspec.Struct, frozen=True):
    """An NVIDIA GPU as its driver names it; sizes in bytes."""

    name: str
    driver: str
    total: int
    free: int


class Machine(msgspec.Struct, frozen=True):
    """Sizes in bytes; `reached` is what the connection self-test found: whether a packet could have left."""

    cores: int
    memory: int
    memory_free: int
    gpus: tuple[Gpu, ...]
    reached: bool


class Library(msgspec.Struct, frozen=True):
    """A model library as it answers when it is used; `version` is empty where it cannot be loaded, and `words` say why."""

    version: str
    device: Literal["CPU", "GPU"]
    words: str


class ModelFile(msgspec.Struct, frozen=True):
    """A model on disk, or photos to be used like one, as read without running any of it; sizes in bytes."""

    path: str
    kind: Kind
    trust: FileTrust
    summary: str
    sha256: str  # of a file as sha256sum gives it; of a folder, or ONNX with external data, over its files; of photos over names and sizes
    bytes: int
    needed: int | None  # memory, at least; None where nobody knows before it runs
    fit: Fit


class Probe(Protocol):
    """Asks the machine, one model library at a time, and looks at model files."""

    def machine(self) -> Machine:
        """Cores, memory, GPUs, network."""
        ...

    def library(self, name: LibraryName) -> Library:
        """Load and use a library."""
        ...

    def describe(self, path: Path) -> ModelFile:
        """What a model file or folder is; raises BadFile in one sentence."""
        ...
