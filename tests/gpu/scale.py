"""The two sizes every check runs at: tiny models on the CPU, which shows that the check works, and full size on a card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gguf_models import LLAMA_3_1_8B, TINY, Size

from line_desktop.methods.line import Preset

TINY_SDXL: Mapping[str, Mapping[str, Any]] = {
    "unet": {
        "block_out_channels": [32, 32, 64], "attention_head_dim": [1, 2, 4], "transformer_layers_per_block": [1, 1, 2],
        "cross_attention_dim": 16 + 24, "addition_time_embed_dim": 8, "projection_class_embeddings_input_dim": 6 * 8 + 24, "sample_size": 8,
    },
    "vae": {"block_out_channels": [32, 32, 32, 32], "sample_size": 64},
    "text_encoder": {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "projection_dim": 16},
    "text_encoder_2": {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "projection_dim": 24},
}  # fmt: skip
TINY_RESNET = {"embedding_size": 8, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"}


@dataclass(frozen=True, eq=False)  # known by itself, so that what is built for it can be kept
class Scale:
    """How large everything is; `sdxl` and `resnet` are what differs from the real configurations."""

    name: str
    gpu: bool
    sdxl: Mapping[str, Mapping[str, Any]]
    resnet: Mapping[str, Any]
    language: Size
    drawings: tuple[tuple[int, int], ...]  # pixels a side, steps
    side: int  # pixels, of the vision network's input
    photos: int
    boards: int  # asked about at once
    neurons: int
    steps: int  # of LINE
    preset: Preset

    @property
    def device(self) -> str:
        return "CUDA" if self.gpu else "CPU"


ON_CPU = Scale("tiny", False, TINY_SDXL, TINY_RESNET, TINY, ((64, 2), (32, 1)), 32, 8, 2, 1, 1, "paper")
ON_CARD = Scale("full", True, {}, {}, LLAMA_3_1_8B, ((1024, 25), (512, 4)), 224, 256, 32, 4, 10, "line")
