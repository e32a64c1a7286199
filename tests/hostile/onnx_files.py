"""ONNX files that reach outside, never end, need foreign code, or are too large for any machine."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from hostile.case import Case, file

Build = Callable[[Path], Path]
FOREVER = 2**62
OVERRIDE = "x\u202egnp.exe\u2066\x1b[2J\x07\n\u200f"  # right-to-left override, isolate, clear the screen, bell, a new line


def model(
    nodes: Sequence[onnx.NodeProto], weights: dict[str, np.ndarray] | None = None, output: str = "y", functions: Sequence[Any] = ()
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()],
    )
    domains = sorted({node.domain for node in nodes} | {function.domain for function in functions} | {""})
    imports = [helper.make_opsetid(domain, 17 if domain == "" else 1) for domain in domains]
    return helper.make_model(graph, opset_imports=imports, ir_version=8, functions=list(functions))


def saved(made: Callable[[], onnx.ModelProto]) -> Build:
    return lambda folder: file(folder, "net.onnx", made().SerializeToString())


def plain() -> onnx.ModelProto:
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["p"]), helper.make_node("Flatten", ["p"], ["f"])]
    return model([*nodes, helper.make_node("Gemm", ["f", "w"], ["y"])], {"w": np.ones((3, 4), np.float32)})


def external(location: str, place: Callable[[Path], None], **entries: str) -> Build:
    """The plain network with its weights in a file at `location`."""

    def build(folder: Path) -> Path:
        place(folder)
        made = plain()
        tensor = made.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location.replace("FOLDER", str(folder)), **entries}.items():
            tensor.external_data.add(key=key, value=value)
        return file(folder / "net", "net.onnx", made.SerializeToString())

    return build


def secret(folder: Path) -> None:
    file(folder, "secret", bytes(48))
    (folder / "net").mkdir()


def symlinked(folder: Path) -> None:
    secret(folder)
    (folder / "net" / "w").symlink_to(folder / "secret")


def folder_symlinked(folder: Path) -> None:
    secret(folder)
    (folder / "net" / "deep").symlink_to(folder, target_is_directory=True)


def hard_linked(folder: Path) -> None:
    secret(folder)
    os.link(folder / "secret", folder / "net" / "w")


def beside(folder: Path) -> None:
    file(folder, "net/w", bytes(48))


def endless() -> onnx.ModelProto:
    """A loop of 2⁶² rounds that depends on the picture."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Relu", ["state"], ["next"])],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, None),
        ],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []), helper.make_tensor_value_info("next", TensorProto.FLOAT, None)],
    )
    nodes = [helper.make_node("Loop", ["rounds", "yes", "x"], ["l"], body=body), helper.make_node("Relu", ["l"], ["y"])]
    return model(nodes, {"rounds": np.array(FOREVER, np.int64), "yes": np.array(True)})


def huge() -> onnx.ModelProto:
    """A value of 2⁵⁰ numbers, made from a few bytes."""
    nodes = [helper.make_node("ReduceMean", ["x"], ["m"], keepdims=0), helper.make_node("Expand", ["m", "shape"], ["y"])]
    return model(nodes, {"shape": np.array([2**25, 2**25], np.int64)})


def custom(domain: str) -> Callable[[], onnx.ModelProto]:
    return lambda: model([helper.make_node("Evil", ["x"], ["y"], domain=domain)])


def custom_in_a_branch() -> onnx.ModelProto:
    branch = helper.make_graph(
        [helper.make_node("Evil", ["x"], ["e"], domain="evil.ops")], "b", [], [helper.make_tensor_value_info("e", TensorProto.FLOAT, None)]
    )
    return model([helper.make_node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)], {"yes": np.array(True)})


def function(name: str, calls: str) -> onnx.FunctionProto:
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    return helper.make_function("f", name, ["a"], ["b"], [helper.make_node(calls, ["a"], ["b"], domain="f")], imports)


def calls_itself() -> onnx.ModelProto:
    return model([helper.make_node("F", ["x"], ["y"], domain="f")], functions=[function("F", "G"), function("G", "F")])


def exploding() -> onnx.ModelProto:
    """Functions that each call the next twice: 2²⁴ nodes once written out."""
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    functions = [
        helper.make_function(
            "f", f"F{n}", ["a"], ["c"],
            [helper.make_node(f"F{n + 1}", ["a"], ["b"], domain="f"), helper.make_node(f"F{n + 1}", ["b"], ["c"], domain="f")], imports,
        )
        for n in range(24)
    ]  # fmt: skip
    functions.append(helper.make_function("f", "F24", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], imports))
    return model([helper.make_node("F0", ["x"], ["y"], domain="f")], functions=functions)


def circle() -> onnx.ModelProto:
    around = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    return model([*around, helper.make_node("Relu", ["b"], ["y"])])


def nested(folder: Path) -> Path:
    """An attribute 5,000 graphs deep; protobuf's own limit is a hundred."""
    content = b""
    for _ in range(5_000):
        for tag in (b"\x32", b"\x2a", b"\x0a"):  # GraphProto in AttributeProto.g, that in NodeProto.attribute, that in GraphProto.node
            content = tag + varint(len(content)) + content
    return file(folder, "nested.onnx", b"\x08\x08" + b"\x3a" + varint(len(content)) + content)


def varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def absurd_dimensions() -> onnx.ModelProto:
    made = plain()
    tensor = made.graph.initializer[0]
    del tensor.dims[:]
    tensor.dims.extend([2**31, 2**31, 2**31])
    return made


def label_bomb() -> onnx.ModelProto:
    made = plain()
    made.metadata_props.add(key="names", value="[" * 200_000)
    made.metadata_props.add(key="classes", value="__import__('os').system('touch code-was-run')")
    return made


def strange_names() -> onnx.ModelProto:
    nodes = [helper.make_node("Relu", ["x"], [OVERRIDE], name=OVERRIDE), helper.make_node("GlobalAveragePool", [OVERRIDE], ["p"])]
    made = model([*nodes, helper.make_node("Flatten", ["p"], ["y"])])
    made.producer_name = made.graph.name = OVERRIDE
    made.metadata_props.add(key="names", value=f"['{OVERRIDE.encode('unicode_escape').decode()}', '../../etc/passwd', 'c']")
    return made


def cut(folder: Path) -> Path:
    whole = plain().SerializeToString()
    return file(folder, "cut.onnx", whole[:-7])


def noise(folder: Path) -> Path:
    """The plain network with every eleventh byte changed."""
    whole = bytearray(plain().SerializeToString())
    for index in range(9, len(whole), 11):
        whole[index] ^= 0x55
    return file(folder, "noise.onnx", bytes(whole))


CASES = [
    Case("external data in the folder above", "importer", external("../secret", secret)),
    Case("external data at an absolute path", "importer", external("FOLDER/secret", secret)),
    Case("external data in /proc", "importer", external("/proc/self/environ", secret)),
    Case("external data behind a symbolic link", "importer", external("w", symlinked)),
    Case("external data behind a linked folder", "importer", external("deep/secret", folder_symlinked)),
    Case("external data that is a hard link", "importer", external("w", hard_linked)),
    Case("external data that is missing", "importer", external("w", secret)),
    Case("external data with a negative offset", "importer", external("w", beside, offset="-48", length="48")),
    Case("external data with an absurd length", "importer", external("w", beside, offset="0", length=str(2**63))),
    Case("external data with words for numbers", "importer", external("w", beside, offset="many")),
    Case("external data with a null byte in its place", "importer", external("w\0/../../secret", secret)),
    Case("a loop of 2^62 rounds", "importer", saved(endless)),
    Case("a value of 2^50 numbers", "importer", saved(huge)),
    Case("an operator of a custom domain", "importer", saved(custom("evil.ops"))),
    Case("an operator nobody knows", "importer", saved(custom("com.microsoft"))),
    Case("a custom operator hidden in a branch", "importer", saved(custom_in_a_branch)),
    Case("functions that call each other", "importer", saved(calls_itself)),
    Case("functions that double 24 times", "importer", saved(exploding)),
    Case("a graph that goes round in a circle", "importer", saved(circle)),
    Case("a graph 5,000 levels deep", "importer", nested),
    Case("dimensions of 2^93 numbers", "importer", saved(absurd_dimensions)),
    Case("a bomb among the class names", "importer", saved(label_bomb), "harmless"),
    Case("control and direction marks in every name", "importer", saved(strange_names), "harmless"),
    Case("a truncated ONNX file", "importer", cut),
    Case("an ONNX file with changed bytes", "importer", noise),
    Case("an empty ONNX file", "importer", lambda folder: file(folder, "empty.onnx", b"")),
    Case("ONNX given as a language model", "language", saved(plain)),
]
