"""Sentence models: exported and compared with transformers' own forward and the mean over the tokens; and refused in words."""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from sentence_folders import random_sentences
from small_inputs import network_of_bytes

from models.errors import BadFile
from models.host import connect
from models.memory import Need
from models.needs import ModelNeeds
from models.sentences.embedder import OnnxSentences
from models.sentences.importer import SentenceFolderImporter
from models.types.meaning import SentenceEmbedder, SentencesInfo

torch = pytest.importorskip("torch")

TEXTS = ["red cat", "a photo of a striped dog", "", "CATS, dogs!", "red " * 40, "zebra"]


class Model(NamedTuple):
    path: Path
    network: Any
    info: SentencesInfo
    folder: Path
    kind: str


@pytest.fixture(scope="session", params=["mpnet", "bert"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    home = tmp_path_factory.mktemp(request.param)
    network = random_sentences(home / "tiny", request.param)
    info = SentenceFolderImporter().convert(home / "tiny", home / "converted")
    return Model(home / "tiny", network, info, home / "converted", request.param)


def slowly(model: Model, text: str) -> np.ndarray:
    """As sentence-transformers embeds a text alone: the mean over its tokens, of length one."""
    from transformers import BertTokenizer, MPNetTokenizer

    kind = {"bert": BertTokenizer, "mpnet": MPNetTokenizer}[model.kind]
    tokens = kind.from_pretrained(model.path, local_files_only=True)(text, truncation=True, max_length=12, return_tensors="pt")
    with torch.inference_mode():
        values = model.network(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state[0].numpy()
    mean: np.ndarray = values.mean(axis=0)
    return mean / np.linalg.norm(mean)


def test_texts_are_what_transformers_gives(model: Model) -> None:
    """Each alone there; here together, padded, in another order."""
    embedder = OnnxSentences(model.folder)
    found = embedder.embed_texts(TEXTS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [slowly(model, text) for text in TEXTS], atol=1e-5)
    assert np.abs(found[0] - found[1]).max() > 1e-3, "different texts differ"
    assert embedder.embed_texts([]).shape == (0, 32)


def test_a_folder_is_described(model: Model) -> None:
    info = model.info
    assert (info.name, info.width, info.tokens, info.path) == ("tiny", 32, 12, str(model.path))
    assert info.sha256 == SentenceFolderImporter().fingerprint(model.path)
    assert info.bytes == (model.path / "model.safetensors").stat().st_size


def test_it_answers_from_a_child_without_torch(model: Model) -> None:
    there, child = connect(SentenceEmbedder, "sentences", model.folder)  # type: ignore[type-abstract]
    try:
        assert there.info() == model.info
        np.testing.assert_allclose(there.embed_texts(["red cat"]), OnnxSentences(model.folder).embed_texts(["red cat"]), atol=1e-6)
        loaded = Path(f"/proc/{child.pid}/maps")
        assert not loaded.exists() or "libtorch" not in loaded.read_text()
    finally:
        child.close()
    assert 0 < ModelNeeds().sentences(model.folder, Need(2**36)).memory < 2**29


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain") / "tiny"
    random_sentences(folder)
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(BadFile) as caught:
        SentenceFolderImporter().fingerprint(folder)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return str(caught.value)


def changed(plain: Path, copy: Path, name: str, content: object) -> Path:
    shutil.copytree(plain, copy)
    (copy / name).write_text(json.dumps(content))
    return copy


@pytest.mark.parametrize("missing", ["modules.json", "1_Pooling/config.json", "config.json", "model.safetensors", "vocab.txt"])
def test_a_folder_that_lacks_a_file(plain: Path, tmp_path: Path, missing: str) -> None:
    shutil.copytree(plain, tmp_path / "copy")
    (tmp_path / "copy" / missing).unlink()
    assert f"is no whole sentence model: it has no {missing}" in refusal(tmp_path / "copy")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("modules.json", [{"type": "x.Transformer"}, {"type": "x.Pooling"}, {"type": "x.Dense"}], "asks for 'Transformer, Pooling, Dense'"),
        ("modules.json", {"type": "x"}, "cannot be read as a list of modules"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "asks for 'cls_token'"),
        ("1_Pooling/config.json", {"pooling_mode": "max"}, "asks for 'max'"),
        ("config.json", {"model_type": "resnet"}, "holds a 'resnet' network and none of bert, mpnet"),
        ("config.json", {"model_type": "bert", "num_hidden_layers": 10**9}, "num_hidden_layers"),
        ("sentence_bert_config.json", {"max_seq_length": 1}, "for texts of 1 tokens"),
    ],
)
def test_what_asks_for_something_else(plain: Path, tmp_path: Path, name: str, content: object, words: str) -> None:
    assert words in refusal(changed(plain, tmp_path / "copy", name, content))


def test_what_is_no_sentence_model(plain: Path, tmp_path: Path) -> None:
    assert "did you mean" in refusal(tmp_path.parent / f"{tmp_path.name}x")
    assert "is a file and no folder of a sentence model" in refusal(network_of_bytes(tmp_path / "net.onnx", 120))
    shutil.copytree(plain, tmp_path / "cut")
    (tmp_path / "cut" / "model.safetensors").write_bytes((plain / "model.safetensors").read_bytes()[:5000])
    assert "model.safetensors is truncated" in refusal(tmp_path / "cut")


def test_a_vocabulary_of_another_network_leaves_nothing_behind(plain: Path, tmp_path: Path) -> None:
    shutil.copytree(plain, tmp_path / "copy")
    with (tmp_path / "copy" / "vocab.txt").open("a") as file:
        file.write("zebra\n")
    with pytest.raises(BadFile, match=r"does not belong to its network \(it has 17 entries up to number 16 of 16\)"):
        SentenceFolderImporter().convert(tmp_path / "copy", tmp_path / "out" / "model")
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "copy" / "vocab.txt").write_text("cat\ndog\n")
    with pytest.raises(BadFile, match=r"it lacks <s>"):
        SentenceFolderImporter().convert(tmp_path / "copy", tmp_path / "out" / "model")
