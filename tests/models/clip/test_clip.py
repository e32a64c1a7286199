"""CLIP folders: exported and compared with transformers on texts, pictures and regions; and refused in words."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from clip_folders import SIDE, random_clip
from PIL import Image
from small_inputs import network_of_bytes

from models.clip.embedder import OnnxEmbedder
from models.clip.importer import ClipFolderImporter
from models.errors import BadFile
from models.host import connect
from models.memory import Need
from models.needs import ModelNeeds
from models.types.meaning import ClipInfo, Embedder
from models.types.vision import Preprocess
from models.vision.preprocess import normalised, prepare, resized

torch = pytest.importorskip("torch")

TEXTS = ["red cat", "a photo of a striped dog", "", "Ünïcode’s  ‡ CATS", "red " * 40, "a"]


class Clip(NamedTuple):
    path: Path
    network: Any
    info: ClipInfo
    folder: Path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    home = tmp_path_factory.mktemp("clip")
    network = random_clip(home / "tiny")
    info = ClipFolderImporter().convert(home / "tiny", home / "converted")
    return Clip(home / "tiny", network, info, home / "converted")


@pytest.fixture(scope="session")
def embedder(clip: Clip) -> OnnxEmbedder:
    return OnnxEmbedder(clip.folder)


def unit(values: Any) -> np.ndarray:
    found: np.ndarray = (values / values.norm(dim=1, keepdim=True)).detach().numpy()
    return found


def photo(file: Path, size: tuple[int, int] = (60, 40)) -> Path:
    """Random pixels, the right half reddish."""
    pixels = np.random.default_rng(sum(size)).integers(0, 120, (size[1], size[0], 3), np.uint8)
    pixels[:, size[0] // 2 :, 0] += 120
    Image.fromarray(pixels).save(file)
    return file


def test_a_folder_is_described(clip: Clip) -> None:
    found = clip.info
    assert (found.name, found.width, found.tokens, found.path) == ("tiny", 16, 24, str(clip.path))
    assert found.bytes == (clip.path / "model.safetensors").stat().st_size
    assert found.preprocess == Preprocess(SIDE, SIDE, 36, "bicubic", (0.5, 0.4, 0.3), (0.25,) * 3, "file")
    assert found.sha256 == ClipFolderImporter().fingerprint(clip.path)


def test_texts_are_what_transformers_gives(clip: Clip, embedder: OnnxEmbedder) -> None:
    """Each alone, without padding; here they go together, padded, in another order."""
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(clip.path, local_files_only=True)
    slow = [
        unit(clip.network.get_text_features(**tokenizer(text, truncation=True, max_length=24, return_tensors="pt")).pooler_output)
        for text in TEXTS
    ]
    found = embedder.embed_texts(TEXTS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.concatenate(slow), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert embedder.embed_texts([]).shape == (0, 16)


def test_many_texts_are_in_order(embedder: OnnxEmbedder) -> None:
    many = [f"{'red ' * (number % 7)}cat {number}" for number in range(300)]
    found = embedder.embed_texts(many)
    for row in (0, 6, 150, 299):
        np.testing.assert_allclose(found[row], embedder.embed_texts([many[row]])[0], atol=1e-5)


def test_pictures_are_what_transformers_gives(clip: Clip, embedder: OnnxEmbedder, tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png")
    slow = unit(clip.network.get_image_features(torch.from_numpy(prepare(file, clip.info.preprocess)[None])).pooler_output)
    found = embedder.embed_pictures([file.read_bytes(), b"no picture"])
    np.testing.assert_allclose(found.values[:1], slow, atol=1e-5)
    assert np.isnan(found.values[1]).all()
    assert found.unreadable == {1: "the picture is not a PNG, JPEG, WebP, BMP or TIFF picture."}


def test_regions_are_cut_out_before_anything_else(clip: Clip, embedder: OnnxEmbedder, tmp_path: Path) -> None:
    file = photo(tmp_path / "a.png")
    found = embedder.embed_files([file, tmp_path / "missing.png", file, file], [(0.5, 0.25, 1.0, 0.75), None, None, (0.999, 0, 1, 0.001)])
    cut = Image.open(file).crop((30, 10, 60, 30))
    slow = unit(
        clip.network.get_image_features(
            torch.from_numpy(normalised(resized(cut, clip.info.preprocess), clip.info.preprocess)[None])
        ).pooler_output
    )
    np.testing.assert_allclose(found.values[:1], slow, atol=1e-5)
    assert found.unreadable.keys() == {1}
    np.testing.assert_allclose(found.values[2:3], embedder.embed_files([file]).values, atol=1e-6)
    assert np.isfinite(found.values[3]).all(), "a region smaller than a pixel is one pixel"


def test_a_converted_folder_answers_from_a_child_without_torch(clip: Clip, tmp_path: Path) -> None:
    there, child = connect(Embedder, "clip", clip.folder)  # type: ignore[type-abstract]
    try:
        assert there.info() == clip.info
        np.testing.assert_allclose(there.embed_texts(["red cat"]), OnnxEmbedder(clip.folder).embed_texts(["red cat"]), atol=1e-6)
        assert there.embed_files([photo(tmp_path / "a.png")], [(0.0, 0.0, 0.5, 0.5)]).values.shape == (1, 16)
        loaded = Path(f"/proc/{child.pid}/maps")
        assert not loaded.exists() or "libtorch" not in loaded.read_text()
    finally:
        child.close()


def test_a_converted_folder_says_what_it_needs(clip: Clip) -> None:
    plenty = ModelNeeds().clip(clip.folder, Need(2**36))
    assert 2**27 < plenty.memory < 2**29
    assert plenty.gpu == 0
    assert 0 < ModelNeeds().clip(clip.folder, Need(2**36, 2**34)).gpu < 2**30


def refusal(folder: Path) -> str:
    with pytest.raises(BadFile) as caught:
        ClipFolderImporter().fingerprint(folder)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return str(caught.value)


def changed(clip: Clip, copy: Path, **config: Any) -> Path:
    shutil.copytree(clip.path, copy)
    fields = json.loads((copy / "config.json").read_text()) | config
    (copy / "config.json").write_text(json.dumps(fields))
    return copy


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("config.json", r"no config\.json"),
        ("preprocessor_config.json", r"no preprocessor_config\.json"),
        ("model.safetensors", r"no model\.safetensors; give a folder"),
        ("tokenizer.json", r"no tokenizer\.json"),
    ],
)
def test_a_folder_that_lacks_a_file(clip: Clip, tmp_path: Path, missing: str, words: str) -> None:
    folder = changed(clip, tmp_path / "copy")
    (folder / missing).unlink()
    with pytest.raises(BadFile, match=f"no whole CLIP folder: it has {words}"):
        ClipFolderImporter().fingerprint(folder)


def test_what_is_no_clip(clip: Clip, tmp_path: Path) -> None:
    assert "did you mean" in refusal(tmp_path.parent / f"{tmp_path.name}x")
    assert "is a file and no CLIP folder" in refusal(network_of_bytes(tmp_path / "net.onnx", 120))
    other = changed(clip, tmp_path / "resnet", model_type="resnet", architectures=["ResNetForImageClassification"])
    assert "'ResNetForImageClassification' network and no CLIP with both towers" in refusal(other)
    assert "both towers" in refusal(changed(clip, tmp_path / "half", architectures=["CLIPVisionModelWithProjection"]))
    pickled = changed(clip, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    assert "only pytorch_model.bin: save it again as safetensors" in refusal(pickled)
    cut = changed(clip, tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((clip.path / "model.safetensors").read_bytes()[:5000])
    assert "model.safetensors is truncated" in refusal(cut)
    huge = changed(clip, tmp_path / "huge", vision_config={"num_hidden_layers": 10**9})
    assert "num_hidden_layers" in refusal(huge)


def test_the_fingerprint_follows_the_vocabulary_too(clip: Clip, tmp_path: Path) -> None:
    folder = changed(clip, tmp_path / "copy")
    before = ClipFolderImporter().fingerprint(folder)
    (folder / "tokenizer.json").write_text((folder / "tokenizer.json").read_text() + " ")
    assert ClipFolderImporter().fingerprint(folder) != before


def test_a_vocabulary_of_another_network_leaves_nothing_behind(clip: Clip, tmp_path: Path) -> None:
    folder = changed(clip, tmp_path / "copy")
    tokens = json.loads((folder / "tokenizer.json").read_text())
    tokens["model"]["vocab"]["zebra</w>"] = 90_000
    (folder / "tokenizer.json").write_text(json.dumps(tokens))
    with pytest.raises(BadFile, match=r"up to number 90000, and its network takes \d+ in texts of 24; they do not belong together"):
        ClipFolderImporter().convert(folder, tmp_path / "out" / "clip")
    assert list((tmp_path / "out").iterdir()) == []


def test_weights_that_do_not_fit(clip: Clip, tmp_path: Path, random_weights: Callable[[Path], None]) -> None:
    folder = changed(clip, tmp_path / "copy")
    random_weights(folder / "model.safetensors")
    with pytest.raises(BadFile, match=r"lack .* of the network's tensors"):
        ClipFolderImporter().convert(folder, tmp_path / "out")


@pytest.fixture
def random_weights() -> Callable[[Path], None]:
    def write(file: Path) -> None:
        from safetensors.numpy import save_file

        save_file({"logit_scale": np.zeros((), np.float32)}, file, metadata={"format": "pt"})

    return write
