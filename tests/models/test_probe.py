"""What the probe says of this machine, of the libraries it loads, and of model files of every kind."""

import hashlib
import json
import zipfile
from contextlib import closing
from pathlib import Path

import onnx
import psutil
import pytest
import small_inputs
from caption_folders import random_blip
from clip_folders import random_clip
from hostile.case import MARKER
from hostile.ggufs import gguf
from hostile.onnx_files import endless
from hostile.pickles import torch_zip

from line_desktop.survey import read_probe_set
from models.demo import NETWORK
from models.errors import BadFile
from models.host import connect
from models.inspect.gguf import read_gguf
from models.language.memory import needed_bytes
from models.machine import LibraryName, Probe
from models.probe import MachineProbe


def test_the_machine() -> None:
    machine = MachineProbe().machine()
    assert machine.memory == psutil.virtual_memory().total
    assert 1 <= machine.cores <= (psutil.cpu_count() or 1)
    assert 0 < machine.memory_free < machine.memory


@pytest.mark.parametrize("name", ["torch", "onnxruntime", "llama.cpp"])
def test_a_library_is_used_and_not_only_found(name: LibraryName) -> None:
    probe, child = connect(Probe, "probe")  # type: ignore[type-abstract]
    with closing(child):
        told = probe.library(name)
    assert told.version
    assert told.words


def test_a_language_model(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(gguf())
    found = MachineProbe().describe(file)
    assert (found.kind, found.trust, found.bytes) == ("language model", "gguf", file.stat().st_size)
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert found.needed is not None
    assert found.needed >= needed_bytes(read_gguf(file), 1)
    assert found.fit in ("fits", "tight", "does not fit")


def test_a_vision_network(tmp_path: Path) -> None:
    file = small_inputs.network(tmp_path / "net.onnx")
    found = MachineProbe().describe(file)
    assert (found.kind, found.trust, found.needed, found.fit) == ("vision network", "onnx", None, "unknown")
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    folder = MachineProbe().describe(NETWORK)
    assert (folder.kind, folder.trust) == ("vision network", "safetensors")


def test_a_clip_a_captioner_and_labelled_photos(tmp_path: Path) -> None:
    random_clip(tmp_path / "clip")
    random_blip(tmp_path / "captioner")
    small_inputs.labelled_photos(tmp_path / "photos")
    found = [MachineProbe().describe(tmp_path / name) for name in ("clip", "captioner", "photos")]
    assert [(one.kind, one.trust) for one in found] == [
        ("CLIP", "safetensors"),
        ("captioner", "safetensors"),
        ("labelled photos", "pictures"),
    ]
    photos = read_probe_set(tmp_path / "photos")
    assert (found[2].sha256, found[2].bytes) == (photos.digest, sum(photo.stat().st_size for photo in photos.photos))
    (tmp_path / "empty" / "class").mkdir(parents=True)
    with pytest.raises(BadFile):
        MachineProbe().describe(tmp_path / "empty")


def test_external_data_counts_and_stays_in_its_folder(tmp_path: Path) -> None:
    network = onnx.load(small_inputs.network(tmp_path / "net.onnx"))
    onnx.save(network, tmp_path / "net.onnx", save_as_external_data=True, location="weights", size_threshold=0)
    found = MachineProbe().describe(tmp_path / "net.onnx")
    assert found.bytes == sum((tmp_path / name).stat().st_size for name in ("net.onnx", "weights"))
    (tmp_path / "weights").rename(tmp_path / "elsewhere")
    (tmp_path / "weights").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadFile, match="through a link"):
        MachineProbe().describe(tmp_path / "net.onnx")


def test_weights_with_code_are_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with zipfile.ZipFile(tmp_path / "code.pt", "w") as archive:
        for name, content in torch_zip(tmp_path / "plain").items():
            archive.writestr(name, content)
    with pytest.raises(BadFile):
        MachineProbe().describe(tmp_path / "code.pt")
    assert not (tmp_path / "plain" / MARKER).exists()


def test_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    (tmp_path / "endless.onnx").write_bytes(endless().SerializeToString())
    assert MachineProbe().describe(tmp_path / "endless.onnx").kind == "vision network"


def test_what_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("notes")
    (tmp_path / "pipe").mkdir()
    (tmp_path / "pipe" / "model_index.json").write_text(json.dumps({"_class_name": "EvilPipeline"}))
    for path in (tmp_path / "notes.gguf", tmp_path / "pipe", tmp_path / "missing"):
        with pytest.raises(BadFile) as caught:
            MachineProbe().describe(path)
        assert "\n" not in str(caught.value)
