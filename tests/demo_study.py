"""A workspace with the demo network, a probe set of pictograms, and whatever labels a test gives its class neurons."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from line_desktop.bank import prompts
from line_desktop.concepts import seed
from line_desktop.demo import CLASSES, HIDDEN, PICTURES
from line_desktop.engines import Engines
from line_desktop.store.rows import ResultRow
from line_desktop.store.workspace import Workspace
from line_desktop.survey import read_probe_set, survey
from line_desktop.target import Overrides, import_checkpoint
from models import embedded
from models.pictures.pictograms import Pictograms


def demo_workspace(folder: Path, classes: Sequence[str], each: int, layers: Sequence[str] = (CLASSES, HIDDEN)) -> None:
    """The demo network surveyed on `each` pictograms of each class; its neurons have no labels yet."""
    source = Pictograms()
    for name in classes:
        (folder.parent / "probe" / name).mkdir(parents=True)
        for number, picture in enumerate(source.draw(prompts(name, each, seed("demo study")))):
            (folder.parent / "probe" / name / f"{number}.png").write_bytes(picture.data)
    with Workspace.open(folder) as workspace:
        imported = import_checkpoint(workspace, embedded.NETWORK, Overrides())
        chosen = [layer for layer in imported.checkpoint.layers if layer.name in layers]
        with Engines() as engines:
            target = engines.target(imported.model, imported.checkpoint.preprocess, chosen)
            for _ in survey(workspace, target, imported.id, chosen, read_probe_set(folder.parent / "probe")):
                pass


def label(workspace: Workspace, labels: Mapping[int, str], layer: str = CLASSES, opened_as: str = PICTURES) -> list[int]:
    """Give neurons of a layer labels, as a run of LINE would; returns their ids."""
    layer_id = workspace.layer_id(1, layer)
    settings_id = workspace.settings_id(Pictograms().settings(), 0, 5)
    workspace.remember_source(settings_id, opened_as)
    run_id = workspace.begin_run(layer_id, None, settings_id, "line", list(labels), {"labels": str(labels)}, {}, "test")
    workspace.save_answers(run_id, [], [ResultRow(neuron, "labelled", name, 1.0, "start") for neuron, name in labels.items()])
    workspace.end_run(run_id, "finished")
    return [claim.neuron_id for claim in workspace.claims() if claim.layer_id == layer_id and claim.neuron in labels]


def class_names(workspace: Workspace) -> tuple[str, ...]:
    """What the class neurons are really called."""
    return workspace.target(1).class_names
