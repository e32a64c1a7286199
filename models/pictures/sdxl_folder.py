"""A diffusers folder: which pipeline it is and which files belong to it, read within bounds and without running any of it.

Only the classes, the files and the fields named here are looked at. `clean_copy` gives the libraries a folder with nothing else.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from models.errors import BadFile
from models.inspect.safetensors_head import BITS, Tensor, read_safetensors_head

MAX_JSON: Final = 20_000_000  # bytes
SHARD: Final = re.compile(r"(?P<stem>[a-z_]+)(\.fp16)?-\d{5}-of-\d{5}\.safetensors")

SCHEDULERS: Final = (
    "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler", "PNDMScheduler", "LCMScheduler",
    "DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "FlowMatchEulerDiscreteScheduler",
)  # fmt: skip
VAES: Final = ("AutoencoderKL", "AutoencoderTiny")
CLIP_TOKENIZERS: Final = ("CLIPTokenizer", "CLIPTokenizerFast")
PIPELINES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "StableDiffusionXLPipeline": {
        "unet": ("UNet2DConditionModel",),
        "vae": VAES,
        "text_encoder": ("CLIPTextModel",),
        "text_encoder_2": ("CLIPTextModelWithProjection",),
        "tokenizer": CLIP_TOKENIZERS,
        "tokenizer_2": CLIP_TOKENIZERS,
        "scheduler": SCHEDULERS,
    },
    "StableDiffusionPipeline": {
        "unet": ("UNet2DConditionModel",),
        "vae": VAES,
        "text_encoder": ("CLIPTextModel",),
        "tokenizer": CLIP_TOKENIZERS,
        "scheduler": SCHEDULERS,
    },
    "FluxPipeline": {
        "transformer": ("FluxTransformer2DModel",),
        "vae": VAES,
        "text_encoder": ("CLIPTextModel",),
        "text_encoder_2": ("T5EncoderModel",),
        "tokenizer": CLIP_TOKENIZERS,
        "tokenizer_2": ("T5Tokenizer", "T5TokenizerFast"),
        "scheduler": SCHEDULERS,
    },
}
"""Pipeline class -> its parts, each with the classes that are loaded for it; other parts (safety checker, ...) are left out."""

TOKENIZER_FILES: Final = ("tokenizer.json", "vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json")
LEADS_TO_CODE: Final = re.compile(r"_.*|auto_map|custom_.*|quantization_config|attn_implementation.*|.*kernel.*|.*dtype|trust_remote_code")


class Part(NamedTuple):
    """One part of a pipeline: `config` without fields that lead to code, `weights` empty for schedulers and tokenizers."""

    folder: Path
    class_name: str
    config: dict[str, Any]
    weights: tuple[Path, ...]

    @property
    def bytes_as_16_bit(self) -> int:
        """Size of the weights in a 16-bit number format."""
        return sum(_elements(tensor) * 2 for file in self.weights for tensor in read_safetensors_head(file).values())

    def files(self) -> Iterator[Path]:
        """Every file that has a say in the pictures."""
        yield from self.weights
        yield from (self.folder / name for name in _configs(self.class_name) if (self.folder / name).is_file())


class PipelineFolder(NamedTuple):
    """A checked folder."""

    path: Path
    class_name: str
    parts: dict[str, Part]
    zero_negative: bool  # SDXL: the empty negative prompt is all zeros

    def files(self) -> list[Path]:
        """Every file that has a say in the pictures, in a fixed order."""
        return sorted({self.path / "model_index.json", *(file for part in self.parts.values() for file in part.files())})


def read_pipeline(path: Path, known: Mapping[str, Mapping[str, tuple[str, ...]]] = PIPELINES) -> PipelineFolder:
    """Read and check a diffusers folder of a known pipeline; raises BadFile in one sentence."""
    index = read_json(path / "model_index.json")
    class_name = str(index.get("_class_name"))
    if class_name not in known:
        raise BadFile(f'{path.name} is a "{class_name}", which is not supported; there are {", ".join(known)}.')
    parts = {}
    for role, allowed in known[class_name].items():
        named = index.get(role)
        library, wanted = map(str, named) if isinstance(named, list) and len(named) == 2 else ("", "nothing")
        if wanted not in allowed or library not in ("diffusers", "transformers"):
            raise BadFile(f'{path.name} names "{wanted}" as its {role}; only {" or ".join(allowed)} is loaded, and no code of its own.')
        parts[role] = read_part(path / role, wanted)
    return PipelineFolder(path, class_name, parts, index.get("force_zeros_for_empty_prompt") is not False)


def read_part(folder: Path, class_name: str) -> Part:
    """Read one part's config and find its weights; raises BadFile in one sentence."""
    if class_name in CLIP_TOKENIZERS or class_name.startswith("T5Tokenizer"):
        return Part(folder, class_name, {}, ())
    config = {name: value for name, value in read_json(folder / _configs(class_name)[0]).items() if not LEADS_TO_CODE.fullmatch(name)}
    if class_name in SCHEDULERS:
        return Part(folder, class_name, config, ())
    stem = "model" if class_name.startswith(("CLIP", "T5")) else "diffusion_pytorch_model"
    weights = _weights(folder, stem)
    for file in weights:
        read_safetensors_head(file)
    return Part(folder, class_name, config, weights)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of bounded size; raises BadFile in one sentence."""
    if not path.is_file():
        raise BadFile(f"The folder {path.parent} has no {path.name}; fetch it, or give the folder of a diffusers pipeline.")
    if path.stat().st_size > MAX_JSON:
        raise BadFile(f"{path} has more than {MAX_JSON} bytes; it is refused.")
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFile(f"{path} cannot be read as JSON ({error}); fetch it again.") from error


def clean_copy(part: Part, folder: Path) -> Path:
    """Write into the new `folder` what the libraries may see of a part: its cleaned config, and links to its weights."""
    folder.mkdir(parents=True)
    config = {"_class_name": part.class_name, **part.config} if part.class_name not in ("CLIPTextModel", "T5EncoderModel") else part.config
    (folder / _configs(part.class_name)[0]).write_bytes(msgspec.json.encode(config))
    stem = "model" if part.class_name.startswith(("CLIP", "T5")) else "diffusion_pytorch_model"
    if len(part.weights) == 1:
        _link(part.weights[0], folder / f"{stem}.safetensors")
    elif part.weights:
        heads = {file: read_safetensors_head(file) for file in part.weights}
        size = sum(tensor.data_offsets[1] - tensor.data_offsets[0] for head in heads.values() for tensor in head.values())
        places = {name: file.name for file, head in heads.items() for name in head}
        index = {"metadata": {"total_size": size}, "weight_map": places}
        (folder / f"{stem}.safetensors.index.json").write_bytes(msgspec.json.encode(index))
        for file in part.weights:
            _link(file, folder / file.name)
    return folder


def _configs(class_name: str) -> tuple[str, ...]:
    """The names of a part's own files besides its weights."""
    if class_name in SCHEDULERS:
        return ("scheduler_config.json",)
    return TOKENIZER_FILES if "Tokenizer" in class_name else ("config.json",)


def _weights(folder: Path, stem: str) -> tuple[Path, ...]:
    """The safetensors files of a part: one, or all shards; of two precisions the smaller."""
    for name in (f"{stem}.fp16.safetensors", f"{stem}.safetensors"):
        if (folder / name).is_file():
            return (folder / name,)
    found = [file for file in sorted(folder.iterdir()) if (match := SHARD.fullmatch(file.name)) and match["stem"] == stem]
    half = [file for file in found if ".fp16-" in file.name]
    shards = half or found
    if not shards:
        raise BadFile(f"The folder {folder} has no {stem}.safetensors; only safetensors are loaded, so fetch or save it in that format.")
    wanted = int(shards[0].name[-17:-12])
    if len(shards) != wanted:
        raise BadFile(f"The folder {folder} has {len(shards)} of its {wanted} weight files; fetch the others.")
    return tuple(shards)


def _elements(tensor: Tensor) -> int:
    start, end = tensor.data_offsets
    return (end - start) * 8 // BITS[tensor.dtype]


def _link(source: Path, place: Path) -> None:
    """A symbolic link, or where the system permits none, a hard one."""
    try:
        place.symlink_to(source.resolve())
    except OSError:
        os.link(source.resolve(), place)
