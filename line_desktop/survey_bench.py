"""`line-desktop bench survey`: photos through a network with decoding in threads of its process against decoding in processes, in one run.

The vision network's process decodes the bytes of pictures in threads, and files, where they are many, in processes of their own. So the
same photos go through both doors, turn by turn.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
import numpy as np
from rich.table import Table

from line_desktop.engines import Engines
from line_desktop.gallery_bench import draw_photos
from line_desktop.store.workspace import Workspace
from line_desktop.survey import read_probe_set
from line_desktop.target import Overrides, import_checkpoint
from models.layers import find_layer
from models.types.vision import Activations, Target

ROUNDS = 5  # the first is not counted: processes start, and the size of a batch is tried out
TOGETHER = 512  # photos a call, at least


class SurveyFigures(msgspec.Struct, frozen=True):
    """The figures of `bench survey`: photos a second, the best round of each."""

    network: str
    photos: int
    unreadable: int
    device: str
    threads: float
    processes: float
    same: bool  # to the last bit

    @property
    def ratio(self) -> float:
        """How much faster processes are."""
        return self.processes / self.threads

    def table(self) -> Table:
        """The figures as a table."""
        table = Table(title=f"{self.photos:,} photos ({self.unreadable} unreadable) through {self.network} on the {self.device}")
        for heading in ("decoded in", "photos a second"):
            table.add_column(heading, justify="left" if heading == "decoded in" else "right")
        table.add_row("threads", f"{self.threads:.0f}")
        table.add_row("processes", f"{self.processes:.0f} ({self.ratio:.2f} times)")
        table.add_row("activations", "the same" if self.same else "different")
        return table


def compare(checkpoint: Path, layer: str, probe: Path | None, say: Callable[[str], None]) -> SurveyFigures:
    """Send the photos of a folder, or invented ones, through a layer of a checkpoint. Raises ModelError and UserError."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="line-bench-")))
        if probe is None:
            draw_photos(folder / "photos", np.random.default_rng(0))
        photos = list(read_probe_set(probe or folder / "photos").photos)
        say("Reading the checkpoint")
        workspace = ending.enter_context(Workspace.open(folder / "workspace"))
        imported = import_checkpoint(workspace, checkpoint, Overrides())
        tapped = find_layer(imported.checkpoint.layers, layer)
        engines = ending.enter_context(Engines())
        target = engines.target(imported.model, imported.checkpoint.preprocess, [tapped])
        say(f"{len(photos)} photos, {ROUNDS} rounds")
        return _compared(target, checkpoint.name, layer, photos * -(-TOGETHER // len(photos)))


def _compared(target: Target, network: str, layer: str, photos: list[Path]) -> SurveyFigures:
    pictures = [photo.read_bytes() for photo in photos]
    seconds: dict[str, list[float]] = {"threads": [], "processes": []}
    found: dict[str, Activations] = {}
    for _ in range(ROUNDS):
        for way in seconds:
            began = time.perf_counter()
            found[way] = target.activations(pictures, [layer]) if way == "threads" else target.activations_of_files(photos, [layer])
            seconds[way].append(time.perf_counter() - began)
    threads, processes = (len(photos) / min(several[1:]) for several in seconds.values())
    same = np.array_equal(found["threads"].values[layer], found["processes"].values[layer], equal_nan=True)
    return SurveyFigures(network, len(photos), len(found["threads"].unreadable), target.device(), threads, processes, same)
