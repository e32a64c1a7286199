"""The viewer: answers the window's questions for activation maps, one JSON line for each, and holds the network while it does.

A question names a layer of the workspace, a neuron and photos; each photo gets a line of its own as soon as it is done, or a sentence
why it has no map. A newer question leaves the rest of the older one unanswered: the window has gone on to another neuron.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

import msgspec

from line_desktop.errors import UserError
from line_desktop.store.workspace import Workspace
from line_desktop.target import converted
from models.errors import BadFile, EngineFailed, ModelError
from models.host import Child, connect
from models.plural import count
from models.types.vision import ActivationMap, Mapper, Rectangle

KEPT: Final = 512  # maps: some dozen neurons


class MapQuestion(msgspec.Struct, frozen=True):
    """Where in these photos does a neuron fire?"""

    id: int
    layer_id: int
    neuron: int
    photos: tuple[str, ...]  # paths


class MapAnswer(msgspec.Struct, frozen=True):
    """One photo of a question: its map as little-endian float32 (`rows`, `columns`), or in `error` why there is none."""

    id: int
    photo: str
    rows: int = 0
    columns: int = 0
    values: bytes = b""
    seen: Rectangle = (0.0, 0.0, 1.0, 1.0)  # the part of the photo that the map covers
    size: tuple[int, int] = (1, 1)  # of the photo, pixels
    error: str = ""
    without: bool = False  # no photo has a map: the layer has none


class NoMaps(UserError):
    """The layer gives one number for a whole photo."""


class Viewer:
    """Maps of a workspace: the network of the layer asked for last stays open, the last maps stay known."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: OrderedDict[tuple[int, int, str], ActivationMap] = OrderedDict()
        self._without: dict[int, NoMaps] = {}  # layers
        self._open: tuple[int, Mapper, Child] | None = None

    def answer(self, question: MapQuestion, photo: str) -> MapAnswer:
        """The answer for one photo of a question."""
        try:
            found = self._map(question.layer_id, question.neuron, photo)
        except NoMaps as error:
            return MapAnswer(question.id, photo, error=str(error), without=True)
        except EngineFailed as error:
            self.close()
            return MapAnswer(question.id, photo, error=str(error))
        except (UserError, ModelError) as error:
            return MapAnswer(question.id, photo, error=str(error))
        rows, columns = found.values.shape
        return MapAnswer(question.id, photo, rows, columns, found.values.astype("<f4").tobytes(), found.seen, found.size)

    def close(self) -> None:
        """End the network's process."""
        if self._open:
            self._open[2].close()
            self._open = None

    def _map(self, layer_id: int, neuron: int, photo: str) -> ActivationMap:
        key = (layer_id, neuron, photo)
        if key not in self._known:
            self._known[key] = self._mapper(layer_id, neuron).map_of(Path(photo), neuron)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def _mapper(self, layer_id: int, neuron: int) -> Mapper:
        if self._open and self._open[0] == layer_id:
            return self._open[1]
        if layer_id in self._without:
            raise self._without[layer_id]
        self.close()
        row = self._workspace.layer(layer_id)
        if not 0 <= neuron < row.layer.width:
            raise UserError(f"The layer {row.layer.name} has {count(row.layer.width, 'neuron')} and no neuron {neuron}.")
        network = converted(self._workspace, row.target_id)
        try:
            mapper, child = connect(Mapper, "maps", network.model, network.checkpoint.preprocess, row.layer)  # type: ignore[type-abstract]
        except (BadFile, EngineFailed):
            raise
        except ModelError as error:
            self._without[layer_id] = NoMaps(str(error))
            raise self._without[layer_id] from error
        self._open = (layer_id, mapper, child)
        return mapper


def serve(workspace: Workspace, questions: Iterable[str], say: Callable[[str], None]) -> None:
    """Answer until the window hangs up. Raises msgspec.ValidationError or DecodeError for a line that is no question."""
    waiting: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=_listen, args=(questions, waiting), daemon=True).start()
    viewer = Viewer(workspace)
    try:
        line = waiting.get()
        while line is not None:
            line = _answer(viewer, msgspec.json.decode(line, type=MapQuestion), waiting, say)
    finally:
        viewer.close()


def _answer(viewer: Viewer, question: MapQuestion, waiting: "SimpleQueue[str | None]", say: Callable[[str], None]) -> str | None:
    """Answer photo by photo until a newer line comes; returns that line, None at the end of all."""
    for photo in question.photos:
        try:
            return waiting.get_nowait()
        except Empty:
            say(msgspec.json.encode(viewer.answer(question, photo)).decode())
    return waiting.get()


def _listen(questions: Iterable[str], waiting: "SimpleQueue[str | None]") -> None:
    for line in questions:
        waiting.put(line)
    waiting.put(None)


def run(folder: Path) -> None:
    """The process of `line-desktop viewer`."""
    with Workspace.open(folder, write=False) as workspace:
        serve(workspace, sys.stdin, lambda line: print(line, flush=True))
