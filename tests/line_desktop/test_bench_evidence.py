"""The evidence table on two neurons of each layer, by methods that need no language model."""

import json
from typing import Any

import pytest

from line_desktop import demo


@pytest.fixture(scope="module")
def told(line: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of `bench evidence`."""
    workspace = tmp_path_factory.mktemp("evidence") / "workspace"
    said = line(
        "bench", "evidence", "--hidden", 2, "--classes", 2, "--methods", "clip-dissect,invert", "--workspace", workspace, "--json",
    )  # fmt: skip
    assert said.code == 0
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_every_method_is_verified_on_the_same_neurons(told: dict[str, Any]) -> None:
    assert [group["layer"] for group in told["groups"]] == [demo.HIDDEN, demo.CLASSES]
    for group in told["groups"]:
        comparison = group["comparison"]
        assert {one["method"] for one in comparison["methods"]} == {"clip-dissect", "invert"} == set(group["seconds"])
        assert len(comparison["rows"]) == comparison["verified"] == 2
        auc = next(metric for metric in comparison["metrics"] if metric["name"] == "AUC")
        assert all(0 <= value <= 1 for values in auc["values"].values() for value in values)


def test_class_neurons_have_a_truth_and_hidden_ones_none(told: dict[str, Any]) -> None:
    hidden, classes = (group["comparison"]["truth"] for group in told["groups"])
    assert hidden is None
    assert classes["exact"]["invert"] == 2  # the labels of the photos are the classes
