"""The size of a batch: every size is tried on the work itself, then the fastest stays."""

import pytest

from models.vision.batch_size import TRIES, BatchSize


def work(size: BatchSize, seconds: dict[int, float], batches: int) -> list[int]:
    """The sizes of so many batches, each taking its seconds; the first of every size takes ten times as long."""
    done: list[int] = []
    for _ in range(batches):
        now = size.now
        size.took(now, seconds[now] * (1 if now in done else 10))
        done.append(now)
    return done


@pytest.mark.parametrize(
    ("seconds", "best"),
    [({4: 1.0, 8: 1.5, 16: 2.9, 32: 6.0}, 16), ({4: 1.0, 8: 2.1, 16: 4.3, 32: 9.0}, 4), ({4: 1.0, 8: 1.1, 16: 1.2, 32: 1.3}, 32)],
)
def test_the_fastest_for_each_picture_stays(seconds: dict[int, float], best: int) -> None:
    done = work(BatchSize(32), seconds, 20)
    assert done == [size for size in (4, 8, 16, 32) for _ in range(TRIES)] + [best] * (20 - 4 * TRIES)


@pytest.mark.parametrize(("most", "tried"), [(1, [1]), (3, [3]), (4, [4]), (13, [4, 8, 13])])
def test_sizes_end_at_the_largest(most: int, tried: list[int]) -> None:
    size = BatchSize(most)
    assert list(dict.fromkeys(work(size, dict.fromkeys(tried, 1.0), 20))) == tried


def test_the_rest_of_a_call_is_no_measurement() -> None:
    size = BatchSize(32)
    for _ in range(10):
        size.took(3, 1e-9)
    assert work(size, {4: 1.0, 8: 3.0, 16: 7.0, 32: 15.0}, 20)[-1] == 4


def test_what_memory_has_no_room_for_is_never_tried_again() -> None:
    size = BatchSize(32)
    assert work(size, {4: 1.0, 8: 1.5}, TRIES + 1) == [4] * TRIES + [8]
    size.at_most(4)
    assert (size.now, size.most) == (4, 4)
    size.at_most(2)
    assert work(size, {2: 1.0}, 5) == [2] * 5
