"""A picture model as it lies on disk, checked but not loaded: a diffusers folder or one file, with a LoRA or a VAE of its own."""

import hashlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from models.errors import BadFile
from models.inspect.paths import existing
from models.inspect.safetensors_head import read_safetensors_head
from models.pictures.sdxl_file import CONFIGS, check_lora, read_family
from models.pictures.sdxl_folder import VAES, Part, PipelineFolder, read_json, read_part, read_pipeline
from models.pictures.sdxl_settings import Asked, Family

FAMILIES: Final[dict[str, Family]] = {"StableDiffusionXLPipeline": "sdxl", "StableDiffusionPipeline": "sd15", "FluxPipeline": "flux"}
FLUX_SIZE: Final = 1024  # pixels; its config does not say
CHUNK: Final = 1 << 20
SINGLE_PARTS: Final[dict[str, str | tuple[str, ...]]] = {
    "denoiser": "model.diffusion_model.",
    "vae": "first_stage_model.",
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.0."),
    "text_encoder_2": "conditioner.embedders.1.",
}
"""Part -> how its names start in a file in the original format."""


class PictureModel(NamedTuple):
    """`folder` is None for a single file."""

    path: Path
    family: Family
    folder: PipelineFolder | None
    vae: Part | None
    lora: Path | None

    @property
    def native_size(self) -> int:
        """The side in pixels of the pictures the model was trained on."""
        if self.family == "flux":
            return FLUX_SIZE
        if self.folder is None:
            described = CONFIGS / self.family
            unet, vae = read_json(described / "unet" / "config.json"), read_json(described / "vae" / "config.json")
        else:
            unet, vae = self.folder.parts["unet"].config, self.folder.parts["vae"].config
        side, blocks = unet.get("sample_size"), vae.get("block_out_channels")
        if not isinstance(side, int) or not isinstance(blocks, list) or not 1 <= len(blocks) <= 8 or not 4 <= side <= 512:
            raise BadFile(f"{self.path.name} has a config without its picture size (sample_size, block_out_channels); fetch it again.")
        return int(side * 2 ** (len(blocks) - 1))

    def part_bytes(self, bytes_per_number: int) -> dict[str, int]:
        """Bytes of each part's weights, loaded with so many bytes per number."""
        if self.folder is not None:
            return {role: part.bytes_as_16_bit * bytes_per_number // 2 for role, part in self.folder.parts.items() if part.weights}
        numbers = dict.fromkeys(SINGLE_PARTS, 0)
        for name, tensor in read_safetensors_head(self.path).items():
            for part, start in SINGLE_PARTS.items():
                if name.startswith(start):
                    numbers[part] += math.prod(tensor.shape)
        return {part: count * bytes_per_number for part, count in numbers.items()}

    def fingerprint(self) -> str:
        """SHA-256 of the file, or of a folder's files one after another; then those of a LoRA and a VAE of its own."""
        found = [_sha256([self.path] if self.folder is None else self.folder.files())]
        if self.lora is not None:
            found.append(f"lora {_sha256([self.lora])}")
        if self.vae is not None:
            found.append(f"vae {_sha256(sorted(self.vae.files()))}")
        return ", ".join(found)


def read_model(asked: Asked) -> PictureModel:
    """Read and check all headers and configs, none of the weights. Raises BadFile in one sentence."""
    path = existing(asked.path)
    folder = read_pipeline(path) if path.is_dir() else None
    family = FAMILIES[folder.class_name] if folder else read_family(path)
    if asked.lora is not None:
        check_lora(existing(asked.lora))
    vae = _own_vae(existing(asked.vae)) if asked.vae is not None else None
    return PictureModel(path, family, folder, vae, asked.lora)


def _own_vae(folder: Path) -> Part:
    if not folder.is_dir():
        raise BadFile(f"vae={folder} is not a folder; give the folder of a VAE, with config.json and diffusion_pytorch_model.safetensors.")
    wanted = str(read_json(folder / "config.json").get("_class_name"))
    if wanted not in VAES:
        raise BadFile(f'{folder.name} is a "{wanted}" and no VAE that is known here; there are {" and ".join(VAES)}.')
    return read_part(folder, wanted)


def _sha256(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(files):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(files: list[Path]) -> Iterator[bytes]:
    for file in files:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
