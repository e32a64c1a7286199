"""Small random CLIP folders, and a fake of the engine whose embeddings are colours and hashed words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.decode import decode
from models.errors import BadFile
from models.types.meaning import ClipInfo, Embedded
from models.types.shared import FloatArray
from models.types.vision import Preprocess, Rectangle

SIDE = 32
RECIPE = {
    "image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 36}, "do_center_crop": True,
    "crop_size": {"height": SIDE, "width": SIDE}, "resample": 3, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.25] * 3,
}  # fmt: skip


def random_clip(folder: Path) -> Any:
    """Write a random CLIP of 16 numbers, for texts of up to 24 tokens, as transformers does; returns the network."""
    import torch
    from safetensors.torch import save_file
    from transformers import CLIPConfig, CLIPModel

    from models.demo.sdxl_training.networks import TOKENS, new_tokenizer

    tokenizer = new_tokenizer(["red cat", "a photo of a striped dog"])
    marks = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.eos_token_id}
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    torch.manual_seed(0)
    config = CLIPConfig(
        text_config=sizes | marks | {"vocab_size": len(tokenizer), "max_position_embeddings": TOKENS},
        vision_config=sizes | {"image_size": SIDE, "patch_size": 8},
        projection_dim=16,
    )
    network = CLIPModel(config).train(False)
    folder.mkdir(parents=True)
    save_file(network.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config.to_dict() | {"architectures": ["CLIPModel"]}))
    (folder / "preprocessor_config.json").write_text(json.dumps(RECIPE))
    tokenizer.save_pretrained(folder)
    return network


class FakeEmbedder:
    """A picture's embedding is its mean colour above grey, a text's is hashed; remembers how much it was asked."""

    def __init__(self, sha256: str = "f" * 64) -> None:
        self.asked: list[str] = []
        self._info = ClipInfo("fake", sha256, "fake", 3, 8, 1, Preprocess(1, 1, None, "nearest", (0.0,) * 3, (1.0,) * 3, "file"))

    def info(self) -> ClipInfo:
        return self._info

    def embed_texts(self, texts: list[str]) -> FloatArray:
        self.asked += texts
        return np.stack([unit(np.random.default_rng(sum(text.encode())).normal(size=3)) for text in texts])

    def embed_pictures(self, pictures: list[bytes]) -> Embedded:
        return self._embedded(pictures, [None] * len(pictures))

    def embed_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Embedded:
        self.asked += [file.name for file in files]
        return self._embedded(files, regions or [None] * len(files))

    def _embedded(self, pictures: Sequence[bytes | Path], regions: Sequence[Rectangle | None]) -> Embedded:
        values, unreadable = np.full((len(pictures), 3), np.nan, np.float32), {}
        for row, (picture, region) in enumerate(zip(pictures, regions, strict=True)):
            try:
                pixels = np.asarray(decode(picture))
            except BadFile as error:
                unreadable[row] = str(error)
                continue
            left, top, right, bottom = region or (0, 0, 1, 1)
            height, width = pixels.shape[:2]
            seen = pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
            values[row] = unit(seen.mean((0, 1)) - 127)
        return Embedded(values, unreadable)


def unit(values: np.ndarray) -> FloatArray:
    """float32 of length one."""
    scaled: FloatArray = (values / np.linalg.norm(values)).astype(np.float32)
    return scaled
