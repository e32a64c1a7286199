"""The engine that estimates: what memory another engine will take, from the headers of its files; nothing is loaded or run.

Weights and what they need beside them, by kind (measured on two cores, resident memory of the child after work):

- language: weights, the cache of the profile, llama.cpp's buffers (`models.language.memory`); on a GPU as many layers as it has room for;
- pictures: weights in the number format they are loaded in (16 bits on a GPU, 32 on a CPU), the work for one batch by its size
  (`models.pictures.sdxl_memory`), on a GPU in the fastest layout that fits; while they are loaded all weights pass through main memory.
  torch and diffusers take 0.5 GB alone; pictograms and photos 0.05 GB in all;
- CLIP: two such networks;
- vision: weights up to 1 GiB are in memory several times while the session opens (ResNet-50: 0.094 GB of weights, peak 0.73 GB), larger
  ones stay in their file; then the values of one batch by its pixels (ResNet-50, 32 pictures of 224 pixels: 0.5 GB with the last layers
  tapped, 0.9 GB with the first); and a process for each core that decodes photos (0.04 GB each, and what a large photo takes).
"""

from pathlib import Path
from typing import Final

from models.captions.folder import read_captioner
from models.captions.memory import TORCH, single_bytes, writing_bytes
from models.clip.card import PICTURES, TEXTS, read_card
from models.errors import DoesNotFit
from models.inspect.gguf import read_gguf, usual_profile
from models.language.memory import CACHES, WORKING, needed_bytes
from models.language.offload import layers_that_fit
from models.memory import Need, size_of, trying_anyway
from models.pictures.editor_folder import PICTOGRAMS, read_editor
from models.pictures.sdxl_memory import LAYERS, Layout, choose_layout, working_bytes
from models.pictures.sdxl_model import PictureModel, read_model
from models.pictures.sdxl_settings import parse, resolve
from models.sentences.card import TEXTS as SENTENCES
from models.types.language import Profile
from models.types.vision import Preprocess
from models.vision.decoders import decoders

SMALL: Final = 100 << 20  # a process that draws pictograms or reads photos
DIFFUSERS: Final = 600 << 20  # torch and diffusers
ONNX_RUNTIME: Final = 120 << 20
DECODER: Final = 64 << 20
COPIES, COPIES_OF_LARGE = 6.5, 2.2  # of the weights of an ONNX file, below and above INLINE_LIMIT
INLINE_LIMIT: Final = 1 << 30
VALUES: Final = 640  # bytes a pixel that the values inside a network take: ten maps of 64 channels at half the size
BATCH, BATCH_BYTES = 32, 64 << 20  # pictures, and bytes of input, that go through a vision network at once


class ModelNeeds:
    """Implements models.memory.Needs; raises BadFile for what cannot be read."""

    def language(self, model: Path, profile: Profile | None, room: Need) -> Need:
        """With the largest cache there is room for, or else the smallest."""
        header = read_gguf(model)
        caches = CACHES[profile or usual_profile(header)]
        fitting = (one for one in caches if needed_bytes(header, one.cells) <= room.memory + room.gpu)
        cache = next(fitting, caches[-1])
        layers = layers_that_fit(header, cache, room.gpu) if room.gpu else 0
        weights = needed_bytes(header, cache.cells) - WORKING
        on_gpu = weights * layers // (header.blocks + 1)
        return Need(weights - on_gpu + WORKING, on_gpu + WORKING if layers else 0)

    def pictures(self, source: str, room: Need) -> Need:
        """A source that needs no model is small."""
        kind, _, argument = source.partition(":")
        if kind != "sdxl":
            return Need(SMALL, 0)
        asked = parse(argument)
        model = read_model(asked)
        drawing = resolve(asked, model.family, model.native_size, bool(room.gpu))
        return _diffusers(model, working_bytes(drawing.size, drawing.batch), room)

    def editor(self, spec: str, room: Need) -> Need:
        """An editing pipeline works on one photo at a time, of about the size it was trained for."""
        if spec == PICTOGRAMS:
            return Need(SMALL, 0)
        model = read_editor(Path(spec))
        return _diffusers(model, working_bytes(model.native_size, 1), room)

    def vision(self, model: Path, preprocess: Preprocess, room: Need) -> Need:
        """A network that the GPU has no room for runs on the CPU."""
        pixels = preprocess.height * preprocess.width
        batch = max(1, min(BATCH, BATCH_BYTES // (4 * preprocess.channels * pixels)))
        weights, values = size_of(model.parent), VALUES * pixels * batch
        opening = ONNX_RUNTIME + int((COPIES if weights < INLINE_LIMIT else COPIES_OF_LARGE) * weights) + DECODER * decoders()
        if weights + values <= room.gpu:
            return Need(opening, weights + values)
        return Need(opening + values, 0)

    def clip(self, folder: Path, room: Need) -> Need:
        """Both towers; a batch of texts is smaller than one of pictures."""
        pictures = self.vision(folder / PICTURES / "model.onnx", read_card(folder).preprocess, room)
        weights = size_of(folder / TEXTS)
        opening = int((COPIES if weights < INLINE_LIMIT else COPIES_OF_LARGE) * weights)
        return pictures + (Need(opening, weights) if pictures.gpu else Need(opening))

    def sentences(self, folder: Path, room: Need) -> Need:
        """The network of texts."""
        weights = size_of(folder / SENTENCES)
        opening = int((COPIES if weights < INLINE_LIMIT else COPIES_OF_LARGE) * weights)
        return Need(opening, weights) if weights <= room.gpu else Need(opening)

    def captioner(self, folder: Path, room: Need) -> Need:
        """In single precision; one that the GPU has no room for runs on the CPU."""
        captioner = read_captioner(folder)
        weights, working = single_bytes(captioner.network.weights), writing_bytes(captioner.recipe)
        if weights + working <= room.gpu:
            return Need(TORCH + weights, weights + working)
        return Need(TORCH + weights + working)


def _diffusers(model: PictureModel, working: int, room: Need) -> Need:
    """A pipeline of diffusers with the work for one batch."""
    parts = model.part_bytes(2 if room.gpu else 4)
    weights = sum(parts.values())
    if not room.gpu:
        return Need(DIFFUSERS + weights + working, 0)
    held: dict[Layout, int] = {"whole": weights, "parts": max(parts.values()), "layers": int(LAYERS)}
    return Need(DIFFUSERS + weights, held[_layout(room.gpu, parts, working)] + working)


def _layout(free: int, parts: dict[str, int], working: int) -> Layout:
    try:
        return choose_layout(free, parts, working)
    except DoesNotFit:
        if trying_anyway():
            return "layers"
        raise
