"""Thumbnails in a grid: keys, words, even rows, and the picture itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from line_desktop.neuron_page import Seen
from ui.gallery.thumbs import Thumbs
from ui.neuron.overlay import PhotoMap
from ui.neuron.picture_grid import PictureGrid

Until = Callable[..., None]


@pytest.fixture
def seen(tmp_path: Path) -> list[Seen]:
    """Four white photos and a file that is none."""
    found = []
    for number in range(4):
        Image.new("RGB", (40, 40), "white").save(tmp_path / f"{number}.png")
        found.append(Seen(tmp_path / f"{number}.png", number + 0.25, "hen"))
    (tmp_path / "bad.png").write_bytes(b"nothing")
    return [*found, Seen(tmp_path / "bad.png", 9.0)]


@pytest.fixture
def grid(application: QApplication, seen: list[Seen]) -> PictureGrid:
    made = PictureGrid(Thumbs(), "Top photos", 80)
    made.resize(80 * 3 + 16, 300)
    made.set_pictures(seen)
    made.show()
    return made


def colour(grid: PictureGrid, x: int, y: int) -> QColor:
    return grid.grab().toImage().pixelColor(round(x * grid.devicePixelRatioF()), round(y * grid.devicePixelRatioF()))


def test_arrow_keys_walk_and_a_screen_reader_hears_where(grid: PictureGrid, until: Until) -> None:
    assert grid.accessibleDescription() == "1 of 5: hen, activation 0.25"
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.accessibleDescription() == "2 of 5: hen, activation 1.25"
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.accessibleDescription().startswith("5 of 5")
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert grid.accessibleDescription().startswith("5 of 5")
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid._rect(2).center())
    assert grid.accessibleDescription() == "3 of 5: hen, activation 2.25"


def test_a_photo_is_painted_and_darkens_where_the_neuron_does_not_fire(grid: PictureGrid, seen: list[Seen], until: Until) -> None:
    grid.grab()
    until(lambda: colour(grid, 40, 40) == QColor("white"))
    values = np.zeros((4, 4), np.float32)
    values[:, 2:] = 5
    grid.set_maps({str(seen[0].path): PhotoMap(values, (0, 0, 1, 1))}, 0.8)
    assert colour(grid, 70, 40) == QColor("white")
    assert colour(grid, 10, 40).lightness() < 80
    grid.set_maps({}, 0.0)
    assert colour(grid, 10, 40) == QColor("white")


def test_a_file_that_is_no_picture_says_so(grid: PictureGrid, until: Until) -> None:
    grid.grab()
    until(lambda: "bad.png" in grid.words(4))
    assert "bad.png" not in grid.words(0)
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid._rect(4).center())
    assert "bad.png" in grid.accessibleDescription()


@pytest.mark.parametrize(("count", "width", "columns"), [(12, 700, 6), (12, 640, 6), (12, 480, 4), (3, 900, 8), (5, 256, 3), (1, 50, 1)])
def test_rows_are_even_where_pictures_keep_about_their_size(
    application: QApplication, seen: list[Seen], count: int, width: int, columns: int
) -> None:
    grid = PictureGrid(Thumbs(), "g", 100)
    grid.set_pictures([seen[0]] * count)
    assert grid._columns(width) == columns
    grid.resize(width, grid.heightForWidth(width))
    assert grid._rect(count - 1).bottom() < grid.height()
    assert grid._rect(min(count, columns) - 1).right() < max(width, 100)


def test_an_empty_grid_takes_no_room(application: QApplication) -> None:
    grid = PictureGrid(Thumbs(), "g", 100)
    grid.set_pictures([])
    assert grid.heightForWidth(500) == 0
    assert grid.focusPolicy() == Qt.FocusPolicy.NoFocus
