"""Tokens become text as tokenizers does it, from each kind of file; and files that are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.captions.vocabulary import FILES, LONGEST, read_vocabulary, vocabulary_file
from models.errors import BadFile

TEXTS = ["a close-up of a cat's tail", "zwölf Boxkämpfer; 日本 🐈!", "a dog, two cats and 3 cars.", ""]


@pytest.fixture(scope="module")
def gpt2() -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=300, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    )
    made.add_special_tokens([AddedToken("<|endoftext|>", special=True)])
    return made


@pytest.fixture(scope="module")
def bert() -> Tokenizer:
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    made.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=200, show_progress=False, special_tokens=marks))
    return made


@pytest.mark.parametrize("name", ["tokenizer.json", "vocab.json"])
def test_pieces_of_bytes(gpt2: Tokenizer, tmp_path: Path, name: str) -> None:
    whole = json.loads(gpt2.to_str())
    (tmp_path / name).write_text(json.dumps(whole if name == "tokenizer.json" else whole["model"]["vocab"]))
    found = read_vocabulary(vocabulary_file(tmp_path))
    end = gpt2.get_vocab()["<|endoftext|>"]
    for text in TEXTS:
        assert found.text([*gpt2.encode(text).ids, end, 10**6]) == text
    assert (end in found.marks) == (name == "tokenizer.json")


@pytest.mark.parametrize("name", ["tokenizer.json", "vocab.txt"])
def test_pieces_of_words(bert: Tokenizer, tmp_path: Path, name: str) -> None:
    pieces = sorted(bert.get_vocab().items(), key=lambda pair: pair[1])
    (tmp_path / name).write_text(bert.to_str() if name == "tokenizer.json" else "\n".join(piece for piece, _ in pieces) + "\n")
    found = read_vocabulary(vocabulary_file(tmp_path))
    for text in TEXTS:
        assert found.text([2, *bert.encode(text).ids, 3, 0, 0]) == text
    assert found.marks == {0, 1, 2, 3}


def test_a_caption_is_one_short_printable_line(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text(json.dumps({"aĊb": 0, "ĉ": 1, "Ā": 2, "x" * 10**6: 3}))
    found = read_vocabulary(tmp_path / "vocab.json")
    assert found.text([0, 1, 2, 0]) == "a b a b"
    assert len(found.text([3, 3])) == LONGEST


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"model": {"type": "Unigram", "vocab": [["a", -1.0]]}}, "of the kind 'Unigram'"),
        ({"model": {"type": "BPE", "vocab": {"a</w>": 0}}, "decoder": {"type": "BPEDecoder"}}, "of the kind 'BPE'"),
        ({"model": "evil"}, "of the kind None"),
        ({"model": {"type": "WordPiece", "vocab": {"a": -1}}}, "holds no vocabulary"),
        ({"model": {"type": "WordPiece", "vocab": {"a": "b"}}}, "holds no vocabulary"),
        ({"model": {"type": "WordPiece", "vocab": {"a": 0}}, "added_tokens": [{"content": "b"}]}, "holds no vocabulary"),
        ([1, 2], "cannot be read as JSON"),
    ],
)
def test_what_is_no_vocabulary(tmp_path: Path, content: Any, words: str) -> None:
    file = tmp_path / FILES[0]
    file.write_text(json.dumps(content))
    with pytest.raises(BadFile, match=words):
        read_vocabulary(file)


def test_a_file_of_words_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vocab.txt").write_text("a\n" * 100)
    monkeypatch.setattr("models.captions.vocabulary.MAX_JSON", 100)
    with pytest.raises(BadFile, match="more than 100 bytes; it is refused"):
        read_vocabulary(tmp_path / "vocab.txt")
