"""The gallery page on a real workspace, clicked and typed into."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListView, QWidget

from line_desktop.provisional import PROVISIONAL
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter, ResultRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings
from ui.gallery.page import GalleryPage
from ui.gallery.thumbs import Thumbs
from ui.session import Session

Until = Callable[..., None]
Settle = Callable[[], None]
ALL = 180
LABELLED = 48 + 8  # stage.1: 6, 9 … 147; head: 6, 9 … 27


@pytest.fixture
def desk(session: Session, page: GalleryPage) -> Desk:
    assert session.desk is not None
    return session.desk


def cards_shown(page: GalleryPage) -> list[str]:
    """The titles of all rows, in order."""
    page.model.load(0, page.model.rowCount() - 1)
    return [page.model.index(row).data() for row in range(page.model.rowCount())]


def click(page: GalleryPage, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, ring: bool = False) -> None:
    rect = page.grid.card_rect(row)
    place = QPoint(rect.right() - 18, rect.top() + 18) if ring else rect.center()
    QTest.mouseClick(page.grid.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def type_text(page: GalleryPage, text: str) -> None:
    page.bar.search.setFocus()
    page.bar.search.selectAll()
    QTest.keyClicks(page.bar.search, text)


def test_all_neurons_by_layer_and_index(page: GalleryPage) -> None:
    cards = cards_shown(page)

    assert len(cards) == ALL
    assert cards[3] == "Dead: fires on no photo"
    assert cards[4] == "Constant: the same on every photo"
    assert cards[5] == "Failed"
    assert cards[6] == "red wheel"
    assert cards[7] == "Not labelled yet"
    assert page.bar.count.text() == "180 neurons"


def test_search_as_you_type_and_clear(page: GalleryPage, until: Until) -> None:
    type_text(page, "strip")
    until(lambda: page.model.rowCount() < ALL)

    assert set(cards_shown(page)) == {"striped dog", "striped cat"}
    assert page.bar.count.text() == f"{page.model.rowCount()} of 180 neurons"
    assert page.chips.isVisible()

    QTest.keyClick(page.bar.search, Qt.Key.Key_Escape)
    until(lambda: page.model.rowCount() == ALL)
    assert not page.chips.isVisible()


def test_no_match_says_so_and_its_button_shows_all(page: GalleryPage, until: Until, settle: Settle) -> None:
    type_text(page, "xyzzy")
    until(lambda: page.model.rowCount() == 0)

    assert page.empty.isVisible()
    assert page.empty.heading.text() == "No match"
    assert "180" in page.empty.sentence.text()
    QTest.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    settle()
    assert page.model.rowCount() == ALL
    assert page.grid.isVisible()
    assert page.grid.hasFocus()
    assert page.bar.search.text() == ""


def test_the_panel_filters_and_its_chip_takes_the_filter_off(page: GalleryPage, until: Until, settle: Settle) -> None:
    until(lambda: page.panel.layers.isVisible() and page.panel.statuses.isVisible())
    box = next(box for box in page.panel.findChildren(QAbstractButton) if box.accessibleName() == f"Status: Labelled, {LABELLED}")
    box.click()
    settle()
    assert page.model.rowCount() == LABELLED

    page.panel.scores.low.setFocus()
    QTest.keyClicks(page.panel.scores.low, "14")
    settle()
    assert page.listing.filter == Filter(statuses=("labelled",), score_from=14.0)
    assert page.model.rowCount() == 3

    chip = next(button for button in page.chips.findChildren(QAbstractButton) if "Score from 14" in button.accessibleName())
    chip.click()
    settle()
    assert page.model.rowCount() == LABELLED
    assert page.panel.scores.low.text() == ""


def test_provisional_labels_can_be_filtered_where_there_are_some(
    page: GalleryPage, session: Session, desk: Desk, folder: Path, until: Until, settle: Settle
) -> None:
    until(lambda: page.panel.statuses.isVisible())
    assert not page.panel.provisional.isVisible()
    with Workspace.open(folder) as workspace:
        run = workspace.runs()[0]
        label = next(one for one in workspace.results(run.id) if one.label)
        workspace.save_answers(run.id, [], [replace(label, reason=PROVISIONAL)])
    session.poll()
    until(page.panel.provisional.isVisible)
    names = {box.accessibleName(): box for box in page.panel.provisional.findChildren(QAbstractButton)}
    assert list(names) == ["Confirmation: Provisional, 1", "Confirmation: Not provisional"]
    names["Confirmation: Provisional, 1"].click()
    settle()
    (title,) = cards_shown(page)
    assert title == label.label
    assert "is provisional" in page.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    names["Confirmation: Not provisional"].click()  # both are as good as none, and are unchecked
    settle()
    assert page.model.rowCount() == ALL
    names["Confirmation: Not provisional"].click()
    settle()
    assert page.model.rowCount() == ALL - 1


def test_order_by_score(page: GalleryPage, desk: Desk, settle: Settle) -> None:
    page.bar.order.setCurrentText("Highest score first")
    settle()

    expected = desk.neuron_ids(Filter(), "score", True)
    assert page.model.ids().tolist() == expected.tolist()
    assert cards_shown(page)[0] == "striped cat"  # neuron 147 of stage.1


def test_the_selection_survives_filter_and_order(page: GalleryPage, until: Until, settle: Settle) -> None:
    click(page, 0, ring=True)
    click(page, 6, Qt.KeyboardModifier.ControlModifier)
    chosen = page.selected_ids()
    assert len(chosen) == 2
    assert page.selected.isVisible()

    page.listing.set_filter(Filter(text="wheel"))
    settle()
    assert page.selected_ids() == chosen
    assert page.selected.count.text() == "2 selected, 1 of them filtered out"
    page.bar.order.setCurrentText("Lowest score first")
    page.listing.clear()
    settle()
    assert page.selected_ids() == chosen

    click(page, 20)  # a plain click loses nothing
    assert page.selected_ids() == chosen
    QTest.keyClick(page.grid, Qt.Key.Key_Escape)
    assert len(page.selection) == 0
    assert not page.selected.isVisible()


def test_shift_selects_a_range_and_control_a_all(page: GalleryPage) -> None:
    click(page, 1)
    click(page, 4, Qt.KeyboardModifier.ShiftModifier)
    assert page.selection.ids() == page.model.ids()[1:5].tolist()

    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(page.selection) == ALL


def test_keys_walk_the_cards_and_enter_opens(page: GalleryPage) -> None:
    opened = QSignalSpy(page.neuron_opened)
    click(page, 0)
    page.grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(page.grid, key)
    assert page.grid.currentIndex().row() == page.grid.columns()

    QTest.keyClick(page.grid, Qt.Key.Key_End)
    assert page.grid.currentIndex().row() == ALL - 1
    assert page.grid.viewport().rect().contains(page.grid.card_rect(ALL - 1))
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    assert opened.count() == 1
    assert opened.at(0)[0] == int(page.model.ids()[-1])
    QTest.keyClick(page.grid, Qt.Key.Key_Home)
    QTest.mouseDClick(page.grid.viewport(), Qt.MouseButton.LeftButton, pos=page.grid.card_rect(1).center())
    assert opened.at(1)[0] == int(page.model.ids()[1])


def test_letters_typed_at_the_cards_go_to_the_search(page: GalleryPage, until: Until) -> None:
    page.grid.setFocus()
    QTest.keyClicks(page.grid, "w")
    assert page.bar.search.hasFocus()
    QTest.keyClicks(page.bar.search, "het")
    until(lambda: page.model.rowCount() == 0)
    assert page.bar.search.text() == "whet"


def test_similar_labels(page: GalleryPage, desk: Desk, until: Until, settle: Settle) -> None:
    row = cards_shown(page).index("striped dog")
    neuron = int(page.model.ids()[row])
    click(page, row)
    page.on.similar.trigger()
    settle()

    assert page.model.ids().tolist() == [neuron, *desk.similar(neuron, 200)]
    assert set(cards_shown(page)) == {"striped dog", "striped cat"}
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_Escape)
    settle()
    assert page.model.rowCount() == ALL


def test_compare_two(page: GalleryPage) -> None:
    assert not page.on.compare.isEnabled()
    titles = cards_shown(page)
    for title in ("striped dog", "striped cat"):
        page.selection.toggle(int(page.model.ids()[titles.index(title)]))
    page.on.compare.trigger()

    assert page.compare.isVisible()
    assert page.compare.shared.text() == "Shared words: striped"
    opened = QSignalSpy(page.neuron_opened)
    button = next(one for one in page.compare.findChildren(QAbstractButton) if one.accessibleName() == "Open striped cat")
    button.click()
    assert opened.at(0)[0] == page.selection.ids()[1]
    QTest.keyClick(page.compare, Qt.Key.Key_Escape)
    assert page.grid.isVisible()


def test_label_asks_for_the_selected_or_the_current(page: GalleryPage) -> None:
    asked = QSignalSpy(page.label_asked)
    click(page, 2)
    page.on.label.trigger()
    click(page, 0, ring=True)
    click(page, 7, ring=True)
    page.on.label.trigger()

    ids = page.model.ids().tolist()
    assert [asked.at(number)[0] for number in range(2)] == [[ids[2]], [ids[0], ids[7]]]


def test_a_change_in_the_store_keeps_place_and_current_card(
    page: GalleryPage, session: Session, desk: Desk, folder: Path, settle: Settle
) -> None:
    page.bar.order.setCurrentText("Newest first")
    settle()
    click(page, 5)
    current = page.grid.current_id()
    page.grid.show_row(60)
    page.grid.grab()
    first = int(page.model.ids()[page.grid.first_row()])
    page.selection.add([int(page.model.ids()[2])])
    chosen = page.selection.ids()

    with Workspace.open(folder) as workspace:  # a job labels one more neuron, which comes first now
        bank = workspace.settings_id(PictureSettings("pictograms", "1", {}), 0, 2)
        layer = desk.layer_counts()[0].layer_id
        run = workspace.begin_run(layer, None, bank, "line", [0], {"again": 1}, {}, "cpu")
        workspace.save_answers(run, [], [ResultRow(0, "labelled", "a new label", 1.0, "generated")])
    session.poll()
    settle()

    assert cards_shown(page)[0] == "a new label"
    assert page.grid.current_id() == current
    assert page.selection.ids() == chosen
    row = page.model.row_of(first)  # still in the first line
    assert row is not None
    assert row // page.grid.columns() == page.grid.first_row() // page.grid.columns()


def test_a_human_label_stands_first(page: GalleryPage, session: Session, desk: Desk, settle: Settle) -> None:
    neuron = int(page.model.ids()[6])
    desk.set_human_word(neuron, "my own words", "")
    session.poll()
    settle()
    cards = cards_shown(page)

    assert cards[6] == "my own words"
    spoken = page.model.index(6).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Written by a person" in spoken
    assert "red wheel" in spoken
    assert "stage.1 · 6" in spoken


def test_saved_filters_come_back(page: GalleryPage, desk: Desk, settle: Settle) -> None:
    page.listing.set_filter(Filter(text="wheel"))
    page.bar.order.setCurrentText("Highest score first")
    settle()
    page.bar.save_asked.emit("wheels")
    page.listing.clear()
    page.bar.order.setCurrentText("Layer and index")
    entry = next(action for action in page.bar.saved.menu().actions() if action.text() == "wheels")
    entry.trigger()
    settle()

    assert page.listing.filter == Filter(text="wheel")
    assert page.bar.order.currentText() == "Highest score first"
    assert page.bar.search.text() == "wheel"
    page.bar.forget_asked.emit("wheels")
    assert desk.saved_filters() == []


def test_without_a_workspace_it_says_so(session: Session, thumbs: Thumbs, application: QApplication, tmp_path: Path, until: Until) -> None:
    page = GalleryPage(session, thumbs)
    page.show()
    assert page.empty.heading.text() == "No workspace is open"

    session.open(tmp_path / "new", create=True)
    until(lambda: not page.listing.busy)
    assert page.empty.heading.text() == "No neurons yet"
    assert page.empty.button.isHidden()


def test_closing_the_workspace_empties_the_page(page: GalleryPage, session: Session) -> None:
    page.selection.add([1, 2])
    session.close()

    assert page.model.rowCount() == 0
    assert page.selection.ids() == []
    assert page.empty.isVisible()


def test_larger_pictures_keep_the_first_card_in_sight(page: GalleryPage) -> None:
    page.grid.show_row(80)
    first = page.grid.first_row()
    columns = page.grid.columns()
    page.on.larger.trigger()

    assert page.grid.columns() < columns
    assert page.grid.first_row() // page.grid.columns() == first // page.grid.columns()


def test_everything_that_takes_the_focus_has_a_name(page: GalleryPage, until: Until, settle: Settle) -> None:
    until(lambda: page.panel.layers.isVisible())
    page.listing.set_filter(Filter(text="wheel", statuses=("labelled",)))
    settle()
    page.selection.add([1, 2])
    page.on.compare.trigger()

    nameless = [
        type(widget).__name__
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
        and not isinstance(widget.parent(), QComboBox | QLineEdit)
        and not isinstance(widget, QListView)  # inside the combo box
        and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []


def test_a_screen_reader_hears_the_cards(page: GalleryPage) -> None:
    page.grid.grab()
    cards = QAccessible.queryAccessibleInterface(page.grid)

    assert cards.text(QAccessible.Text.Name) == "Neurons"
    assert cards.childCount() == ALL
    assert cards.child(6).text(QAccessible.Text.Name) == "red wheel, stage.1 · 6, Score 0.60, method line"
    assert cards.child(3).text(QAccessible.Text.Name) == "Dead: fires on no photo, stage.1 · 3"


def test_the_keyboard_stays_here_when_no_card_is_left(page: GalleryPage, settle: Settle) -> None:
    page.grid.setFocus()
    page.listing.set_filter(Filter(text="xyzzy"))
    settle()
    assert page.empty.button.hasFocus()

    QTest.keyClick(page.empty.button, Qt.Key.Key_Space)
    settle()
    assert page.grid.hasFocus()
    assert page.model.rowCount() == ALL
