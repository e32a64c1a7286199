"""A labelled study, with what people said of it and labels of another tool."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kept_interventions import ablation, causal_check
from neuron_study import neuron_study

from line_desktop.interchange.labels import import_labels
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Evidence, Interval
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Neurons 0 to 2 of layer "pool" labelled twice by LINE, 3 surveyed, 1 and 3 with human words, 0 and 3 by CLIP-Dissect."""
    folder = neuron_study(tmp_path_factory.mktemp("study")).folder
    theirs = folder.parent / "descriptions.csv"
    theirs.write_text('layer,unit,description,similarity\npool,0,"candle, taper",0.18\npool,3,=zebra,-0.5\n', encoding="utf-8")
    with Workspace.open(folder) as workspace:
        import_labels(workspace, theirs)
    with closing(Desk.open(folder)) as desk:
        desk.set_human_word(2, "bear’s paw", 'a note, with "quotes"\nand a line')
        desk.set_human_word(4, None, "@look")
    return folder


@pytest.fixture
def study_copy(study_folder: Path, tmp_path: Path) -> Path:
    """The study, to be written to: neuron 1's label has evidence, two causal checks and an ablation."""
    copy = shutil.copytree(study_folder, tmp_path / "copy")
    with Workspace.open(copy) as workspace:
        (claim,) = (one for one in workspace.claims() if one.neuron == 1)
        workspace.save_evidence([evidence(claim.neuron_id, claim.label)])
        workspace.save_causal_check(causal_check(claim.neuron_id, claim.label))
        workspace.save_causal_check(causal_check(claim.neuron_id, "another label", editor="a folder", made="2026-03-01T00:00:00Z"))
        workspace.save_ablations([ablation(claim.neuron_id, claim.label)])
    return copy


@pytest.fixture
def desk(study_folder: Path) -> Iterator[Desk]:
    """The study, opened for reading; tests leave it as it is."""
    with closing(Desk.open(study_folder)) as opened:
        yield opened


def evidence(neuron_id: int, label: str) -> Evidence:
    number = Interval(0.5, 0.25, 0.75)
    return Evidence(
        neuron_id, label, "supported", "It is.", "rule", Interval(0.75, 0.5, 1.0), 0.7, Interval(1.5, 1.0, 2.0), 33.0, 0.01,
        number, 2.5, None, ("ab" * 32,), (1.25,), 20, 1, PictureSettings("fake", "1", {}), 9, "2026-11-20T12:00:00Z",
    )  # fmt: skip
