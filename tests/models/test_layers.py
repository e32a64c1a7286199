"""Finding a layer by name."""

import pytest

from models.errors import UnknownLayer
from models.layers import find_layer, nearest_names
from models.types.vision import Layer

NAMES = ["stem", "encoder.stages.0", "encoder.stages.1", "encoder.stages.1.layers.0", "classifier.1"]
LAYERS = [Layer(name, "Conv", 4, (None, 4), name, "none") for name in NAMES]


def test_a_layer_is_found_by_its_exact_name() -> None:
    assert find_layer(LAYERS, "encoder.stages.1").name == "encoder.stages.1"


@pytest.mark.parametrize(("wanted", "first"), [("classifier", "classifier.1"), ("encoder.stage.0", "encoder.stages.0"), ("STEM", "stem")])
def test_a_wrong_name_lists_the_nearest_first(wanted: str, first: str) -> None:
    assert nearest_names(NAMES, wanted)[0] == first
    with pytest.raises(UnknownLayer, match=f"no layer '{wanted}' among its 5; the nearest names are {first}, "):
        find_layer(LAYERS, wanted)


def test_an_empty_name_is_answered_too() -> None:
    assert len(nearest_names(NAMES, "")) == 5
