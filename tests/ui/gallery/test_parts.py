"""The gallery's parts by themselves: pages of cards, the arithmetic of the grid, chips, mosaics, words."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QColor, QImage, QPainter
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QToolButton

from line_desktop.store.rows import Card, Filter
from ui.gallery import words
from ui.gallery.card import CardDelegate
from ui.gallery.chips import chips
from ui.gallery.compare import shared_words
from ui.gallery.grid import GridView
from ui.gallery.model import CARD_ROLE, KEPT_PAGES, PAGE, NeuronModel
from ui.gallery.mosaic import Mosaics, cells
from ui.gallery.selection import Selection
from ui.gallery.selection_bar import SelectionBar
from ui.gallery.thumbs import Thumbs
from ui.theme import Theme

MANY = 100_000


class Store:
    """Cards for any ids, and a diary of what was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def cards(self, ids: Sequence[int]) -> list[Card]:
        self.asked.append(list(ids))
        return [card(number) for number in ids]


def card(number: int, **changes: object) -> Card:
    plain = Card(number, 1, "layer", number, f"label {number}", None, False, 1.5, 0.5, "line", "labelled", None, ())
    return replace(plain, **changes)


@pytest.fixture
def grid(application: QApplication, thumbs: Thumbs) -> GridView:
    selection = Selection()
    model = NeuronModel()
    delegate = CardDelegate(thumbs, selection)
    made = GridView(model, delegate, selection)
    for one in (selection, model, delegate):
        one.setParent(made)
    made.resize(1000, 700)
    made.show()
    return made


@pytest.fixture(params=["light", "dark"])
def dressed(application: QApplication, request: pytest.FixtureRequest) -> Iterator[None]:
    """In both themes; light again in the end."""
    theme = Theme(application, request.param)
    yield
    theme.choose("light")
    theme.deleteLater()


def test_data_never_reads(application: QApplication) -> None:
    store, model = Store(), NeuronModel()
    model.show(np.arange(MANY), store.cards)
    assert model.index(70).data() == ""
    assert model.index(70).data(CARD_ROLE) is None
    assert store.asked == []

    model.load(70, 75)
    assert model.index(70).data() == "label 70"
    assert store.asked == [list(range(70 // PAGE * PAGE, 70 // PAGE * PAGE + PAGE))]
    model.load(70, 75)
    assert len(store.asked) == 1
    model.refresh()
    assert model.index(70).data() == "label 70"  # the old card stays until it is read again
    model.load(70, 75)
    assert len(store.asked) == 2


def test_only_so_many_pages_are_kept(application: QApplication) -> None:
    store, model = Store(), NeuronModel()
    model.show(np.arange(MANY), store.cards)
    for page in range(KEPT_PAGES + 1):
        model.load(page * PAGE, page * PAGE)

    assert model.card(0) is None
    assert model.card(PAGE) == card(PAGE)
    model.load(MANY - 1, MANY + 500)  # beyond the end there is nothing
    assert model.card(MANY - 1) == card(MANY - 1)


def test_rows_and_ids(application: QApplication) -> None:
    model = NeuronModel()
    model.show(np.array([7, 3, 9]), None)
    assert [model.row_of(number) for number in (7, 3, 9, 4)] == [0, 1, 2, None]


def test_the_grid_asks_for_what_is_in_sight_only(grid: GridView) -> None:
    store = Store()
    model = grid.model()
    assert isinstance(model, NeuronModel)
    model.show(np.arange(MANY), store.cards)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    store.asked.clear()
    grid.grab()

    shown = grid.rows_in(grid.viewport().rect())
    assert sum(map(len, store.asked)) <= len(shown) + 2 * PAGE
    assert MANY // 2 - 50 < shown.start < MANY // 2 + 50


@pytest.mark.parametrize("row", [0, 1, 1234, MANY - 1])
def test_a_card_is_found_where_it_stands(grid: GridView, row: int) -> None:
    model = grid.model()
    assert isinstance(model, NeuronModel)
    model.show(np.arange(MANY), Store().cards)
    grid.scrollTo(model.index(row))
    rect = grid.card_rect(row)

    assert grid.viewport().rect().contains(rect)
    assert grid.indexAt(rect.center()).row() == row
    assert grid.indexAt(rect.topLeft()).row() == row
    assert not grid.indexAt(rect.topLeft() - QPoint(3, 3)).isValid()
    assert row in grid.rows_in(rect)


def test_cards_fill_the_width_and_do_not_overlap(grid: GridView) -> None:
    model = grid.model()
    assert isinstance(model, NeuronModel)
    model.show(np.arange(50), Store().cards)
    rects = [grid.card_rect(row) for row in range(12)]

    assert not any(one.intersects(other) for place, one in enumerate(rects) for other in rects[place + 1 :])
    last = rects[grid.columns() - 1].right()
    assert grid.viewport().width() - 24 - grid.columns() <= last < grid.viewport().width() - 23


def test_the_selection_keeps_ids_in_order(application: QApplication) -> None:
    selection = Selection()
    changed = QSignalSpy(selection.changed)
    selection.toggle(5)
    selection.add([3, 5, 1])
    selection.toggle(3)
    assert selection.ids() == [5, 1]
    assert 5 in selection
    assert 3 not in selection
    selection.add([5])
    assert changed.count() == 3
    selection.clear()
    selection.clear()
    assert changed.count() == 4


def test_the_buttons_for_a_selection_break_into_lines(application: QApplication) -> None:
    """Else the window could not be made narrower than they are together."""
    actions = [QAction(f"Something to do {number}") for number in range(9)]
    bar = SelectionBar(actions)
    bar.show_count(3, 3)
    bar.resize(400, 400)
    bar.layout().activate()
    buttons = bar.findChildren(QToolButton)
    assert bar.minimumSizeHint().width() < 400
    assert all(bar.rect().contains(one.geometry()) for one in buttons)
    assert len({one.y() for one in buttons}) > 1


def test_each_chip_takes_its_own_condition_off() -> None:
    wanted = Filter("red dog", (2, 1), ("line",), ("dead", "failed"), ("weak",), True, True, 1.5, None)
    found = chips(wanted, {1: "conv1", 2: "conv2"})

    assert [one.text for one in found] == [
        "“red dog”", "conv2, conv1", "Method: line", "Dead, Failed", "weak", "Edited by a person", "Provisional", "Score from 1.5",
    ]  # fmt: skip
    assert found[1].without == Filter("red dog", (), ("line",), ("dead", "failed"), ("weak",), True, True, 1.5, None)
    assert [len(chips(one.without, {})) for one in found] == [7] * 8
    assert chips(Filter(text="  "), {}) == []
    assert [one.text for one in chips(Filter(score_to=2.0), {})] == ["Score up to 2"]
    assert [one.text for one in chips(Filter(provisional=False), {})] == ["Not provisional"]


def test_shared_words_are_those_of_two_labels() -> None:
    assert shared_words(["A red dog on the grass", "Red wheel", "grass, wet"]) == {"red", "grass"}
    assert shared_words(["dog", "cat"]) == set()
    assert shared_words([]) == set()


@pytest.mark.parametrize("pixels", [100, 101, 102, 233, 600])
def test_nine_cells_fill_the_square(pixels: int) -> None:
    found = cells(pixels, 2)
    square = QRect(0, 0, pixels, pixels)

    assert len(found) == 9
    assert all(square.contains(cell) for cell in found)
    assert found[8].bottomRight() == square.bottomRight()
    assert max(cell.width() for cell in found) - min(cell.width() for cell in found) <= 1
    assert not any(one.intersects(other) for place, one in enumerate(found) for other in found[place + 1 :])


def test_a_mosaic_is_sharp_at_twice_the_pixels(thumbs: Thumbs, tmp_path: Path, until: Callable[..., None]) -> None:
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    assert image.save(str(tmp_path / "a.png"))
    target = QImage(600, 600, QImage.Format.Format_ARGB32)
    target.setDevicePixelRatio(2)
    mosaics = Mosaics(thumbs)

    def paint() -> QColor:
        target.fill(Qt.GlobalColor.white)
        painter = QPainter(target)
        mosaics.paint(painter, QRect(0, 0, 300, 300), (tmp_path / "a.png",))
        painter.end()
        return target.pixelColor(100, 100)

    assert paint() != QColor("red")
    assert mosaics.waits_for == {str(tmp_path / "a.png")}
    until(lambda: thumbs.pixmap(tmp_path / "a.png", 208) is not None)  # 198 device pixels, rounded up to a step
    assert paint() == QColor("red")
    assert target.pixelColor(0, 0) == QColor("white")  # a rounded corner
    assert target.pixelColor(300, 300) != QColor("red")


@pytest.mark.usefixtures("dressed")
def test_a_provisional_label_has_a_mark_of_its_own(grid: GridView) -> None:
    def title_line(one: Card) -> QImage:
        """The line of the label, painted; everything else of the cards is the same."""
        grid.model().show(np.array([one.id]), lambda ids: [one])
        grid.model().load(0, 1)
        picture, place = grid.viewport().grab(), grid.card_rect(0)
        return picture.toImage().copy(place.left(), place.top() + place.width(), place.width(), place.height() - place.width())

    confirmed, provisional = title_line(card(1)), title_line(card(1, provisional=True))
    assert provisional != confirmed
    changed = [x for x in range(confirmed.width()) if any(confirmed.pixel(x, y) != provisional.pixel(x, y) for y in range(40))]
    assert min(changed) > 0.7 * confirmed.width()  # beside the label, which stays what it is
    mine = {"human_label": "mine"}  # a person's own label is not provisional
    assert title_line(card(1, provisional=True, **mine)) == title_line(card(1, **mine))
    assert title_line(card(1, provisional=True, verdict="weak")) != title_line(card(1, verdict="weak"))


def test_words_of_a_card() -> None:
    assert words.title(card(1, human_label="mine")) == "mine"
    assert words.title(card(1, label=None, status="dead")) == "Dead: fires on no photo"
    assert words.spoken(card(1, verdict="weak")) == "label 1, layer · 1, Score 1.50, method line, Verdict: weak"
    said = "The method's label is provisional: its run has not confirmed it on fresh pictures yet"
    assert words.tooltip(card(1, provisional=True)).splitlines()[-1] == said
    assert words.spoken(card(1, provisional=True, human_label="mine")).endswith(said)
    assert "the method said: nothing" in words.tooltip(card(1, label=None, human_label="mine"))
    assert [words.one_or(many, "1 neuron", "{n} neurons of {layer}") for many in (1, 2240)] == ["1 neuron", "2,240 neurons of {layer}"]
    assert [words.number(score) for score in (0.123, -5.0, 123.4, 1e9)] == ["0.12", "-5.00", "123", "1e+09"]
