"""A checkpoint of a vision network: what it is, how it is fed, what it answers; the interfaces of who reads, runs, maps and ablates it."""

from pathlib import Path
from typing import Literal, Protocol

import msgspec

from models.types.shared import FloatArray

Trust = Literal["safetensors", "onnx", "torch-weights", "gguf", "runs-code"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Role = Literal["pooled", "block", "head", "inside"]
CheckpointFormat = Literal["onnx", "huggingface", "timm", "state-dict", "torchscript", "torch-export"]


class Preprocess(msgspec.Struct, frozen=True):
    """How a picture becomes the network's input.

    The shorter side is resized to `resize` pixels and the centre (`height`, `width`) cut out; with `resize` None the
    picture is stretched to (`height`, `width`). Values are scaled to 0..1, then (value - mean) / std for each channel.
    """

    height: int
    width: int
    resize: int | None
    interpolation: Interpolation
    mean: tuple[float, ...]
    std: tuple[float, ...]
    origin: Literal["file", "assumed", "user"]

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""
        return len(self.mean)


class Layer(msgspec.Struct, frozen=True):
    """One tappable output of a checkpoint; `width` is its number of neurons."""

    name: str  # the module's name where the file has one, else the ONNX value's
    kind: str  # operator or module class, such as "Conv" or "ResNetStage"
    width: int
    shape: tuple[int | None, ...]  # of the raw output, batch first, None where it varies
    tensor: str  # the ONNX value that is tapped
    pooling: Literal["mean", "class-token", "token-mean", "none"]  # METHOD section 1
    role: Role = "inside"  # the final features, a block's output, what the network answers; or anything inside a block


class ReadAs(msgspec.Struct, frozen=True):
    """The user's word on what a checkpoint cannot say itself."""

    architecture: str = ""  # of a file that holds weights only, such as "resnet50", "timm:resnet50" or "torchvision:resnet50"
    size: int | None = None  # pixels a side that a network is exported for; None: its own
    trusted: str = ""  # SHA-256 of a program that may run its code


AS_IT_IS = ReadAs()


class Checkpoint(msgspec.Struct, frozen=True):
    """What a file or folder is, as read without running any of it."""

    path: str
    format: CheckpointFormat
    trust: Trust
    summary: str  # one plain sentence: what this is
    architecture: str
    sha256: str
    bytes: int
    preprocess: Preprocess
    class_names: tuple[str, ...]  # empty where the file names none
    layers: tuple[Layer, ...]


class Activations(msgspec.Struct, frozen=True):
    """`values[layer]`: float32 (pictures, neurons); rows of unreadable pictures are NaN and named in `unreadable`."""

    values: dict[str, FloatArray]
    unreadable: dict[int, str]  # row -> reason


Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


class ActivationMap(msgspec.Struct, frozen=True):
    """Where in a photo one neuron fires."""

    values: FloatArray  # (rows, columns), the layer's raw output
    seen: Rectangle  # the part of the photo that `values` cover, in shares of it; beyond 0..1 the network sees a black margin
    size: tuple[int, int]  # width and height of the upright photo, pixels


class Answers(msgspec.Struct, frozen=True):
    """What a network answers whole and with single neurons set to zero.

    `values`: float32 (1 + neurons, photos, answers), the whole network first; rows of unreadable photos are NaN and named in `unreadable`.
    """

    values: FloatArray
    unreadable: dict[int, str]  # row -> reason


class Ablator(Protocol):
    """A vision network of which single neurons of one layer can be set to zero."""

    def answers(self, files: list[Path], neurons: list[int]) -> Answers:
        """What the network answers to picture files, whole and without each neuron alone."""
        ...

    def device(self) -> str:
        """The device that really runs, such as "CPU" or "CUDA"."""
        ...


class Target(Protocol):
    """A vision network whose layers are tapped."""

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        """Activations of all neurons of each named layer, for encoded pictures."""
        ...

    def activations_of_files(self, files: list[Path], layers: list[str]) -> Activations:
        """The same for picture files, by their absolute paths."""
        ...

    def device(self) -> str:
        """The device that really runs, such as "CPU" or "CUDA"."""
        ...


class Mapper(Protocol):
    """A layer of a vision network whose activation maps can be seen."""

    def map_of(self, file: Path, neuron: int) -> ActivationMap:
        """The map of one neuron on a picture file."""
        ...


class Importer(Protocol):
    """Reads foreign checkpoints."""

    def inspect(self, path: Path, how: ReadAs = AS_IT_IS) -> Checkpoint:
        """What the file or folder is; raises BadFile in one sentence if it cannot be used."""
        ...

    def fingerprint(self, path: Path, how: ReadAs = AS_IT_IS) -> str:
        """A SHA-256 that stands for everything `convert` depends on: the files, and what of `how` concerns them; raises BadFile."""
        ...

    def convert(self, path: Path, folder: Path, how: ReadAs = AS_IT_IS) -> Checkpoint:
        """Write `folder`/model.onnx, checked against the original, and describe it; its layers can be tapped."""
        ...
