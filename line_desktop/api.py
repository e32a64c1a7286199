"""LINE Desktop for a notebook: look at a checkpoint, survey it, name its neurons.

    from line_desktop.api import LabelJob, demo_model_path, inspect_checkpoint, label_neurons
    inspect_checkpoint(Path("net.onnx")).layers
    job = LabelJob(Path("net.onnx"), {"avgpool": "0-9"}, Path("photos"), demo_model_path(), "pictograms")
    found = label_neurons(job, Path("my-study"))
    [(one.neuron, one.label, one.score) for one in found.neurons]

The workspace is the one the command line uses. Errors of the user's world are `UserError` and `ModelError`, of `line_desktop.errors`
and `models.errors`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from line_desktop.document import Document, document
from line_desktop.engines import Engines
from line_desktop.events import JobEvent, RunStarted
from line_desktop.job import label, survey_checkpoint
from line_desktop.label_job import LabelJob
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides
from models.embedded import demo_model_path
from models.types.vision import Checkpoint

__all__ = ["Document", "LabelJob", "Overrides", "Workspace", "demo_model_path", "inspect_checkpoint", "label_neurons", "survey_neurons"]

Show = Callable[[JobEvent], None]


def inspect_checkpoint(checkpoint: Path, overrides: Overrides | None = None) -> Checkpoint:
    """What a file or folder is and which layers can be tapped; raises ModelError in one sentence if it cannot be used."""
    changes = overrides or Overrides()
    with Engines() as engines:
        return changes.describe(engines.importer().inspect(checkpoint, changes.how))


def survey_neurons(
    checkpoint: Path, layers: Sequence[str], probe: Path, folder: Path, overrides: Overrides | None = None, show: Show = lambda _: None
) -> None:
    """Run the photos of `probe` through the checkpoint and keep every neuron's activations in the workspace `folder`."""
    with Workspace.open(folder) as workspace:
        for event in survey_checkpoint(workspace, checkpoint, layers, probe, overrides or Overrides()):
            show(event)


def label_neurons(job: LabelJob, folder: Path, show: Show = lambda _: None) -> Document:
    """Name neurons by LINE in the workspace `folder`, going on where an earlier call stopped; `show` is told every event."""
    chosen: dict[int, Sequence[int]] = {}
    with Workspace.open(folder) as workspace:
        for event in label(workspace, job):
            show(event)
            if isinstance(event, RunStarted):
                chosen[event.run_id] = event.neurons
        return document(workspace, chosen)
