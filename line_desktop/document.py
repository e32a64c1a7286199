"""What a job found, as one JSON document: the shape programs can rely on (`label --json`, `demo --json`, `survey --json`)."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

import msgspec

from line_desktop.concepts import spelling
from line_desktop.events import Surveyed
from line_desktop.methods.confirmation import CONFIRMED
from line_desktop.store.rows import NeuronState, NeuronStats, ResultRow, RunRow, StepRow
from line_desktop.store.workspace import Workspace
from models.types.vision import Preprocess


class TargetPart(msgspec.Struct, frozen=True):
    """The network and what was tapped."""

    sha256: str
    layer: str
    layers: list[str]
    path: str
    format: str
    architecture: str
    preprocess: Preprocess
    device: str


class BoardPart(msgspec.Struct, frozen=True):
    """A concept on the final scoreboard."""

    concept: str
    score: float
    step: int
    origin: str


class StepPart(msgspec.Struct, frozen=True):
    """One step of the story; `pictures` are paths of files in the workspace."""

    step: int
    concept: str
    score: float | None
    reasoning: str
    pictures: list[str]
    status: str
    raw: list[str]


class NeuronPart(msgspec.Struct, frozen=True):
    """A labelled neuron."""

    layer: str
    neuron: int
    label: str
    score: float
    origin: str
    scoreboard: list[BoardPart]
    steps: list[StepPart]
    reason: str = ""  # says so where the label is provisional


class FailedPart(msgspec.Struct, frozen=True):
    """A neuron without a label, and why."""

    layer: str
    neuron: int
    status: str
    reason: str
    steps: list[StepPart]


class Document(msgspec.Struct, frozen=True):
    """One document for one job."""

    target: TargetPart
    neurons: list[NeuronPart]
    failed: list[FailedPart]
    versions: dict[str, str]


class PhotoPart(msgspec.Struct, frozen=True):
    """A photo of the probe set, by its path inside the folder."""

    photo: str
    class_name: str | None
    activation: float


class ActivityPart(msgspec.Struct, frozen=True):
    """What a neuron does on the probe set; numbers are null where they are not finite."""

    neuron: int
    state: NeuronState
    mean: float
    median: float
    p99: float
    maximum: float
    top: list[PhotoPart]  # best first


class SurveyedLayerPart(msgspec.Struct, frozen=True):
    """A surveyed layer: how many neurons are in which state, and every neuron."""

    layer: str
    states: dict[NeuronState, int]
    neurons: list[ActivityPart]


class ProbePart(msgspec.Struct, frozen=True):
    """The probe set."""

    folder: str
    photos: int
    unreadable: dict[str, str]  # path inside the folder -> why


class NetworkPart(msgspec.Struct, frozen=True):
    """The network that was surveyed."""

    sha256: str
    path: str
    format: str
    architecture: str
    preprocess: Preprocess


class SurveyDocument(msgspec.Struct, frozen=True):
    """One document for one survey."""

    target: NetworkPart
    probe: ProbePart
    layers: list[SurveyedLayerPart]


def document(workspace: Workspace, chosen: dict[int, Sequence[int]]) -> Document:
    """The document of some runs over layers of one target; `chosen`: run id -> the neurons a job asked for."""
    rows = [workspace.run(run) for run in chosen]
    layers = [workspace.layer(row.layer_id) for row in rows]
    target = workspace.target(layers[0].target_id)
    session = workspace.sessions(rows[0].id)[-1]
    neurons: list[NeuronPart] = []
    failed: list[FailedPart] = []
    for row, layer in zip(rows, layers, strict=True):
        for result in workspace.results(row.id):
            if result.neuron in chosen[row.id]:
                _add(workspace, row, layer.layer.name, result, neurons, failed)
    names = [layer.layer.name for layer in layers]
    part = TargetPart(
        target.sha256, names[0], names, target.path, target.format, target.architecture, target.preprocess, session.device
    )  # fmt: skip
    return Document(part, neurons, failed, session.versions)


def _add(workspace: Workspace, row: RunRow, layer: str, result: ResultRow, neurons: list[NeuronPart], failed: list[FailedPart]) -> None:
    kept = workspace.steps(row.id, result.neuron)
    steps = [_step(workspace, row, one) for one in kept]
    if result.label is None or result.score is None or result.origin is None:
        failed.append(FailedPart(layer, result.neuron, result.status, result.reason, steps))
        return
    board = [BoardPart(one.concept, one.score, one.step, one.origin) for one in kept[-1].board]
    neurons.append(NeuronPart(layer, result.neuron, result.label, result.score, result.origin, board, steps, result.reason))


def _step(workspace: Workspace, row: RunRow, step: StepRow) -> StepPart:
    bank = row.settings["fresh_bank"] if step.status == CONFIRMED else row.settings_id
    pictures = workspace.concept_pictures(bank, spelling(step.concept)) if step.score is not None else []
    paths = [str(workspace.object_path(one.sha256)) for one in pictures]
    return StepPart(step.step, step.concept, step.score, step.reasoning, paths, step.status, list(step.raw))


def survey_document(workspace: Workspace, surveyed: Surveyed) -> SurveyDocument:
    """The document of a complete survey."""
    first = workspace.survey(next(iter(surveyed.surveys.values())))
    target = workspace.target(workspace.layer(first.layer_id).target_id)
    probe = ProbePart(workspace.probe_set(first.probe_id).folder, surveyed.photos, surveyed.unreadable)
    layers = [_layer(workspace, name, survey_id) for name, survey_id in surveyed.surveys.items()]
    network = NetworkPart(target.sha256, target.path, target.format, target.architecture, target.preprocess)
    return SurveyDocument(network, probe, layers)


def _layer(workspace: Workspace, name: str, survey_id: int) -> SurveyedLayerPart:
    stats = workspace.neuron_stats(survey_id)
    photos = workspace.probe_photos(workspace.survey(survey_id).probe_id)
    activations = workspace.survey_activations(survey_id)

    def activity(one: NeuronStats) -> ActivityPart:
        top = [PhotoPart(photos[row].path, photos[row].class_name, float(activations[row, one.index])) for row in one.top_photos]
        return ActivityPart(one.index, one.state, one.mean, one.median, one.p99, one.maximum, top)

    states = Counter(one.state for one in stats)
    return SurveyedLayerPart(name, {state: states[state] for state in get_args(NeuronState)}, [activity(one) for one in stats])
