"""The three interfaces of a labelling job answered by a crew: a batch is cut into pieces and the answers are put in order.

Pictures are cut by concept, so that one worker draws all pictures of a concept; what it draws goes to the bank of the job's own
process, which alone writes to the store.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from line_desktop.bank import BATCH
from line_desktop.events import JobEvent
from line_desktop.fleet.crew import Crew
from models.errors import EngineFailed
from models.types.language import LanguageInfo, LanguageUsage, Proposal, ProposalRequest
from models.types.pictures import NoPicture, Picture, PicturePrompt, PictureSettings
from models.types.shared import Progress
from models.types.vision import Activations

ROUNDS = 4  # pieces for each actor, at least: who is fast does more of them
PHOTOS = 32  # to a vision network at once, at least
LARGEST_FILE = 1 << 29  # bytes of a photo that is sent
ANONYMOUS = "the picture"  # what models.decode calls bytes without a name


class SharedPictures:
    """Implements models.types.pictures.PictureSource, for one of those that the workers have opened."""

    def __init__(self, crew: Crew, source: str, settings: PictureSettings, tell: Callable[[JobEvent], None]) -> None:
        """`source`: what it was opened as; `settings`: what the workers agreed on."""
        self._crew = crew
        self._source = source
        self._settings = settings
        self._tell = tell

    def settings(self) -> PictureSettings:
        """The same on all machines."""
        return self._settings

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        """What one of them says."""
        refused: dict[str, str] = self._crew.share(self._source, "undepictable", [(concepts,)])[0]
        return refused

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture | NoPicture]:
        """All pictures of a concept by one worker, several concepts at once where the source draws them together."""
        pieces = by_concept(prompts, self._together(len(prompts)))
        drawn = 0

        def count(number: int) -> None:
            nonlocal drawn
            drawn += len(pieces[number])
            self._tell(Progress(f"drawing on {len(self._crew.actors)} workers", drawn, len(prompts), "pictures"))

        answers = self._crew.share(self._source, "draw", [(piece,) for piece in pieces], count)
        for piece, answer in zip(pieces, answers, strict=True):
            if len(answer) != len(piece):
                raise EngineFailed(f"The picture source gave {len(answer)} of {len(piece)} pictures; another one may do better.")
        return [picture for answer in answers for picture in answer]

    def _together(self, count: int) -> int:
        """Pictures in a piece: what the source draws together, unless some would have nothing to do."""
        batch, each = self._settings.options.get(BATCH), math.ceil(count / len(self._crew.actors))
        return min(int(batch), each) if batch else math.ceil(each / ROUNDS)


class SharedTarget:
    """Implements models.types.vision.Target."""

    def __init__(self, crew: Crew, devices: Iterable[str]) -> None:
        self._crew = crew
        self._device = f"{', '.join(sorted(set(devices)))} of {len(crew.actors)} workers"

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        """Every worker takes runs of pictures."""
        size = max(PHOTOS, math.ceil(len(pictures) / len(self._crew.actors)))
        pieces = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        answers: list[Activations] = self._crew.share("target", "activations", [(piece, layers) for piece in pieces])
        values = {layer: np.concatenate([one.values[layer] for one in answers]) for layer in layers} if answers else {}
        starts = itertools.accumulate(map(len, pieces), initial=0)
        unreadable = {start + row: why for start, one in zip(starts, answers, strict=False) for row, why in one.unreadable.items()}
        return Activations(values, unreadable)

    def activations_of_files(self, files: list[Path], layers: list[str]) -> Activations:
        """The files are read here and sent; what is wrong with one is told under its name."""
        sent = [content_of(file) for file in files]
        seen = self.activations([content if isinstance(content, bytes) else b"" for content in sent], layers)
        named = {row: _named(why, files[row]) for row, why in seen.unreadable.items()}
        return Activations(seen.values, named | {row: content for row, content in enumerate(sent) if isinstance(content, str)})

    def device(self) -> str:
        """Where the workers' networks run."""
        return self._device


class SharedProposer:
    """Implements models.types.language.Proposer."""

    def __init__(self, crew: Crew, info: LanguageInfo) -> None:
        self._crew = crew
        self._info = info

    def info(self) -> LanguageInfo:
        """What the model is, and where one of the workers runs it."""
        return self._info

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        """Every worker takes a run of requests, which share what they have in common."""
        size = max(1, math.ceil(len(requests) / len(self._crew.actors)))
        pieces = [requests[start : start + size] for start in range(0, len(requests), size)]
        answers: list[list[list[Proposal]]] = self._crew.share("proposer", "propose", [(piece,) for piece in pieces])
        for piece, answer in zip(pieces, answers, strict=True):
            if len(answer) != len(piece):
                raise EngineFailed(f"The language model answered {len(answer)} of {len(piece)} requests.")
        return [proposals for answer in answers for proposals in answer]

    def usage(self) -> LanguageUsage:
        """What all workers counted that are still there."""
        counted: list[LanguageUsage] = self._crew.everywhere("call", "proposer", "usage")
        return LanguageUsage(*map(sum, zip(*map(msgspec.structs.astuple, counted), strict=True)))


def by_concept(prompts: Sequence[PicturePrompt], together: int) -> list[list[PicturePrompt]]:
    """The prompts in pieces of whole concepts, in order: as many as make up `together` pictures, at least one."""
    pieces: list[list[PicturePrompt]] = []
    for _, group in itertools.groupby(prompts, key=lambda prompt: prompt.concept):
        mine = list(group)
        if pieces and len(pieces[-1]) + len(mine) <= together:
            pieces[-1] += mine
        else:
            pieces.append(mine)
    return pieces


def content_of(file: Path) -> bytes | str:
    """A photo's file, or why it is not sent."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            return f"{file.name} has more than {LARGEST_FILE >> 20} MB; make it smaller."
        return file.read_bytes()
    except OSError as error:
        return f"{file.name} cannot be read: {error.strerror}."


def _named(why: str, file: Path) -> str:
    return file.name + why.removeprefix(ANONYMOUS) if why.startswith(ANONYMOUS) else why
