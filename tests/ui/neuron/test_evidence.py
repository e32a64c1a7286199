"""Evidence on the page of a neuron: the verdict in its colour, the figures with their intervals, and the way to ask for it."""

from collections.abc import Callable

import numpy as np
import pytest
from neuron_study import NeuronStudy
from other_methods import entry, keep_labels
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from line_desktop.evidence import RULE, Control, Fresh, judge
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Claim, Evidence
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings
from ui.neuron.evidence import EvidenceBlock
from ui.neuron.names import Names
from ui.neuron.page import NeuronPage

Until = Callable[..., None]


def evidence(mean: float, claim: Claim | None = None, classes: tuple[str | None, ...] = ("fox", "car", "tree", "boat") * 30) -> Evidence:
    """Of pictures whose activations lie `mean` deviations above those of the photos."""
    chance = np.random.default_rng(1)
    about = claim or Claim(1, 1, 0, "red fox", 1, "fake", 1)
    fresh = Fresh(tuple(f"{number:064d}" for number in range(50)), chance.normal(mean, 1, 50))
    photos = chance.normal(0, 1, len(classes)) + [2.0 * (name == "fox") for name in classes]
    return judge(about, fresh, Control(1, photos, classes), PictureSettings("fake", "1", {}), 0, "2026-01-01T00:00:00Z")


def said(block: QWidget) -> list[str]:
    QApplication.processEvents()  # a layout shows its new parts with the next event
    return [one.text() for one in block.findChildren(QLabel) if one.isVisibleTo(block) and one.text()]


@pytest.mark.parametrize(("mean", "role"), [(6.0, "good"), (1.6, "warn"), (0.0, "bad")])
def test_the_verdict_stands_in_its_colour_over_its_figures(application: object, mean: float, role: str) -> None:
    found, block = evidence(mean), EvidenceBlock()
    block.show_evidence(found)
    texts = said(block)
    assert texts[0] == found.sentence
    (sentence,) = [one for one in block.findChildren(QLabel) if one.text() == found.sentence]
    assert sentence.property("role") == role
    for one in (found.auc, found.mad, found.photos.auprc if found.photos else found.auc):
        assert f"{one.value:.2f}" in texts
        assert f"[{one.low:.2f}, {one.high:.2f}]" in texts
    assert f"{round(100 * found.activation_rate.value)} %" in texts
    assert "50 fresh pictures against 120 probe photos; 95 % intervals in brackets." in texts
    assert block.toolTip() == RULE


def test_other_evidence_takes_its_place_and_none_hides_it(application: object) -> None:
    block = EvidenceBlock()
    block.show_evidence(evidence(6.0))
    assert "AUPRC on photos" in said(block)
    block.show_evidence(evidence(6.0, classes=(None,) * 50))
    assert "AUPRC on photos" not in said(block)
    assert said(block).count("AUC") == 1
    block.show_evidence(None)
    assert not block.isVisibleTo(None)


def test_the_page_shows_evidence_as_soon_as_it_is_there(
    page: NeuronPage, show: Callable[[int], int], study: NeuronStudy, until: Until
) -> None:
    neuron_id = show(0)
    block = page.findChild(EvidenceBlock)
    assert not block.isVisibleTo(page)
    with Workspace.open(study.folder) as workspace:
        found = evidence(6.0, workspace.claims([neuron_id])[0])
        workspace.save_evidence([found])
    page._session.poll()
    until(lambda: block.isVisibleTo(page))
    assert found.sentence in said(block)
    show(3)
    assert not block.isVisibleTo(page)


def test_a_label_can_be_verified_and_no_label_cannot(page: NeuronPage, show: Callable[[int], int]) -> None:
    asked = QSignalSpy(page.verify_asked)
    (verify,) = [one for actions in page.menu_actions().values() for one in actions if one.text() == "&Verify the label"]
    neuron_id = show(1)
    verify.trigger()
    assert asked.at(0) == [[neuron_id]]
    show(3)
    assert not verify.isEnabled()


def test_the_labels_of_all_methods_stand_side_by_side_and_are_verified_together(
    page: NeuronPage, show: Callable[[int], int], study: NeuronStudy, until: Until
) -> None:
    with Workspace.open(study.folder) as workspace:
        run = keep_labels(workspace, "sieve", 0, [("cat", "scored", (entry("cat", 0.9), entry("dog", 0.7)))])
        (claim,) = [one for one in workspace.claims(None, ALL) if one.method == "sieve"]
        workspace.save_evidence([found := evidence(6.0, claim)])
    neuron_id = show(0)
    names = page.findChild(Names)
    until(lambda: names.isVisibleTo(page) and "cat" in said(names))
    texts = said(names)
    assert {"activation rate", "supported", "also dog", "mean activation", "sieve", "not verified"} <= set(texts)
    assert any(text.startswith(f"AUC {found.auc.value:.2f} [") for text in texts)
    asked = QSignalSpy(page.verify_all_asked)
    (verify,) = [one for actions in page.menu_actions().values() for one in actions if one.text() == "Verify the labels of &all methods"]
    verify.trigger()
    page._body.verify_all.click()
    assert [asked.at(number) for number in range(asked.count())] == [[[neuron_id]]] * 2
    (show_run,) = [one for one in names.findChildren(QPushButton) if one.accessibleName().endswith(f"run {run}, sieve")]
    show_run.click()
    until(lambda: page._view is not None and page._view.shown == run)
    show(3)
    assert not verify.isEnabled()
