"""Builds a diffusers pipeline from checked files only: allowlisted classes, safetensors, our own configs; nothing from the hub."""

import tempfile
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    LCMScheduler,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInstructPix2PixPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from diffusers.loaders.single_file_utils import SingleFileComponentError
from safetensors.torch import load_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection, T5EncoderModel

from models.errors import BadFile
from models.pictures.sdxl_file import CONFIGS
from models.pictures.sdxl_folder import Part, PipelineFolder, clean_copy
from models.pictures.sdxl_memory import Layout
from models.pictures.sdxl_model import PictureModel
from models.pictures.sdxl_tokenizers import END, clip_tokenizer, standard_clip_tokenizer, t5_tokenizer
from models.plural import count

CLASSES: Final[dict[str, Any]] = {
    one.__name__: one
    for one in (
        AutoencoderKL, AutoencoderTiny, UNet2DConditionModel, FluxTransformer2DModel,
        CLIPTextModel, CLIPTextModelWithProjection, T5EncoderModel,
        DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler,
        FlowMatchEulerDiscreteScheduler, LCMScheduler, PNDMScheduler, UniPCMultistepScheduler,
        FluxPipeline, StableDiffusionPipeline, StableDiffusionXLPipeline,
        StableDiffusionInstructPix2PixPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionXLImg2ImgPipeline,
    )
}  # fmt: skip
SCHEDULERS: Final[dict[str, tuple[Any, dict[str, Any]]]] = {
    "euler": (EulerDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {"timestep_spacing": "trailing"}),
    "ddim": (DDIMScheduler, {"timestep_spacing": "trailing"}),
    "dpm": (DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}),
    "lcm": (LCMScheduler, {}),
}
"""Name -> class and what differs from the model's own scheduler. Few-step models need steps from the noisy end: "trailing"."""
SINGLE: Final = {"sdxl": StableDiffusionXLPipeline, "sd15": StableDiffusionPipeline}
LIBRARY_ERRORS: Final = (
    OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, ZeroDivisionError, SingleFileComponentError,
)  # fmt: skip


def load(model: PictureModel, scheduler: str, dtype: torch.dtype) -> Any:
    """The pipeline in main memory; `scheduler` empty: its own. Raises BadFile in one sentence."""
    try:
        with tempfile.TemporaryDirectory(prefix="pictures-") as place:
            pipeline = _from_folder(model.folder, Path(place), dtype) if model.folder else _from_file(model, dtype)
            if model.vae is not None:
                pipeline.vae = _network(model.vae, Path(place) / "own_vae", dtype)
        if scheduler:
            kind, differing = SCHEDULERS[scheduler]
            pipeline.scheduler = kind.from_config(pipeline.scheduler.config, **differing)
    except LIBRARY_ERRORS as error:
        raise BadFile(f"{model.path.name} cannot be loaded: {_one_line(error)}; its files do not fit together, fetch it again.") from error
    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module) and any(value.is_meta for value in part.parameters()):
            raise BadFile(f"{model.path.name} lacks weights of its {name}; fetch it again.")
    if model.lora is not None:
        _fuse(pipeline, model.lora)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def place(pipeline: Any, layout: Layout) -> None:
    """Lay a pipeline out on the first GPU."""
    if layout == "whole":
        pipeline.to("cuda")
    elif layout == "parts":
        pipeline.enable_model_cpu_offload()
    else:
        pipeline._exclude_from_cpu_offload = [*pipeline._exclude_from_cpu_offload, "vae"]  # its number format is changed on overflow
        pipeline.enable_sequential_cpu_offload()


def _from_folder(folder: PipelineFolder, place: Path, dtype: torch.dtype) -> Any:
    parts = {role: _part(folder, role, place / role, dtype) for role in folder.parts}
    kind: Any = CLASSES[folder.class_name]
    if kind in (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionInstructPix2PixPipeline):
        return kind(**parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    if kind in (StableDiffusionXLPipeline, StableDiffusionXLImg2ImgPipeline):
        return kind(**parts, force_zeros_for_empty_prompt=folder.zero_negative, add_watermarker=False)
    return kind(**parts)


def _part(folder: PipelineFolder, role: str, place: Path, dtype: torch.dtype) -> Any:
    part = folder.parts[role]
    if part.class_name.startswith("CLIPTokenizer"):
        encoder = folder.parts[role.replace("tokenizer", "text_encoder")]
        return clip_tokenizer(part.folder, int(encoder.config.get("max_position_embeddings", 77)))
    if part.class_name.startswith("T5Tokenizer"):
        return t5_tokenizer(part.folder)
    if not part.weights:
        return CLASSES[part.class_name].from_config(part.config)
    return _network(part, place, dtype)


def _network(part: Part, place: Path, dtype: torch.dtype) -> torch.nn.Module:
    """Raises BadFile if weights are missing: the libraries would go on with random ones."""
    network, found = CLASSES[part.class_name].from_pretrained(
        clean_copy(part, place), torch_dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    if missing := sorted(found["missing_keys"]):
        raise BadFile(f"{part.folder} lacks {count(len(missing), 'weight')} of a {part.class_name}, such as {missing[0]}; fetch it again.")
    assert isinstance(network, torch.nn.Module)
    return network


def _from_file(model: PictureModel, dtype: torch.dtype) -> Any:
    """A single file with our own description of its family; only weights come from the file."""
    tokenizers = {"tokenizer": standard_clip_tokenizer(END)}
    extra: dict[str, Any] = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    if model.family == "sdxl":
        tokenizers["tokenizer_2"] = standard_clip_tokenizer("!")
        extra = {"add_watermarker": False}
    config = str(CONFIGS / model.family)
    return SINGLE[model.family].from_single_file(
        str(model.path), config=config, local_files_only=True, torch_dtype=dtype, **tokenizers, **extra
    )


def _fuse(pipeline: Any, lora: Path) -> None:
    """Add a LoRA's change to the weights for good. Raises BadFile if it belongs to another model."""
    try:
        pipeline.load_lora_weights(load_file(lora), adapter_name="lora")
        if not pipeline.get_list_adapters():
            raise ValueError("none of its names fit")
        pipeline.fuse_lora()
        pipeline.unload_lora_weights()
    except LIBRARY_ERRORS as error:
        raise BadFile(f"The LoRA {lora.name} does not fit this model: {_one_line(error)}; take one made for it.") from error


def _one_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200].rstrip(" .;:")
