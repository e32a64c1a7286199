"""What a GGUF file is, from its header: our own bounded reader, so that llama.cpp never opens a file we have not understood.

Format: the GGUF specification in ggml's `docs/gguf.md`. Sizes are checked against the file before anything is read or
skipped, arrays are stepped over and never built, and no weight is read. The chat template is never evaluated: it is
only searched for the markers that choose one of our own prompt formats.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from models.errors import BadFile
from models.inspect.digest import remembered_sha256
from models.types.language import LanguageInfo, Profile, PromptFormat

NEWEST_VERSION = 3
MAX_KEYS = 10_000
MAX_TENSORS = 100_000
MAX_NAME_BYTES = 1024
MAX_STRING_BYTES = 1 << 20
MAX_ARRAY = 4_000_000
MAX_BLOCKS = 512
MAX_SIZE = 10_000_000  # of a context, an embedding, a vocabulary: ten times the largest known
COMPACT_BELOW = 1_000_000_000  # parameters (METHOD section 2)

STRING, ARRAY = 8, 9
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

# ggml's tensor types: name, weights in a block, bytes of a block
TENSOR_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1),
    25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
}  # fmt: skip
# general.file_type, where it says more than the tensors do
MIXES = {11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M"}
MARKERS: tuple[tuple[str, PromptFormat], ...] = (
    ("<|start_header_id|>", "llama3"),
    ("<|im_sep|>", "phi4"),  # has <|im_start|> too
    ("<|im_start|>", "chatml"),
    ("[INST]", "mistral"),
    ("<start_of_turn>", "gemma"),
    ("<|assistant|>", "phi"),
)


class Gguf(msgspec.Struct, frozen=True):
    """A GGUF header; lengths in tokens, sizes in bytes."""

    architecture: str
    name: str
    parameters: int
    quantization: str
    context: int
    blocks: int
    embedding: int
    vocabulary: int
    kv_bytes: int  # of the key-value cache, for one token, at 16 bits a value
    format: PromptFormat
    bytes: int


class _Array(NamedTuple):
    """An array that was stepped over; of numbers, the largest is kept."""

    length: int
    largest: float


_Value = str | int | float | bool | _Array


class _Cursor:
    """Reads forward through a file and knows its end."""

    def __init__(self, file: BinaryIO, name: str, size: int) -> None:
        self.file, self.name, self.size, self.position = file, name, size, 0

    def reject(self, reason: str) -> BadFile:
        return BadFile(f"{self.name} is damaged or not a language model: {reason}. Get the file again from its source.")

    def need(self, count: int) -> None:
        if self.position + count > self.size:
            raise BadFile(
                f"{self.name} is cut off: expected at least {self.position + count:,} bytes, the file has {self.size:,}. "
                "Copy or download it again."
            )

    def take(self, count: int) -> bytes:
        self.need(count)
        self.position += count
        return self.file.read(count)

    def skip(self, count: int) -> None:
        self.need(count)
        self.position += count
        self.file.seek(self.position)

    def number(self, code: str) -> int | float | bool:
        value: int | float | bool = struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]
        return value

    def count(self, code: str, what: str, limit: int) -> int:
        value = int(self.number(code))
        if value > limit:
            raise self.reject(f"it claims {value:,} {what}, more than {limit:,}")
        return value

    def text(self, what: str, limit: int) -> str:
        length = self.count("Q", f"bytes for {what}", limit)
        return self.take(length).decode("utf-8", "replace")

    def value(self, key: str) -> _Value:
        kind = self.count("I", f"as the type of {key}", 12)
        if kind == STRING:
            return self.text(key, MAX_STRING_BYTES)
        return self.array(key) if kind == ARRAY else self.number(SCALARS[kind])

    def array(self, key: str) -> _Array:
        kind = self.count("I", f"as the type of {key}", 12)
        length = self.count("Q", f"entries in {key}", MAX_ARRAY)
        if kind == ARRAY:
            raise self.reject(f"{key} is an array of arrays")
        if kind == STRING:
            for _ in range(length):
                self.skip(self.count("Q", f"bytes for an entry of {key}", MAX_STRING_BYTES))
            return _Array(length, 0)
        if length > MAX_BLOCKS:  # per-layer values are read, a vocabulary's scores are not
            self.skip(length * struct.calcsize("<" + SCALARS[kind]))
            return _Array(length, 0)
        return _Array(length, max((self.number(SCALARS[kind]) for _ in range(length)), default=0))


def read_gguf(path: Path) -> Gguf:
    """Read the header of a GGUF file, and check that every tensor lies inside the file.

    Raises BadFile, in one sentence, for a file that is missing, cut off, not GGUF, too new, or absurd.
    """
    try:
        with path.open("rb") as file:
            return _read(_Cursor(file, _printable(path.name), os.fstat(file.fileno()).st_size))
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}. Check the path.") from error


def language_info(path: Path, profile: Profile | None = None) -> LanguageInfo:
    """Describe a GGUF file, with its SHA-256; `profile` overrides the one chosen from the model's size.

    Raises BadFile like `read_gguf`.
    """
    header = read_gguf(path)
    return LanguageInfo(
        path=str(path),
        sha256=remembered_sha256([path]),
        architecture=header.architecture,
        name=header.name or path.stem,
        parameters=header.parameters,
        quantization=header.quantization,
        context=header.context,
        bytes=header.bytes,
        format=header.format,
        profile=profile or usual_profile(header),
        layers=header.blocks + 1,  # llama.cpp counts the output as one
    )


def usual_profile(header: Gguf) -> Profile:
    """The prompts that fit a model of this size."""
    return "compact" if header.parameters < COMPACT_BELOW else "paper"


def _read(cursor: _Cursor) -> Gguf:
    magic = cursor.file.read(4)
    if magic != b"GGUF":
        raise BadFile(f"{cursor.name} is not a GGUF file: it begins with {magic!r}, not b'GGUF'. Choose a language model saved as GGUF.")
    cursor.position = 4
    version = int(cursor.number("I"))
    if not 2 <= version <= NEWEST_VERSION:
        raise BadFile(
            f"{cursor.name} is GGUF version {version}; versions 2 and {NEWEST_VERSION} can be read. Convert it with llama.cpp's tools."
        )
    tensor_count = cursor.count("Q", "tensors", MAX_TENSORS)
    key_count = cursor.count("Q", "metadata keys", MAX_KEYS)
    keys: dict[str, _Value] = {}
    for _ in range(key_count):
        key = cursor.text("a key", MAX_NAME_BYTES)
        keys[key] = cursor.value(_printable(key))
    weights = _tensors(cursor, tensor_count, _integer(cursor, keys, "general.alignment", 1 << 16, 32))
    return _describe(cursor, keys, weights)


def _tensors(cursor: _Cursor, count: int, alignment: int) -> dict[str, int]:
    """The number of weights of each tensor type."""
    weights: dict[str, int] = {}
    end = 0
    for _ in range(count):
        name = _printable(cursor.text("a tensor's name", MAX_NAME_BYTES))
        dimensions = [cursor.count("Q", f"as a dimension of {name}", 1 << 32) for _ in range(cursor.count("I", f"dimensions of {name}", 4))]
        kind, offset = int(cursor.number("I")), int(cursor.number("Q"))
        if kind not in TENSOR_TYPES:
            raise cursor.reject(f"tensor {name} has the unknown type {kind}")
        label, block, block_bytes = TENSOR_TYPES[kind]
        size = 1
        for dimension in dimensions:
            size *= dimension
        if not dimensions or size == 0 or dimensions[0] % block or offset % alignment:
            raise cursor.reject(f"tensor {name} has the impossible shape {dimensions} at {offset}")
        weights[label] = weights.get(label, 0) + size
        end = max(end, offset + size // block * block_bytes)
    cursor.need(-cursor.position % alignment + end)
    return weights


def _describe(cursor: _Cursor, keys: dict[str, _Value], weights: dict[str, int]) -> Gguf:
    architecture = keys.get("general.architecture")
    if not isinstance(architecture, str):
        raise cursor.reject("it names no architecture")
    if keys.get("general.type", "model") != "model" or not weights:
        raise cursor.reject(f"it holds {_printable(str(keys.get('general.type')))!r} and no whole model")
    if _integer(cursor, keys, "split.count", 1 << 16, 1) > 1:
        raise BadFile(f"{cursor.name} is one part of a model that was split. Join the parts with llama-gguf-split --merge first.")
    vocabulary = keys.get("tokenizer.ggml.tokens")
    if not isinstance(vocabulary, _Array) or not 0 < vocabulary.length <= MAX_SIZE:
        raise cursor.reject("it has no vocabulary")
    blocks = _integer(cursor, keys, f"{architecture}.block_count", MAX_BLOCKS)
    embedding = _integer(cursor, keys, f"{architecture}.embedding_length", MAX_SIZE)
    heads = _integer(cursor, keys, f"{architecture}.attention.head_count", MAX_SIZE, embedding)
    kv_heads = _integer(cursor, keys, f"{architecture}.attention.head_count_kv", MAX_SIZE, heads)
    head = _integer(cursor, keys, f"{architecture}.attention.key_length", MAX_SIZE, max(1, embedding // heads))
    return Gguf(
        architecture=_printable(architecture),
        name=_printable(str(keys.get("general.name", ""))),
        parameters=sum(weights.values()),
        quantization=_quantization(keys, weights),
        context=_integer(cursor, keys, f"{architecture}.context_length", MAX_SIZE),
        blocks=blocks,
        embedding=embedding,
        vocabulary=vocabulary.length,
        kv_bytes=blocks * 2 * kv_heads * head * 2,
        format=_format(keys),
        bytes=cursor.size,
    )


def _integer(cursor: _Cursor, keys: dict[str, _Value], key: str, limit: int, default: int | None = None) -> int:
    """A positive integer of the header; of a value per layer, the largest."""
    value = keys.get(key, default)
    number = value.largest if isinstance(value, _Array) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= limit:
        raise cursor.reject(f"{_printable(key)} is {_printable(str(number))}, expected 1 to {limit:,}")
    return number


def _quantization(keys: dict[str, _Value], weights: dict[str, int]) -> str:
    dominant = max(weights, key=lambda label: weights[label])
    declared = keys.get("general.file_type")
    mix = MIXES.get(declared, "") if isinstance(declared, int) else ""
    return mix if mix.startswith(dominant) else dominant


def _format(keys: dict[str, _Value]) -> PromptFormat:
    template = str(keys.get("tokenizer.chat_template", ""))
    return next((chosen for marker, chosen in MARKERS if marker in template), "plain")


def _printable(text: str) -> str:
    """Text from a file is data: control and direction marks become escapes, and length ends at 200."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text[:200])
