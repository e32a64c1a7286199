"""The training script: samples follow from their seeds, a few steps learn, and what is saved is what was trained."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import ResNetForImageClassification

from models.demo.train import BATCH, GROUPS, Samples, accuracy, new_network, samples, save, train


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Several threads wait for each other where the cores are shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_samples_depend_on_their_seeds_only() -> None:
    some, part = samples(100, 6), samples(103, 3)
    assert some.pixels.shape == (6, 3, 64, 64)
    assert some.pixels.dtype == torch.uint8
    assert torch.equal(some.pixels[3:], part.pixels)
    assert torch.equal(some.labels[3:], part.labels)
    assert all(int(some.labels[:, column].max()) < len(names) for column, names in enumerate(GROUPS.values()))


def test_training_learns_and_saves(tmp_path: Path, one_thread: None) -> None:
    torch.manual_seed(0)
    data = samples(0, BATCH)
    few = Samples(data.pixels, data.labels % torch.tensor([1, 10, 1]))  # colours only: one short run can learn them
    network = new_network()
    before = accuracy(network, few)["colours"]
    train(network, few, Samples(few.pixels[:16], few.labels[:16]), epochs=12)
    after = accuracy(network, few)["colours"]
    assert before < 0.25
    assert after > before + 0.15
    save(network, tmp_path)
    loaded = ResNetForImageClassification.from_pretrained(tmp_path, local_files_only=True, use_safetensors=True)
    assert accuracy(loaded, few)["colours"] == after
