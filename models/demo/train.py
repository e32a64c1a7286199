"""Trains the demo network again: `python -m models.demo.train OUT`, a small ResNet that names object, colour and texture.

The three groups of class neurons share one hidden layer of 256 and are trained together, each by its own cross-entropy.
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn
from torch.nn import functional
from transformers import ResNetConfig, ResNetForImageClassification

from models.pictures.drawing import LIGHTS, VIEWS
from models.pictures.pictograms import Pictograms
from models.pictures.words import COLOURS, OBJECTS, TEXTURES
from models.types.pictures import PicturePrompt

SIDE: Final = 64
"""The network's input in pixels."""
MEAN: Final = 0.5
STD: Final = 0.25
GROUPS: Final[dict[str, tuple[str, ...]]] = {"objects": tuple(OBJECTS), "colours": tuple(COLOURS), "textures": TEXTURES}
WEIGHTS: Final = {"objects": 1.0, "colours": 0.5, "textures": 1.0}
BATCH: Final = 128


class Samples(NamedTuple):
    """Pictures and what is on them."""

    pixels: torch.Tensor  # uint8 (n, 3, SIDE, SIDE)
    labels: torch.Tensor  # int64 (n, 3): object, colour, texture, each counted within its group


def samples(first_seed: int, count: int) -> Samples:
    """Pictograms of random objects, colours, textures, angles and lightings; the seeds `first_seed`.. decide all of it."""
    source = Pictograms()
    pixels = np.empty((count, SIDE, SIDE, 3), np.uint8)
    labels = np.empty((count, len(GROUPS)), np.int64)
    for row in range(count):
        rng = np.random.default_rng(first_seed + row)
        labels[row] = [rng.integers(len(names)) for names in GROUPS.values()]
        thing, colour, texture = (names[label] for names, label in zip(GROUPS.values(), labels[row], strict=True))
        angle, lighting = rng.choice(["", *VIEWS]), rng.choice(["", *LIGHTS])
        prompt = PicturePrompt(f"{colour} {texture} {thing}", str(angle), str(lighting), first_seed + row)
        pixels[row] = _shrunk(source.pixels(prompt)[0])
    return Samples(torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels))


def _shrunk(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """As the preprocessor config asks: Pillow's bilinear."""
    return np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def accuracy(network: nn.Module, held_out: Samples) -> dict[str, float]:
    """Share of pictures whose strongest class neuron of a group is the right one, for each group."""
    network.train(False)
    with torch.inference_mode():
        logits = torch.cat([network(pixel_values=_scaled(part)).logits for part in torch.split(held_out.pixels, 250)])
    chosen = torch.stack([part.argmax(1) for part in _by_group(logits)], 1)
    right = (chosen == held_out.labels).float().mean(0)
    return dict(zip(GROUPS, right.tolist(), strict=True))


def train(network: nn.Module, data: Samples, held_out: Samples, epochs: int) -> None:
    """One cycle of AdamW over `epochs`; prints the held-out accuracy after each."""
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    steps = len(data.pixels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=epochs * steps, pct_start=0.2)
    for epoch in range(1, epochs + 1):
        began = time.monotonic()
        network.train()
        for rows in torch.split(torch.randperm(len(data.pixels))[: steps * BATCH], BATCH):
            with torch.autocast("cpu", torch.bfloat16):  # 1.4 to 1.7 times as fast where the processor knows it
                logits = network(pixel_values=_scaled(_shifted(data.pixels[rows]))).logits
            loss = _loss(logits.float(), data.labels[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
        shares = ", ".join(f"{name} {share:.1%}" for name, share in accuracy(network, held_out).items())
        print(f"epoch {epoch}: loss {loss.item():.3f}, {shares}, {time.monotonic() - began:.0f} s", flush=True)


def save(network: ResNetForImageClassification, folder: Path) -> None:
    """Write the Hugging Face folder: safetensors, config and preprocessor config."""
    network.save_pretrained(folder)
    preprocessor = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": SIDE, "width": SIDE},
        "resample": int(Image.Resampling.BILINEAR),
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [MEAN] * 3,
        "image_std": [STD] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n", "utf-8")


def new_network() -> ResNetForImageClassification:
    """An untrained network with one class neuron for each name of each group."""
    names = [name for group in GROUPS.values() for name in group]
    config = ResNetConfig(
        embedding_size=24,
        hidden_sizes=[32, 64, 128, 256],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        hidden_act="relu",
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
    )
    return ResNetForImageClassification(config)


def _scaled(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 (n, 3, SIDE, SIDE) -> the network's normalised input."""
    return ((pixels.float() / 255 - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def _shifted(pixels: torch.Tensor) -> torch.Tensor:
    """The batch moved by up to three pixels, or mirrored: the same names for other pixels."""
    across, down = torch.randint(-3, 4, (2,)).tolist()
    moved = torch.roll(pixels, (down, across), (2, 3))
    return moved.flip(3) if torch.rand(1) < 0.5 else moved


def _by_group(logits: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return torch.split(logits, [len(names) for names in GROUPS.values()], dim=1)


def _loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Weighted sum of one cross-entropy for each group."""
    parts = [
        weight * functional.cross_entropy(part, labels[:, column], label_smoothing=0.05)
        for column, (part, weight) in enumerate(zip(_by_group(logits), WEIGHTS.values(), strict=True))
    ]
    return torch.stack(parts).sum()


def _many(count: int, workers: int) -> Samples:
    """`count` samples from seed 0 on, drawn by several processes."""
    share = -(-count // workers)
    firsts = range(0, count, share)
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(samples, firsts, [min(share, count - first) for first in firsts]))
    return Samples(torch.cat([part.pixels for part in parts]), torch.cat([part.labels for part in parts]))


def main() -> None:
    """Train and write the folder OUT."""
    parser = argparse.ArgumentParser(description="Train the demo network on pictograms and write it as a Hugging Face folder.")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--pictures", type=int, default=36_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2, help="processes that draw, and threads that train")
    wanted = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(wanted.workers)
    began = time.monotonic()
    data = _many(wanted.pictures, wanted.workers)
    print(f"{wanted.pictures} pictures drawn in {time.monotonic() - began:.0f} s", flush=True)
    network = new_network()
    train(network, data, samples(1_000_000_000, 2000), wanted.epochs)
    save(network, wanted.out)
    fresh = accuracy(network, samples(2_000_000_000, 4000))
    print("fresh pictures: " + ", ".join(f"{name} {share:.1%}" for name, share in fresh.items()))


if __name__ == "__main__":
    main()
