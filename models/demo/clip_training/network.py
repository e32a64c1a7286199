"""The small CLIP, untrained: transformers' own class, a vision transformer and a text encoder, and its tokenizer."""

from typing import Final

import numpy as np
import torch
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from models.demo.clip_training import world
from models.demo.sdxl_training.networks import TOKENS, new_tokenizer
from models.demo.train import MEAN, STD
from models.pictures.words import SYNONYMS

PATCH: Final = 16
"""Side of a patch in pixels: 16 patches a picture."""
WIDTH: Final = 160
"""Of the pictures' tower."""
LAYERS: Final = 4
TEXT_WIDTH: Final = 96
EMBEDDING: Final = 128
"""Width of an embedding."""
LEAST: Final = 0.01
"""Of the mean variance, added to every component's: the faintest are noise."""
PLACE: Final = 0.5
"""How much a patch's place counts at first, beside what is in it."""


def tokenizer() -> CLIPTokenizer:
    """A byte-pair vocabulary that knows the words of the dictionary, their synonyms and the prompts."""
    rng = np.random.default_rng(0)
    said = world.captions(world.samples(0, 300).labels, rng).texts
    synonyms = [other for others in SYNONYMS.values() for other in others]
    return new_tokenizer([*said, *(word for word in (*world.WORDS, *synonyms) for _ in range(3))])


def network(words: CLIPTokenizer, pixels: torch.Tensor) -> CLIPModel:
    """About 1.6 million parameters, random but for the first: `pixels`, uint8 (n, 3, SIDE, SIDE), decide how patches are seen."""
    marks = {"bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id, "pad_token_id": words.eos_token_id}
    text = {
        "vocab_size": len(words), "max_position_embeddings": TOKENS, "hidden_size": TEXT_WIDTH, "intermediate_size": 4 * TEXT_WIDTH,
        "num_hidden_layers": 2, "num_attention_heads": 4,
    }  # fmt: skip
    vision = {
        "image_size": world.SIDE, "patch_size": PATCH, "hidden_size": WIDTH, "intermediate_size": 3 * WIDTH,
        "num_hidden_layers": LAYERS, "num_attention_heads": 4,
    }  # fmt: skip
    made = CLIPModel(CLIPConfig(text_config={**text, **marks}, vision_config=vision, projection_dim=EMBEDDING))
    with torch.no_grad():
        made.vision_model.embeddings.patch_embedding.weight.copy_(whitening(pixels))
        made.vision_model.embeddings.position_embedding.weight.normal_(std=PLACE)
    return made


def whitening(pixels: torch.Tensor) -> torch.Tensor:
    """Filters (WIDTH, 3, PATCH, PATCH) whose answers to patches are uncorrelated and of unit variance.

    Their main components, as a first layer that need not be learned saves most of the training (Jordan, "94% on CIFAR-10", 2024).
    """
    cut = (pixels.float() / 255 - MEAN).unfold(2, PATCH, PATCH).unfold(3, PATCH, PATCH)
    patches = cut.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3 * PATCH * PATCH) / STD
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters: torch.Tensor = vectors[:, -WIDTH:] / (values[-WIDTH:] + LEAST * values.mean()).sqrt()
    return torch.reshape(filters.T, (WIDTH, 3, PATCH, PATCH))
