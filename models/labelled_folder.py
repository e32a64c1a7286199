"""A folder of photos, labelled (one sub-folder per class) or not: which files there are and what each class is called."""

import csv
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from models.errors import BadFile

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
NAMES: Final = "classes.csv"
_WORDNET: Final = re.compile(r"(n\d{8})(?:[_\- ]+(.*))?")


def classes(folder: Path) -> dict[str, list[Path]]:
    """Class name -> its photo files, sorted; classes in the order of their folders' names.

    A class folder is named `tench`, `n01440764_tench`, or by a bare WordNet id that `classes.csv` (columns wnid or id, and
    name) beside it explains. Folders without photos are left out; folders that share a name become one class.
    Raises BadFile if the folder is missing, has no labelled photos, or an id has no name.
    """
    names = _names(_existing(folder))
    found: dict[str, list[Path]] = {}
    for sub in _sub_folders(folder):
        files = _photos(sub)
        if files:
            found.setdefault(_class_name(sub.name, names, folder), []).extend(files)
    if not found:
        raise BadFile(f"{folder} has no labelled photos; put each class into a sub-folder of its name with {_kinds()} files in it.")
    return found


def holds_classes(folder: Path) -> bool:
    """Whether this is a folder with photos in a sub-folder."""
    return folder.is_dir() and any(_photos(sub) for sub in _sub_folders(folder))


def photos(folder: Path) -> list[Path]:
    """All photo files directly in an unlabelled folder, sorted. Raises BadFile if there are none."""
    files = _photos(_existing(folder))
    if not files:
        raise BadFile(f"{folder} has no photos; put {_kinds()} files into it.")
    return files


def digest(folder: Path, photos: Iterable[tuple[Path, str | None]]) -> str:
    """SHA-256 over every photo's path inside the folder, class and size: what makes it the same set of photos."""
    lines = (f"{photo.relative_to(folder).as_posix()}\t{name}\t{photo.stat().st_size}\n" for photo, name in photos)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise BadFile(f"There is no folder {folder}; give the path of a folder of photos.")
    return folder


def _sub_folders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _photos(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file())


def _kinds() -> str:
    return "PNG, JPEG, WebP, BMP or TIFF"


def _class_name(folder_name: str, names: dict[str, str], folder: Path) -> str:
    """`n01440764_tench` -> "tench"; underscores are spaces; a name in classes.csv comes first."""
    if folder_name in names:
        return names[folder_name]
    match = _WORDNET.fullmatch(folder_name)
    if match is None:
        return _spaced(folder_name) or folder_name
    wnid, written = match.groups()
    if wnid in names:
        return names[wnid]
    if not written:
        raise BadFile(f"{folder / folder_name} is named by a bare WordNet id; name it in {folder / NAMES} (columns wnid,name).")
    return _spaced(written)


def _spaced(name: str) -> str:
    return " ".join(name.replace("_", " ").split())


def _names(folder: Path) -> dict[str, str]:
    """The table of `classes.csv`, empty where there is none. Of several names ("tench, Tinca tinca") the first is taken."""
    file = folder / NAMES
    if not file.is_file():
        return {}
    try:
        rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{file} cannot be read as a UTF-8 CSV table ({error}).") from error
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    key = next((head.index(column) for column in ("wnid", "id") if column in head), None)
    if key is None or "name" not in head:
        raise BadFile(f"{file} must begin with the columns wnid,name or id,name.")
    value = head.index("name")
    table = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        name = _spaced(row[value].split(",")[0]) if len(row) > max(key, value) else ""
        if not name or not row[key].strip():
            raise BadFile(f"{file} line {number} lacks an id or a name.")
        table[row[key].strip()] = name
    return table
