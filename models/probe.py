"""The engine that asks: what the machine has, what a model library really does here, what a model file is.

Each library is loaded when it is asked for, so that one that is broken takes only its own child with it.
"""

import os
import re
from pathlib import Path
from typing import Final

import psutil

from models import labelled_folder, offline
from models.captions.folder import NAMES as CAPTIONERS
from models.captions.folder import read_captioner
from models.clip.folder import KIND as CLIP
from models.clip.folder import read_clip
from models.errors import BadFile
from models.inspect.digest import sha256_of
from models.inspect.first_bytes import identify
from models.inspect.gguf import Gguf, read_gguf, usual_profile
from models.inspect.huggingface_folder import read_folder
from models.inspect.onnx_file import read_onnx
from models.inspect.paths import existing
from models.inspect.safetensors_head import read_safetensors_head
from models.language.memory import CACHES, needed_bytes
from models.machine import FileTrust, Kind, Library, LibraryName, Machine, ModelFile
from models.memory import fit, free_memory, gpus
from models.pictures.sdxl_memory import working_bytes
from models.pictures.sdxl_model import PictureModel, read_model
from models.pictures.sdxl_settings import Asked
from models.plural import count
from models.types.vision import Trust
from models.vision.state_dict import read_state_dict

FAMILIES: Final = {"sdxl": "Stable Diffusion XL", "sd15": "Stable Diffusion 1.5", "flux": "FLUX.1"}
TRUST: Final[dict[str, Trust]] = {"onnx": "onnx", "huggingface": "safetensors", "state-dict": "torch-weights"}
CUDA: Final = "CUDAExecutionProvider"


class MachineProbe:
    """Implements models.machine.Probe."""

    def machine(self) -> Machine:
        """Cores this process may use, memory, GPUs, and the connection self-test."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return Machine(cores, int(psutil.virtual_memory().total), free_memory(), gpus(), offline.can_reach_network())

    def library(self, name: LibraryName) -> Library:
        """Load and use a library; one that cannot be loaded has an empty version, and its reason in words."""
        ask = {"torch": _torch, "onnxruntime": _onnxruntime, "llama.cpp": _llama}[name]
        try:
            return ask()
        except (ImportError, OSError, RuntimeError) as error:  # RuntimeError is what llama-cpp-python makes of a missing library
            return Library("", "CPU", " ".join(str(error).split())[:300])

    def describe(self, path: Path) -> ModelFile:
        """What a model file or folder is and whether it fits now; all of it is read for its SHA-256. Raises BadFile."""
        path = existing(path)
        head = _head(path)
        if head.startswith(b"GGUF"):
            return _language(path, read_gguf(path))
        if (path / "model_index.json").is_file():
            return _pictures(read_model(Asked(path)))
        if labelled_folder.holds_classes(path) and not (path / "config.json").is_file():
            return _photos(path)
        is_safetensors = head[8:9] == b"{"
        if is_safetensors:
            try:
                return _pictures(read_model(Asked(path)))
            except BadFile:
                pass  # then it may be a vision network's weights; if not, that says more
        return _vision(path, is_safetensors)


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(16)


def _language(path: Path, header: Gguf) -> ModelFile:
    needed = needed_bytes(header, CACHES[usual_profile(header)][-1].cells)
    summary = f"{header.name or path.stem}: {header.architecture}, {header.parameters / 1e9:.2g} billion parameters, {header.quantization}"
    return _file(path, "language model", "gguf", summary, sha256_of([path]), header.bytes, needed)


def _pictures(model: PictureModel) -> ModelFile:
    parts = model.part_bytes(2 if gpus() else 4)  # half precision on a GPU, single on a CPU
    needed = sum(parts.values()) + working_bytes(model.native_size, 1)
    files = [model.path] if model.folder is None else model.folder.files()
    summary = f"{FAMILIES[model.family]}, for pictures of {model.native_size} pixels"
    return _file(model.path, "picture model", "safetensors", summary, model.fingerprint(), _bytes(files), needed)


def _vision(path: Path, is_safetensors: bool) -> ModelFile:
    form = identify(path)
    trust: Trust = "safetensors" if is_safetensors else TRUST.get(form, "runs-code")
    summary, sha256, size = f"A vision checkpoint: {form}", "", 0
    if form == "huggingface":
        folder = read_folder(path)
        if (folder.model_type, folder.architecture) == CLIP:
            return _clip(path)
        if (folder.model_type, folder.architecture) in CAPTIONERS:
            return _captioner(path)
        summary, sha256, size = f"A Hugging Face folder: {folder.architecture or folder.model_type}", sha256_of(folder.files), folder.bytes
    elif form == "onnx":
        network = read_onnx(path)  # with its external data
        summary, sha256, size = f"An ONNX network of {count(len(network.model.graph.node), 'node')}", network.sha256, network.bytes
    elif is_safetensors:
        summary = f"{count(len(read_safetensors_head(path)), 'tensor')}, without the network they belong to"
    elif trust == "torch-weights":
        summary = f"{count(len(read_state_dict(path)), 'tensor')} as torch saves them, without the network they belong to"
    return _file(path, "vision network", trust, summary, sha256 or sha256_of([path]), size or path.stat().st_size, None)


def _clip(path: Path) -> ModelFile:
    folder = read_clip(path)
    summary = f"A CLIP for pictures of {folder.recipe.width} × {folder.recipe.height} pixels, with its texts"
    return _file(path, "CLIP", "safetensors", summary, folder.sha256(), folder.network.bytes, None)


def _captioner(path: Path) -> ModelFile:
    folder = read_captioner(path)
    summary = f"A captioner: {folder.name}, for pictures of {folder.recipe.width} × {folder.recipe.height} pixels"
    return _file(path, "captioner", "safetensors", summary, folder.sha256(), folder.network.bytes, None)


def _photos(path: Path) -> ModelFile:
    classes = labelled_folder.classes(path)
    photos = [(photo, name) for name, files in classes.items() for photo in files]
    summary = f"{count(len(photos), 'photo')} of {count(len(classes), 'class', 'classes')}"
    return _file(
        path, "labelled photos", "pictures", summary, labelled_folder.digest(path, photos), _bytes([photo for photo, _ in photos]), None
    )


def _file(path: Path, kind: Kind, trust: FileTrust, summary: str, sha256: str, size: int, needed: int | None) -> ModelFile:
    found = fit(needed, free_memory(), max((gpu.free for gpu in gpus()), default=0))
    return ModelFile(str(path), kind, trust, summary, sha256, size, needed, found)


def _bytes(files: list[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def _torch() -> Library:
    import torch

    if not torch.cuda.is_available():
        built = f"built for CUDA {torch.version.cuda}, which finds no GPU" if torch.version.cuda else "the build for CPUs"
        return Library(str(torch.__version__), "CPU", built)
    torch.ones(2, device="cuda").sum().item()
    return Library(str(torch.__version__), "GPU", f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}")


def _onnxruntime() -> Library:
    """Which provider a session really runs on: the list of available ones says only what the package was built with."""
    import onnxruntime as ort
    from onnx import TensorProto, helper

    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    wanted = [name for name in ort.get_available_providers() if name in (CUDA, "CPUExecutionProvider")]
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(model.SerializeToString(), options, providers=wanted)
    used = session.get_providers()[0]
    built = " although it was built for CUDA" if CUDA in wanted and used != CUDA else ""
    return Library(ort.__version__, "GPU" if used == CUDA else "CPU", f"a session runs on {used}{built}")


def _llama() -> Library:
    import llama_cpp
    from llama_cpp import llama_cpp as api

    offload = bool(api.llama_supports_gpu_offload())
    built = "layers can go to the GPU" if offload else "the build for CPUs"
    told = api.llama_print_system_info().decode(errors="replace")  # such as "CPU : AVX = 1 | AVX2 = 1 | "
    features = re.findall(r"(\w+) = 1", told)
    return Library(llama_cpp.__version__, "GPU" if offload else "CPU", f"{built}, with {', '.join(features)}")
