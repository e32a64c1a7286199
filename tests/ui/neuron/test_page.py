"""The neuron page as a person uses it: looked at, clicked, typed into, walked by keys."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from neuron_study import NeuronStudy
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QWidget

from line_desktop.neuron_page import gather
from line_desktop.provisional import PROVISIONAL
from line_desktop.store.desk import Desk
from line_desktop.store.rows import HumanWord
from line_desktop.store.workspace import Workspace
from ui.neuron.charts import Chart
from ui.neuron.page import NeuronPage
from ui.neuron.picture_grid import PictureGrid
from ui.session import Session

Until = Callable[..., None]
Show = Callable[[int], int]


def texts(page: NeuronPage) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel) if one.isVisibleTo(page) and one.text()]


def grid(page: NeuronPage, name: str) -> PictureGrid:
    return next(one for one in page.findChildren(PictureGrid) if one.accessibleName() == name)


def word(study: NeuronStudy, neuron_id: int) -> HumanWord | None:
    desk = study.desk()
    found = desk.human_word(neuron_id)
    desk.close()
    return found


@pytest.fixture
def desk(session: Session, page: NeuronPage) -> Desk:
    assert session.desk
    return session.desk


def test_everything_of_a_neuron_is_on_the_page(page: NeuronPage, show: Show, desk: Desk, until: Until) -> None:
    found = gather(desk, show(0))
    until(lambda: any(found.story[-1].concept in text for text in texts(page)) and "Check" in texts(page))
    said = texts(page)
    assert found.card.label in said
    assert found.activity
    for concept in [one.entry.concept for one in found.board] + [one.concept for one in found.story]:
        assert concept in said
    assert "because" in said  # the reasoning
    assert grid(page, "Top photos").shown == found.activity.top
    assert grid(page, "Pictures of the label").shown == found.pictures
    assert "Labels side by side" in said
    until(lambda: all(not chart._image.isNull() for chart in page.findChildren(Chart) if chart.isVisibleTo(page)))


def test_a_provisional_label_says_so_in_the_head(page: NeuronPage, show: Show, study: NeuronStudy) -> None:
    with Workspace.open(study.folder) as workspace:
        run = workspace.runs()[-1].id
        first = next(one for one in workspace.results(run) if one.neuron == 0)
        workspace.save_answers(run, [], [replace(first, reason=PROVISIONAL)])
    said = {}
    for neuron in (0, 1):
        show(neuron)
        said[neuron] = any("provisional: not confirmed on fresh pictures yet" in text for text in texts(page))
    assert said == {0: True, 1: False}


def test_a_neuron_that_was_only_surveyed_shows_no_empty_parts(page: NeuronPage, show: Show) -> None:
    show(0)
    show(3)
    said = texts(page)
    assert "Not labelled yet" in said
    assert "Top photos" in said
    assert "Activations" in said
    for heading in ("Scoreboard", "The story", "Best so far", "Labels side by side", "The concept without firing", "Pictures of the label"):
        assert heading not in said


def test_typing_a_label_is_kept_when_the_field_is_left(page: NeuronPage, show: Show, study: NeuronStudy) -> None:
    neuron_id = show(1)
    human = page._body.human
    page._edit()
    QTest.keyClicks(human.label, "zebra")
    assert word(study, neuron_id) is None
    QTest.keyClick(human.label, Qt.Key.Key_Tab)
    assert human.note.hasFocus()
    kept = word(study, neuron_id)
    assert kept
    assert (kept.label, kept.note) == ("zebra", "")
    assert "zebra" in texts(page)
    assert any(text.startswith("Labelled by the method: ") for text in texts(page))


@pytest.mark.parametrize("way", ["enter", "next", "close", "hide", "wait"])
def test_what_was_typed_is_never_lost(page: NeuronPage, show: Show, study: NeuronStudy, session: Session, until: Until, way: str) -> None:
    neuron_id = show(0)
    human = page._body.human
    human.note.setFocus()
    QTest.keyClicks(human.note, "first line")
    human.label.setFocus()
    QTest.keyClicks(human.label, "lamp")
    match way:
        case "enter":
            QTest.keyClick(human.label, Qt.Key.Key_Return)
        case "next":
            page._go_next()
        case "close":
            session.close()
        case "hide":
            page.hide()
        case "wait":
            until(lambda: word(study, neuron_id) is not None and (word(study, neuron_id) or HumanWord(None, "", "")).label == "lamp")
    kept = word(study, neuron_id)
    assert kept
    assert (kept.label, kept.note) == ("lamp", "first line")


def test_undo_goes_from_typing_to_what_was_kept_and_back(page: NeuronPage, show: Show, study: NeuronStudy) -> None:
    neuron_id = show(0)
    human = page._body.human
    for text in ("lamp", "table"):
        page._edit()
        QTest.keyClicks(human.label, text)
        QTest.keyClick(human.label, Qt.Key.Key_Return)
    human.refresh()
    human.label.setText(human.label.text())  # as on a page opened later: the field itself has nothing to undo
    for expected in ("lamp", ""):
        QTest.keyClick(human.label, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert human.label.text() == expected
    assert word(study, neuron_id) is None
    assert not human._undo.isEnabled()
    human.redo()
    human.redo()
    assert human.label.text() == "table"
    kept = word(study, neuron_id)
    assert kept
    assert kept.label == "table"


def test_a_change_from_outside_appears_but_never_over_what_is_being_typed(page: NeuronPage, show: Show, study: NeuronStudy) -> None:
    neuron_id = show(0)
    human = page._body.human
    other = study.desk()
    other.set_human_word(neuron_id, "from outside", "")
    human.refresh()
    assert human.label.text() == "from outside"
    page._edit()
    QTest.keyClicks(human.label, "mine")
    other.set_human_word(neuron_id, "again", "")
    other.close()
    human.refresh()
    assert human.label.text() == "mine"


def test_neighbours_follow_the_order_given(page: NeuronPage, show: Show, desk: Desk) -> None:
    layer = desk.layer_counts()[0].layer_id
    order = [desk.neuron_id(layer, neuron) for neuron in (2, 0, 3)]
    opened: list[int] = []
    page.neuron_opened.connect(opened.append)
    page.show_neuron(order[1], order)
    page._go_next()
    page._go_next()
    page._go_previous()
    page._go_previous()
    page._go_previous()
    assert opened == [order[2], order[1], order[0]]
    assert "1 of 3" in texts(page)


def test_another_run_tells_its_own_story(page: NeuronPage, show: Show, desk: Desk, study: NeuronStudy, until: Until) -> None:
    neuron_id = show(0)
    assert page._view
    other = next(run for run in study.runs if run != page._view.shown)
    button = next(one for one in page.findChildren(QPushButton) if one.accessibleName() == f"Show the story of run {other}, line")
    button.click()
    until(lambda: page._view is not None and page._view.shown == other)
    expected = gather(desk, neuron_id, other)
    until(lambda: all(told.concept in texts(page) for told in expected.story))


def test_a_prompt_is_shown_on_request(page: NeuronPage, show: Show, desk: Desk, until: Until) -> None:
    show(0)
    until(lambda: any(one.accessibleName() == "Prompt, Step 1" for one in page.findChildren(QPushButton)))
    button = next(one for one in page.findChildren(QPushButton) if one.accessibleName() == "Prompt, Step 1")
    text = next(one for one in page.findChildren(QPlainTextEdit) if one.accessibleName() == "Prompt, Step 1")
    assert page._view
    assert text.isHidden()
    button.click()
    assert text.toPlainText() == desk.prompt(page._view.story[1].prompt_sha256)
    button.click()
    assert text.isHidden()


def test_provenance_unfolds(page: NeuronPage, show: Show, until: Until) -> None:
    show(0)
    button = next(one for one in page.findChildren(QPushButton) if "made with" in one.text())
    assert "f" * 64 not in texts(page)
    button.click()
    until(lambda: "f" * 64 in texts(page))  # the model's SHA-256
    said = texts(page)
    assert any(text.startswith("8 × 8 pixels") for text in said)
    assert any("5 pictures for each concept" in text for text in said)


def test_every_focusable_widget_and_action_says_what_it_is(page: NeuronPage, show: Show, until: Until) -> None:
    show(0)
    until(lambda: "Check" in texts(page))
    for widget in page.findChildren(QWidget):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.objectName().startswith("qt_"):
            name = widget.accessibleName() or (widget.text() if isinstance(widget, QPushButton) else getattr(widget, "text", str)())
            assert name, widget
    actions = [one for found in page.menu_actions().values() for one in found]
    assert all(one.text() and one.statusTip() and not one.shortcut().isEmpty() for one in actions)
    assert len({one.shortcut().toString() for one in actions}) == len(actions)


def test_escape_goes_back(page: NeuronPage, show: Show) -> None:
    show(0)
    gone: list[bool] = []
    page.back.connect(lambda: gone.append(True))
    page.menu_actions()["Neuron"][0].trigger()
    assert gone == [True]


def test_an_answer_from_a_closed_workspace_is_not_shown(
    page: NeuronPage, session: Session, desk: Desk, study: NeuronStudy, tmp_path: Path, until: Until
) -> None:
    shutil.copytree(study.folder, tmp_path / "other")
    neuron_id = desk.neuron_id(desk.layer_counts()[0].layer_id, 0)
    page.show_neuron(neuron_id)
    session.open(tmp_path / "other")  # before the answer of the first can be there
    page.show_neuron(neuron_id)
    until(lambda: page._view is not None)
    assert page._view
    assert all(seen.path.is_relative_to(tmp_path / "other") for seen in page._view.pictures)


def test_closing_the_workspace_empties_the_page(page: NeuronPage, show: Show, session: Session) -> None:
    show(0)
    session.close()
    assert page._middle.isHidden()
    assert not page._body.human.isEnabled()
    page.show_neuron(1)
    assert page._middle.isHidden()
