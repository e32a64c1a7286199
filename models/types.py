"""The words models and methods share: frozen values that travel between processes, and the interfaces every engine implements.

Nothing here imports a model library, so the job process and the window may import it.
A picture travels as the bytes of an encoded file (PNG, JPEG or WebP): the bytes that are kept are the bytes that are scored.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

Trust = Literal["safetensors", "onnx", "torch-weights", "gguf", "runs-code"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Profile = Literal["paper", "compact"]
PromptFormat = Literal["llama3", "chatml", "mistral", "gemma", "phi", "phi4", "plain"]
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


class ProposalRequest(msgspec.Struct, frozen=True):
    """One prompt; every seed asks for one independent answer."""

    instructions: str  # constant over a study: evaluated once and reused
    task: str  # what differs from request to request
    profile: Profile
    seeds: tuple[int, ...]


class Proposal(msgspec.Struct, frozen=True):
    """One answer of the language model."""

    concept: str  # empty if nothing usable came
    reasoning: str
    raw: str
    seed: int


class LanguageUsage(msgspec.Struct, frozen=True):
    """Counters of a language engine since it was opened."""

    prompt_tokens: int  # tokens of all prompts as asked
    evaluated_tokens: int  # of those, evaluated rather than reused
    generated_tokens: int


class LanguageInfo(msgspec.Struct, frozen=True):
    """What a GGUF is, as read from its header, and where it runs once it is opened."""

    path: str
    sha256: str
    architecture: str
    name: str
    parameters: int
    quantization: str
    context: int  # tokens
    bytes: int
    format: PromptFormat
    profile: Profile
    layers: int = 0
    on_gpu: int = 0  # of the layers, as llama.cpp says after loading

    @property
    def device(self) -> str:
        """Where it runs, such as "CPU" or "GPU (33 of 33 layers)"."""
        return f"GPU ({self.on_gpu} of {self.layers} layers)" if self.on_gpu else "CPU"


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How far an engine is in the middle of a call."""

    doing: str  # such as 'drawing "red cat"'
    done: int
    total: int
    unit: str  # what is counted, such as "steps"


class PicturePrompt(msgspec.Struct, frozen=True):
    """One picture to draw; angle and lighting are drawn per picture (METHOD section 2)."""

    concept: str
    angle: str
    lighting: str
    seed: int

    @property
    def text(self) -> str:
        """The LINE paper's prompt (appendix D.1)."""
        return f"A realistic photo of a {self.concept}, {self.angle}, {self.lighting}"


class Picture(msgspec.Struct, frozen=True, tag=True):
    """An encoded picture file."""

    data: bytes
    suffix: Literal[".png", ".jpg", ".webp"]


class NoPicture(msgspec.Struct, frozen=True, tag=True):
    """A prompt that a source tried to draw and could not, with the reason in a few words."""

    reason: str


class PictureSettings(msgspec.Struct, frozen=True):
    """Everything besides prompt and seed that decides how a picture looks; part of the concept bank's key."""

    source: str  # "pictograms", "photos", "sdxl"
    version: str  # of the drawing code, or the SHA-256 of the model
    options: dict[str, str]


class EditRequest(msgspec.Struct, frozen=True):
    """A concept to be taken out of one picture: of a drawn one, which its prompt makes again, or of a photo."""

    concept: str
    seed: int
    prompt: PicturePrompt | None = None  # of the drawn picture
    photo: bytes = b""  # the photo's file
    where: ActivationMap | None = None  # where in the photo the neuron fires; None where nobody knows


class Edited(msgspec.Struct, frozen=True, tag=True):
    """A picture, the same without the concept, and as the matched control the same with something else changed."""

    before: Picture
    without: Picture
    control: Picture
    removed: str  # in a few words, such as "red → blue"
    changed: str  # by the control
    parts: dict[str, Picture]  # each part of a concept of several taken out alone, such as "colour"; empty for a concept of one part
    change: tuple[float, float]  # mean change of a pixel's values, 0..255, by the edit and by the control


class PictureSource(Protocol):
    """Draws concepts."""

    def settings(self) -> PictureSettings:
        """What the pictures of this source depend on."""
        ...

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts this source cannot depict, each with the reason in a few words."""
        ...

    def draw(self, prompts: list[PicturePrompt]) -> Sequence[Picture | NoPicture]:
        """One answer for each prompt, in order; the same prompt gives the same bytes, alone or in a batch.

        Raises Cancelled where the caller has asked to stop, and DoesNotFit where the memory does not suffice for one picture.
        """
        ...


class Editor(Protocol):
    """Takes concepts out of pictures."""

    def settings(self) -> PictureSettings:
        """What the edits depend on."""
        ...

    def redraws(self) -> bool:
        """Whether it edits drawn pictures, by their prompts, rather than photos."""
        ...

    def inseparable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts this editor cannot take out of a picture, each with the reason in a few words."""
        ...

    def edit(self, requests: list[EditRequest]) -> Sequence[Edited | NoPicture]:
        """One answer for each request, in order; the same request gives the same bytes."""
        ...


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


class ClipInfo(msgspec.Struct, frozen=True):
    """A network that embeds pictures and texts in one space (CLIP), as it was exported."""

    path: str
    sha256: str  # over its weights, configuration, preprocessing and vocabulary
    name: str
    width: int  # of an embedding
    tokens: int  # of the longest text; what is longer is cut off
    bytes: int  # of the weights
    preprocess: Preprocess


class Embedded(msgspec.Struct, frozen=True):
    """`values`: float32 (pictures, width), rows of unit length; rows of unreadable pictures are NaN and named in `unreadable`."""

    values: FloatArray
    unreadable: dict[int, str]  # row -> reason


class Embedder(Protocol):
    """Embeds pictures and texts in one space: the product of two embeddings is their cosine."""

    def info(self) -> ClipInfo:
        """What was opened."""
        ...

    def embed_texts(self, texts: list[str]) -> FloatArray:
        """float32 (texts, width), rows of unit length. The texts are taken as they are: a prompt around a concept, such as
        "a photo of a cat", is the caller's business.
        """
        ...

    def embed_pictures(self, pictures: list[bytes]) -> Embedded:
        """Embeddings of encoded pictures."""
        ...

    def embed_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Embedded:
        """Embeddings of picture files, by their absolute paths; of each the region in shares of the upright picture, None: all of it."""
        ...


class ClipImporter(Protocol):
    """Reads foreign CLIP folders."""

    def fingerprint(self, path: Path) -> str:
        """A SHA-256 over all files that have a say in the embeddings; raises BadFile in one sentence for a folder that is no CLIP."""
        ...

    def convert(self, path: Path, folder: Path) -> ClipInfo:
        """Write both towers as ONNX into the new `folder`, checked against the original. Raises BadFile, or ModelError."""
        ...


class SentencesInfo(msgspec.Struct, frozen=True):
    """A network that embeds sentences, as it was exported."""

    path: str
    sha256: str  # over its weights, configuration and vocabulary
    name: str
    width: int  # of an embedding
    tokens: int  # of the longest text; what is longer is cut off
    bytes: int  # of the weights


class SentenceEmbedder(Protocol):
    """Embeds sentences: the product of two embeddings is the cosine of their meanings."""

    def info(self) -> SentencesInfo:
        """What was opened."""
        ...

    def embed_texts(self, texts: list[str]) -> FloatArray:
        """float32 (texts, width), rows of unit length."""
        ...


class SentenceImporter(Protocol):
    """Reads foreign folders of sentence models."""

    def fingerprint(self, path: Path) -> str:
        """A SHA-256 over all files that have a say in the embeddings; raises BadFile in one sentence for a folder that is none."""
        ...

    def convert(self, path: Path, folder: Path) -> SentencesInfo:
        """Write it as ONNX into the new `folder`, checked against the original. Raises BadFile, or ModelError."""
        ...


class CaptionerInfo(msgspec.Struct, frozen=True):
    """A network that describes pictures in words, as it was opened."""

    path: str
    sha256: str  # over its weights, configuration, preprocessing and vocabulary
    name: str  # of the folder
    kind: str  # such as "BLIP"
    bytes: int  # of the weights
    device: str  # where it runs, such as "CPU" or "CUDA"


class Captions(msgspec.Struct, frozen=True):
    """A description of each picture, in order, empty where there is none; pictures that could not be read are named."""

    texts: tuple[str, ...]
    unreadable: dict[int, str]  # place in the order -> reason


class Captioner(Protocol):
    """Describes pictures in words."""

    def info(self) -> CaptionerInfo:
        """What was opened."""
        ...

    def describe_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Captions:
        """Descriptions of picture files, by their absolute paths; of each the region in shares of the upright picture, None: all of it.

        Raises Cancelled where the caller has asked to stop, and DoesNotFit where the memory does not suffice for one picture.
        """
        ...


class Proposer(Protocol):
    """A language model."""

    def info(self) -> LanguageInfo:
        """What the opened file is."""
        ...

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """For each request one proposal for each of its seeds, in order."""
        ...

    def usage(self) -> LanguageUsage:
        """Counters since the model was opened."""
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
