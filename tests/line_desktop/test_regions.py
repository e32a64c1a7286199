"""Where a neuron fires in a photo: the box re-derived cell by cell, and photos that stay whole."""

import numpy as np
import pytest

from line_desktop.regions import region
from models.types.vision import ActivationMap

WHOLE = (0.0, 0.0, 1.0, 1.0)


def map_of(values: list[list[float]], seen: tuple[float, float, float, float] = WHOLE) -> ActivationMap:
    return ActivationMap(np.array(values, np.float32), seen, (100, 100))


def slow_region(where: ActivationMap) -> tuple[float, ...]:
    """Cell by cell."""
    rows, columns = where.values.shape
    most = max(map(max, where.values.tolist()))
    boxes = []
    for row in range(rows):
        for column in range(columns):
            if where.values[row, column] >= most / 2:
                left, top, right, bottom = where.seen
                wide, high = (right - left) / columns, (bottom - top) / rows
                boxes.append((left + column * wide, top + row * high, left + (column + 1) * wide, top + (row + 1) * high))
    box = (*(min(one[side] for one in boxes) for side in (0, 1)), *(max(one[side] for one in boxes) for side in (2, 3)))
    return tuple(min(max(side, 0.0), 1.0) for side in box)


@pytest.mark.parametrize("seen", [WHOLE, (0.1, 0.0, 0.9, 1.0), (-0.2, 0.0, 1.2, 1.0)])
@pytest.mark.parametrize("seed", range(5))
def test_the_region_is_the_box_of_the_cells_above_half(seen, seed):
    where = ActivationMap(np.random.default_rng(seed).normal(size=(5, 7)).astype(np.float32) ** 3 + 0.1, seen, (70, 50))
    assert region(where) == pytest.approx(slow_region(where))


@pytest.mark.parametrize("values", [[[0, 0]], [[-1, -2]], [[np.nan, 1]], [[np.inf, 1]]])
def test_a_map_without_a_peak_leaves_the_photo_whole(values):
    assert region(map_of(values)) is None


def test_a_peak_outside_the_photo_leaves_it_whole():
    assert region(map_of([[9, 0, 0, 0]], (-0.5, 0.0, 1.5, 1.0))) is None
