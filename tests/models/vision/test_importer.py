"""ONNX files: what is told about them, what is refused and in which words, and that nothing half-written stays."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.errors import BadFile
from models.types.vision import Checkpoint, Importer
from models.vision.importer import CheckpointImporter

Build = Callable[..., onnx.ModelProto]


def written(model: onnx.ModelProto, folder: Path) -> Path:
    file = folder / "network.onnx"
    file.write_bytes(model.SerializeToString())
    return file


def with_external(model: onnx.ModelProto, folder: Path, location: str = "w.bin", data: bytes | None = None, **entries: str) -> Path:
    """Move the first weight to a file beside the graph."""
    tensor = model.graph.initializer[0]
    (folder / "w.bin").write_bytes(tensor.raw_data if data is None else data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **entries}.items():
        tensor.external_data.add(key=key, value=value)
    return written(model, folder)


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        CheckpointImporter().inspect(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_an_onnx_file_is_described(conv: Build, tmp_path: Path) -> None:
    importer: Importer = CheckpointImporter()
    file = written(conv(opset=13), tmp_path)
    found = importer.inspect(file)
    assert (found.format, found.trust, found.path, found.bytes) == ("onnx", "onnx", str(file), file.stat().st_size)
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest() == CheckpointImporter().fingerprint(file)
    assert "opset 13, for RGB pictures of 8 × 8 pixels" in found.summary
    assert "assumed" in found.summary
    recipe = found.preprocess
    assert (recipe.height, recipe.width, recipe.resize, recipe.origin) == (8, 8, 9, "assumed")
    assert recipe.mean == (0.485, 0.456, 0.406)
    rows = [(layer.name, layer.kind, layer.width, layer.shape, layer.pooling) for layer in found.layers]
    assert rows == [
        ("conv", "Conv", 6, (None, 6, 6, 6), "mean"),
        ("relu", "Relu", 6, (None, 6, 6, 6), "mean"),
        ("pool", "GlobalAveragePool", 6, (None, 6, 1, 1), "mean"),
        ("logits", "Gemm", 4, (None, 4), "none"),
    ]


def test_tokens_before_and_after_the_class_token(tokens: Build, tmp_path: Path) -> None:
    layers = CheckpointImporter().inspect(written(tokens(), tmp_path)).layers
    assert [(layer.name, layer.pooling, layer.width) for layer in layers] == [
        ("patches", "mean", 5),
        ("all", "class-token", 5),
        ("out", "class-token", 5),
    ]


def test_grey_networks_and_open_sizes_say_what_is_assumed(conv: Build, tmp_path: Path) -> None:
    found = CheckpointImporter().inspect(written(conv(channels=1, size="side"), tmp_path))
    assert "grey pictures of any size (224 × 224 pixels assumed)" in found.summary
    assert (found.preprocess.mean, found.preprocess.height) == ((0.5,), 224)


def test_module_names_of_torchs_old_exporter(conv: Build, tmp_path: Path) -> None:
    model = conv()
    for node, name in zip(
        model.graph.node, ["stem/conv/Conv", "stem/stem.1/Relu", "neck/pool/Pool", "neck/Flatten", "head/Gemm"], strict=True
    ):
        node.name = f"/net/{name}"
    layers = CheckpointImporter().inspect(written(model, tmp_path)).layers
    assert [layer.name for layer in layers] == ["net.stem.conv", "net.stem.1", "net.neck.pool", "net.head"]


@pytest.mark.parametrize("text", ['["cat", "dog"]', '{"0": "cat", "1": "dog"}', "{0: 'cat', 1: 'dog'}"])
def test_class_names_in_the_metadata(text: str, conv: Build, tmp_path: Path) -> None:
    model = conv()
    model.metadata_props.add(key="names", value=text)
    assert CheckpointImporter().inspect(written(model, tmp_path)).class_names == ("cat", "dog")


def test_class_names_that_are_no_list_are_none(conv: Build, tmp_path: Path) -> None:
    model = conv()
    model.metadata_props.add(key="names", value="__import__('os').getcwd()")
    assert CheckpointImporter().inspect(written(model, tmp_path)).class_names == ()


def test_convert_writes_the_network_and_its_card(conv: Build, tmp_path: Path) -> None:
    found = CheckpointImporter().convert(written(conv(), tmp_path), tmp_path / "targets" / "one")
    folder = tmp_path / "targets" / "one"
    assert {file.name for file in folder.iterdir()} == {"model.onnx", "checkpoint.json"}
    assert msgspec.json.decode((folder / "checkpoint.json").read_bytes(), type=Checkpoint) == found
    assert list((tmp_path / "targets").iterdir()) == [folder]


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"nonsense")
    with pytest.raises(BadFile):
        CheckpointImporter().convert(tmp_path / "bad.onnx", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert {file.name for file in tmp_path.iterdir()} == {"bad.onnx", "out"}


def test_external_data_is_copied_in_and_hashed(conv: Build, tmp_path: Path) -> None:
    plain = CheckpointImporter().convert(written(conv(), tmp_path), tmp_path / "plain")
    file = with_external(conv(), tmp_path)
    found = CheckpointImporter().convert(file, tmp_path / "out")
    assert found.sha256 == hashlib.sha256(file.read_bytes() + (tmp_path / "w.bin").read_bytes()).hexdigest()
    assert found.bytes == file.stat().st_size + (tmp_path / "w.bin").stat().st_size
    assert found.layers == plain.layers
    weights = [onnx.load(tmp_path / name / "model.onnx").graph.initializer[0] for name in ("plain", "out")]
    np.testing.assert_array_equal(numpy_helper.to_array(weights[0]), numpy_helper.to_array(weights[1]))


def test_external_data_outside_the_folder_is_refused(conv: Build, tmp_path: Path) -> None:
    for location in ("../w.bin", "/etc/passwd", "a/../../w.bin", "", "..\\w.bin"):
        assert "outside its own folder" in refusal(with_external(conv(), tmp_path, location))


def test_external_data_that_is_missing_or_too_short_is_refused(conv: Build, tmp_path: Path) -> None:
    assert "'gone.bin' of network.onnx is missing" in refusal(with_external(conv(), tmp_path, "gone.bin"))
    assert "needs 648 bytes from 0 on, and its external data has 600" in refusal(with_external(conv(), tmp_path, data=b"\0" * 600))
    assert "it states 9999999" in refusal(with_external(conv(), tmp_path, length="9999999"))
    assert "needs 648 bytes from 8 on" in refusal(with_external(conv(), tmp_path, offset="8"))
    assert "no number" in refusal(with_external(conv(), tmp_path, offset="x"))


def test_external_data_behind_links_is_refused(conv: Build, tmp_path: Path) -> None:
    file = with_external(conv(), tmp_path, "link.bin")
    (tmp_path / "link.bin").symlink_to(tmp_path / "w.bin")
    assert "reached through a link" in refusal(file)
    (tmp_path / "link.bin").unlink()
    os.link(tmp_path / "w.bin", tmp_path / "link.bin")
    assert "hard link" in refusal(file)


def test_huge_dimensions_are_refused(conv: Build, tmp_path: Path) -> None:
    model = conv()
    model.graph.initializer[0].dims[:] = [2**40, 2**40]
    assert "needs 4835703278458516698824704 bytes" in refusal(with_external(model, tmp_path))
    model = conv()
    model.graph.initializer[0].dims[:] = [1] * 40
    assert "no sensible shape" in refusal(with_external(model, tmp_path))


def test_custom_operators_are_refused(conv: Build, tmp_path: Path) -> None:
    model = conv()
    model.graph.node[1].domain = "evil.corp"
    model.opset_import.add(domain="evil.corp", version=1)
    assert "operator Relu of the custom domain 'evil.corp'" in refusal(written(model, tmp_path))


def test_functions_in_the_file_are_written_out(conv: Build, tmp_path: Path) -> None:
    model = conv()
    body = helper.make_node("Relu", ["a"], ["b"])
    model.functions.append(helper.make_function("local", "Act", ["a"], ["b"], [body], [helper.make_opsetid("", 17)]))
    model.opset_import.add(domain="local", version=1)
    model.graph.node[1].domain, model.graph.node[1].op_type = "local", "Act"
    kinds = [layer.kind for layer in CheckpointImporter().inspect(written(model, tmp_path)).layers]
    assert kinds == ["Conv", "Relu", "GlobalAveragePool", "Gemm"]


def test_networks_that_take_no_pictures_are_refused(conv: Build, tmp_path: Path) -> None:
    second = conv()
    second.graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1]))
    assert "takes one input of pictures" in refusal(written(second, tmp_path))
    seven = conv()
    seven.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 7
    assert "7 channels" in refusal(written(seven, tmp_path))
    whole = conv()
    whole.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    assert "takes UINT8 numbers" in refusal(written(whole, tmp_path))
    assert "1 pictures of 1000000 × 1000000 pixels" in refusal(written(conv(size=1_000_000), tmp_path))
    assert "1000000 pictures of 8 × 8 pixels" in refusal(written(conv(batch=1_000_000), tmp_path))


def test_a_network_without_a_layer_is_refused(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("Shape", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.INT64, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    assert "no neurons" in refusal(written(model, tmp_path))
    graph.node[0].CopyFrom(helper.make_node("ReduceMean", ["x"], ["y"], keepdims=0))
    graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, None))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    assert "no layer that can be tapped" in refusal(written(model, tmp_path))


def test_a_broken_graph_is_refused(conv: Build, tmp_path: Path) -> None:
    model = conv()
    model.graph.node[1].op_type = "Rellu"
    assert "ONNX Runtime cannot open the network" in refusal(written(model, tmp_path))
    model = conv()
    model.graph.initializer[0].dims[:] = [6, 3, 3, 300]
    assert "ONNX Runtime cannot open the network" in refusal(written(model, tmp_path))


def test_damaged_files_are_refused(conv: Build, tmp_path: Path) -> None:
    whole = conv().SerializeToString()
    file = tmp_path / "network.onnx"
    for length in (len(whole) // 2, len(whole) - 1, 20):
        file.write_bytes(whole[:length])
        assert refusal(file) == "network.onnx is a truncated ONNX file; fetch or export it again."
    rng = np.random.default_rng(0)
    for _ in range(60):  # bytes overturned anywhere: a sentence or a sound network, never another exception
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 20):
            damaged[place] = rng.integers(256)
        file.write_bytes(damaged)
        with contextlib.suppress(BadFile):
            CheckpointImporter().inspect(file)


def test_the_card_is_plain_json(conv: Build, tmp_path: Path) -> None:
    CheckpointImporter().convert(written(conv(), tmp_path), tmp_path / "out")
    card = json.loads((tmp_path / "out" / "checkpoint.json").read_text())
    assert card["layers"][0]["tensor"] == "conv"
