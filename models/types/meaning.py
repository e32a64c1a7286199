"""What photos and names mean: the interfaces of models that embed them (CLIP, sentence models) and of those that describe photos."""

from pathlib import Path
from typing import Protocol

import msgspec

from models.types.shared import FloatArray
from models.types.vision import Preprocess, Rectangle


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
