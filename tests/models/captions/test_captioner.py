"""Captioners: what they write against transformers, one photo at a time; regions, memory, stopping; and folders refused in words."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from caption_folders import PIECES, SIDE, random_blip, random_git, random_pair
from PIL import Image
from small_inputs import network_of_bytes

from models.captions.captioner import BEAMS, TOKENS, TorchCaptioner
from models.captions.folder import read_captioner
from models.errors import BadFile, Cancelled, DoesNotFit
from models.host import connect
from models.memory import Need
from models.needs import ModelNeeds
from models.types.meaning import Captioner, Captions
from models.types.vision import Preprocess
from models.vision.preprocess import normalised, prepare, resized

torch = pytest.importorskip("torch")

RECIPE = Preprocess(SIDE, SIDE, None, "bicubic", (0.5, 0.4, 0.3), (0.25,) * 3, "file")
MAKERS: dict[str, Callable[[Path], Any]] = {"BLIP": random_blip, "GIT": random_git, "an encoder with a decoder": random_pair}


class Saved(NamedTuple):
    path: Path
    network: Any


@pytest.fixture(scope="session")
def blip(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    home = tmp_path_factory.mktemp("captioners") / "tiny"
    return Saved(home, random_blip(home))


@pytest.fixture(scope="session")
def captioner(blip: Saved) -> TorchCaptioner:
    return TorchCaptioner(blip.path)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """More than go together, each in a colour of its own."""
    folder, chance = tmp_path_factory.mktemp("captioned"), np.random.default_rng(5)
    files = []
    for number in range(11):
        pixels = chance.integers(0, 256, 3) // 2 + chance.integers(0, 128, (40, 60, 3))
        files.append(folder / f"{number:02}.png")
        Image.fromarray(pixels.astype(np.uint8)).save(files[-1])
    return files


def slow_caption(network: Any, pixels: np.ndarray, **marks: int) -> str:
    """One picture alone, in one word: where spaces belong is the vocabulary's test."""
    told = {"max_new_tokens": TOKENS, "num_beams": BEAMS, "do_sample": False, **marks}
    tokens = network.generate(pixel_values=torch.from_numpy(pixels[None]), **told)[0].tolist()
    return "".join(PIECES[token].removeprefix("##") for token in tokens if not PIECES[token].startswith("["))


def without_spaces(found: Captions) -> list[str]:
    return [text.replace(" ", "") for text in found.texts]


@pytest.mark.parametrize("kind", MAKERS)
def test_captions_are_what_transformers_writes_for_each_alone(kind: str, photos: list[Path], tmp_path: Path) -> None:
    network = MAKERS[kind](tmp_path / "net")
    marks = {"decoder_start_token_id": 2} if kind == "an encoder with a decoder" else {}
    found = TorchCaptioner(tmp_path / "net")
    assert found.info().kind == kind
    slow = [slow_caption(network, prepare(file, RECIPE), **marks) for file in photos]
    assert without_spaces(found.describe_files(photos)) == slow


def test_a_folder_is_described(blip: Saved, captioner: TorchCaptioner) -> None:
    found = captioner.info()
    assert (found.path, found.name, found.kind) == (str(blip.path), "tiny", "BLIP")
    assert found.bytes == (blip.path / "model.safetensors").stat().st_size
    assert found.sha256 == read_captioner(blip.path).sha256()
    assert found.device in ("CPU", "CUDA")


def test_regions_are_cut_out_and_unreadable_photos_named(blip: Saved, captioner: TorchCaptioner, photos: list[Path]) -> None:
    first = photos[0]
    found = captioner.describe_files([first, first.with_name("missing.png"), first], [(0.5, 0.25, 1.0, 0.75), None, None])
    cut = Image.open(first).crop((30, 10, 60, 30))
    assert without_spaces(found)[0] == slow_caption(blip.network, normalised(resized(cut, RECIPE), RECIPE))
    assert found.texts[1] == ""
    assert found.unreadable.keys() == {1}
    assert "missing.png cannot be read" in found.unreadable[1]
    assert found.texts[2:] == captioner.describe_files([first]).texts
    assert captioner.describe_files([]) == Captions((), {})


def test_photos_are_told_apart(captioner: TorchCaptioner, photos: list[Path]) -> None:
    assert len(set(captioner.describe_files(photos).texts)) > 3


def test_where_memory_runs_out_fewer_go_together(blip: Saved, photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    small = TorchCaptioner(blip.path)
    expected = small.describe_files(photos)
    true_generate, asked, room = type(blip.network).generate, [], [2]

    def generate(network: Any, pixel_values: Any, **told: Any) -> Any:
        asked.append(len(pixel_values))
        if len(pixel_values) > room[0]:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return true_generate(network, pixel_values, **told)

    monkeypatch.setattr(type(blip.network), "generate", generate)
    assert small.describe_files(photos) == expected
    assert asked == [8, 4, 2, 2, 2, 2, 2, 1]
    room[0] = 0
    with pytest.raises(DoesNotFit, match="does not suffice for one picture in tiny"):
        small.describe_files(photos)


def test_from_a_child_and_stopped_in_the_middle(blip: Saved, captioner: TorchCaptioner, photos: list[Path]) -> None:
    wish = [False]
    there, child = connect(Captioner, "captioner", blip.path, stop=lambda: wish[0])  # type: ignore[type-abstract]
    try:
        assert there.info() == captioner.info()
        assert there.describe_files(photos[:2], [None, (0.0, 0.0, 0.5, 0.5)]) == captioner.describe_files(
            photos[:2], [None, (0.0, 0.0, 0.5, 0.5)]
        )
        wish[0] = True
        with pytest.raises(Cancelled):
            there.describe_files(photos * 100)
    finally:
        child.close()


def test_what_it_needs_follows_from_the_headers(blip: Saved) -> None:
    numbers = sum(one.numel() for one in blip.network.state_dict().values())
    plenty = ModelNeeds().captioner(blip.path, Need(2**36))
    assert 4 * numbers * 0.8 < plenty.memory - ModelNeeds().captioner(blip.path, Need(2**36, 2**36)).memory + 4 * numbers < 2**30
    assert plenty.gpu == 0
    assert 0 < ModelNeeds().captioner(blip.path, Need(2**36, 2**34)).gpu < 2**30


def changed(blip: Saved, copy: Path, **config: Any) -> Path:
    shutil.copytree(blip.path, copy)
    fields = json.loads((copy / "config.json").read_text()) | config
    (copy / "config.json").write_text(json.dumps(fields))
    return copy


def refusal(folder: Path) -> str:
    with pytest.raises(BadFile) as caught:
        read_captioner(folder)
    assert str(caught.value).count(". ") == 0, "one sentence"
    return str(caught.value)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("config.json", "no config.json"),
        ("preprocessor_config.json", "no preprocessor_config.json"),
        ("model.safetensors", "no model.safetensors; give a folder"),
        ("vocab.txt", "no tokenizer.json and no vocab.txt and no vocab.json"),
    ],
)
def test_a_folder_that_lacks_a_file(blip: Saved, tmp_path: Path, missing: str, words: str) -> None:
    folder = changed(blip, tmp_path / "copy")
    (folder / missing).unlink()
    assert f"is no whole captioner: it has {words}" in refusal(folder)


def test_what_is_no_captioner(blip: Saved, tmp_path: Path) -> None:
    assert "did you mean" in refusal(tmp_path.parent / f"{tmp_path.name}x")
    assert "is a file and no captioner's folder" in refusal(network_of_bytes(tmp_path / "net.onnx", 120))
    other = changed(blip, tmp_path / "resnet", model_type="resnet", architectures=["ResNetForImageClassification"])
    assert "'ResNetForImageClassification' network, which describes no pictures by itself" in refusal(other)
    assert "'BlipForQuestionAnswering'" in refusal(changed(blip, tmp_path / "asks", architectures=["BlipForQuestionAnswering"]))
    pickled = changed(blip, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    assert "only pytorch_model.bin: save it again as safetensors" in refusal(pickled)
    cut = changed(blip, tmp_path / "cut")
    (cut / "model.safetensors").write_bytes((blip.path / "model.safetensors").read_bytes()[:5000])
    assert "model.safetensors is truncated" in refusal(cut)
    assert "num_hidden_layers" in refusal(changed(blip, tmp_path / "huge", vision_config={"num_hidden_layers": 10**9}))
    assert "makes pictures of 32 × 32" in refusal(changed(blip, tmp_path / "size", vision_config={"image_size": 48}))


def test_a_pair_of_unknown_parts_is_refused(blip: Saved, tmp_path: Path) -> None:
    pair = {"model_type": "vision-encoder-decoder", "architectures": ["VisionEncoderDecoderModel"]}
    made = changed(
        blip, tmp_path / "pair", **pair, encoder={"model_type": "vit"}, decoder={"model_type": "evil", "auto_map": {"a": "evil.M"}}
    )
    assert "has 'evil' for its decoder; supported are gpt2, bert, roberta" in refusal(made)


def test_the_fingerprint_follows_words_and_marks(blip: Saved, tmp_path: Path) -> None:
    folder = changed(blip, tmp_path / "copy")
    found = {read_captioner(folder).sha256()}
    (folder / "vocab.txt").write_text("\n".join(PIECES).replace("cat", "cow") + "\n")
    found.add(read_captioner(folder).sha256())
    (folder / "generation_config.json").write_text('{"eos_token_id": 3}')
    found.add(read_captioner(folder).sha256())
    assert len(found) == 3


def test_a_vocabulary_of_another_network(blip: Saved, tmp_path: Path) -> None:
    folder = changed(blip, tmp_path / "copy")
    (folder / "vocab.txt").write_text("\n".join([*PIECES, "zebra"]) + "\n")
    with pytest.raises(BadFile, match=r"has 32 pieces and marks up to number 31, and its network writes 31; they do not belong together"):
        TorchCaptioner(folder)


def test_weights_that_do_not_fit_or_are_not_finite(blip: Saved, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = changed(blip, tmp_path / "copy")
    weights = load_file(blip.path / "model.safetensors")
    name = next(iter(weights))
    save_file({**weights, name: torch.full_like(weights[name], float("nan"))}, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadFile, match="are not all finite"):
        TorchCaptioner(folder)
    save_file({name: weights[name]}, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadFile, match=r"lack .* of the network's tensors"):
        TorchCaptioner(folder)


def test_nothing_of_the_folder_is_run(blip: Saved, captioner: TorchCaptioner, photos: list[Path], tmp_path: Path) -> None:
    """Fields that lead to code are never passed on."""
    code = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model", "AutoTokenizer": "evil.Words"}
    folder = changed(blip, tmp_path / "copy", auto_map=code, trust_remote_code=True, quantization_config={"quant_method": "evil"})
    payload = f"open({str(tmp_path / 'run')!r}, 'w')"
    for name in ("evil.py", "modeling_evil.py", "__init__.py"):
        (folder / name).write_text(payload)
    assert TorchCaptioner(folder).describe_files(photos[:1]) == captioner.describe_files(photos[:1])
    assert not (tmp_path / "run").exists()
