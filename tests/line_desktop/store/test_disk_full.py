"""A full disk: said with the amount, nothing lost, and work goes on when there is room."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from line_desktop.errors import DiskFull
from line_desktop.store.rows import ProbePhoto
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture, PictureSettings


def test_a_full_database_says_how_much_is_needed_and_keeps_what_it_has(study):
    study.draw("hen")
    connection = study.workspace.connection
    connection.pragma("max_page_count", connection.pragma("page_count") + 1)
    with pytest.raises(DiskFull, match=r"is full: .* MB needed, .* free. Free some space, then resume."):
        study.workspace.save_prompts(["hen", "x" * 5_000_000])
    assert study.workspace.check(deep=True) == []
    connection.pragma("max_page_count", 1_000_000)
    (key,) = study.workspace.save_prompts(["x" * 5_000_000])
    assert len(study.workspace.prompt(key)) == 5_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here: needs Linux and root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_pictures_on_a_small_disk(small_disk):
    with Workspace.open(small_disk / "workspace") as workspace:
        kept = workspace.put_objects([Picture(b"a" * 100_000, ".png")])
        wave = [Picture(os.urandom(300_000), ".png") for _ in range(10)]
        with pytest.raises(DiskFull, match=r"3.0 MB needed"):
            workspace.put_objects(wave)
        assert list((small_disk / "workspace" / "objects" / "incoming").iterdir()) == []
        assert workspace.read_object(kept[0]) == b"a" * 100_000
        (key,) = workspace.put_objects(wave[:1])
        assert workspace.read_object(key) == wave[0].data


def test_rows_and_surveys_on_a_small_disk(small_disk, checkpoint):
    with Workspace.open(small_disk / "workspace") as workspace:
        layer = workspace.layer_id(workspace.save_target(checkpoint), "head")
        probe = workspace.save_probe_set("/photos", "digest", [ProbePhoto("1.jpg", None)])
        survey = workspace.begin_survey(layer, probe, 100_000, 2)
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 300_000))
        with pytest.raises(DiskFull):
            workspace.save_survey_rows(survey.id, 0, np.ones((100_000, 2), np.float32), {})
        assert workspace.survey(survey.id).rows_done == 0
        with pytest.raises(DiskFull):
            workspace.save_prompts([f"{number}" + "x" * 20_000 for number in range(100)])
        with pytest.raises(DiskFull):
            workspace.settings_id(PictureSettings("pictograms", "1", {"text": "x" * 20_000}), 0, 5)
        assert workspace.check(deep=True) == []
        filler.unlink()
        workspace.save_survey_rows(survey.id, 0, np.ones((50_000, 2), np.float32), {})
        assert workspace.survey(survey.id).rows_done == 50_000
        assert workspace.check(deep=True) == []


def test_a_full_disk_is_no_place_for_a_new_workspace(small_disk):
    (small_disk / "filler").write_bytes(b"x" * (2 * 1024 * 1024 - 16_384))
    with pytest.raises(DiskFull):
        Workspace.open(small_disk / "workspace")
    (small_disk / "filler").unlink()
    with Workspace.open(small_disk / "workspace") as workspace:
        assert workspace.check() == []
