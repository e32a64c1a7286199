"""Answers `Look`: what a CLIP sees on photos of the probe set, whole or cropped to where a neuron fires most [SIEVE]."""

from collections.abc import Sequence

import numpy as np

from line_desktop.embeddings import Embeddings
from line_desktop.engines import Engines
from line_desktop.methods.asking import Look, Looked
from line_desktop.regions import Regions, regions_of_layer
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.types.shared import FloatArray


class Looking:
    """Answers for the neurons of one layer."""

    asked = Look

    def __init__(self, embeddings: Embeddings, probe: ProbeFolder, regions: Regions) -> None:
        self._embeddings = embeddings
        self._probe = probe
        self._regions = regions

    def answer(self, asking: Sequence[tuple[int, Look]]) -> list[Looked]:
        """The embeddings that each neuron asks for. Raises Cancelled where it was stopped."""
        return [self._cropped(neuron, request) if request.cropped else self._whole(request) for neuron, request in asking]

    def _whole(self, request: Look) -> Looked:
        known = self._embeddings.photos(self._probe)
        lost = {photo: known.unreadable[photo] for photo in request.photos if photo in known.unreadable}
        return looked(known.values[list(request.photos)], lost)

    def _cropped(self, neuron: int, request: Look) -> Looked:
        regions, lost = self._regions.of(neuron, request.photos)
        found = self._embeddings.regions([self._probe.photos[photo] for photo in request.photos], regions)
        return looked(found.values, lost | {request.photos[row]: reason for row, reason in found.unreadable.items()})


def looked(values: FloatArray, lost: dict[int, str]) -> Looked:
    """An answer of embeddings, rows of NaN made zero."""
    return Looked(np.nan_to_num(values).astype("<f4").tobytes(), values.shape[1], lost)


def looking(workspace: Workspace, engines: Engines, embeddings: Embeddings, probe: ProbeFolder, layer_id: int) -> Looking:
    """For a layer of the workspace, with its converted network for the maps."""
    return Looking(embeddings, probe, regions_of_layer(workspace, engines, probe, layer_id, embeddings.tally))
