"""Pictures from SDXL and its relatives, through diffusers: every picture from its own seed, checked before it is kept."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import psutil
import torch
from PIL import Image

from models.errors import DoesNotFit, EngineFailed
from models.pictures.sdxl_memory import check_memory, choose_layout, working_bytes
from models.pictures.sdxl_model import read_model
from models.pictures.sdxl_settings import parse, resolve
from models.pictures.sdxl_words import read_words
from models.types import Picture, PicturePrompt, PictureSettings

VERSION: Final = "1"
"""Counts up with every change that changes pixels."""
LOSSLESS: Final = 256
"""Up to this side in pixels a picture is kept as PNG, above as JPEG: a 1024 pixel PNG takes 239 ms, a JPEG 2.5 ms (SPEED)."""
QUALITY: Final = 95
FLAT: Final = 0.004
"""A picture whose values, -1..1, spread less than half a grey level is none."""


class DiffusersSource:
    """A PictureSource. Opening it reads headers and configs; the weights are hashed by `settings` and loaded by the first `draw`.

    Raises BadFile, or DoesNotFit, in one sentence.
    """

    def __init__(self, argument: str) -> None:
        asked = parse(argument)
        self._model = read_model(asked)
        self._gpu = torch.cuda.is_available()
        self._drawing = resolve(asked, self._model.family, self._model.native_size, self._gpu)
        self._words = read_words(self._model.path)
        self._pipeline: Any = None
        self._version = ""
        self._blank: set[str] = set()

    def settings(self) -> PictureSettings:
        """The SHA-256 of every model file, every option, and the number format, which differs between CPU and GPU."""
        self._version = self._version or f"{VERSION}, {self._model.fingerprint()}"
        options = {name: str(value) for name, value in msgspec.to_builtins(self._drawing).items()}
        return PictureSettings(self._model.family, self._version, {**options, "format": str(self._dtype).removeprefix("torch.")})

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts with words that a small model was not trained on, and those it gave no picture for."""
        reasons = {}
        for concept in concepts:
            if unknown := self._words.unknown(concept):
                reasons[concept] = f'the picture model was not trained on "{unknown[0]}"'
            elif concept in self._blank:
                reasons[concept] = "the picture model gave an empty picture for it"
        return reasons

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        """PNG up to 256 pixels a side, else JPEG. The last batch is filled up, because another shape would round differently.

        Raises DoesNotFit where the memory does not suffice, and EngineFailed, naming the concept, where the model gives no picture.
        """
        if self._pipeline is None:
            self._pipeline = self._open()
        size = self._drawing.batch
        pictures: list[Picture] = []
        try:
            for start in range(0, len(prompts), size):
                batch = prompts[start : start + size]
                latents = self._latents(batch + batch[-1:] * (size - len(batch)))
                pictures += [self._picture(prompt, latents[row : row + 1]) for row, prompt in enumerate(batch)]
        except torch.OutOfMemoryError as error:
            raise DoesNotFit(
                f"{self._model.path.name} ran out of GPU memory drawing {size} pictures of {self._drawing.size} pixels at once; "
                "ask for a smaller batch or size, as in batch=1."
            ) from error
        return pictures

    @property
    def _dtype(self) -> torch.dtype:
        """FLUX overflows in float16; a CPU computes float32 faster than either."""
        if not self._gpu:
            return torch.float32
        return torch.bfloat16 if self._model.family == "flux" else torch.float16

    def _open(self) -> Any:
        """Load the pipeline where it fits."""
        from models.pictures.sdxl_load import load, place  # diffusers takes seconds to import, and mistakes are found without it

        parts = self._model.part_bytes(self._dtype.itemsize)
        working = working_bytes(self._drawing.size, self._drawing.batch)
        if not self._gpu:
            check_memory(self._model.path.name, psutil.virtual_memory().available, parts, working)
            return load(self._model, self._drawing.scheduler, self._dtype)
        layout = choose_layout(torch.cuda.mem_get_info()[0], parts, working)
        pipeline = load(self._model, self._drawing.scheduler, self._dtype)
        place(pipeline, layout)
        return pipeline

    @torch.inference_mode()
    def _latents(self, prompts: list[PicturePrompt]) -> torch.Tensor:
        """Denoised latents (prompts, channels, height, width), scaled as the VAE wants them.

        Each picture has a generator of its own, on the CPU: the same noise on every device, alone or in a batch.
        """
        pipeline, side = self._pipeline, self._drawing.size
        latents: torch.Tensor = pipeline(
            [msgspec.structs.replace(prompt, concept=self._words.spoken(prompt.concept)).text for prompt in prompts],
            height=side,
            width=side,
            num_inference_steps=self._drawing.steps,
            guidance_scale=self._drawing.guidance,
            generator=[torch.Generator("cpu").manual_seed(prompt.seed) for prompt in prompts],
            output_type="latent",
        ).images
        if self._model.family == "flux":
            latents = pipeline._unpack_latents(latents, side, side, pipeline.vae_scale_factor)
        config = pipeline.vae.config
        return latents / float(config.scaling_factor) + float(getattr(config, "shift_factor", None) or 0)

    def _picture(self, prompt: PicturePrompt, latents: torch.Tensor) -> Picture:
        pixels = decode_latents(self._pipeline.vae, latents)
        if pixels is None:
            self._blank.add(prompt.concept)
            raise EngineFailed(
                f'{self._model.path.name} gave no picture for "{prompt.concept}" (seed {prompt.seed}): what its VAE decoded is empty or no '
                "number, in float32 too; leave the concept out, or give another VAE with vae=FOLDER."
            )
        return encoded(pixels)


@torch.inference_mode()
def decode_latents(vae: Any, latents: torch.Tensor) -> torch.Tensor | None:
    """One picture (3, height, width), values -1..1, or None if there is none even in float32.

    The VAE of SDXL overflows in float16: it says so in its config (`force_upcast`) and is run in float32 at once;
    any other is tried in its own number format first, and once more in float32 if its picture is empty or not finite.
    """
    formats = [torch.float32] if getattr(vae.config, "force_upcast", False) else list(dict.fromkeys((vae.dtype, torch.float32)))
    for dtype in formats:
        with _in_format(vae, dtype):
            pixels: torch.Tensor = vae.decode(latents.to(dtype), return_dict=False)[0][0].float().cpu()
        if bool(pixels.isfinite().all()) and float(pixels.clamp(-1, 1).std()) > FLAT:
            return pixels
    return None


@contextlib.contextmanager
def _in_format(network: Any, dtype: torch.dtype) -> Iterator[None]:
    own = network.dtype
    if own == dtype:
        yield
        return
    network.to(dtype)
    yield
    network.to(own)


def encoded(pixels: torch.Tensor) -> Picture:
    """A picture file of values -1..1, (3, height, width)."""
    values = ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).numpy()
    image, stream = Image.fromarray(values), io.BytesIO()
    if max(image.size) <= LOSSLESS:
        image.save(stream, "PNG", compress_level=1)
        return Picture(stream.getvalue(), ".png")
    image.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return Picture(stream.getvalue(), ".jpg")
