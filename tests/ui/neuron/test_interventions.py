"""Cause and effect on the page of a neuron: the sentence in its colour, the pictures in threes, the network without the neuron."""

import io
from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest
from neuron_study import NeuronStudy
from PIL import Image
from PySide6.QtWidgets import QApplication, QLabel
from study_bench import CHECKPOINT

from line_desktop import neuron_page
from line_desktop.effects import RULE
from line_desktop.store.intervention_rows import Ablation, CausalCheck, CausalPicture, CausalVerdict, ClassCounts, Drop, KeptEdit
from line_desktop.store.rows import Interval, ResultRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture, PictureSettings
from ui.neuron.interventions import Interventions
from ui.neuron.page import NeuronPage
from ui.neuron.picture_grid import PictureGrid

HALF = Interval(0.5, 0.4, 0.6)


def picture(shade: int) -> Picture:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(stream, "PNG")
    return Picture(stream.getvalue(), ".png")


def keep(study: NeuronStudy, verdict: CausalVerdict, pictures: int = 5) -> str:
    """A check and an ablation of neuron 0; its label."""
    with Workspace.open(study.folder) as workspace:
        claim = next(one for one in workspace.claims() if one.neuron == 0)
        shas = workspace.put_objects([picture(shade) for shade in range(3 * pictures)])
        edits = [KeptEdit(*shas[3 * n : 3 * n + 3], {}, "red → blue", "cat → dog", (9.0, 8.0)) for n in range(pictures)]
        shown = tuple(CausalPicture(edit, 3.0, 1.0, 2.5, {}) for edit in edits)
        workspace.save_causal_check(
            CausalCheck(
                claim.neuron_id, claim.label, verdict, "A sentence of the check.", RULE, HALF, Drop(HALF, None), Drop(HALF, HALF), HALF, {},
                0.0, 1.0, shown, pictures, 0, 1, PictureSettings("pictograms", "1", {}), "pictograms", 0, "2026-01-01T00:00:00Z",
            )
        )  # fmt: skip
        classes = (ClassCounts("brown bear", 5, 4, 3, 0), ClassCounts("name a", 5, 5, 0, 0))
        workspace.save_ablations([Ablation(claim.neuron_id, classes, 1, False, 1, "head", "CPU", "2026-01-01T00:00:00Z")])
        return claim.label


def said(page: NeuronPage) -> list[str]:
    QApplication.processEvents()
    block = page.findChildren(Interventions)[0]
    return [one.text() for one in block.findChildren(QLabel) if one.isVisibleTo(block)]


@pytest.mark.parametrize(
    ("verdict", "role"), [("causal", "good"), ("partly causal", "warn"), ("not causal", "bad"), ("no response", "bad")]
)
def test_the_sentence_stands_in_its_colour_over_the_pictures(
    page: NeuronPage, study: NeuronStudy, show: Callable[[int], int], verdict: CausalVerdict, role: str
) -> None:
    keep(study, verdict)
    show(0)
    texts = said(page)
    assert texts[0] == "A sentence of the check."
    assert any("falls from 80.0% to 20.0%" in text or "falls from 90.0% to 60.0%" in text for text in texts)
    block = page.findChildren(Interventions)[0]
    sentence = next(one for one in block.findChildren(QLabel) if one.text() == texts[0])
    assert sentence.property("role") == role
    assert sentence.toolTip() == RULE
    grids = block.findChildren(PictureGrid)
    assert [[one.activation for one in grid.shown] for grid in grids] == [[3.0, 1.0, 2.5]] * neuron_page.EDITS
    assert [one.class_name for one in grids[0].shown] == [None, "red → blue", "cat → dog"]
    assert all(block.rect().contains(grid.geometry()) for grid in grids)
    assert len({grid.y() for grid in grids}) == 1
    page.resize(700, 900)
    QApplication.processEvents()
    assert len({grid.y() for grid in grids}) > 1
    assert "The neuron set to zero; 10 photos of 2 classes, named right where their class is the strongest answer." in said(page)


def test_nothing_is_shown_where_nothing_was_tried(page: NeuronPage, show: Callable[[int], int]) -> None:
    show(0)
    assert said(page) == []
    assert not page.findChildren(Interventions)[0].isVisibleTo(page)


def test_a_neuron_without_a_survey_cannot_be_ablated_from_the_page_or_the_menu(
    page: NeuronPage, study: NeuronStudy, show: Callable[[int], int], until: Callable[..., None]
) -> None:
    other = msgspec.structs.replace(CHECKPOINT, sha256="e" * 64)
    with Workspace.open(study.folder) as workspace:
        layer = workspace.layer_id(workspace.save_target(other), "pool")
        run = workspace.begin_run(layer, None, workspace.runs()[0].settings_id, "line", [0], {}, {}, "fake")
        workspace.save_answers(run, [], [ResultRow(0, "labelled", "red", 1.0, "start")])
    with closing(study.desk()) as desk:
        unknown = desk.neuron_id(layer, 0)
    button, action = page._body.ablate, page._ablating
    known = show(0)
    for neuron_id, may in ((known, True), (unknown, False), (known, True)):
        page.show_neuron(neuron_id)
        until(lambda shown=neuron_id: page._view is not None and page._view.card.id == shown)
        assert (button.isEnabled(), action.isEnabled()) == (may, may)


def test_what_a_job_finds_out_is_shown_on_the_page_that_is_open(
    page: NeuronPage, study: NeuronStudy, show: Callable[[int], int], until: Callable[..., None]
) -> None:
    show(0)
    keep(study, "causal")
    page._session.poll()
    until(lambda: "A sentence of the check." in said(page))


def test_a_missing_file_takes_its_whole_picture_along(study: NeuronStudy) -> None:
    label = keep(study, "causal", pictures=2)
    desk = study.desk()
    neuron_id = next(claim.neuron_id for claim in desk.claims() if claim.neuron == 0)
    (check,) = desk.causal_checks(neuron_id, label)
    desk.object_path(check.pictures[0].edit.control).unlink()
    (caused,) = neuron_page.gather(desk, neuron_id).caused
    desk.close()
    assert caused.check == check
    assert [one.activation for one in caused.pictures] == [3.0, 1.0, 2.5]
