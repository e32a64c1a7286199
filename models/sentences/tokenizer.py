"""The folder's vocabulary in a tokenizer of our own making: BERT's word pieces, with the marks of BERT or of MPNet."""

from pathlib import Path
from typing import Any

from transformers import BertTokenizer, MPNetTokenizer

from models.errors import BadFile
from models.inspect.huggingface_folder import MAX_JSON, read_json
from models.sentences.folder import SentenceFolder

CLASSES = {"bert": BertTokenizer, "mpnet": MPNetTokenizer}


def sentence_tokenizer(sentences: SentenceFolder, size: int) -> Any:
    """It cuts and pads; `size`: entries the network has. Raises BadFile where the vocabulary does not fit."""
    path = sentences.network.path
    vocab = _vocabulary(path)
    file = path / "tokenizer_config.json"
    lower = read_json(file).get("do_lower_case", True) is not False if file.is_file() else True
    made = CLASSES[sentences.network.model_type](vocab=vocab, do_lower_case=lower)
    marks = [made.cls_token, made.sep_token, made.pad_token, made.unk_token]
    lacking = [mark for mark in marks if mark not in vocab]
    if lacking or max(vocab.values()) >= size or min(vocab.values()) < 0:
        reason = f"it lacks {lacking[0]}" if lacking else f"it has {len(vocab)} entries up to number {max(vocab.values())} of {size}"
        raise BadFile(f"The vocabulary of {path} does not belong to its network ({reason}); fetch the folder again.")
    tokenizer = made.backend_tokenizer
    tokenizer.enable_truncation(sentences.tokens)
    tokenizer.enable_padding(pad_id=vocab[made.pad_token], pad_token=made.pad_token)
    return tokenizer


def _vocabulary(path: Path) -> dict[str, int]:
    """From vocab.txt, an entry a line, or tokenizer.json. Raises BadFile."""
    plain = path / "vocab.txt"
    if plain.is_file():
        if plain.stat().st_size > MAX_JSON:
            raise BadFile(f"{plain} has more than {MAX_JSON} bytes; it is refused.")
        return {line: number for number, line in enumerate(plain.read_text("utf-8", errors="replace").split("\n")) if line}
    model = read_json(path / "tokenizer.json").get("model")
    vocab = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(vocab, dict) or not vocab or not all(isinstance(number, int) for number in vocab.values()):
        raise BadFile(f"{path / 'tokenizer.json'} holds no vocabulary of word pieces; fetch it again.")
    return vocab
