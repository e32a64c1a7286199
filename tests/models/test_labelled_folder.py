"""Labelled folders: what the classes are called, which files count, and one sentence for each thing that can be wrong."""

from pathlib import Path

import pytest

from models.errors import BadFile
from models.labelled_folder import classes, photos


def fill(folder: Path, *names: str) -> Path:
    """Empty files of these names; only names decide what is a photo."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_names_of_folders(tmp_path: Path) -> None:
    fill(tmp_path, "n01440764_tench/b.JPG", "n01440764_tench/a.png", "great_white_shark/1.webp", "n01498041-sting ray/x.tiff")
    found = classes(tmp_path)
    assert list(found) == ["great white shark", "tench", "sting ray"]
    assert [file.name for file in found["tench"]] == ["a.png", "b.JPG"]


def test_classes_csv_names_bare_ids(tmp_path: Path) -> None:
    fill(tmp_path, "n01440764/a.jpg", "n01498041/a.jpg", "17/a.jpg", "cock/a.jpg")
    table = '\ufeffid,note,name\nn01440764,x,"tench, Tinca tinca"\n\nn01498041,,sting_ray\n17,,hen\n'
    (tmp_path / "classes.csv").write_text(table, "utf-8")
    assert set(classes(tmp_path)) == {"tench", "sting ray", "hen", "cock"}


def test_what_is_not_a_photo_is_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "cat/a.jpg", "cat/a.gif", "cat/notes.txt", "empty/readme.md", ".cache/b.jpg", "loose.png")
    (tmp_path / "cat" / "folder.png").mkdir()
    assert {name: [file.name for file in files] for name, files in classes(tmp_path).items()} == {"cat": ["a.jpg"]}
    assert [file.name for file in photos(tmp_path)] == ["loose.png"]


def test_folders_of_one_name_are_one_class(tmp_path: Path) -> None:
    found = classes(fill(tmp_path, "n00000001_crane/a.jpg", "n00000002_crane/a.jpg"))
    assert [file.parent.name for file in found["crane"]] == ["n00000001_crane", "n00000002_crane"]


def test_missing_empty_and_unlabelled(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"There is no folder .*none; give the path"):
        classes(tmp_path / "none")
    with pytest.raises(BadFile, match="no labelled photos; put each class into a sub-folder"):
        classes(fill(tmp_path / "flat", "a.jpg"))
    with pytest.raises(BadFile, match="has no photos; put PNG, JPEG, WebP, BMP or TIFF files"):
        photos(fill(tmp_path / "other", "a.gif"))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "must begin with the columns"),
        ("a,b\n1,2\n", "must begin with the columns"),
        ("wnid,name\nn01440764\n", "line 2 lacks an id or a name"),
        ("wnid,name\nn01440764, \n", "line 2 lacks an id or a name"),
        ("wnid,name\nn00000009,tench\n", "bare WordNet id; name it in"),
    ],
)
def test_bad_tables(tmp_path: Path, table: str, sentence: str) -> None:
    fill(tmp_path, "n01440764/a.jpg")
    (tmp_path / "classes.csv").write_text(table, "utf-8")
    with pytest.raises(BadFile, match=sentence):
        classes(tmp_path)


def test_table_that_is_not_text(tmp_path: Path) -> None:
    fill(tmp_path, "n01440764/a.jpg")
    (tmp_path / "classes.csv").write_bytes(b"\xff\xfe\x00wnid")
    with pytest.raises(BadFile, match="cannot be read as a UTF-8 CSV"):
        classes(tmp_path)
