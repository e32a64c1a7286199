"""The demo network as the teacher of the pictures' tower: what it sees where, which tells much more of a picture than a caption does."""

from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional
from transformers import ResNetForImageClassification

from models.demo import NETWORK
from models.demo.clip_training.network import PATCH, WIDTH
from models.demo.clip_training.world import SIDE
from models.demo.train import MEAN, STD

STAGE: Final = 3
"""Whose map has a place for each patch: four by four."""
CHANNELS, POOLED = 128, 256


class Teacher(nn.Module):
    """Two heads that are thrown away afterwards: patches learn to say the stage's map, the picture's token what the network sees in all."""

    def __init__(self, pixels: torch.Tensor) -> None:
        """`pixels`, uint8 (n, 3, SIDE, SIDE): pictures from which it learns the usual values."""
        super().__init__()
        self.network: Any = ResNetForImageClassification.from_pretrained(NETWORK, local_files_only=True).train(False)
        self.network.requires_grad_(False)
        self.on_patches = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CHANNELS))
        self.on_picture = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, POOLED))
        with torch.inference_mode():
            local, whole = self._seen(pixels)
        self.usual = [(value.flatten(0, -2).mean(0).clone(), value.flatten(0, -2).std(0).clone() + 1e-3) for value in (local, whole)]

    def loss(self, pixels: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """How far tokens (n, 1 + patches, WIDTH) are from saying what the teacher sees: two mean squares, of values of unit variance."""
        with torch.no_grad():
            targets = [(value - mean) / std for value, (mean, std) in zip(self._seen(pixels), self.usual, strict=True)]
        said = self.on_patches(tokens[:, 1:]), self.on_picture(tokens[:, 0])
        return functional.mse_loss(said[0].float(), targets[0]) + functional.mse_loss(said[1].float(), targets[1])

    def _seen(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, patches, CHANNELS) and (n, POOLED)."""
        seen = self.network.resnet((pixels.float() / 255 - MEAN) / STD, output_hidden_states=True)
        local = seen.hidden_states[STAGE].flatten(2).transpose(1, 2)
        assert local.shape[1:] == ((SIDE // PATCH) ** 2, CHANNELS)
        return local.float(), seen.pooler_output.flatten(1).float()
