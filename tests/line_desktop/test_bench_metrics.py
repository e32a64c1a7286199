"""`bench metrics`: labels of every kind, each metric re-derived on photos whose truth is known."""

import numpy as np
import pytest

from line_desktop.bench_metrics import KINDS, PHOTOS, Labels, choose, kind_of, sanity
from models.embedded import COLOURS, GROUPS, OBJECTS, TEXTURES

NAMES = [*OBJECTS, *COLOURS]


@pytest.mark.parametrize("seed", [0, 1])
def test_every_neuron_has_a_wrong_a_broader_and_a_narrower_label(seed):
    found = choose(NAMES, 30, seed)
    assert len({one.neuron for one in found}) == 30
    assert choose(NAMES, 30, seed) == found
    for one in found:
        true, wrong, broad, narrow = (one.labels[kind] for kind in KINDS)
        assert true == NAMES[one.neuron]
        assert true in GROUPS[broad]
        assert wrong in NAMES
        assert wrong not in (true, *GROUPS[broad])
        colour, texture, thing = narrow.split(" ", 2)
        assert (colour in COLOURS, texture in TEXTURES, thing) == (True, True, true)


def test_a_kind_is_the_narrowest_of_several_classes():
    assert kind_of("cat", NAMES) == "pet"
    assert kind_of("tree", NAMES) == "plant"
    assert kind_of("cat", ["cat", "dog", "horse", "cow"]) == "mammal"  # of pets only two are classes
    assert kind_of("red", NAMES) is None


CHOSEN = [Labels(0, {"true": "cat", "wrong": "car", "too broad": "pet", "too narrow": "red striped cat"})]


def drawn(level, count, seed):
    """Activations of one neuron about a level."""
    return np.random.default_rng(seed).normal(level, 1, (count, 1))


def test_photos_of_a_label_are_those_it_is_true_of():
    levels = {"cat": 3.0, "dog": 0.5, "rabbit": 0.5, "car": 0.0, "bus": 0.0, "red striped cat": 5.0}
    photos = {name: drawn(level, PHOTOS, place) for place, (name, level) in enumerate(levels.items())}
    fresh = {name: drawn(level, 50, 10 + place) for place, (name, level) in enumerate((levels | {"pet": 1.0}).items())}
    (correlation,) = (one for one in sanity(0, CHOSEN, photos, fresh).verdicts if one.metric == "correlation")
    values = np.concatenate([found[:, 0] for found in photos.values()])
    true_of = {
        "true": {"cat", "red striped cat"}, "wrong": {"car"}, "too broad": {"cat", "dog", "rabbit", "red striped cat"},
        "too narrow": {"red striped cat"},
    }  # fmt: skip
    for kind, names in true_of.items():
        inside = np.repeat([name in names for name in photos], PHOTOS)
        assert correlation.means[kind].value == pytest.approx(np.corrcoef(values, inside)[0, 1])
    auc = next(one for one in sanity(0, CHOSEN, photos, fresh).verdicts if one.metric == "AUC")
    pairs = [high > low for high in fresh["pet"][:, 0] for low in values]
    assert auc.means["too broad"].value == pytest.approx(np.mean(pairs))


def test_a_metric_that_cannot_tell_is_not_above():
    """All labels alike: no metric is above, and the table says so."""
    photos = {name: np.zeros((PHOTOS, 1)) for name in ("cat", "dog", "rabbit", "car", "red striped cat")}
    fresh = {label: np.zeros((50, 1)) for label in CHOSEN[0].labels.values()}
    found = sanity(0, CHOSEN, photos, fresh)
    by_name = {one.metric: one for one in found.verdicts}
    assert all(by_name[name].first == 0 for name in ("AUC", "AUC strict", "MAD", "activation rate", "correlation"))
    assert found.table().row_count == len(found.verdicts) == 7
