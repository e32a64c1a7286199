"""Decoding in processes: the same pixels in the same order; what a file does to a process is said of that file alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from models.errors import EngineFailed
from models.types.vision import Preprocess
from models.vision.decoders import Decoders
from models.vision.decoding import GROUP, MANY, Decoding
from models.vision.preprocess import Region, pixels

RECIPE = Preprocess(8, 6, 9, "bilinear", (0.5,) * 3, (0.5,) * 3, "user")
DEADLY = """
import os, signal
from models import decode as module

plain = module.decode

def decode(source, channels=3):
    if "deadly" in str(source):
        os.kill(os.getpid(), signal.SIGSEGV)
    return plain(source, channels)

module.decode = decode
"""


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A few groups and a half, three of which cannot be read."""
    random = np.random.default_rng(0)
    files = [tmp_path / f"{number:03d}.png" for number in range(MANY + GROUP // 2)]
    for number, file in enumerate(files):
        Image.fromarray(random.integers(0, 256, (10 + number % 3, 12, 3), np.uint8)).save(file)
    files[0].write_bytes(b"no picture")
    files[GROUP + 1].write_bytes(files[GROUP].read_bytes()[:60])
    files[-1].unlink()
    return files


@pytest.fixture
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes started from now on die of files with that word in their name."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", str(site))


def same(found: list[np.ndarray | str], files: list[Path]) -> list[int]:
    """The rows that could not be read; all others must be what `pixels` gives."""
    assert len(found) == len(files)
    for one, file in zip(found, files, strict=True):
        if not isinstance(one, str):
            np.testing.assert_array_equal(one, pixels(file, RECIPE))
    return [row for row, one in enumerate(found) if isinstance(one, str)]


def descendants() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_many_files_are_decoded_in_processes_and_few_are_not(photos: list[Path]) -> None:
    before, decoding = descendants(), Decoding(RECIPE)
    few = list(decoding.decoded(photos[: MANY - 1]))
    assert descendants() == before
    many = list(decoding.decoded(photos))
    assert descendants() > before
    assert same(few, photos[: MANY - 1]) == [0, GROUP + 1]
    assert same(many, photos) == [0, GROUP + 1, len(photos) - 1]
    assert [one for one in few if isinstance(one, str)] == [one for one in many[: MANY - 1] if isinstance(one, str)]
    assert "000.png is not a" in str(many[0])
    del decoding
    assert descendants() == before


def test_parts_of_files_and_pictures_in_memory(photos: list[Path]) -> None:
    decoding, part = Decoding(RECIPE), (0.25, 0.0, 0.75, 0.5)
    regions = [Region(photos[5], part)] * MANY
    for found in decoding.decoded(regions):
        np.testing.assert_array_equal(found, pixels(Region(photos[5], part), RECIPE))
    data = [file.read_bytes() for file in photos[1:4]]
    for found, file in zip(decoding.decoded(data), photos[1:4], strict=True):
        np.testing.assert_array_equal(found, pixels(file, RECIPE))
    assert list(decoding.decoded([])) == []


def test_whoever_stops_listening_stops_the_decoding(photos: list[Path]) -> None:
    decoding = Decoding(RECIPE)
    begun = decoding.decoded(photos)
    next(begun)
    begun.close()
    assert same(list(decoding.decoded(photos)), photos) == [0, GROUP + 1, len(photos) - 1]


@pytest.mark.usefixtures("deadly")
def test_a_file_that_kills_a_process_is_named_and_the_others_are_read(photos: list[Path]) -> None:
    killer = photos[GROUP + 3].rename(photos[0].with_name("deadly.png"))
    photos[GROUP + 3] = killer
    found = list(Decoding(RECIPE).decoded(photos))
    assert same(found, photos) == [0, GROUP + 1, GROUP + 3, len(photos) - 1]
    assert str(found[GROUP + 3]).startswith("deadly.png cannot be read. The decoder engine's process ended (signal SIGSEGV)")


@pytest.mark.usefixtures("deadly")
def test_where_every_file_kills_it_is_not_the_files(photos: list[Path]) -> None:
    files = [photos[1].rename(photos[1].with_name("deadly.png"))] * MANY
    with pytest.raises(EngineFailed, match="SIGSEGV"):
        list(Decoding(RECIPE).decoded(files))


def test_a_process_killed_from_outside_is_replaced(photos: list[Path]) -> None:
    decoders, before = Decoders(RECIPE), descendants()
    try:
        decoders.decode(photos[:GROUP])
        (first,) = descendants() - before
        os.kill(first, signal.SIGKILL)
        assert same(decoders.decode(photos[:GROUP]), photos[:GROUP]) == [0]
        assert descendants() - before != {first}
    finally:
        decoders.close()


PARENT = """
import sys, time
from pathlib import Path
from models.types.vision import Preprocess
from models.vision.decoders import Decoders

decoders = Decoders(Preprocess(8, 6, 9, "bilinear", (0.5,) * 3, (0.5,) * 3, "user"))
decoders.decode([Path(sys.argv[1])])
print("ready", flush=True)
time.sleep(60)
"""


def test_processes_die_with_their_parent_and_have_no_network(photos: list[Path]) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(photos[1])], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (child,) = psutil.Process(parent.pid).children()
        alone = os.readlink(f"/proc/{child.pid}/ns/net") != os.readlink("/proc/self/ns/net")
        routes = Path(f"/proc/{child.pid}/net/route").read_text().splitlines()[1:]  # below the heading
        parent.kill()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running()
    if not alone:
        pytest.skip("network namespaces are not permitted here")
    assert not routes
