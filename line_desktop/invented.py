"""Invented engines: they answer at once and at random, so that what is measured is everything around them. Used by `bench memory`."""

import zlib
from pathlib import Path

import numpy as np

from line_desktop.engines import Engines
from models.types.language import LanguageInfo, LanguageUsage, Profile, Proposal, ProposalRequest, Proposer
from models.types.pictures import Picture, PicturePrompt, PictureSettings, PictureSource
from models.types.vision import Activations

SOURCE = PictureSettings("invented", "1", {})


class InventedSource:
    """Every picture is the text of its prompt."""

    def settings(self) -> PictureSettings:
        """Always the same."""
        return SOURCE

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """Everything can be depicted."""
        return {}

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        """Bytes that are no picture."""
        return [Picture(f"{prompt.text} {prompt.seed}".encode(), ".png") for prompt in prompts]


class InventedTarget:
    """A network whose activations are drawn at random for each picture; the same bytes give the same numbers."""

    def __init__(self, widths: dict[str, int]) -> None:
        self._widths = widths

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        """Exponentially distributed, mean 1."""
        chances = [np.random.default_rng(zlib.crc32(picture)) for picture in pictures]
        values = {name: np.stack([one.exponential(size=self._widths[name]).astype(np.float32) for one in chances]) for name in layers}
        return Activations(values, {})

    def activations_of_files(self, files: list[Path], layers: list[str]) -> Activations:
        """By the files' names."""
        return self.activations([file.name.encode() for file in files], layers)

    def device(self) -> str:
        """None."""
        return "invented"


class InventedProposer:
    """Proposes any of its words."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def info(self) -> LanguageInfo:
        """A model without a file."""
        return LanguageInfo("invented", "0" * 64, "invented", "invented", 0, "none", 0, 0, "plain", "paper")

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """A word for each seed."""
        words = [[self._words[seed % len(self._words)] for seed in request.seeds] for request in requests]
        return [[Proposal(word, "", word, 0) for word in several] for several in words]

    def usage(self) -> LanguageUsage:
        """Nothing was evaluated."""
        return LanguageUsage(0, 0, 0)


class InventedEngines(Engines):
    """Engines without children."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(0)
        self._words = words

    def pictures(self, source: str) -> PictureSource:
        """Whatever is asked for."""
        return InventedSource()

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """Whatever is asked for."""
        return InventedProposer(self._words)
