"""Answers `Look`: what a CLIP sees on photos of the probe set, whole or cropped to where a neuron fires most [SIEVE].

The region is the smallest box around the cells of the neuron's activation map that reach half of its maximum, in shares of the photo.
A photo stays whole where the layer has no map, or the neuron does not fire on it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from line_desktop.embeddings import Embeddings
from line_desktop.engines import Engines
from line_desktop.methods.asking import Look, Looked
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.errors import BadFile, ModelError
from models.types import ActivationMap, FloatArray, Mapper, Rectangle

SHARE: Final = 0.5
"""Of the map's maximum, that a cell of the region reaches at least."""


class Looking:
    """Answers for the neurons of one layer."""

    asked = Look

    def __init__(self, embeddings: Embeddings, probe: ProbeFolder, mapper: Mapper) -> None:
        self._embeddings = embeddings
        self._probe = probe
        self._mapper = mapper
        self._without_maps = False

    def answer(self, asking: Sequence[tuple[int, Look]]) -> list[Looked]:
        """The embeddings that each neuron asks for. Raises Cancelled where it was stopped."""
        return [self._cropped(neuron, request) if request.cropped else self._whole(request) for neuron, request in asking]

    def _whole(self, request: Look) -> Looked:
        known = self._embeddings.photos(self._probe)
        lost = {photo: known.unreadable[photo] for photo in request.photos if photo in known.unreadable}
        return looked(known.values[list(request.photos)], lost)

    def _cropped(self, neuron: int, request: Look) -> Looked:
        files = [self._probe.photos[photo] for photo in request.photos]
        regions, lost = [], {}
        for photo, file in zip(request.photos, files, strict=True):
            try:
                regions.append(self._region(file, neuron))
            except BadFile as error:
                regions.append(None)
                lost[photo] = str(error)
        found = self._embeddings.regions(files, regions)
        lost |= {request.photos[row]: reason for row, reason in found.unreadable.items()}
        return looked(found.values, lost)

    def _region(self, file: Path, neuron: int) -> Rectangle | None:
        """Raises BadFile for a photo that cannot be read."""
        if self._without_maps:
            return None
        try:
            return region(self._mapper.map_of(file, neuron))
        except ModelError as error:
            if type(error) is not ModelError:  # its relatives are about the photo, the engine or a wish to stop
                raise
            self._without_maps = True
            return None


def looked(values: FloatArray, lost: dict[int, str]) -> Looked:
    """An answer of embeddings, rows of NaN made zero."""
    return Looked(np.nan_to_num(values).astype("<f4").tobytes(), values.shape[1], lost)


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


def looking(workspace: Workspace, engines: Engines, embeddings: Embeddings, probe: ProbeFolder, layer_id: int) -> Looking:
    """For a layer of the workspace, with its converted network for the maps."""
    row = workspace.layer(layer_id)
    target = workspace.target(row.target_id)
    model = workspace.target_folder(target.sha256) / "model.onnx"
    return Looking(embeddings, probe, engines.mapper(model, target.preprocess, row.layer))
