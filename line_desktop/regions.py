"""Where in photos of the probe set a neuron fires: what CLIP looks at and a captioner describes instead of the whole photo [SIEVE].

The region is the smallest box around the cells of the neuron's activation map that reach half of its maximum, in shares of the photo.
A photo stays whole where the layer has no map, or the neuron does not fire on it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from line_desktop.engines import Engines
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from line_desktop.tally import Tally
from models.errors import BadFile, ModelError
from models.types.vision import ActivationMap, Mapper, Rectangle

SHARE: Final = 0.5
"""Of the map's maximum, that a cell of the region reaches at least."""


class Regions:
    """Of the photos of a probe set, for the neurons of one layer."""

    def __init__(self, probe: ProbeFolder, mapper: Mapper, tally: Tally | None = None) -> None:
        self._tally = tally or Tally()
        self._probe = probe
        self._mapper = mapper
        self._without_maps = False

    def of(self, neuron: int, photos: Sequence[int]) -> tuple[list[Rectangle | None], dict[int, str]]:
        """The region of each photo, None where it stays whole; and photos that could not be read, with the reason."""
        found, lost = [], {}
        for photo in photos:
            try:
                found.append(self._region(self._probe.photos[photo], neuron))
            except BadFile as error:
                found.append(None)
                lost[photo] = str(error)
        return found, lost

    def _region(self, file: Path, neuron: int) -> Rectangle | None:
        """Raises BadFile for a photo that cannot be read."""
        try:
            with self._tally.counting("maps", 1):
                return None if self._without_maps else region(self._mapper.map_of(file, neuron))
        except ModelError as error:
            if type(error) is not ModelError:  # its relatives are about the photo, the engine or a wish to stop
                raise
            self._without_maps = True
            return None


def region(where: ActivationMap) -> Rectangle | None:
    """The box of the cells with at least half of the maximum, in shares of the photo; None (all of it) where nothing is above zero."""
    values = where.values
    maximum = values.max(initial=-np.inf)
    if not (np.isfinite(maximum) and maximum > 0):
        return None
    rows, columns = np.nonzero(values >= SHARE * maximum)
    left, right = _along(columns, values.shape[1], where.seen[0], where.seen[2])
    top, bottom = _along(rows, values.shape[0], where.seen[1], where.seen[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _along(cells: np.ndarray, count: int, begin: float, end: float) -> tuple[float, float]:
    """From the first cell's beginning to the last one's end, inside the photo."""
    cell = (end - begin) / count
    return max(0.0, begin + cell * int(cells.min())), min(1.0, begin + cell * (int(cells.max()) + 1))


def regions_of_layer(workspace: Workspace, engines: Engines, probe: ProbeFolder, layer_id: int, tally: Tally | None = None) -> Regions:
    """For a layer of the workspace, from the maps of its converted network."""
    row = workspace.layer(layer_id)
    target = workspace.target(row.target_id)
    model = workspace.target_folder(target.sha256) / "model.onnx"
    return Regions(probe, engines.mapper(model, target.preprocess, row.layer), tally)
