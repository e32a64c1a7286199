"""The survey: a probe set of photos through the checkpoint once, and what each neuron does on it.

From the activations come the start vocabulary, the top photos, and which neurons are dead, constant or not finite.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from line_desktop.errors import UserError
from line_desktop.events import Surveyed, SurveyProgress
from line_desktop.store.rows import NeuronState, NeuronStats, ProbePhoto, Survey
from line_desktop.store.workspace import Workspace
from models import labelled_folder
from models.plural import count
from models.types.shared import FloatArray
from models.types.vision import Layer, Target

CHUNK = 64  # photos in the first call
LONGEST = 1024  # photos a call
SECONDS = 2.0  # that a call should take: between two calls the survey can be stopped, and goes on there
TOP_PHOTOS = 20
BLOCK = 1 << 23  # activations that statistics are made of together: 32 MB, and a few times as much for what is made of them

Rows = npt.NDArray[np.int64]


class ProbeFolder(msgspec.Struct, frozen=True):
    """The photos of a folder; `classes[i]` is the class of `photos[i]`, or None where the folder is not labelled."""

    folder: Path
    photos: tuple[Path, ...]
    classes: tuple[str | None, ...]

    @property
    def class_names(self) -> list[str]:
        """The distinct class names in order."""
        return sorted({name for name in self.classes if name is not None})

    @property
    def digest(self) -> str:
        """SHA-256 over every photo's path inside the folder, class and size: what makes it the same probe set."""
        return labelled_folder.digest(self.folder, zip(self.photos, self.classes, strict=True))


def read_probe_set(folder: Path) -> ProbeFolder:
    """The photos of a labelled folder (one folder a class), or of a plain one; raises BadFile for a missing or empty folder."""
    folder = folder.expanduser().absolute()
    if folder.is_dir() and any(entry.is_dir() and not entry.name.startswith(".") for entry in folder.iterdir()):
        pairs = [(photo, name) for name, photos in labelled_folder.classes(folder).items() for photo in photos]
        return ProbeFolder(folder, tuple(photo for photo, _ in pairs), tuple(name for _, name in pairs))
    photos = tuple(labelled_folder.photos(folder))
    return ProbeFolder(folder, photos, (None,) * len(photos))


def survey(
    workspace: Workspace,
    target: Target,
    target_id: int,
    layers: Sequence[Layer],
    probe: ProbeFolder,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[SurveyProgress | Surveyed, None, dict[str, int]]:
    """Run what is missing of the survey of `layers` on `probe`; yields its progress, returns the survey ids by layer name.

    Ends early when `stop()` says so between chunks. However it was ended, it goes on at the chunk it was in.
    Raises UserError if no photo can be read.
    """
    probe_id = workspace.save_probe_set(str(probe.folder), probe.digest, probe_rows(probe))
    total = len(probe.photos)
    surveys = {
        layer.name: workspace.begin_survey(workspace.layer_id(target_id, layer.name), probe_id, total, layer.width) for layer in layers
    }
    pending = {layer: one for layer, one in surveys.items() if not one.complete}
    ids = {layer: one.id for layer, one in surveys.items()}
    start, together = min((one.rows_done for one in pending.values()), default=total), CHUNK
    while start < total:
        if stop():
            return ids
        began = time.monotonic()
        chunk = probe.photos[start : start + together]
        seen = target.activations_of_files(list(chunk), list(pending))
        rows = {start + row: reason for row, reason in seen.unreadable.items()}
        for layer, one in pending.items():
            workspace.save_survey_rows(one.id, start, seen.values[layer], rows)
        start += len(chunk)
        together = min(2 * together, LONGEST) if time.monotonic() - began < SECONDS / 2 else together
        yield SurveyProgress(start, total)
    for one in pending.values():
        _finish(workspace, one, probe)
    unreadable = {row: reason for survey_id in ids.values() for row, reason in workspace.unreadable(survey_id).items()}
    paths = [row.path for row in probe_rows(probe)]
    yield Surveyed(ids, total, {paths[row]: reason for row, reason in sorted(unreadable.items())})
    return ids


def _finish(workspace: Workspace, one: Survey, probe: ProbeFolder) -> None:
    unreadable = workspace.unreadable(one.id)
    if len(unreadable) == one.rows:
        raise UserError(f"Of {count(one.rows, 'photo')} in {probe.folder} none could be read; the first: {unreadable[0]}")
    workspace.finish_survey(one.id, statistics(workspace.survey_activations(one.id), set(unreadable)))


def probe_rows(probe: ProbeFolder) -> list[ProbePhoto]:
    """The probe set as rows of the store, paths relative to its folder."""
    return [ProbePhoto(photo.relative_to(probe.folder).as_posix(), name) for photo, name in zip(probe.photos, probe.classes, strict=True)]


def statistics(activations: FloatArray, unreadable: set[int]) -> list[NeuronStats]:
    """Each neuron's mean, median, 99th percentile, maximum, state and top photos, from activations (photos, neurons).

    Dead: never above zero and without any variation. Constant: no variation above zero. Non-finite: any NaN or infinity.
    Needs the memory of a few hundred neurons, however many there are.
    """
    rows = np.array([row for row in range(len(activations)) if row not in unreadable])
    together = max(1, BLOCK // len(rows))
    stats: list[NeuronStats] = []
    for start in range(0, activations.shape[1], together):
        seen = np.ascontiguousarray(activations[rows, start : start + together].T, np.float32)
        stats += _of_neurons(start, seen, rows)
    return stats


def _of_neurons(first: int, seen: FloatArray, rows: Rows) -> Iterator[NeuronStats]:
    """The statistics of the neurons from `first` on; `seen`: (neurons, readable photos), `rows`: those photos."""
    with np.errstate(invalid="ignore", over="ignore"):
        mean, (median, p99) = seen.mean(axis=1, dtype=np.float64), np.percentile(seen, (50, 99), axis=1)
    low, high = seen.min(axis=1), seen.max(axis=1)
    finite = np.isfinite(low) & np.isfinite(high)  # NaN spreads to both
    for index in range(len(seen)):
        state: NeuronState = "ok"
        if not finite[index]:
            state = "non-finite"
        elif low[index] == high[index]:
            state = "dead" if high[index] <= 0 else "constant"
        top = tuple(rows[_highest(np.nan_to_num(seen[index], nan=-np.inf), TOP_PHOTOS)].tolist())
        yield NeuronStats(first + index, float(mean[index]), float(median[index]), float(p99[index]), float(high[index]), state, top)


def _highest(values: FloatArray, count: int) -> Rows:
    """The places of the highest values, highest first, of equal ones the first; as a stable sort, without sorting the rest."""
    if len(values) > count:
        least = np.partition(values, -count)[-count]
        places = np.flatnonzero(values >= least)
    else:
        places = np.arange(len(values))
    highest: Rows = places[np.argsort(-values[places], kind="stable")[:count]]
    return highest


def class_means(activations: FloatArray, classes: Sequence[str | None]) -> tuple[list[str], FloatArray]:
    """The class names and the mean activation of every neuron on each class's readable photos: (classes, neurons).

    Classes without a readable photo are left out. It orders the start vocabulary (LINE section 3.2).
    """
    members: dict[str, list[int]] = {}
    for row, name in enumerate(classes):
        if name is not None:
            members.setdefault(name, []).append(row)
    names, means = [], []
    for name in sorted(members):
        seen = activations[members[name]]
        seen = seen[~np.isnan(seen).all(axis=1)]
        if len(seen):
            names.append(name)
            means.append(seen.mean(axis=0))
    return names, np.array(means, dtype=np.float32).reshape(len(names), activations.shape[1])
