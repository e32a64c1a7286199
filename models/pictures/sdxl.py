"""Pictures from SDXL and its relatives, through diffusers: every picture from its own seed, checked before it is kept."""

import contextlib
import gc
import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import torch
from PIL import Image

from models.cores import spare_cores
from models.errors import DoesNotFit
from models.memory import free_memory, trying_anyway
from models.pictures.sdxl_memory import Footing, check_memory, choose_layout, lower, slower, working_bytes
from models.pictures.sdxl_model import read_model
from models.pictures.sdxl_settings import parse, resolve
from models.pictures.sdxl_words import read_words
from models.progress import say
from models.types.pictures import NoPicture, Picture, PicturePrompt, PictureSettings
from models.types.shared import Progress

VERSION: Final = "1"
"""Counts up with every change that changes pixels."""
LOSSLESS: Final = 256
"""Up to this side in pixels a picture is kept as PNG, above as JPEG: a 1024 pixel PNG takes 239 ms, a JPEG 2.5 ms (SPEED)."""
QUALITY: Final = 95
FLAT: Final = 0.004
"""A picture whose values, -1..1, spread less than half a grey level is none."""


EMPTY: Final = NoPicture("what its VAE decoded is empty, in float32 too")
NO_NUMBERS: Final = NoPicture("what its VAE decoded is no number, in float32 too")
NO_LATENTS: Final = NoPicture("the picture model computed something that is no number")
MEMORY_WORDS: Final = ("can't allocate memory", "not enough memory", "ALLOC_FAILED")
"""In what torch's allocator on Linux, on Windows, and cuBLAS say."""


class DiffusersSource:
    """A PictureSource. Opening it reads headers and configs; the weights are hashed by `settings` and loaded by the first `draw`.

    Raises BadFile, or DoesNotFit, in one sentence.
    """

    def __init__(self, argument: str) -> None:
        asked = parse(argument)
        self._model = read_model(asked)
        self._gpu = torch.cuda.is_available()
        torch.set_num_threads(spare_cores())
        self._drawing = resolve(asked, self._model.family, self._model.native_size, self._gpu)
        self._words = read_words(self._model.path)
        self._footing = Footing(self._drawing.batch, "whole")  # the best that memory has been enough for
        self._pipeline: Any = None
        self._version = ""

    def settings(self) -> PictureSettings:
        """The SHA-256 of every model file, every option, and the number format, which differs between CPU and GPU."""
        self._version = self._version or f"{VERSION}, {self._model.fingerprint()}"
        options = {name: str(value) for name, value in msgspec.to_builtins(self._drawing).items()}
        return PictureSettings(self._model.family, self._version, {**options, "format": str(self._dtype).removeprefix("torch.")})

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts with words that a small model was not trained on."""
        unknown = {concept: words[0] for concept in concepts if (words := self._words.unknown(concept))}
        return {concept: f'the picture model was not trained on "{word}"' for concept, word in unknown.items()}

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture | NoPicture]:
        """PNG up to 256 pixels a side, else JPEG. The last batch is filled up, because another shape would round differently.

        Where memory runs out it goes on with smaller batches, whose pictures differ by such rounding, then with more of the model outside
        the GPU; DoesNotFit is raised where one picture, one layer at a time, is too much. Cancelled may be raised at every step.
        """
        answers: list[Picture | NoPicture] = []
        while len(answers) < len(prompts):
            try:
                answers += self._draw_batch(prompts, len(answers))
                continue
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
            self._give_way()  # outside of the handler: the error holds on to what is to be freed
        return answers

    def _draw_batch(self, prompts: list[PicturePrompt], start: int) -> list[Picture | NoPicture]:
        """The next pictures, as many as are drawn together."""
        if self._pipeline is None:
            say(Progress(f"loading {self._model.path.name}", 0, 0, ""))
            self._pipeline = self._open()
        size = self._footing.batch
        batch = prompts[start : start + size]
        numbers = f"{start + 1}" if len(batch) == 1 else f"{start + 1} to {start + len(batch)}"
        doing = f'drawing "{batch[0].concept}", {numbers} of {len(prompts)} pictures'
        latents = self._latents(batch + batch[-1:] * (size - len(batch)), doing)
        return [self._picture(latents[row : row + 1]) for row in range(len(batch))]

    def _give_way(self) -> None:
        """Take less memory from now on. Raises DoesNotFit where there is no less."""
        less = lower(self._footing, self._gpu)
        if less is None:
            raise DoesNotFit(
                f"{self._model.path.name} ran out of memory drawing one picture of {self._drawing.size} pixels; "
                "close other programs, or ask for a smaller size."
            )
        if less.layout != self._footing.layout:
            self._pipeline = None
        self._footing = less
        gc.collect()
        torch.cuda.empty_cache()

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
        working = working_bytes(self._drawing.size, self._footing.batch)
        if not self._gpu:
            check_memory(self._model.path.name, free_memory(), parts, working)
            return load(self._model, self._drawing.scheduler, self._dtype)
        free, total = torch.cuda.mem_get_info()
        layout = slower(self._footing.layout, choose_layout(total if trying_anyway() else free, parts, working))
        self._footing = self._footing._replace(layout=layout)
        pipeline = load(self._model, self._drawing.scheduler, self._dtype)
        place(pipeline, layout)
        return pipeline

    @torch.inference_mode()
    def _latents(self, prompts: list[PicturePrompt], doing: str) -> torch.Tensor:
        """Denoised latents (prompts, channels, height, width), scaled as the VAE wants them.

        Each picture has a generator of its own, on the CPU: the same noise on every device, alone or in a batch.
        """
        pipeline, side = self._pipeline, self._drawing.size

        def step_done(_: Any, step: int, __: Any, ___: Any) -> dict[str, Any]:
            say(Progress(doing, step + 1, pipeline.num_timesteps, "steps"))
            return {}

        latents: torch.Tensor = pipeline(
            [msgspec.structs.replace(prompt, concept=self._words.spoken(prompt.concept)).text for prompt in prompts],
            height=side,
            width=side,
            num_inference_steps=self._drawing.steps,
            guidance_scale=self._drawing.guidance,
            generator=[torch.Generator("cpu").manual_seed(prompt.seed) for prompt in prompts],
            output_type="latent",
            callback_on_step_end=step_done,
        ).images
        if self._model.family == "flux":
            latents = pipeline._unpack_latents(latents, side, side, pipeline.vae_scale_factor)
        config = pipeline.vae.config
        return latents / float(config.scaling_factor) + float(getattr(config, "shift_factor", None) or 0)

    def _picture(self, latents: torch.Tensor) -> Picture | NoPicture:
        if not bool(latents.isfinite().all()):
            return NO_LATENTS
        pixels = decode_latents(self._pipeline.vae, latents)
        return pixels if isinstance(pixels, NoPicture) else encoded(pixels)


def out_of_memory(error: Exception) -> bool:
    """Whether torch, or Python, could not get memory: on a GPU, or on the CPU."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in MEMORY_WORDS)


@torch.inference_mode()
def decode_latents(vae: Any, latents: torch.Tensor) -> torch.Tensor | NoPicture:
    """One picture (3, height, width), values -1..1, or why there is none even in float32.

    The VAE of SDXL overflows in float16: it says so in its config (`force_upcast`) and is run in float32 at once;
    any other is tried in its own number format first, and once more in float32 if its picture is empty or not finite.
    """
    formats = [torch.float32] if getattr(vae.config, "force_upcast", False) else list(dict.fromkeys((vae.dtype, torch.float32)))
    for dtype in formats:
        with _in_format(vae, dtype):
            pixels: torch.Tensor = vae.decode(latents.to(dtype), return_dict=False)[0][0].float().cpu()
        finite = bool(pixels.isfinite().all())
        if finite and float(pixels.clamp(-1, 1).std()) > FLAT:
            return pixels
    return EMPTY if finite else NO_NUMBERS


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
