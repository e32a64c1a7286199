"""Which layers matter most: the final features, the outputs of blocks, and what the network answers.

A layer is a cut if nothing computed before it is read after it, so that all the network knows of the picture passes through it. The
output of a residual block is a cut, and what lies inside a block is none.
"""

from collections.abc import Sequence

import msgspec
import onnx

from models.types.vision import Layer, Role
from models.vision.axes import VIEWS
from models.vision.graph import depending_on, reads


def with_roles(layers: Sequence[Layer], graph: onnx.GraphProto, picture: str, modules: set[str]) -> tuple[Layer, ...]:
    """The same layers, marked; `picture` is the graph's input, `modules` the names of modules that have parts of their own.

    Head: a vector the network gives out. Pooled: a cut of one number per neuron and picture, or, where there is none, the last cut
    before the head. Block: the output of a module with parts; where the file names no modules, the last cut of each resolution.
    """
    results = {value.name for value in graph.output}
    flattened = _flattened(graph)
    passages = [layer for layer in layers if layer.tensor in results | cut_values(graph, picture)]
    heads = {layer.tensor for layer in passages if layer.tensor in (results if len(layer.shape) == 2 else flattened) and _is_vector(layer)}
    maps = [layer for layer in passages if not _is_vector(layer)]
    vectors = {layer.tensor for layer in passages if _is_vector(layer)} - heads
    pooled = vectors or {layer.tensor for layer in maps[-1:]}
    blocks = {layer.tensor for layer in maps if layer.name in modules} or _last_of_each_resolution(maps)

    def role(layer: Layer) -> Role:
        if layer.tensor in heads:
            return "head"
        if layer.tensor in pooled:
            return "pooled"
        return "block" if layer.tensor in blocks else "inside"

    return tuple(msgspec.structs.replace(layer, role=role(layer)) for layer in layers)


def cut_values(graph: onnx.GraphProto, picture: str) -> set[str]:
    """The values, computed from the picture and needed for a result, through which every path from the picture leads."""
    alive = depending_on(graph, picture) & _needed(graph)
    last_read = dict.fromkeys(alive, -1)
    for place, node in enumerate(graph.node):
        if alive.intersection(node.output):
            last_read.update((name, place) for name in reads(node) if name in alive)
    cuts: set[str] = set()
    open_until = last_read.get(picture, -1)  # the last place that reads any value computed so far
    for place, node in enumerate(graph.node):
        made = [name for name in node.output if name in alive]
        if len(made) == 1 and open_until <= place:
            cuts.add(made[0])
        open_until = max([open_until, *(last_read[name] for name in made)])
    return cuts


def _flattened(graph: onnx.GraphProto) -> set[str]:
    """The values that a result shows in another shape."""
    shown = {value.name for value in graph.output}
    found: set[str] = set()
    for node in reversed(graph.node):
        if node.op_type in VIEWS and not shown.isdisjoint(node.output):
            shown.add(node.input[0])
            found.add(node.input[0])
    return found


def _needed(graph: onnx.GraphProto) -> set[str]:
    needed = {value.name for value in graph.output}
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            needed.update(reads(node))
    return needed


def _is_vector(layer: Layer) -> bool:
    """Whether there is one number per neuron and picture."""
    return all(side == 1 for side in _sides(layer))


def _sides(layer: Layer) -> tuple[int | None, ...]:
    """All sizes but batch and neurons: height and width, or tokens."""
    return layer.shape[2:] if len(layer.shape) == 4 and layer.shape[1] == layer.width else layer.shape[1:-1]


def _last_of_each_resolution(maps: Sequence[Layer]) -> set[str]:
    last = {_sides(layer): layer.tensor for layer in maps}
    return set(last.values())
