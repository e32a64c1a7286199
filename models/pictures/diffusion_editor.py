"""Takes concepts out of photos by an image-editing pipeline of diffusers from a local folder.

The whole photo is edited once, and of the result only the pixels go into the photo where the neuron fires most. The control takes the
same number of pixels of the same result where it fires least: the same hand, the same artefacts, the same area, elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageFilter

from models.cores import spare_cores
from models.decode import decode
from models.errors import DoesNotFit
from models.memory import free_memory, trying_anyway
from models.pictures.editor_folder import read_editor
from models.pictures.sdxl import NO_LATENTS, decode_latents, encoded, out_of_memory
from models.pictures.sdxl_memory import check_memory, choose_layout, working_bytes
from models.pictures.sdxl_words import read_words
from models.progress import say
from models.types.pictures import Edited, EditRequest, NoPicture, PictureSettings
from models.types.shared import FloatArray, Progress
from models.types.vision import ActivationMap

VERSION: Final = "1"
"""Counts up with every change that changes an edit."""
SHARE: Final = 0.4
"""Of the photo's pixels that an edit may change, and that its control may."""
FEATHER: Final = 1 / 40
"""Of the photo's shorter side: the soft edge of a part that is pasted in."""
STRENGTH: Final = 0.75
"""How much of a photo drawing over it replaces by noise: enough for an object to become another, too little for another scene."""
STEPS: Final = 20
GUIDANCE: Final = 7.5
LIKENESS: Final = 1.5
"""How closely InstructPix2Pix keeps to the photo (its authors' default, as are the steps and the guidance)."""
USUALLY_SEEN: Final = 0.875
"""Of the shorter side: the middle square that networks usually see of a photo."""
LEAST_CHANGE: Final = 0.5
"""Mean change of a pixel's values, 0..255, below which nothing was edited."""
NO_CHANGE: Final = NoPicture("the editing pipeline gave the photo back as it was")


class DiffusionEditor:
    """An Editor of photos. Opening it reads headers and configs; the weights are hashed by `settings` and loaded by the first `edit`.

    InstructPix2Pix is told to remove the concept; an image-to-image pipeline draws over the photo and keeps away from the concept.
    Raises BadFile, or DoesNotFit, in one sentence.
    """

    def __init__(self, folder: Path) -> None:
        self._model = read_editor(folder)
        assert self._model.folder is not None
        self._instructed = "InstructPix2Pix" in self._model.folder.class_name
        self._words = read_words(folder)
        self._gpu = torch.cuda.is_available()
        torch.set_num_threads(spare_cores())
        self._pipeline: Any = None
        self._version = ""

    def settings(self) -> PictureSettings:
        """The SHA-256 of every model file, how it edits, and the number format, which differs between CPU and GPU."""
        self._version = self._version or f"{VERSION}, {self._model.fingerprint()}"
        options = {"share": SHARE, "steps": STEPS, "guidance": GUIDANCE, "size": self._model.native_size}
        options |= {"likeness": LIKENESS} if self._instructed else {"strength": STRENGTH}
        named = {name: str(value) for name, value in options.items()}
        source = "instruct-pix2pix" if self._instructed else f"{self._model.family} image-to-image"
        return PictureSettings(source, self._version, {**named, "format": str(self._dtype).removeprefix("torch.")})

    def redraws(self) -> bool:
        """It works on photos."""
        return False

    def inseparable(self, concepts: list[str]) -> dict[str, str]:
        """The concepts with words that a small model was not trained on."""
        unknown = {concept: words[0] for concept in concepts if (words := self._words.unknown(concept))}
        return {concept: f'the editing pipeline was not trained on "{word}"' for concept, word in unknown.items()}

    def edit(self, requests: list[EditRequest]) -> Sequence[Edited | NoPicture]:
        """One photo after another. Raises BadFile for a photo that cannot be read, DoesNotFit, and Cancelled at every step."""
        return [self._edit(request) for request in requests]

    def _edit(self, request: EditRequest) -> Edited | NoPicture:
        before = self._prepared(decode(request.photo))
        try:
            edited = self._edited(before, request)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise DoesNotFit(
                f"{self._model.path.name} ran out of memory editing one photo of {self._model.native_size} pixels; close other programs."
            ) from error
        if isinstance(edited, NoPicture):
            return edited
        here, elsewhere = regions(request.where, before.size)
        original = _tensor(before)
        without, control = (original + (edited - original) * torch.from_numpy(mask) for mask in (here, elsewhere))
        change = _change(original, without), _change(original, control)
        if change[0] < LEAST_CHANGE:
            return NO_CHANGE
        return Edited(
            before=encoded(original), without=encoded(without), control=encoded(control), removed=self._instruction(request.concept),
            changed="the same elsewhere in the photo", parts={}, change=change,
        )  # fmt: skip

    def _instruction(self, concept: str) -> str:
        """What is done to a photo, in a few words."""
        return f"remove the {concept}" if self._instructed else f"drawn over, away from “{concept}”"

    def _prepared(self, photo: Image.Image) -> Image.Image:
        """The photo with the longer side as large as the pictures that the model was trained on, in steps that it can take."""
        pipeline = self._opened()
        step = pipeline.vae_scale_factor * 2 ** (len(pipeline.unet.config.block_out_channels) - 1)
        scale = self._model.native_size / max(photo.size)
        width, height = (max(step, round(side * scale / step) * step) for side in photo.size)
        return photo.resize((width, height), Image.Resampling.BICUBIC)

    @torch.inference_mode()
    def _edited(self, photo: Image.Image, request: EditRequest) -> torch.Tensor | NoPicture:
        """The whole photo edited: (3, height, width), -1..1. The seed's generator is on the CPU, the same noise on every device."""
        pipeline = self._opened()
        doing = f'taking "{request.concept}" out of a photo'

        def step_done(_: Any, step: int, __: Any, ___: Any) -> dict[str, Any]:
            say(Progress(doing, step + 1, pipeline.num_timesteps, "steps"))
            return {}

        concept = self._words.spoken(request.concept)
        if self._instructed:
            own = {"prompt": f"remove the {concept}", "image_guidance_scale": LIKENESS}
        else:
            own = {"prompt": "A realistic photo", "negative_prompt": f"A realistic photo of a {concept}", "strength": STRENGTH}
        latents: torch.Tensor = pipeline(
            image=photo, num_inference_steps=STEPS, guidance_scale=GUIDANCE, output_type="latent", callback_on_step_end=step_done,
            generator=torch.Generator("cpu").manual_seed(request.seed), **own,
        ).images  # fmt: skip
        if not bool(latents.isfinite().all()):
            return NO_LATENTS
        config = pipeline.vae.config
        pixels = decode_latents(pipeline.vae, latents / float(config.scaling_factor) + float(getattr(config, "shift_factor", None) or 0))
        return pixels if isinstance(pixels, NoPicture) else pixels.clamp(-1, 1)

    @property
    def _dtype(self) -> torch.dtype:
        """A CPU computes float32 faster than float16."""
        return torch.float16 if self._gpu else torch.float32

    def _opened(self) -> Any:
        """The pipeline, loaded where it fits."""
        if self._pipeline is None:
            from models.pictures.sdxl_load import load, place  # diffusers takes seconds to import, and mistakes are found without it

            say(Progress(f"loading {self._model.path.name}", 0, 0, ""))
            parts = self._model.part_bytes(self._dtype.itemsize)
            working = working_bytes(self._model.native_size, 1)
            if not self._gpu:
                check_memory(self._model.path.name, free_memory(), parts, working)
                self._pipeline = load(self._model, "", self._dtype)
                return self._pipeline
            free, total = torch.cuda.mem_get_info()
            layout = choose_layout(total if trying_anyway() else free, parts, working)
            self._pipeline = load(self._model, "", self._dtype)
            place(self._pipeline, layout)
        return self._pipeline


def regions(where: ActivationMap | None, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Where a photo of `size` (width, height) is edited, and where its control: masks (height, width) with soft edges, 0..1.

    As many pixels in both: SHARE of the part that the network sees, where its activation map is highest, and where it is lowest.
    Without a map the middle of the photo, where its object usually is, and the rim around it.
    """
    values, inside = _height(where, size)
    order = np.flatnonzero(inside)[np.argsort(values[inside], kind="stable")]
    count = int(SHARE * len(order))
    return _mask(order[len(order) - count :], size), _mask(order[:count], size)


def _height(where: ActivationMap | None, size: tuple[int, int]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """The map's value at each pixel, and whether the network sees it, both (height, width)."""
    width, height = size
    values, inside = np.zeros((height, width), np.float32), np.zeros((height, width), bool)
    side = USUALLY_SEEN * min(size)
    seen = where.seen if where else (0.5 - side / width / 2, 0.5 - side / height / 2, 0.5 + side / width / 2, 0.5 + side / height / 2)
    left, top, right, bottom = (round(share * full) for share, full in zip(seen, (width, height) * 2, strict=True))
    if where is None:
        rows, columns = np.mgrid[:height, :width]
        values = np.float32(-1) * np.hypot(rows - height / 2, columns - width / 2).astype(np.float32)
    else:
        known = Image.fromarray(np.nan_to_num(where.values)).resize((right - left, bottom - top), Image.Resampling.BILINEAR)
        canvas = Image.new("F", size)
        canvas.paste(known, (left, top))
        values = np.asarray(canvas)
    inside[max(top, 0) : bottom, max(left, 0) : right] = True
    return values, inside


def _mask(pixels: npt.NDArray[np.int64], size: tuple[int, int]) -> FloatArray:
    hard = np.zeros(size[0] * size[1], np.uint8)
    hard[pixels] = 255
    soft = Image.fromarray(hard.reshape(size[1], size[0])).filter(ImageFilter.GaussianBlur(FEATHER * min(size)))
    mask: FloatArray = np.asarray(soft, np.float32) / np.float32(255)
    return mask


def _tensor(photo: Image.Image) -> torch.Tensor:
    """(3, height, width), -1..1."""
    return torch.from_numpy(np.asarray(photo, np.float32) / 127.5 - 1).permute(2, 0, 1)


def _change(one: torch.Tensor, other: torch.Tensor) -> float:
    """Mean change of a pixel's values, 0..255."""
    return float((one - other).abs().mean()) * 127.5
