"""Free memory as the system tells it, and the four answers to whether something fits."""

import psutil
import pytest

from models.machine import Fit, Gpu
from models.memory import MEBIBYTE, TRY_ANYWAY, fit, free_memory, parse_gpus

TOLD = """NVIDIA GeForce RTX 4070, 575.51.03, 12282, 11000, GPU-8f5a
NVIDIA GB10, 580.95.05, [N/A], [N/A], GPU-77aa
NVIDIA H200, 580.95.05, 143771, 140000, GPU-8f77
"""
SMALL = Gpu("NVIDIA GeForce RTX 4070", "575.51.03", 12282 * MEBIBYTE, 11000 * MEBIBYTE)
LARGE = Gpu("NVIDIA H200", "580.95.05", 143771 * MEBIBYTE, 140000 * MEBIBYTE)


@pytest.mark.parametrize(
    ("needed", "memory", "gpu", "expected"),
    [
        (None, 100, 100, "unknown"),
        (90, 100, 0, "fits"),
        (91, 100, 0, "tight"),
        (101, 100, 0, "does not fit"),
        (90, 10, 100, "fits"),
        (95, 10, 100, "tight"),
        (95, 100, 50, "tight"),  # a part stays outside the GPU
        (101, 100, 50, "does not fit"),
    ],
)
def test_what_fits(needed: int | None, memory: int, gpu: int, expected: Fit) -> None:
    assert fit(needed, memory, gpu) == expected


def test_gpus_come_from_the_drivers_own_tool() -> None:
    assert parse_gpus(TOLD) == (SMALL, LARGE)
    assert parse_gpus("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n") == ()


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("", ()),
        ("-1", ()),
        ("0", (SMALL,)),
        ("2,0", (LARGE, SMALL)),
        ("1", ()),  # there, but it has no memory of its own
        ("2, 7, 0", (LARGE,)),
        ("GPU-8f77,GPU-8f5a", (LARGE, SMALL)),
        ("GPU-8f", ()),  # two begin like that
        ("MIG-77f0", (SMALL, LARGE)),
    ],
)
def test_only_the_gpus_that_this_process_may_use_count(visible: str, expected: tuple[Gpu, ...]) -> None:
    assert parse_gpus(TOLD, visible, as_told=True) == expected


@pytest.mark.parametrize(
    ("visible", "expected"),
    [("2", (SMALL, LARGE)), ("0,GPU-8f77", (SMALL, LARGE)), ("GPU-8f77", (LARGE,)), ("", ()), ("-1", ())],
)
def test_numbers_choose_no_gpu_where_cuda_may_number_them_otherwise(visible: str, expected: tuple[Gpu, ...]) -> None:
    assert parse_gpus(TOLD, visible) == expected


def test_numbers_choose_among_gpus_that_are_all_alike() -> None:
    alike = "".join(f"NVIDIA H200, 580.95.05, 143771, {free}, GPU-{free}\n" for free in (1, 2, 3))
    assert [one.free // MEBIBYTE for one in parse_gpus(alike, "2,0")] == [3, 1]


def test_free_memory_is_a_part_of_all_unless_one_tries_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < free_memory() < psutil.virtual_memory().total
    monkeypatch.setenv(TRY_ANYWAY, "1")
    assert free_memory() == psutil.virtual_memory().total + psutil.swap_memory().total
