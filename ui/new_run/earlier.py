"""Neurons of a workspace as the beginning of a new run: their checkpoint, and what the last job of that checkpoint was told."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from line_desktop.errors import UserError
from line_desktop.jobs import labelling, work_of
from line_desktop.label_job import LabelJob
from line_desktop.store.desk import Desk
from models.types.vision import Checkpoint


class Earlier(msgspec.Struct, frozen=True):
    """`job` is None where no job of the checkpoint is in the queue any more."""

    checkpoint: Checkpoint
    neurons: dict[str, list[int]]  # of each layer
    job: LabelJob | None


def earlier(desk: Desk, ids: Sequence[int]) -> Earlier:
    """Of neurons of several checkpoints, those of the one that most belong to."""
    cards = desk.cards(ids)
    layers = {card.layer_id: desk.layer(card.layer_id) for card in cards}
    ((target, _),) = Counter(layers[card.layer_id].target_id for card in cards).most_common(1)
    neurons: dict[str, list[int]] = {}
    for card in cards:
        if layers[card.layer_id].target_id == target:
            neurons.setdefault(card.layer, []).append(card.neuron)
    checkpoint = desk.target(target)
    return Earlier(checkpoint, neurons, last_job(desk, Path(checkpoint.path)))


def last_job(desk: Desk, checkpoint: Path) -> LabelJob | None:
    """The newest job that names neurons of a checkpoint; one that this program cannot read is passed over."""
    for row in sorted(desk.jobs(), key=lambda row: -row.id):
        try:
            job = labelling(desk.folder, work_of(row))
        except UserError:
            continue
        if job is not None and job.checkpoint.absolute() == checkpoint.absolute():
            return job
    return None
