"""Small random captioners as transformers saves them, and a fake of the engine whose captions name the colour it sees."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models.decode import decode
from models.errors import BadFile
from models.types.meaning import CaptionerInfo, Captions
from models.types.vision import Rectangle

SIDE = 32
PIECES = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "the", "red", "green", "blue", "striped", "dotted", "cat", "dog", "house", "car",
    "tree", "on", "of", "in", "and", "with", "near", "##s", "##ly", "-", "'", ".", ",", "[DEC]", "[ENC]",
]  # fmt: skip
SIZES: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
SEEING = SIZES | {"image_size": SIDE, "patch_size": 8, "initializer_range": 0.3}
RECIPE = {
    "image_processor_type": "BlipImageProcessor", "size": {"height": SIDE, "width": SIDE}, "do_resize": True, "resample": 3,
    "image_mean": [0.5, 0.4, 0.3], "image_std": [0.25] * 3,
}  # fmt: skip
COLOURS = ("red", "green", "blue")


def random_blip(folder: Path) -> Any:
    """Write a random BLIP; returns the network."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration

    marks: dict[str, Any] = {"bos_token_id": len(PIECES) - 2, "sep_token_id": 3, "eos_token_id": 2, "pad_token_id": 0}
    writing = SIZES | marks | {"vocab_size": len(PIECES), "max_position_embeddings": 64, "initializer_range": 0.3}
    torch.manual_seed(2)
    return _saved(folder, BlipForConditionalGeneration(BlipConfig(text_config=writing, vision_config=SEEING, initializer_range=0.3)))


def random_git(folder: Path) -> Any:
    """Write a random GIT; returns the network."""
    import torch
    from transformers import GitConfig, GitForCausalLM

    marks: dict[str, Any] = {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
    torch.manual_seed(0)
    config = GitConfig(**SIZES, **marks, vocab_size=len(PIECES), max_position_embeddings=64, vision_config=SEEING, initializer_range=0.3)
    return _saved(folder, GitForCausalLM(config))


def random_pair(folder: Path) -> Any:
    """Write a random ViT with a GPT-2 that writes in BERT's pieces; returns the network."""
    import torch
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    marks: dict[str, Any] = {"bos_token_id": 2, "eos_token_id": 3, "pad_token_id": 0}
    writing = GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=64, vocab_size=len(PIECES), initializer_range=0.3, **marks)
    torch.manual_seed(0)
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(**SEEING), writing)
    return _saved(folder, VisionEncoderDecoderModel(config))


def _saved(folder: Path, network: Any) -> Any:
    from safetensors.torch import save_model

    folder.mkdir(parents=True)
    network.eval()
    save_model(network, str(folder / "model.safetensors"), metadata={"format": "pt"})
    config = network.config.to_dict() | {"architectures": [type(network).__name__]}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "preprocessor_config.json").write_text(json.dumps(RECIPE))
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    return network


class FakeCaptioner:
    """Names the strongest colour of a picture; remembers what it was asked."""

    def __init__(self, sha256: str = "f" * 64) -> None:
        self.asked: list[str] = []
        self._info = CaptionerInfo("fake", sha256, "fake", "BLIP", 1, "CPU")

    def info(self) -> CaptionerInfo:
        return self._info

    def describe_files(self, files: list[Path], regions: list[Rectangle | None] | None = None) -> Captions:
        self.asked += [file.name for file in files]
        texts, unreadable = [], {}
        for row, (file, region) in enumerate(zip(files, regions or [None] * len(files), strict=True)):
            try:
                texts.append(f"a {_colour(np.asarray(decode(file)), region or (0.0, 0.0, 1.0, 1.0))} thing")
            except BadFile as error:
                texts.append("")
                unreadable[row] = str(error)
        return Captions(tuple(texts), unreadable)


def _colour(pixels: np.ndarray, region: Rectangle) -> str:
    height, width = pixels.shape[:2]
    left, top, right, bottom = region
    seen = pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    return COLOURS[int(seen.mean((0, 1)).argmax())]
