"""What engines will take, from headers alone: files of the real sizes, nearly all of them a hole."""

import json
import struct
from pathlib import Path

import pytest
from gguf_files import ARRAY, STRING, UINT32, gguf_head

from models.errors import BadFile, DoesNotFit
from models.memory import TRY_ANYWAY, Need
from models.needs import ModelNeeds
from models.pictures.sdxl_file import SDXL_FIRST, SDXL_SECOND
from models.types.vision import Preprocess

GIB = 1 << 30
Q8_0 = 8  # GGUF's number of that tensor type
PLENTY = Need(64 * GIB)
PHOTO = Preprocess(224, 224, 256, "bilinear", (0.5,) * 3, (0.5,) * 3, "file")


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    """The shape of Llama 3.1 8B, its weights 8 GiB."""
    count = 8 * GIB // 34 * 32 // 2**20 * 2**20
    keys = {
        "general.architecture": (STRING, "llama"), "llama.block_count": (UINT32, 32), "llama.embedding_length": (UINT32, 4096),
        "llama.attention.head_count": (UINT32, 32), "llama.attention.head_count_kv": (UINT32, 8), "llama.context_length": (UINT32, 131072),
        "tokenizer.ggml.tokens": (ARRAY, (STRING, ["a"])),
    }  # fmt: skip
    file = tmp_path / "llama.gguf"
    file.write_bytes(gguf_head(keys, [("weights", (2**20, count // 2**20), Q8_0, 0)]))
    with file.open("ab") as opened:
        opened.truncate(count // 32 * 34 + file.stat().st_size)
    return file


@pytest.fixture
def sdxl(tmp_path: Path) -> Path:
    """SDXL base in one file, with the published numbers of parameters in 16 bits."""
    numbers = {
        "model.diffusion_model.w": 2_567_463_684, "first_stage_model.w": 83_653_863, "conditioner.embedders.0.w": 123_060_478,
        "conditioner.embedders.1.w": 694_659_838, SDXL_FIRST: 2, SDXL_SECOND: 2,
    }  # fmt: skip
    head, end = {}, 0
    for name, count in numbers.items():
        head[name] = {"dtype": "F16", "shape": [count], "data_offsets": [end, end + 2 * count]}
        end += 2 * count
    text = json.dumps(head).encode()
    file = tmp_path / "sd_xl_base_1.0.safetensors"
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(text)) + text)
        opened.truncate(8 + len(text) + end)
    return file


def test_a_language_model_takes_its_weights_its_cache_and_buffers(llama: Path) -> None:
    weights = llama.stat().st_size
    need = ModelNeeds().language(llama, None, PLENTY)
    assert need.gpu == 0
    token = 32 * 2 * 8 * 128 * 2  # blocks, keys and values, heads, width, bytes
    assert weights + 4096 * token < need.memory < 1.1 * (weights + 40_000 * token) + 2**29
    assert ModelNeeds().language(llama, None, Need(10 * GIB)).memory < need.memory, "a smaller cache where there is less room"


def test_layers_of_a_language_model_go_to_the_gpu_as_far_as_there_is_room(llama: Path) -> None:
    alone = ModelNeeds().language(llama, None, PLENTY)
    whole, half, tiny = (ModelNeeds().language(llama, None, Need(64 * GIB, gpu)) for gpu in (24 * GIB, 6 * GIB, GIB // 4))
    assert whole.gpu <= 24 * GIB
    assert whole.memory < GIB < 8 * GIB < whole.gpu
    assert 4 * GIB < half.gpu <= 6 * GIB
    assert half.memory + half.gpu == pytest.approx(whole.memory + whole.gpu, rel=1e-3)
    assert tiny == alone


def test_pictures_take_the_number_format_of_the_device_and_the_fastest_layout_that_fits(sdxl: Path) -> None:
    numbers = 2_567_463_684 + 83_653_863 + 123_060_480 + 694_659_840
    needs = ModelNeeds()
    cpu = needs.pictures(f"sdxl:{sdxl}", PLENTY)
    assert 4 * numbers + 3.5 * GIB < cpu.memory < 4 * numbers + 6 * GIB
    whole, parts, layers = (needs.pictures(f"sdxl:{sdxl}", Need(64 * GIB, gpu * GIB)) for gpu in (24, 10, 7))
    assert 2 * numbers + 3.5 * GIB < whole.gpu < 2 * numbers + 5 * GIB
    assert parts.gpu == pytest.approx(whole.gpu - 2 * (numbers - 2_567_463_684)), "only the largest part"
    assert layers.gpu <= 7 * GIB
    assert needs.pictures(f"sdxl:{sdxl},size=512", Need(64 * GIB, 24 * GIB)).gpu < whole.gpu
    assert needs.pictures(f"sdxl:{sdxl},batch=8", Need(64 * GIB, 24 * GIB)).gpu > whole.gpu
    assert needs.pictures("pictograms", PLENTY) == needs.pictures("photos:anywhere", PLENTY)
    assert needs.pictures("pictograms", PLENTY).memory < GIB // 4


def test_a_card_too_small_even_for_one_layer_at_a_time(sdxl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DoesNotFit, match=r"even one layer at a time, and 2\.0 GiB are free"):
        ModelNeeds().pictures(f"sdxl:{sdxl}", Need(64 * GIB, 2 * GIB))
    monkeypatch.setenv(TRY_ANYWAY, "1")
    assert ModelNeeds().pictures(f"sdxl:{sdxl}", Need(64 * GIB, 2 * GIB)).gpu > 2 * GIB


def test_a_vision_network_takes_its_weights_and_a_batch(tmp_path: Path) -> None:
    with (tmp_path / "model.onnx").open("wb") as file:
        file.truncate(94_297_289)
    need = ModelNeeds().vision(tmp_path / "model.onnx", PHOTO, PLENTY)
    assert 0.9e9 < need.memory < 2e9, "0.73 GB were measured opening a ResNet-50, 1.0 GB after batches of 32"
    small = ModelNeeds().vision(tmp_path / "model.onnx", Preprocess(64, 64, None, "bilinear", (0.5,), (0.5,), "file"), PLENTY)
    assert small.memory < need.memory
    card = ModelNeeds().vision(tmp_path / "model.onnx", PHOTO, Need(64 * GIB, 24 * GIB))
    assert 94_297_289 < card.gpu < need.memory
    assert ModelNeeds().vision(tmp_path / "model.onnx", PHOTO, Need(64 * GIB, GIB // 4)) == need, "a small card is left alone"


def test_every_core_has_a_process_that_decodes_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.onnx").write_bytes(b"weights")

    def need(cores: int) -> int:
        monkeypatch.setattr("models.vision.decoders.own_cores", lambda: cores)
        return ModelNeeds().vision(tmp_path / "model.onnx", PHOTO, PLENTY).memory

    assert need(8) - need(4) == 4 * (need(2) - need(1)) > 4 * 43e6, "43 MB were measured with small photos"
    assert need(100) == need(16), "more would not be started"


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"no")
    with pytest.raises(BadFile, match=r"a\.gguf"):
        ModelNeeds().language(tmp_path / "a.gguf", None, PLENTY)
    with pytest.raises(BadFile, match="no option"):
        ModelNeeds().pictures(f"sdxl:{tmp_path},colour=red", PLENTY)


def test_needs_add_up_and_fit_in_both_places() -> None:
    assert Need(1, 2) + Need(3, 4) == Need(4, 6)
    assert Need(4, 6).fits(Need(4, 6))
    assert not Need(5, 6).fits(Need(4, 6))
    assert not Need(4, 7).fits(Need(4, 6))
