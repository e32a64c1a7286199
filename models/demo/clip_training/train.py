"""The loss, the loop and the measure: pictures and texts that belong together come close, as in CLIP.

CLIP takes every other text of a batch as wrong. Here many are true as well ("red" of every red thing), and which is known: those are left
out. Besides a caption of each picture a batch has every single word, so that single words are placed as well as whole captions.
"""

from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from models.demo.clip_training import world
from models.demo.clip_training.teacher import Teacher
from models.demo.sdxl_training.train import steps
from models.demo.train import MEAN, STD
from models.pictures.words import OBJECTS, TEXTURES

BATCH: Final = 64
SINGLE: Final = 128
"""Single words beside the captions of a batch; colours and textures are always among them."""
PEAK: Final = 1.5e-3
"""The highest learning rate."""
TAUGHT: Final = 3.0
"""Weight of what the teacher says."""
HOTTEST: Final = 4.6
"""Logarithm of the largest scale of the cosines, CLIP's own bound of 100."""
KINDS: Final = {"colour": world.TINTS, "texture": TEXTURES, "object": tuple(OBJECTS)}
BARE: Final = "{}"
PROMPT: Final = "a photo of a {}"


def train(network: Any, tokenizer: Any, data: world.Samples, minutes: float, seed: int) -> None:
    """So many minutes of this thread's processor time; several processes that train together average their gradients."""
    rng = np.random.default_rng(seed)
    teacher = Teacher(data.pixels[:500])
    learning = [*network.parameters(), *(one for one in teacher.parameters() if one.requires_grad)]
    network.train()
    running = 0.0
    for step, _ in enumerate(steps(learning, PEAK, minutes)):
        rows = torch.from_numpy(rng.integers(len(data.pixels), size=BATCH))
        said, single = world.captions(data.labels[rows], rng), world.single_words(rng, SINGLE)
        with torch.autocast("cpu", torch.bfloat16):
            pixels = shifted(data.pixels[rows], rng)
            seen = network.get_image_features(pixel_values=scaled(pixels))
            taught = teacher.loss(pixels, seen.last_hidden_state)
            texts = torch.cat([embed_texts(network, tokenizer, one.texts) for one in (said, single)])
        scale = network.logit_scale.clamp(max=HOTTEST).exp()
        true = torch.cat([world.truth(one, data.labels[rows]) for one in (said, single)], 1)
        found = loss(scale * functional.normalize(seen.pooler_output.float(), dim=1) @ texts.float().T, true)
        torch.autograd.backward(found + TAUGHT * taught)
        running = found.item() if step == 0 else 0.98 * running + 0.02 * found.item()
        if step % 100 == 0:
            print(f"step {step}: loss {running:.3f}, teacher {taught.item():.3f}, scale {scale.item():.1f}", flush=True)
    network.train(False)


def loss(cosines: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Each true pair against all false ones of its picture, and of its text: scaled cosines and truth (pictures, texts).

    The mean of -log(e^s / (e^s + Σ e^f)), s of a true pair, f of the false ones (CLIP's loss, with several truths).
    """
    false = cosines.masked_fill(true, -torch.inf)
    by_picture = functional.softplus(false.logsumexp(1, keepdim=True) - cosines)
    by_text = functional.softplus(false.logsumexp(0, keepdim=True) - cosines)
    return by_picture[true].mean() + by_text[true].mean()


def embed_pictures(network: Any, pixels: torch.Tensor) -> torch.Tensor:
    """uint8 (n, 3, SIDE, SIDE) -> (n, width) of unit length."""
    return functional.normalize(network.get_image_features(pixel_values=scaled(pixels)).pooler_output, dim=1)


def scaled(pixels: torch.Tensor) -> torch.Tensor:
    """As the preprocessor config says."""
    return (pixels.float() / 255 - MEAN) / STD


def embed_texts(network: Any, tokenizer: Any, texts: list[str]) -> torch.Tensor:
    """(texts, width) of unit length."""
    tokens = tokenizer(texts, padding=True, truncation=True, return_tensors="pt").input_ids
    return functional.normalize(network.get_text_features(input_ids=tokens).pooler_output, dim=1)


def shifted(pixels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """The batch moved by up to three pixels, or mirrored: the same captions for other pixels."""
    down, across = rng.integers(-3, 4, 2).tolist()
    moved = torch.roll(pixels, (down, across), (2, 3))
    return moved.flip(3) if rng.random() < 0.5 else moved


@torch.inference_mode()
def accuracy(network: Any, tokenizer: Any, fresh: world.Samples, prompt: str = BARE) -> dict[str, float]:
    """Share of pictures whose nearest word of a kind is true of them, and whose nearest caption of all pictures' full captions is theirs.

    For objects the pictures of objects count.
    """
    pictures = torch.cat([embed_pictures(network, part) for part in torch.split(fresh.pixels, 250)])
    shares = {}
    for kind, names in KINDS.items():
        true = world.truth(world.Said(list(names), torch.from_numpy(np.array([world.true_of(name) for name in names]))), fresh.labels)
        nearest = (pictures @ embed_texts(network, tokenizer, [prompt.format(name) for name in names]).T).argmax(1, keepdim=True)
        asked = true.any(1)
        shares[kind] = true.gather(1, nearest)[asked].float().mean().item()
    full = [full_caption(label) for label in fresh.labels.tolist()]
    choices = sorted(set(full))
    nearest = (pictures @ embed_texts(network, tokenizer, [prompt.format(one) for one in choices]).T).argmax(1)
    right = [choices[row] == one for row, one in zip(nearest.tolist(), full, strict=True)]
    return shares | {"caption": sum(right) / len(right)}


def full_caption(label: list[int]) -> str:
    """Colour, texture and the first name of what is drawn."""
    return f"{world.TINTS[label[1]]} {TEXTURES[label[2]]} {world.nouns_of(world.icons()[label[0]])[0]}"
