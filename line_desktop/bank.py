"""The concept bank: concept → pictures → activations of every neuron of the tapped layers, paid once and kept for ever.

A concept's pictures depend on the study seed, its name and the picture settings only, so every neuron, layer and later run with
the same settings shares them (METHOD section 7.1).
"""

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from line_desktop import concepts
from line_desktop.bank_means import Means
from line_desktop.isolation import Isolation
from line_desktop.store.rows import BankEntry, PictureRow
from line_desktop.store.workspace import Workspace
from models.errors import EngineFailed
from models.types.pictures import NoPicture, Picture, PicturePrompt, PictureSettings, PictureSource
from models.types.shared import FloatArray
from models.types.vision import Target

ANGLES = ("extreme close-up", "wide angle shot", "aerial view", "low angle")  # LINE appendix D.1
LIGHTINGS = ("cinematic lighting", "natural sunlight", "studio lighting")
BATCH = "batch"  # the option of a source that takes its time over a picture: how many it draws together
NO_PICTURES = PictureSettings("none", "", {})  # of a method that makes none
CHUNK = 64  # concepts scored and committed together


def prompts(concept: str, count: int, seed: int) -> list[PicturePrompt]:
    """The prompts of a concept's first `count` pictures; angle, lighting and seed are drawn for each (METHOD section 2)."""
    name = concepts.spelling(concept)
    made = []
    for index in range(count):
        own = concepts.seed(seed, name, index)
        random = np.random.default_rng(own)
        angle, lighting = str(random.choice(ANGLES)), str(random.choice(LIGHTINGS))
        made.append(PicturePrompt(name, angle, lighting, own))
    return made


class Bank:
    """The bank of one target, its tapped layers, one picture source and one study seed."""

    def __init__(
        self,
        workspace: Workspace,
        source: PictureSource,
        target: Target,
        layers: dict[str, int],
        seed: int,
        pictures: int,
        places: int = 1,
    ) -> None:
        """`layers`: name -> id in the store; `pictures`: how many a concept has; `places`: where the source draws at the same time."""
        self._workspace = workspace
        self._source = source
        self._target = target
        self._layers = layers
        self._seed = seed
        self._pictures = pictures
        settings = source.settings()
        self.settings_id = workspace.settings_id(settings, seed, pictures)
        self._at_once = CHUNK if BATCH not in settings.options else places * max(1, int(settings.options[BATCH]) // pictures)
        self.drawn = 0  # pictures drawn by this process
        self.hits = 0  # concepts asked for that cost nothing
        self.isolation = Isolation()
        self._undepictable: dict[str, str | None] = {}
        self._means = {layer: Means(workspace.bank_means(self.settings_id, number)) for layer, number in layers.items()}

    def undepictable(self, names: Iterable[str]) -> dict[str, str]:
        """Those concepts the source cannot depict, with its reasons."""
        names = list(names)
        new = [name for name in dict.fromkeys(names) if name not in self._undepictable]
        if new:
            self._undepictable.update(dict.fromkeys(new))
            self._undepictable.update(self._source.undepictable(new))
        return {name: reason for name in names if (reason := self._undepictable[name]) is not None}

    def activations(self, names: Iterable[str], layer: str) -> dict[str, FloatArray]:
        """Activations (pictures, neurons) of the layer on each concept's pictures; draws and scores what is missing.

        Concepts that an engine fails on, or that have no picture, are left out; `isolation.lost` says why. Raises Cancelled where
        drawing was stopped: the concepts drawn until then are kept.
        """
        names = list(dict.fromkeys(names))
        missing = [name for name in names if self._kept(name, layer) is None]
        self.hits += len(names) - len(missing)
        self.isolation.lost.update(self.undepictable(missing))
        unique = list({concepts.spelling(name): name for name in missing if name not in self.isolation.lost}.values())
        for start in range(0, len(unique), CHUNK):
            self.isolation.work(unique[start : start + CHUNK], self._add, str)
        return {name: kept for name in names if (kept := self._kept(name, layer)) is not None}

    def best(self, layer: str, neuron: int, known: Iterable[str], floor: float, count: int = 1) -> list[str]:
        """The bank's `count` concepts with the highest means for a neuron, if above `floor`, among those whose keys are not in `known`."""
        return self._means[layer].best(neuron, set(known), floor, count)

    def _kept(self, name: str, layer: str) -> FloatArray | None:
        return self._workspace.concept_activations(self.settings_id, self._layers[layer], concepts.spelling(name))

    def _add(self, names: Sequence[str]) -> None:
        """Draw what has no pictures yet, score it for all tapped layers, commit: pictures first, rows second."""
        files = self._files(names)
        names = list(files)
        if not names:
            return
        pictures = [data for name in names for data in files[name]]
        seen = self._target.activations(pictures, list(self._layers))
        for layer, number in self._layers.items():
            if len(seen.values.get(layer, ())) != len(pictures):
                raise EngineFailed(f"The vision network gave no activations of {layer} for {len(pictures)} pictures; convert it again.")
            rows = seen.values[layer].reshape(len(names), self._pictures, -1)
            by_concept = {concepts.spelling(name): rows[index] for index, name in enumerate(names)}
            self._workspace.save_activations(self.settings_id, number, by_concept)
            self._means[layer].add(list(by_concept), rows.mean(axis=1))

    def _files(self, names: Sequence[str]) -> dict[str, list[bytes]]:
        """Each concept's encoded pictures, from the store or drawn now; those that have no picture are left out."""
        files: dict[str, list[bytes]] = {}
        missing: list[str] = []
        for name in names:
            rows = self._workspace.concept_pictures(self.settings_id, concepts.spelling(name))
            if rows:
                files[name] = [self._workspace.read_object(row.sha256) for row in rows]
            else:
                missing.append(name)
        for start in range(0, len(missing), self._at_once):
            files |= self._draw(missing[start : start + self._at_once])
        return files

    def _draw(self, names: Sequence[str]) -> dict[str, list[bytes]]:
        """Draw concepts and keep them: all picture files first, then their rows. What cannot be drawn is lost, with the reason."""
        wanted = {name: prompts(name, self._pictures, self._seed) for name in names}
        answers = iter(self._source.draw([prompt for name in names for prompt in wanted[name]]))
        drawn: dict[str, list[Picture]] = {}
        for name in names:
            mine = list(islice(answers, self._pictures))
            if len(mine) < self._pictures:
                raise EngineFailed(f"The picture source gave {len(mine)} of {self._pictures} pictures; another one may do better.")
            reasons = [one.reason for one in mine if isinstance(one, NoPicture)]
            if reasons:
                self.isolation.lost[name] = self._undepictable[name] = reasons[0]
            drawn[name] = [one for one in mine if isinstance(one, Picture)]
        kept = {name: pictures for name, pictures in drawn.items() if name not in self.isolation.lost}
        self._keep(kept, wanted)
        return {name: [picture.data for picture in pictures] for name, pictures in kept.items()}

    def _keep(self, drawn: dict[str, list[Picture]], wanted: dict[str, list[PicturePrompt]]) -> None:
        keys = iter(self._workspace.put_objects([picture for pictures in drawn.values() for picture in pictures]))
        entries = []
        for name in drawn:
            rows = [
                PictureRow(number, prompt.text, prompt.angle, prompt.lighting, prompt.seed, next(keys))
                for number, prompt in enumerate(wanted[name])
            ]
            entries.append(BankEntry(concepts.spelling(name), name, tuple(rows)))
        self._workspace.save_concepts(self.settings_id, entries)
        self.drawn += sum(map(len, drawn.values()))
