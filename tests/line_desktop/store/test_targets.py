"""Targets: one for each checkpoint and preprocessing."""

import msgspec
import pytest

from line_desktop.errors import BadWorkspace
from models.types.vision import Layer


def test_a_checkpoint_comes_back_as_it_was_saved(workspace, checkpoint, folder):
    target = workspace.save_target(checkpoint)
    assert workspace.target(target) == checkpoint
    assert workspace.find_target(checkpoint.sha256, checkpoint.preprocess) == target
    assert [(row.id, row.sha256, row.path) for row in workspace.targets()] == [(target, checkpoint.sha256, checkpoint.path)]
    assert workspace.target_folder(checkpoint.sha256) == folder / "targets" / checkpoint.sha256
    layer = workspace.layer_id(target, "head")
    assert workspace.layer(layer) == type(workspace.layer(layer))(layer, target, checkpoint.layers[1])


def test_saving_again_keeps_the_ids_and_takes_the_new_path(workspace, checkpoint):
    target = workspace.save_target(checkpoint)
    layer = workspace.layer_id(target, "head")
    moved = msgspec.structs.replace(checkpoint, path="/elsewhere/a.onnx")
    assert workspace.save_target(moved) == target
    assert workspace.layer_id(target, "head") == layer
    assert workspace.target(target) == moved
    assert len(workspace.targets()) == 1


def test_a_layer_keeps_its_role_and_takes_a_new_one(workspace, checkpoint):
    block, head = checkpoint.layers
    for role in ("block", "pooled"):
        layers = (msgspec.structs.replace(block, role=role), msgspec.structs.replace(head, role="head"))
        target = workspace.save_target(msgspec.structs.replace(checkpoint, layers=layers))
        assert [layer.role for layer in workspace.target(target).layers] == [role, "head"]


def test_another_preprocessing_is_another_target(workspace, checkpoint):
    other = msgspec.structs.replace(checkpoint, preprocess=msgspec.structs.replace(checkpoint.preprocess, height=128))
    assert workspace.find_target(other.sha256, other.preprocess) is None
    assert workspace.save_target(checkpoint) != workspace.save_target(other)


def test_a_known_layer_does_not_change_its_width(workspace, checkpoint):
    target = workspace.save_target(checkpoint)
    wider = msgspec.structs.replace(checkpoint, path="/new", layers=(Layer("head", "Gemm", 5, (None, 5), "t2", "none"),))
    with pytest.raises(BadWorkspace, match=r"head has 5 neurons .* but 2"):
        workspace.save_target(wider)
    assert workspace.target(target) == checkpoint


def test_an_unknown_layer_is_a_key_error(workspace, checkpoint):
    with pytest.raises(KeyError, match="tail"):
        workspace.layer_id(workspace.save_target(checkpoint), "tail")
