"""A network of planted neurons, written as ONNX: fixed filters and ReLUs that compute known functions of a picture.

Colours are smallest differences of channels. Textures come from a bank of Gabor filters in twelve directions: stripes answer to one
direction and not to those across it, checks and grids to two directions at right angles (a grid's thin lines at half the wavelength), dots
to three at sixty degrees. A neuron's activation is its strongest place in the picture, so it does not ask how large the thing is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.demo.planted import LAYER, NEURONS, PAIR_NEURONS, SIDE
from models.types.shared import FloatArray

DIRECTIONS: Final = 12
EVEN: Final = 0.5  # energy of a place without contrast
QUARTER, THIRD, EIGHTH, SIXTH = (DIRECTIONS // parts for parts in (2, 3, 4, 6))  # 90, 60, 45 and 30 degrees
PLACE, FIELD = 5, 9  # side of a coloured place and of a textured field, in pixels of a map, which are four of the picture
BOUNDS: Final = {
    "white": (0.03, 0.13), "striped": (0.8, 1.3), "diagonal striped": (0.8, 1.3), "dotted": (0.03, 0.23), "checkered": (0.066, 0.25),
    "grid": (0.055, 0.15),
}  # fmt: skip
"""Below the first are mere edges, and lights of a texture; above the second a neuron is no surer."""
GREY: Final = (0.3, 0.59, 0.11)
COARSE, MIDDLE, FINE, FINEST = (
    (7.0, 19, 5.5),
    (5.5, 17, 4.5),
    (3.8, 13, 3.5),
    (3.0, 13, 3.0),
)  # wavelength, size and width of a filter, halved pixels
# A colour is how far the smallest of some linear forms in red, green, blue (and 1) is above 0.
FORMS: Final[dict[str, tuple[tuple[float, float, float, float], ...]]] = {
    "red": ((1, -1.5, 0, 0), (1, 0, -1.5, 0)),
    "orange": ((1, -1, 0, 0), (0, 1, -1, 0)),
    "yellow": ((0, 1, -1, 0), (1, 0, -1, 0), (-3, 4, 0, 0)),
    "green": ((-1, 1, 0, 0), (0, 1, -1, 0)),
    "blue": ((-1.3, 0, 1, 0), (0, -1, 1, 0)),
    "purple": ((-0.7, 0, 1, 0), (1, -1, 0, 0)),
    "pink": ((1, 0, -1, 0), (0, -1, 1, 0)),
    "brown": ((1, -1, 0, 0), (0, 1, -1, 0), (-1, 0, 0, 0.65)),
    "black": ((-1, 0, 0, 0.13), (0, -1, 0, 0.13), (0, 0, -1, 0.13)),
    "white": ((1, 0, 0, -0.8), (0, 1, 0, -0.8), (0, 0, 1, -0.8)),
}


class Planter:
    """Writes the network of planted neurons; implements models.embedded.Planter."""

    def plant(self, file: Path) -> None:
        """Write it to `file`: float32 (N, 3, SIDE, SIDE), values 0..1, to float32 (N, neurons); its classes are the neurons' names."""
        graph = _Graph()
        small = graph.halved("picture")
        maps = {name: _colour(graph, small, name) for name in FORMS} | _textures(graph, small)
        maps |= {" ".join(pair): graph.add("Mul", *(maps[name] for name in pair)) for pair in PAIR_NEURONS}
        answers = [_answer(graph, maps[neuron.name], neuron.name) for neuron in NEURONS]
        graph.add("Concat", *answers, axis=1, name=LAYER)
        onnx.save(graph.model(), file)


class _Graph:
    """A graph under way; its values go by numbers."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """An operator's output."""
        value = name or f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [value], **attributes))
        return value

    def constant(self, values: Any, kind: type[np.generic] = np.float32) -> str:
        """A weight."""
        name = f"weight{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def blurred(self, value: str, side: int) -> str:
        """The mean over each square of that side."""
        return self.add("AveragePool", value, kernel_shape=[side, side], pads=[side // 2] * 4, count_include_pad=1)

    def strongest(self, value: str, side: int) -> str:
        """The mean over the square where it is highest: (N, 1)."""
        return self.add("ReduceMax", self.blurred(value, side), axes=[2, 3], keepdims=0)

    def between(self, value: str, low: float, high: float) -> str:
        """0 below `low`, and no more above `high`."""
        bound = self.constant(low)
        return self.add("Sub", self.add("Clip", value, bound, self.constant(high)), bound)

    def least(self, value: str) -> str:
        """The smallest value around each pixel: what is even stays as it is, and what is textured falls to the darker of its colours."""
        around = self.add("MaxPool", self.add("Neg", value), kernel_shape=[PLACE, PLACE], pads=[PLACE // 2] * 4)
        return self.add("Neg", around)

    def halved(self, value: str) -> str:
        """Half the size."""
        return self.add("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2])

    def scaled(self, value: str, factor: float) -> str:
        """A multiple."""
        return self.add("Mul", value, self.constant(factor))

    def above(self, value: str, *others: str) -> str:
        """How far a value is above all others, else 0."""
        return self.add("Relu", self.add("Sub", value, self.add("Max", *others)))

    def channels(self, value: str, chosen: Sequence[int]) -> str:
        """Some of the channels of (N, channels, H, W)."""
        return self.add("Gather", value, self.constant(chosen, np.int64), axis=1)

    def turned(self, value: str, steps: int) -> str:
        """Directions (N, DIRECTIONS, H, W), each replaced by the one `steps` further."""
        return self.channels(value, [(direction + steps) % DIRECTIONS for direction in range(DIRECTIONS)])

    def model(self) -> onnx.ModelProto:
        """The finished network."""
        graph = helper.make_graph(
            self._nodes, "planted neurons",
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info(LAYER, TensorProto.FLOAT, ["batch", len(NEURONS)])],
            self._weights,
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, {"names": str([one.name for one in NEURONS])})
        return model


def _answer(graph: _Graph, value: str, name: str) -> str:
    """(N, 1): a map where it is strongest; over a wide field, and between bounds, where it has some."""
    bounds = BOUNDS.get(name)
    return graph.between(graph.strongest(value, FIELD), *bounds) if bounds else graph.strongest(value, PLACE)


def _colour(graph: _Graph, picture: str, name: str) -> str:
    """(N, 1, H, W): how much of a colour there is at each pixel."""
    forms = np.array(FORMS[name], np.float32)
    values = graph.add("Conv", picture, graph.constant(forms[:, :3, None, None]), graph.constant(forms[:, 3]))
    return graph.halved(graph.add("Relu", graph.add("ReduceMin", values, axes=[1])))


def _textures(graph: _Graph, picture: str) -> dict[str, str]:
    """Texture -> (N, 1, H, W): how much of it there is at each pixel."""
    grey = graph.add("Conv", picture, graph.constant(np.array(GREY)[None, :, None, None]))
    coarse, middle, fine, finest = (_energy(graph, grey, *filters) for filters in (COARSE, MIDDLE, FINE, FINEST))
    stripes, lines = _one(graph, coarse), graph.add("Max", _crossed(graph, fine), _crossed(graph, finest))
    found = {
        "striped": stripes,
        "diagonal striped": graph.channels(stripes, [EIGHTH]),
        "dotted": _three(graph, middle),
        "checkered": graph.above(_crossed(graph, coarse), graph.scaled(graph.add("ReduceMax", lines, axes=[1]), 8.0)),
        "grid": lines,
    }
    strongest = {name: graph.add("ReduceMax", value, axes=[1]) for name, value in found.items()}
    return strongest | {"plain": _plain(graph, picture)}


def _energy(graph: _Graph, grey: str, wavelength: float, size: int, width: float) -> str:
    """(N, DIRECTIONS, H, W): how strongly grey waves in each direction, whatever its phase."""
    filters = np.concatenate([_gabors(wavelength, size, width, phase) for phase in (0.0, np.pi / 2)])
    waves = graph.add("Conv", grey, graph.constant(filters[:, None]), pads=[size // 2] * 4, strides=[2, 2])
    sums = np.tile(np.eye(DIRECTIONS), 2)[:, :, None, None]
    energy = graph.add("Sqrt", graph.add("Conv", graph.add("Mul", waves, waves), graph.constant(sums)))
    around = graph.blurred(graph.add("ReduceMean", energy, axes=[1]), FIELD)
    return graph.add("Div", energy, graph.add("Add", around, graph.constant(EVEN)))


def _gabors(wavelength: float, size: int, width: float, phase: float) -> FloatArray:
    """(DIRECTIONS, size, size): waves under a Gaussian, without mean, of length 1."""
    reach = size // 2
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    angles = np.pi * np.arange(DIRECTIONS)[:, None, None] / DIRECTIONS
    window = np.exp(-(across**2 + down**2) / (2 * width**2))
    waves = window * np.cos(2 * np.pi * (across * np.cos(angles) + down * np.sin(angles)) / wavelength + phase)
    waves -= window * (waves.sum((1, 2), keepdims=True) / window.sum())
    found: FloatArray = waves / np.sqrt((waves**2).sum((1, 2), keepdims=True))
    return found


def _one(graph: _Graph, energy: str) -> str:
    """One direction, well above those across it."""
    across = [graph.turned(energy, steps) for steps in (QUARTER, THIRD, -THIRD)]
    return graph.above(energy, graph.scaled(graph.add("Max", *across), 1.5))


def _crossed(graph: _Graph, energy: str) -> str:
    """Two directions at right angles, well above the others."""
    both = graph.add("Min", energy, graph.turned(energy, QUARTER))
    others = [graph.turned(energy, steps) for steps in (EIGHTH, -EIGHTH, THIRD, -THIRD, SIXTH, -SIXTH)]
    return graph.above(both, graph.scaled(graph.add("Max", *others), 1.5))


def _three(graph: _Graph, energy: str) -> str:
    """Three directions at sixty degrees, above those between them."""
    directions = [energy, graph.turned(energy, THIRD), graph.turned(energy, 2 * THIRD)]
    between = [graph.turned(one, SIXTH) for one in directions]
    return graph.above(graph.add("Min", *directions), *between)


def _plain(graph: _Graph, picture: str) -> str:
    """An even patch of a strong colour: the least difference of largest and smallest channel around a pixel, between two thresholds."""
    strength = graph.add("Sub", graph.add("ReduceMax", picture, axes=[1]), graph.add("ReduceMin", picture, axes=[1]))
    return graph.halved(graph.between(graph.least(strength), 0.2, 0.4))
