"""A path the user typed is a place on this disk, never a name to look up elsewhere."""

import difflib
from pathlib import Path

from models.errors import BadFile


def existing(path: Path) -> Path:
    """The absolute form of `path`; raises BadFile, with the nearest existing name, if nothing is there.

    An absolute path also keeps transformers from taking a mistyped folder for a hub name (SAFETY, "Offline").
    """
    absolute = Path(path).expanduser().absolute()
    if absolute.exists():
        return absolute
    folder = absolute.parent
    if not folder.is_dir():
        raise BadFile(f"{absolute} does not exist, and neither does its folder; check the path.")
    close = difflib.get_close_matches(absolute.name, sorted(entry.name for entry in folder.iterdir() if entry.exists()), n=1, cutoff=0.5)
    hint = f"did you mean {folder / close[0]}?" if close else "check the path."
    raise BadFile(f"{absolute} does not exist; {hint}")
