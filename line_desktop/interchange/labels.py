"""Brings another tool's labels into a workspace, beside ours: one run of that method for each layer, whole or not at all.

A similarity is no activation, so it is not kept as the neuron's score but with the row of the file, and said as the result's reason.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from line_desktop.bank import NO_PICTURES
from line_desktop.errors import UserError
from line_desktop.interchange.label_files import Format, Label, LabelFile, Skipped, open_labels
from line_desktop.interchange.reading import ROW_OF_FILE
from line_desktop.store.rows import Answer, LayerRow, ResultRow
from line_desktop.store.transfer import IMPORTED
from line_desktop.store.workspace import Workspace
from line_desktop.versions import versions
from models.plural import count

NAMED: Final = 1000  # bad rows; the others are counted
_WAVE = 1000  # labels


class NothingImported(UserError):
    """A label file of which no row could be used, or that is there already."""


class Imported(msgspec.Struct, frozen=True):
    """What a file brought. `skipped` names the first bad rows; `skipped_rows` counts them all."""

    title: str  # of the format
    method: str
    labels: dict[str, int]  # layer -> how many
    skipped: list[Skipped]
    skipped_rows: int


def import_labels(workspace: Workspace, file: Path, layers: Mapping[str, str] | None = None, layer: str = "", method: str = "") -> Imported:
    """Read a label file into a workspace.

    `layers`: the file's names of layers -> ours; the others are taken as they are. `layer`: ours for a file that names none.
    Raises UnknownLabelFile; NothingImported; UserError where a name could mean layers of several networks.
    """
    with open_labels(file) as lines, workspace.transaction():
        labels = LabelFile(file, lines)
        importing = _Importing(workspace, labels.format, method or labels.format.method, file, layers or {}, layer)
        for row in labels:
            importing.take(row)
        return importing.end()


class _Importing:
    """Collects labels in waves; which neurons have one is all that is remembered of the rows."""

    def __init__(self, workspace: Workspace, format: Format, method: str, file: Path, names: Mapping[str, str], layer: str) -> None:
        self._workspace = workspace
        self._format = format
        self._method = method
        self._file = file
        self._sha256 = _sha256(file)
        self._names = names
        self._layers = _layers_by_name(workspace)
        self._only = layer or (next(iter(self._layers)) if len(self._layers) == 1 else "")
        self._runs: dict[int, tuple[int, int]] = {}  # layer -> run, session
        self._waves: dict[int, list[tuple[Answer, ResultRow]]] = {}
        self._seen: dict[tuple[int, int], int] = {}
        self._found: dict[str, int] = {}
        self._skipped: list[Skipped] = []
        self._skipped_rows = 0
        if format.layer is None and not self._only:
            known = ", ".join(self._layers) or "none yet"
            raise UserError(f"{file} does not say which layer it is of: name it with --layer; the workspace has {known}.")

    def take(self, row: Label | Skipped) -> None:
        """One row of the file."""
        if isinstance(row, Skipped):
            self._skip(row)
            return
        name = self._names.get(row.layer, row.layer) if row.layer is not None else self._only
        layer = self._layer(name)
        if layer is None:
            self._skip(Skipped(row.row, f"the workspace has no layer '{name[:80]}'"))
        elif row.neuron >= layer.layer.width:
            self._skip(Skipped(row.row, f"layer {name} has {count(layer.layer.width, 'neuron')}, there is no {row.neuron}"))
        elif (layer.id, row.neuron) in self._seen:
            self._skip(Skipped(row.row, f"neuron {row.neuron} has a label in row {self._seen[layer.id, row.neuron]} already"))
        else:
            self._seen[layer.id, row.neuron] = row.row
            self._found[name] = self._found.get(name, 0) + 1
            self._keep(layer.id, row)

    def _skip(self, row: Skipped) -> None:
        self._skipped_rows += 1
        if len(self._skipped) < NAMED:
            self._skipped.append(row)

    def _layer(self, name: str) -> LayerRow | None:
        found = self._layers.get(name, [])
        if len(found) > 1:
            raise UserError(
                f"The workspace has {len(found)} networks with a layer '{name}', and {self._file} does not say which it is of: "
                "import it into a workspace with one network."
            )
        return found[0] if found else None

    def _keep(self, layer_id: int, row: Label) -> None:
        what = {"row": row.row, "score": row.score, "score_name": self._score_name}
        said = f"{self._score_name} {row.score:g}" if row.score is not None else ""
        answer = Answer(row.neuron, 0, ROW_OF_FILE, msgspec.json.encode(what))
        self._waves.setdefault(layer_id, []).append((answer, ResultRow(row.neuron, "labelled", row.text, reason=said)))
        if sum(map(len, self._waves.values())) >= _WAVE:
            self._write()

    @property
    def _score_name(self) -> str:
        return self._format.score or "score"

    def _write(self) -> None:
        for layer_id, wave in self._waves.items():
            if layer_id not in self._runs:
                self._runs[layer_id] = self._begin(layer_id)
            self._workspace.import_labels(*self._runs[layer_id], wave)
        self._waves.clear()

    def _begin(self, layer_id: int) -> tuple[int, int]:
        bank = self._workspace.settings_id(NO_PICTURES, 0, 0)
        settings = {IMPORTED: {"file": self._file.name, "sha256": self._sha256, "format": self._format.title}}
        if self._workspace.find_run(layer_id, None, bank, self._method, settings) is not None:
            raise NothingImported(f"{self._file} was imported as {self._method} before: nothing was changed.")
        run = self._workspace.begin_run(layer_id, None, bank, self._method, [], settings, versions(), "imported")
        self._workspace.end_run(run, "finished")
        return run, self._workspace.sessions(run)[-1].id

    def end(self) -> Imported:
        """Write the rest. Raises NothingImported."""
        self._write()
        if not self._found:
            first = f"; the first: row {self._skipped[0].row}: {self._skipped[0].why}" if self._skipped else ""
            known = ", ".join(self._layers) or "none yet"
            raise NothingImported(
                f"No label of {self._file} could be used, {count(self._skipped_rows, 'row was', 'rows were')} skipped{first}; "
                f"the workspace has the layers {known}."
            )
        return Imported(self._format.title, self._method, self._found, self._skipped, self._skipped_rows)


def _layers_by_name(workspace: Workspace) -> dict[str, list[LayerRow]]:
    found: dict[str, list[LayerRow]] = {}
    for target in workspace.targets():
        for layer in workspace.target(target.id).layers:
            found.setdefault(layer.name, []).append(workspace.layer(workspace.layer_id(target.id, layer.name)))
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
