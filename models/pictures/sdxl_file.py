"""A picture model in one safetensors file: which family it is, from the names in its header."""

from pathlib import Path
from typing import Final

from models.errors import BadFile
from models.inspect.safetensors_head import Tensor, read_safetensors_head
from models.pictures.sdxl_settings import Family

CONFIGS: Final = Path(__file__).parent / "configs"
"""Our own descriptions of the pipelines, one folder a family: the libraries' would be fetched from the hub."""

SDXL_FIRST: Final = "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight"
SDXL_SECOND: Final = "conditioner.embedders.1.model.token_embedding.weight"
SD15: Final = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight"
FOLDER: Final = "give the folder of the whole pipeline, the one with model_index.json"


def read_family(path: Path) -> Family:
    """The family of a whole pipeline in one file; raises BadFile, saying what it is and what to do, for anything else."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if head[8:9] != b"{":
        raise BadFile(f"{path.name} is not a safetensors file; only safetensors are loaded, because other formats can run code.")
    tensors = read_safetensors_head(path)
    if SDXL_FIRST in tensors and SDXL_SECOND in tensors and any(name.startswith("first_stage_model.") for name in tensors):
        return "sdxl"
    if SD15 in tensors and any(name.startswith("first_stage_model.") for name in tensors):
        return "sd15"
    raise BadFile(f"{path.name} is {_words(tensors)}.")


def check_lora(path: Path) -> None:
    """Raises BadFile in one sentence if `path` is not a LoRA in safetensors."""
    if not path.is_file():
        raise BadFile(f"There is no LoRA file {path}; check the path.")
    if not is_lora(read_safetensors_head(path)):
        raise BadFile(f"{path.name} is not a LoRA: no name in it says lora; give it as the model if it is one.")


def is_lora(tensors: dict[str, Tensor]) -> bool:
    """Whether the names are those of a LoRA."""
    return any("lora" in name for name in tensors)


def _words(tensors: dict[str, Tensor]) -> str:
    """What a file that is no whole SDXL or SD 1.5 pipeline is, and what to do."""
    if is_lora(tensors):
        return "a LoRA and not a picture model; give it with the model it belongs to, as sdxl:MODEL,lora=FILE"
    starts = {name.removeprefix("model.diffusion_model.").partition(".")[0] for name in tensors}
    if "double_blocks" in starts:
        return f"the transformer of FLUX without its text encoders; {FOLDER}"
    if "joint_blocks" in starts:
        return "a Stable Diffusion 3 model, which is not supported; take SDXL, SD 1.5 or FLUX.1"
    if "down_blocks" in starts or "transformer_blocks" in starts:
        return f"one part of a diffusers pipeline; {FOLDER}"
    if any(name.startswith("cond_stage_model.model.") for name in tensors):
        return "a Stable Diffusion 2 model, which is not supported; take SDXL, SD 1.5 or FLUX.1"
    if any(name.startswith("conditioner.embedders.0.model.") for name in tensors):
        return "the SDXL refiner, which cannot draw alone; give SDXL base"
    if "input_blocks" in starts or any(name.startswith("first_stage_model.") for name in tensors):
        return f"a picture model without its text encoders or its VAE; {FOLDER}"
    return "no picture model that is known here; give SDXL, SD 1.5 or FLUX.1"
