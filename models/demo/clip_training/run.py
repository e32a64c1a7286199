"""The command: draw, train in two processes, write the folder, measure on fresh pictures; where OUT exists, training goes on from it."""

import argparse
import copy
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image
from torch import distributed
from torch.multiprocessing.spawn import spawn
from transformers import CLIPModel, CLIPTokenizer

from models.demo.clip_training import network, train, world
from models.demo.train import MEAN, STD

LOOKED_AT: Final = 1000
"""Pictures that the first filters are made from."""
FRESH: Final = 2_000_000_000
"""The first seed of pictures that training never sees."""


def save(trained: Any, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write the Hugging Face folder: safetensors in float16, config, preprocessor config, tokenizer."""
    copy.deepcopy(trained).to(dtype=torch.float16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    preprocessor = {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"height": world.SIDE, "width": world.SIDE},
        "resample": int(Image.Resampling.BILINEAR),
        "do_center_crop": False,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [MEAN] * 3,
        "image_std": [STD] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n", "utf-8")


def read(folder: Path) -> tuple[CLIPModel, CLIPTokenizer]:
    """What `save` wrote, in float32."""
    trained = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    return trained.train(False), CLIPTokenizer.from_pretrained(folder, local_files_only=True)


def _many(first: int, count: int, workers: int) -> world.Samples:
    """`count` samples from seed `first` on, drawn by several processes."""
    share = -(-count // workers)
    firsts = range(first, first + count, share)
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(world.samples, firsts, [min(share, first + count - one) for one in firsts]))
    return world.Samples(torch.cat([part.pixels for part in parts]), torch.cat([part.labels for part in parts]))


def _train(rank: int, wanted: argparse.Namespace, data: world.Samples, meeting: str) -> None:
    """One of the processes, each with one thread; the first one saves."""
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=wanted.workers)
    torch.manual_seed(0)  # the same untrained network in each
    if (wanted.out / "config.json").is_file():
        trained, words = read(wanted.out)
    else:
        words = network.tokenizer()
        trained = network.network(words, data.pixels[:LOOKED_AT])
    train.train(trained, words, data, wanted.minutes, seed=wanted.first + rank)
    if rank == 0:
        save(trained, words, wanted.out)
    distributed.destroy_process_group()


def main() -> None:
    """Train and write the folder OUT."""
    parser = argparse.ArgumentParser(description="Train the demo's small CLIP on pictograms and write it as a Hugging Face folder.")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first picture; another one to go on with other pictures")
    parser.add_argument("--minutes", type=float, default=5, help="of processor time, of each process")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw and train")
    parser.add_argument("--fresh", type=int, default=3000, help="pictures to measure on")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    began = time.monotonic()
    data = _many(wanted.first, wanted.pictures, wanted.workers)
    print(f"{wanted.pictures} pictures drawn in {time.monotonic() - began:.0f} s", flush=True)
    with tempfile.TemporaryDirectory() as place:
        spawn(_train, (wanted, data, f"file://{place}/meeting"), wanted.workers)  # type: ignore[no-untyped-call]
    trained, words = read(wanted.out)
    fresh = world.samples(FRESH, wanted.fresh)
    for prompt in (train.BARE, train.PROMPT):
        shares = ", ".join(f"{kind} {share:.1%}" for kind, share in train.accuracy(trained, words, fresh, prompt).items())
        print(f"{wanted.fresh} fresh pictures, {prompt.format('word')!r}: {shares}", flush=True)
