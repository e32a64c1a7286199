"""The table of layers that can be tapped: every module's output, or every operator's where the file names no modules."""

from pathlib import Path
from typing import Final, Literal

import onnx

from models.errors import BadFile
from models.types.vision import Layer
from models.vision.axes import VIEWS, Axis, Shapes, channel_axes, class_token_values
from models.vision.entry import Entry
from models.vision.graph import consumers, depending_on
from models.vision.roles import with_roles
from models.vision.scopes import Scope, scopes
from models.vision.trial import BATCH, float_shapes

MAX_WIDTH: Final = 1_000_000


def read_layers(model: onnx.ModelProto, folder: Path, entry: Entry) -> tuple[Layer, ...]:
    """The layers of a uniform graph in graph order; runs one batch of random numbers through it. Raises BadFile if there is none."""
    shapes = float_shapes(model, folder, entry)
    table = _Table(model.graph, entry, shapes)
    for node in model.graph.node:
        for value in node.output:
            table.consider(node, value)
    if not table.layers:
        raise BadFile("The network has no layer that can be tapped: none of its values is a floating-point (batch, neurons, …) array.")
    return with_roles(list(table.layers.values()), model.graph, entry.name, table.modules_with_parts)


class _Table:
    """Collects one row for each tensor that is worth tapping."""

    def __init__(self, graph: onnx.GraphProto, entry: Entry, shapes: Shapes) -> None:
        self.layers: dict[str, Layer] = {}  # by tensor
        self._picture = entry.name
        self._shapes = shapes
        self._batch = entry.batch or BATCH
        self._scopes = {name: scopes(node) for node in graph.node for name in node.output}
        self._named = any(self._scopes.values())
        self._consumers = consumers(graph)
        self._results = {output.name for output in graph.output}
        self._axes = channel_axes(graph, entry.name, shapes)
        self._with_class_token = class_token_values(graph, depending_on(graph, entry.name), shapes)
        self._source: dict[str, str] = {}  # a view's value -> the value it shows
        self._calls: dict[str, int] = {}

    @property
    def modules_with_parts(self) -> set[str]:
        """The modules that have other modules inside."""
        names = {tuple(scope.name.split(".")) for around in self._scopes.values() for scope in around}
        return {".".join(name[:depth]) for name in names for depth in range(1, len(name))}

    def consider(self, node: onnx.NodeProto, value: str) -> None:
        """Add a row for `value` if it is a layer's output."""
        shape = self._shapes.get(value, ())
        if node.op_type in VIEWS and node.input:
            self._source[value] = self._source.get(node.input[0], node.input[0])
        axis = self._axis(value, shape)
        if axis is None or self._source.get(value, value) in (self._picture, *self.layers):
            return
        module = self._module(value)
        if module is None and self._named and value not in self._results:
            return
        name, kind = module or Scope(value, "")
        width = shape[1] if axis == "first" else shape[-1]
        if width <= MAX_WIDTH:
            self.layers[value] = Layer(
                self._unique(name), kind or node.op_type, width, _stated(shape, axis), value, self._pooling(value, shape)
            )

    def _axis(self, value: str, shape: tuple[int, ...]) -> Axis | None:
        """Where the neurons of a value lie; None if it has none."""
        if len(shape) not in (2, 3, 4) or shape[0] != self._batch:
            return None
        if len(shape) == 4:
            return self._axes.get(value)
        return None if len(shape) == 3 and shape[-1] == 1 else "last"  # (N, C, 1) is seen again as (N, C)

    def _module(self, value: str) -> Scope | None:
        """The module whose output `value` is, of those that give out the same tensor the most telling one.

        That is the outermost one, but not the whole backbone ("resnet"), and of a numbered family the outermost numbered one:
        so the last stage is called "resnet.encoder.stages.3" like its sisters, and not "resnet.encoder".
        """
        readers = [self._around(node) for node in self._consumers.get(value, [])]
        left = [scope for scope in self._scopes[value] if value in self._results or any(scope.name not in names for names in readers)]
        numbered = [scope for scope in left if scope.name[-1].isdigit()]
        inside = [scope for scope in left if "." in scope.name]
        return next(iter(numbered or inside or left), None)

    def _around(self, node: onnx.NodeProto) -> set[str]:
        """The modules a node works for. A convolution that took in the normalisation after it is kept under that one's name alone, and
        only its weight still tells the module it came from."""
        names = {scope.name for scope in scopes(node)}
        if node.op_type == "Conv" and names:
            path = node.input[1].split(".")[:-1]
            names |= {".".join(path[:depth]) for depth in range(1, len(path) + 1)}
        return names

    def _unique(self, name: str) -> str:
        """A module that is called several times gives several layers: act, act#2, …"""
        self._calls[name] = self._calls.get(name, 0) + 1
        return name if self._calls[name] == 1 else f"{name}#{self._calls[name]}"

    def _pooling(self, value: str, shape: tuple[int, ...]) -> Literal["mean", "class-token", "token-mean", "none"]:
        """METHOD section 1."""
        if len(shape) == 2:
            return "none"
        if len(shape) == 4:
            return "mean"
        return "class-token" if value in self._with_class_token else "token-mean"


def _stated(shape: tuple[int, ...], axis: Axis) -> tuple[int | None, ...]:
    """The shape with an open batch. Channels are axis 1 if its size is the width, else the last: a shape that misleads is left open."""
    if axis == "last" and len(shape) == 4 and shape[1] == shape[-1]:
        return (None, None, None, shape[-1])
    return (None, *shape[1:])


def channels_first(layer: Layer) -> bool:
    """Whether a 4-D layer is (N, C, H, W) rather than (N, H, W, C)."""
    return layer.shape[1] == layer.width
