"""Module names kept inside ONNX nodes: in the metadata of torch's new exporter, in the node names of its old one."""

import ast
from typing import Final, NamedTuple

import onnx

MAX_TEXT: Final = 10_000
NAMES, CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"


class Scope(NamedTuple):
    """One module a node belongs to; `kind` is its class, empty where the file does not keep it."""

    name: str
    kind: str


def scopes(node: onnx.NodeProto) -> list[Scope]:
    """The modules around a node, outermost first, without the root; empty where the file names none."""
    metadata = {entry.key: entry.value for entry in node.metadata_props}
    if NAMES in metadata:
        names, kinds = _texts(metadata[NAMES]), _texts(metadata.get(CLASSES, "[]"))
        kinds += [""] * (len(names) - len(kinds))
        # the last entry is the operation itself; operations outside any module carry a name with a leading underscore instead
        pairs = list(zip(names[:-1], kinds[:-1], strict=False))
        return [Scope(name, kind.rpartition(".")[2]) for name, kind in pairs if name and not name.startswith("_empty_nn_module")]
    return _scopes_of_path(node.name)


def root_class(graph: onnx.GraphProto) -> str:
    """The class of the whole network, such as "ResNetForImageClassification"; empty where the file does not keep it."""
    for node in graph.node:
        metadata = {entry.key: entry.value for entry in node.metadata_props}
        names, kinds = _texts(metadata.get(NAMES, "[]")), _texts(metadata.get(CLASSES, "[]"))
        if len(names) > 1 and kinds and names[0] == "":
            return kinds[0].rpartition(".")[2]
    return ""


def _texts(written: str) -> list[str]:
    """A list of texts written as a Python literal; empty if it is anything else."""
    if len(written) > MAX_TEXT:
        return []
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []
    return [str(item) for item in value] if isinstance(value, list) else []


def _scopes_of_path(name: str) -> list[Scope]:
    """Modules of "/resnet/layer1/layer1.0/conv1/Conv": resnet, resnet.layer1, resnet.layer1.0, resnet.layer1.0.conv1."""
    if not name.startswith("/"):
        return []
    found: list[Scope] = []
    path: list[str] = []
    for part in name[1:].split("/")[:-1]:
        if path and part.startswith(f"{path[-1]}."):  # a Sequential's child repeats its parent's name
            path.pop()
        path.append(part)
        found.append(Scope(".".join(path), ""))
    return found
