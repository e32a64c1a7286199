"""Functions inside an ONNX file: how many nodes they come to once written out, found without writing them out.

A file of a few kilobytes can hold functions that each call the next twice; whoever writes out thirty of them writes a billion nodes.
"""

import onnx


def expanded_nodes(model: onnx.ModelProto, limit: int) -> int | None:
    """The number of nodes with every function written out, or `limit` + 1 if it is more; None if functions call each other in a circle."""
    functions = {(function.domain, function.name): function.node for function in model.functions}
    sizes: dict[tuple[str, str], int] = {}
    unfinished: set[tuple[str, str]] = set()

    def size(nodes: list[onnx.NodeProto]) -> int:
        total = 0
        for node in nodes:
            key = (node.domain, node.op_type)
            total += function_size(key) if key in functions else 1
            for attribute in node.attribute:
                total += sum(size(list(graph.node)) for graph in (attribute.g, *attribute.graphs))
        return min(total, limit + 1)

    def function_size(key: tuple[str, str]) -> int:
        if key in unfinished:
            raise RecursionError
        if key not in sizes:
            unfinished.add(key)
            sizes[key] = size(list(functions[key]))
            unfinished.remove(key)
        return sizes[key]

    try:
        return size(list(model.graph.node))
    except RecursionError:  # also where the calls are merely nested deeper than Python's own limit
        return None
