"""Fakes of the engines: real answers to real questions, made from a little arithmetic instead of models."""

import hashlib
from collections.abc import Sequence

import numpy as np

from models.types.language import LanguageInfo, LanguageUsage, Proposal, ProposalRequest
from models.types.pictures import Picture, PicturePrompt, PictureSettings
from models.types.vision import Activations

WIDTH = 4


class FakeSource:
    """Every picture is the bytes of its prompt; concepts with "justice" in them cannot be depicted."""

    def __init__(self) -> None:
        self.drawn: list[PicturePrompt] = []

    def settings(self) -> PictureSettings:
        return PictureSettings("fake", "1", {"size": "0"})

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        return {concept: "it cannot be seen" for concept in concepts if "justice" in concept}

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        self.drawn += prompts
        return [Picture(f"{prompt.text} {prompt.seed}".encode(), ".png") for prompt in prompts]


class FakeTarget:
    """A neuron's activation is a number hashed from the picture's bytes and the layer; the same bytes give the same number."""

    def __init__(self) -> None:
        self.pictures = 0

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        self.pictures += len(pictures)
        return Activations({layer: np.stack([activation(layer, picture) for picture in pictures]) for layer in layers}, {})

    def device(self) -> str:
        return "fake"


class FakeProposer:
    """Proposes words hashed from the task and the seed, and remembers every request."""

    def __init__(self, words: Sequence[str] = tuple(f"word {letter}" for letter in "abcdefghijklmnopqrstuvwxyz")) -> None:
        self.words = words
        self.requests: list[ProposalRequest] = []

    def info(self) -> LanguageInfo:
        return LanguageInfo("fake.gguf", "0" * 64, "fake", "fake", 10**8, "F32", 2048, 1, "plain", "compact")

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        self.requests += requests
        return [[self._one(request, seed) for seed in request.seeds] for request in requests]

    def usage(self) -> LanguageUsage:
        return LanguageUsage(0, 0, 0)

    def _one(self, request: ProposalRequest, seed: int) -> Proposal:
        word = self.words[number(f"{request.task}{seed}".encode()) % len(self.words)]
        return Proposal(word, "because", word, seed)


def activation(layer: str, picture: bytes) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """WIDTH numbers in 0..1, or NaN for a picture of a concept with "nan" in its name."""
    if b" nan " in picture:
        return np.full(WIDTH, np.nan, np.float32)
    return np.array([number(f"{layer}{neuron}".encode() + picture) / 2**32 for neuron in range(WIDTH)], np.float32)


def number(data: bytes) -> int:
    """A number in 0..2³²-1 hashed from bytes."""
    return int.from_bytes(hashlib.sha256(data).digest()[:4], "big")
