"""What a run found, as one JSON document: the shape programs can rely on (`label --json`, `demo --json`)."""

from collections.abc import Sequence

import msgspec

from line_desktop.concepts import spelling
from line_desktop.store.rows import ResultRow, RunRow, StepRow
from line_desktop.store.workspace import Workspace
from models.types import Preprocess


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


def _add(
    workspace: Workspace, row: RunRow, layer: str, result: ResultRow, neurons: list[NeuronPart], failed: list[FailedPart]
) -> None:
    kept = workspace.steps(row.id, result.neuron)
    steps = [_step(workspace, row, one) for one in kept]
    if result.label is None or result.score is None or result.origin is None:
        failed.append(FailedPart(layer, result.neuron, result.status, result.reason, steps))
        return
    board = [BoardPart(one.concept, one.score, one.step, one.origin) for one in kept[-1].board]
    neurons.append(NeuronPart(layer, result.neuron, result.label, result.score, result.origin, board, steps))


def _step(workspace: Workspace, row: RunRow, step: StepRow) -> StepPart:
    pictures = workspace.concept_pictures(row.settings_id, spelling(step.concept)) if step.score is not None else []
    paths = [str(workspace.object_path(one.sha256)) for one in pictures]
    return StepPart(step.step, step.concept, step.score, step.reasoning, paths, step.status, list(step.raw))
