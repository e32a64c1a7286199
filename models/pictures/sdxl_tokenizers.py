"""Tokenizers of picture models, built by us from plain data: a file's own regular expressions and code are never used."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from transformers import CLIPTokenizer, T5Tokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from models.errors import BadFile
from models.pictures.sdxl_folder import MAX_JSON, read_json

START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"
MERGES: Final = Path(__file__).parent / "configs" / "clip_merges.txt"


def clip_tokenizer(folder: Path, longest: int) -> CLIPTokenizer:
    """From tokenizer.json, or vocab.json and merges.txt; at most `longest` tokens a prompt. Raises BadFile."""
    if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        vocab, merges = read_json(folder / "vocab.json"), _merges(folder / "merges.txt")
    else:
        model = _model(folder)
        vocab = model.get("vocab", {})
        merges = [_pair(" ".join(pair) if isinstance(pair, list) else str(pair)) for pair in model.get("merges", ())]
    if not isinstance(vocab, dict) or not {START, END} <= vocab.keys() or not all(isinstance(number, int) for number in vocab.values()):
        raise BadFile(f"{folder} holds no CLIP vocabulary; fetch it again.")
    return _clip(vocab, merges, _pad_token(folder), longest)


def standard_clip_tokenizer(pad: str) -> CLIPTokenizer:
    """The tokenizer all CLIP text encoders of SD 1.5 and SDXL share; the second of SDXL pads with "!"."""
    vocab, merges = _standard()
    return _clip(vocab, merges, pad, 77)


def t5_tokenizer(folder: Path) -> T5Tokenizer:
    """From tokenizer.json. Raises BadFile if it is missing or holds no Unigram vocabulary."""
    vocab = _model(folder).get("vocab")
    if not isinstance(vocab, list) or not all(isinstance(row, list) and len(row) == 2 for row in vocab):
        raise BadFile(f"{folder / 'tokenizer.json'} holds no T5 vocabulary; fetch it again.")
    extra = sum(str(token).startswith("<extra_id_") for token, _ in vocab)
    return T5Tokenizer(vocab=[(str(token), float(score)) for token, score in vocab], extra_ids=extra)


def _clip(vocab: dict[str, int], merges: list[tuple[str, str]], pad: str, longest: int) -> CLIPTokenizer:
    pad = pad if pad in vocab else END
    return CLIPTokenizer(vocab=vocab, merges=merges, pad_token=pad, model_max_length=longest)  # type: ignore[arg-type]


@cache
def _standard() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """OpenAI's: every byte, every byte at the end of a word, every merge, two marks; in this order."""
    merges = _merges(MERGES)
    letters = list(bytes_to_unicode().values())  # type: ignore[no-untyped-call]
    tokens = [*letters, *(letter + "</w>" for letter in letters), *(one + other for one, other in merges), START, END]
    return {token: number for number, token in enumerate(tokens)}, merges


def _merges(file: Path) -> list[tuple[str, str]]:
    if file.stat().st_size > MAX_JSON:
        raise BadFile(f"{file} has more than {MAX_JSON} bytes; it is refused.")
    lines = file.read_text("utf-8", errors="replace").splitlines()
    return [_pair(line) for line in lines if not line.startswith("#version") and " " in line]


def _pair(line: str) -> tuple[str, str]:
    one, _, other = line.partition(" ")
    return one, other


def _model(folder: Path) -> dict[str, Any]:
    model = read_json(folder / "tokenizer.json").get("model")
    return model if isinstance(model, dict) else {}


def _pad_token(folder: Path) -> str:
    """As special_tokens_map.json or tokenizer_config.json name it, as text or as {"content": text}."""
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        if (folder / name).is_file():
            named = read_json(folder / name).get("pad_token")
            if named:
                return str(named.get("content")) if isinstance(named, dict) else str(named)
    return END
