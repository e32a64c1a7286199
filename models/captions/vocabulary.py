"""The words of a captioner: tokens become text by our own tables; a folder's tokenizer is read as data and never run."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from models.errors import BadFile
from models.inspect.huggingface_folder import MAX_JSON, read_json

FILES: Final = ("tokenizer.json", "vocab.txt", "vocab.json")
"""Of these the first that is there: all of a tokenizer, or the pieces of BERT (one a line), or those of GPT-2."""
LONGEST: Final = 300
"""Characters of a caption."""
MARK: Final = re.compile(r"\[(PAD|UNK|CLS|SEP|MASK|DEC|ENC|unused\d+)\]")
BEFORE: Final = re.compile(r" (?=[.,!?;:)])")
BETWEEN: Final = re.compile(r" (['-]) ")


class Vocabulary(NamedTuple):
    """What each token stands for; `marks` stand for no text."""

    pieces: dict[int, str]
    marks: frozenset[int]
    bytewise: bool  # GPT-2's pieces, a letter for every byte; else BERT's, where "##" goes on with a word

    def text(self, tokens: Iterable[int]) -> str:
        """A caption in one printable line. Numbers that the vocabulary has no piece for are left out."""
        pieces = [self.pieces[token] for token in tokens if token in self.pieces and token not in self.marks]
        text = _of_bytes(pieces) if self.bytewise else _of_words(pieces)
        printable = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST])
        return " ".join(printable.split())


def vocabulary_file(folder: Path) -> Path:
    """The file of the vocabulary. Raises BadFile where there is none."""
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise BadFile(f"{folder} is no whole captioner: it has no {' and no '.join(FILES)}; fetch it again.")


def read_vocabulary(file: Path) -> Vocabulary:
    """Read a file that `vocabulary_file` found. Raises BadFile in one sentence."""
    if file.name == "vocab.txt":
        if file.stat().st_size > MAX_JSON:
            raise BadFile(f"{file} has more than {MAX_JSON} bytes; it is refused.")
        pieces = dict(enumerate(file.read_text("utf-8", errors="replace").splitlines()))
        return Vocabulary(pieces, _bracketed(pieces), bytewise=False)
    whole = read_json(file)
    if file.name == "vocab.json":
        return Vocabulary(_pieces(file, whole), frozenset(), bytewise=True)
    model, added = whole.get("model"), whole.get("added_tokens", [])
    kind = model.get("type") if isinstance(model, dict) else None
    if not isinstance(model, dict) or kind not in ("WordPiece", "BPE") or (kind == "BPE" and "ByteLevel" not in str(whole.get("decoder"))):
        raise BadFile(f"{file} holds a vocabulary of the kind {ascii(kind)[:40]}; those of BERT and GPT-2 are supported.")
    extra = {one["content"]: one.get("id") for one in added if isinstance(one, dict) and isinstance(one.get("content"), str)}
    pieces = _pieces(file, model.get("vocab")) | _pieces(file, extra)
    special = (one["id"] for one in added if isinstance(one, dict) and one.get("special") and isinstance(one.get("id"), int))
    return Vocabulary(pieces, _bracketed(pieces) | frozenset(special), bytewise=kind == "BPE")


def _pieces(file: Path, numbers: Any) -> dict[int, str]:
    if not isinstance(numbers, dict) or not all(isinstance(number, int) and number >= 0 for number in numbers.values()):
        raise BadFile(f"{file} holds no vocabulary; fetch it again.")
    return {number: str(piece) for piece, number in numbers.items()}


def _bracketed(pieces: Mapping[int, str]) -> frozenset[int]:
    return frozenset(number for number, piece in pieces.items() if MARK.fullmatch(piece))


def _of_words(pieces: Iterable[str]) -> str:
    """BERT's pieces: "##" goes on with the word before; then no space before a full stop or around a hyphen."""
    joined = "".join(piece.removeprefix("##") if piece.startswith("##") else f" {piece}" for piece in pieces)
    return BETWEEN.sub(r"\1", BEFORE.sub("", joined))


def _of_bytes(pieces: Iterable[str]) -> str:
    """GPT-2's pieces; letters that stand for no byte are left out."""
    found = bytes(_BYTES[letter] for piece in pieces for letter in piece if letter in _BYTES)
    return found.decode("utf-8", errors="replace")


def _byte_letters() -> dict[str, int]:
    """GPT-2's letter of each byte: printable ones stand for themselves, the others for those from 256 on, in order."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + place): byte for place, byte in enumerate(others)}


_BYTES: Final = _byte_letters()
