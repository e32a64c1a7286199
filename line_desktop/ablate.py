"""Ablation as a job: neurons set to zero one by one, and what that does to the network's accuracy on labelled photos (SIEVE, figure 6).

The photos go through the network in chunks, each with a few neurons at once, and these are kept together when all photos are done; so a
job that is stopped loses those few neurons. What was ablated already is not done again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from line_desktop import accuracy
from line_desktop.engines import Engines, untold
from line_desktop.errors import UserError
from line_desktop.events import Checked, Checking, Cost, JobEvent, Note, Stage
from line_desktop.provisional import unconfirmed
from line_desktop.store.intervention_rows import Ablation, Subject
from line_desktop.store.rows import LayerRow
from line_desktop.store.workspace import Workspace
from line_desktop.target import ImportedTarget, converted
from models.plural import count
from models.types.shared import FloatArray
from models.types.vision import Ablator, Answers, Checkpoint, Layer, Target

AT_ONCE: Final = 8  # neurons
CHUNK: Final = 64  # photos
NAMED: Final = 5  # classes named in a note


class AblateJob(msgspec.Struct, frozen=True):
    """Which neurons to ablate."""

    neuron_ids: tuple[int, ...]
    top: int = 1  # a photo is named right if its class is among so many strongest answers
    memory: int | None = None  # bytes that the engines may hold together
    try_anyway: bool = False

    def __post_init__(self) -> None:
        if self.top < 1:
            raise UserError(f"--top must be at least 1, got {self.top}.")


def ablate(
    workspace: Workspace, job: AblateJob, stop: Callable[[], bool] = lambda: False, tell: Callable[[JobEvent], None] = untold
) -> Iterator[JobEvent]:
    """Ablate neurons; yields events, the last a `Cost`. Ends early, resumable, when `stop()` says so.

    Raises UserError where there is no neuron, no survey on labelled photos, no network whose answers are named like them.
    """
    subjects = workspace.subjects(job.neuron_ids)
    if not subjects:
        raise UserError("None of these neurons is in the workspace: survey their layer first.")
    done = 0
    yield Checking(0, len(subjects))
    yield from map(Note, unconfirmed(workspace.claims(job.neuron_ids)))
    for layer_id, group in groupby(subjects, lambda one: one.layer_id):
        with Engines(job.memory, try_anyway=job.try_anyway, tell=tell, stop=stop) as engines:
            layer = LayerAblation(workspace, engines, layer_id, list(group), job)
            yield Stage(f"Ablating {count(len(layer.subjects), 'neuron')} of {layer.name} on {count(len(layer.photos), 'photo')}")
            yield from layer.notes()
            for event in layer.run(stop):
                done += isinstance(event, Checked)
                yield event
                yield Checking(done, len(subjects))
    yield Cost(0, 0, 0, 0, 0, done == len(subjects))


class LayerAblation:
    """Neurons of one layer, on the labelled photos of its newest survey."""

    def __init__(self, workspace: Workspace, engines: Engines, layer_id: int, subjects: Sequence[Subject], job: AblateJob) -> None:
        """Raises UserError for everything that makes the ablation meaningless, with what to do about it."""
        self._workspace = workspace
        self._job = job
        self.subjects = subjects
        row = workspace.layer(layer_id)
        self.name = row.layer.name
        network = converted(workspace, row.target_id)
        self._head = head_of(network.checkpoint)
        self._of_answers = row.layer.tensor == self._head.tensor
        self._probe_id = self._probe()
        self._read_photos(network.checkpoint)
        self._engine = self._open(engines, network, row)

    def _probe(self) -> int:
        survey_id = self.subjects[0].survey_id
        if survey_id is None:
            raise UserError(f"The layer {self.name} has no survey, whose photos would tell the accuracy: survey it first.")
        return self._workspace.survey(survey_id).probe_id

    def _read_photos(self, checkpoint: Checkpoint) -> None:
        """The photos whose class the network has an answer for."""
        folder = Path(self._workspace.probe_set(self._probe_id).folder)
        photos = [(one.path, one.class_name) for one in self._workspace.probe_photos(self._probe_id) if one.class_name is not None]
        if not photos:
            raise UserError(f"The photos of {folder} are not labelled: put each class into a folder of its name, and survey them.")
        names = list(dict.fromkeys(name for _, name in photos))
        outputs = accuracy.class_outputs(names, checkpoint.class_names)
        self._unnamed = [name for name in names if name not in outputs]
        if not outputs:
            given = count(len(names), "class", "classes")
            raise UserError(
                f"The photos are of {given}, such as {names[0]}, and none is named like one of the network's "
                f"{len(checkpoint.class_names):,}, such as {checkpoint.class_names[0]}: name the folders as the network names its classes."
            )
        self.photos = [folder / path for path, name in photos if name in outputs]
        self._classes = [name for _, name in photos if name in outputs]
        self._outputs = [outputs[name] for name in self._classes]

    def _open(self, engines: Engines, network: ImportedTarget, row: LayerRow) -> Ablator:
        opened = network.model, network.checkpoint.preprocess
        if self._of_answers:
            return OfAnswers(engines.target(*opened, [self._head]), self._head)
        return engines.ablator(*opened, row.layer, self._head)

    def notes(self) -> Iterator[Note]:
        """What the reader should know."""
        if self._unnamed:
            shown = ", ".join(self._unnamed[:NAMED]) + (", …" if self._unnamed[NAMED:] else "")
            classes = count(len(self._unnamed), "class of the photos is", "classes of the photos are")
            yield Note(f"{classes} named like none of the network's and left out: {shown}.")
        if self._of_answers:
            yield Note(f"{self.name} is what the network answers: without its own neuron a class cannot be named any more.")

    def run(self, stop: Callable[[], bool]) -> Iterator[Checked]:
        """Every neuron; what was ablated before first."""
        left = []
        for one in self.subjects:
            known = self._workspace.ablation(one.neuron_id)
            if known is not None and (known.top, known.probe_id) == (self._job.top, self._probe_id):
                yield self._told(one, known, kept=True)
            else:
                left.append(one)
        for start in range(0, len(left), AT_ONCE):
            some = left[start : start + AT_ONCE]
            found = self._ablate([one.neuron for one in some], stop)
            if found is None:
                return
            rows = [msgspec.structs.replace(row, neuron_id=one.neuron_id) for one, row in zip(some, found, strict=True)]
            self._workspace.save_ablations(rows)
            yield from (self._told(one, row, kept=False) for one, row in zip(some, rows, strict=True))

    def _ablate(self, neurons: list[int], stop: Callable[[], bool]) -> list[Ablation] | None:
        """The ablations, in order, without neuron ids; None where it was stopped."""
        places = np.full((1 + len(neurons), len(self.photos)), -1)
        for start in range(0, len(self.photos), CHUNK):
            if stop():
                return None
            answers = self._engine.answers(self.photos[start : start + CHUNK], neurons)
            readable = [row for row in range(answers.values.shape[1]) if np.isfinite(answers.values[0, row]).all()]
            outputs = [self._outputs[start + row] for row in readable]
            for number, values in enumerate(answers.values):
                places[number, [start + row for row in readable]] = accuracy.ranks(values[readable], outputs)
        seen = np.flatnonzero(places[0] > 0)
        if not len(seen):
            raise UserError(f"Of {count(len(self.photos), 'photo')} none gave finite answers; the first is {self.photos[0]}.")
        right = places[:, seen] <= self._job.top
        classes = [self._classes[row] for row in seen]
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return [
            Ablation(
                0, accuracy.count(classes, right[0], one), self._job.top, self._of_answers, self._probe_id, self._head.name,
                self._engine.device(), made,
            )
            for one in right[1:]
        ]  # fmt: skip

    def _told(self, one: Subject, found: Ablation, kept: bool) -> Checked:
        return Checked(one.neuron_id, self.name, one.neuron, one.label or "", accuracy.sentence(found, one.label), kept)


class OfAnswers:
    """An Ablator of the answers themselves: the answer is taken out, which is more than zero, because zero may be the strongest."""

    def __init__(self, target: Target, head: Layer) -> None:
        self._target = target
        self._head = head

    def answers(self, files: list[Path], neurons: list[int]) -> Answers:
        """As Ablator; an answer that was taken out is -inf."""
        seen = self._target.activations_of_files(files, [self._head.name])
        whole: FloatArray = seen.values[self._head.name]
        values = np.repeat(whole[None], 1 + len(neurons), axis=0)
        for place, neuron in enumerate(neurons, 1):
            values[place, :, neuron] = -np.inf
        return Answers(values, seen.unreadable)

    def device(self) -> str:
        """The device that really runs."""
        return self._target.device()


def head_of(checkpoint: Checkpoint) -> Layer:
    """The layer with one neuron for each of the checkpoint's classes. Raises UserError where there is none."""
    if not checkpoint.class_names:
        raise UserError(f"{checkpoint.path} does not name its classes, so nobody knows which answer is right: ablation needs the names.")
    heads = [layer for layer in checkpoint.layers if layer.role == "head" and layer.width == len(checkpoint.class_names)]
    if not heads:
        names = count(len(checkpoint.class_names), "class", "classes")
        raise UserError(f"{checkpoint.path} names {names}, and none of its layers has an answer for each.")
    return heads[-1]
