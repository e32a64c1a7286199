"""Pictures by content: kept once, on the disk before their rows, checked when read."""

import hashlib

import pytest

from line_desktop.errors import DamagedFile
from models.types.pictures import Picture


def test_a_picture_is_kept_once_under_its_sha256(workspace, folder):
    keys = workspace.put_objects([Picture(b"one", ".png"), Picture(b"two", ".webp"), Picture(b"one", ".png")])
    assert keys == [hashlib.sha256(data).hexdigest() for data in (b"one", b"two", b"one")]
    assert workspace.put_objects([Picture(b"one", ".jpg")]) == keys[:1]
    assert workspace.object_path(keys[0]) == folder / "objects" / keys[0][:2] / f"{keys[0]}.png"
    assert [workspace.read_object(key) for key in keys] == [b"one", b"two", b"one"]
    files = [file for file in (folder / "objects").rglob("*") if file.is_file()]
    assert len(files) == 2


def test_a_damaged_picture_is_not_read_and_putting_it_again_heals_it(workspace):
    (key,) = workspace.put_objects([Picture(b"whole", ".png")])
    workspace.object_path(key).write_bytes(b"whole?")
    with pytest.raises(DamagedFile, match=key):
        workspace.read_object(key)
    workspace.put_objects([Picture(b"whole", ".png")])
    assert workspace.read_object(key) == b"whole"


def test_a_missing_picture_is_named(workspace):
    with pytest.raises(DamagedFile, match="missing"):
        workspace.read_object("ab" * 32)
