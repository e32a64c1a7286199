"""Where LINE Desktop keeps its own files; one environment variable, LINE_DESKTOP_HOME, moves them all."""

import os
from pathlib import Path

from platformdirs import user_data_path


def home() -> Path:
    """The folder of the program's own files: the demo's workspace and the log."""
    moved = os.environ.get("LINE_DESKTOP_HOME")
    return Path(moved).expanduser().absolute() if moved else user_data_path("line-desktop", appauthor=False)


def demo_workspace() -> Path:
    """The demo's workspace unless another is given."""
    return home() / "demo"


def log_file() -> Path:
    """Where the traceback of an unexpected error goes."""
    return home() / "line-desktop.log"
