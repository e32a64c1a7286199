"""What the neuron gate will say of a job, told before it begins, where its layers are surveyed already."""

from pathlib import Path

import msgspec

from line_desktop.estimate import is_surveyed
from line_desktop.gate import Doubt, gate
from line_desktop.kits import KITS
from line_desktop.label_job import LabelJob
from line_desktop.neurons import select
from line_desktop.store.desk import Desk
from line_desktop.survey import ProbeFolder
from models.layers import find_layer
from models.types.vision import Checkpoint

Known = dict[tuple[Path, int], list[Doubt | None]]
"""Workspace and survey -> the doubts about its neurons, which take seconds on many photos."""


class Doubted(msgspec.Struct, frozen=True):
    """A neuron of the job that is in doubt."""

    layer: str
    neuron: int
    doubt: Doubt


class Foreseen(msgspec.Struct, frozen=True):
    """Of the neurons asked for those that no method can label, those left out unless the gate is overruled, and those labelled in doubt."""

    asked: int
    broken: tuple[Doubted, ...]
    left_out: tuple[Doubted, ...]
    in_doubt: tuple[Doubted, ...]


def foresee(desk: Desk, job: LabelJob, checkpoint: Checkpoint, photos: ProbeFolder, known: Known) -> Foreseen | None:
    """What the gate will say; None where a layer is not surveyed on these photos yet. Raises UnknownLayer, UserError."""
    checkpoint = job.overrides.describe(checkpoint)
    layers = [find_layer(checkpoint.layers, name) for name in job.layers]
    target, probe = desk.find_target(checkpoint.sha256, checkpoint.preprocess), desk.find_probe_set(photos.digest)
    if target is None or probe is None or not is_surveyed(desk, checkpoint, layers, photos):
        return None
    asked, found = 0, []
    for layer, which in zip(layers, job.layers.values(), strict=True):
        survey = desk.find_survey(desk.layer_id(target, layer.name), probe)
        assert survey is not None
        place = (desk.folder, survey.id)
        if place not in known:
            known[place] = gate(desk.neuron_stats(survey.id), desk.survey_activations(survey.id))
        chosen = select(which, layer.width, job.seed)
        asked += len(chosen)
        found += [Doubted(layer.name, neuron, doubt) for neuron in chosen if (doubt := known[place][neuron]) is not None]
    fit = [one for one in found if not one.doubt.broken]
    leaves_out = KITS[job.method].leaves_out
    return Foreseen(
        asked,
        tuple(one for one in found if one.doubt.broken),
        tuple(one for one in fit if one.doubt.kind in leaves_out),
        tuple(one for one in fit if one.doubt.kind not in leaves_out),
    )
