"""SoftWPMI against a slow one written from the paper's formula, and what becomes of photos and neurons that are no use."""

import math

import numpy as np
import pytest
from method_player import play

from line_desktop.errors import UserError
from line_desktop.methods.asking import Labelled, NotLabelled, StepDone
from line_desktop.methods.clip_dissect import Settings, clip_dissect, soft_wpmi, strongest

SMALL = Settings(photos=7)


def world(photos=40, neurons=9, concepts=6, ties=False):
    chance = np.random.default_rng(photos + neurons)
    activations = chance.gamma(1.0, 1.0, (photos, neurons))
    cosines = chance.normal(0.2, 0.05, (photos, concepts))
    return (np.round(activations) if ties else activations), cosines


def slow_soft_wpmi(activations, cosines, settings):
    """log p(D | concept) - lambda log p(D), every sum a loop (Oikarinen and Weng, 2023, equations 5 to 8)."""
    photos, neurons = activations.shape
    concepts = cosines.shape[1]
    evidence = []
    for neuron in range(neurons):
        order = sorted(range(photos), key=lambda photo: (-activations[photo][neuron], photo))[: settings.photos]
        row = []
        for concept in range(concepts):
            total = 0.0
            for rank, photo in enumerate(order):
                powers = [math.exp(settings.sharpness * value) for value in cosines[photo]]
                chance = powers[concept] / sum(powers)
                belongs = settings.first - rank / settings.photos * (settings.first - settings.last)
                total += math.log(belongs * chance + 1 - belongs + settings.least)
            row.append(total)
        evidence.append(row)
    result = np.empty((neurons, concepts))
    for concept in range(concepts):
        mean = sum(math.exp(evidence[neuron][concept]) for neuron in range(neurons)) / neurons
        for neuron in range(neurons):
            result[neuron, concept] = evidence[neuron][concept] - settings.prior * math.log(mean)
    return result


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("settings", [SMALL, Settings(photos=40, prior=0.6), Settings(photos=1, sharpness=3.0)])
def test_equals_the_slow_one(settings, ties):
    activations, cosines = world(ties=ties)
    np.testing.assert_allclose(
        soft_wpmi(activations, cosines, settings), slow_soft_wpmi(activations, cosines, settings), rtol=1e-9, atol=1e-9
    )


def test_many_neurons_and_mapped_float32_files_give_the_same(tmp_path):
    activations, cosines = world(neurons=150)
    activations, cosines = activations.astype(np.float32), cosines.astype(np.float32)
    for name, array in (("activations", activations), ("cosines", cosines)):
        np.save(tmp_path / f"{name}.npy", array)
    mapped = [np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("activations", "cosines")]
    np.testing.assert_allclose(
        soft_wpmi(*mapped, SMALL), slow_soft_wpmi(activations.astype(float), cosines.astype(float), SMALL), atol=1e-9
    )


def test_photos_that_could_not_be_read_are_as_if_they_were_not_there():
    activations, cosines = world()
    expected = soft_wpmi(np.delete(activations, [3, 20], axis=0), np.delete(cosines, [3, 20], axis=0), SMALL)
    activations[3], cosines[20] = np.nan, np.nan
    np.testing.assert_array_equal(soft_wpmi(activations, cosines, SMALL), expected)


def test_neurons_without_a_score_do_not_touch_the_others():
    activations, cosines = world()
    expected = soft_wpmi(np.delete(activations, [0, 4, 8], axis=1), cosines, SMALL)
    activations[:, 0], activations[5, 4], activations[5, 8] = 2.5, np.nan, np.inf
    found = soft_wpmi(activations, cosines, SMALL)
    assert np.isnan(found[[0, 4, 8]]).all()
    np.testing.assert_array_equal(np.delete(found, [0, 4, 8], axis=0), expected)


def test_the_concept_of_a_neurons_photos_wins_over_one_that_fits_all_photos():
    photos = 30
    activations = np.zeros((photos, 3))
    cosines = np.full((photos, 4), 0.1)
    cosines[:, 3] = 0.3  # "photo" fits everything
    for neuron in range(3):
        activations[neuron * 10 : neuron * 10 + 10, neuron] = np.arange(10, 0, -1)
        cosines[neuron * 10 : neuron * 10 + 10, neuron] = 0.28
    assert soft_wpmi(activations, cosines, Settings(photos=10)).argmax(axis=1).tolist() == [0, 1, 2]


def test_too_few_photos_and_no_usable_neuron_are_told_in_a_sentence():
    activations, cosines = world(photos=1)
    with pytest.raises(UserError, match=r"100 strongest photos of a neuron, but only 1 of 1 photos"):
        soft_wpmi(activations, cosines, Settings())
    with pytest.raises(UserError, match=r"None of the 9 neurons .* constant or not finite"):
        soft_wpmi(np.ones((40, 9)), world()[1], SMALL)


def test_the_label_is_the_highest_and_the_board_has_the_ten_best():
    scores = np.random.default_rng(1).normal(size=25)
    names = [f"concept {number}" for number in range(25)]
    step, label = play(clip_dissect(scores, names, Settings()))
    assert isinstance(step, StepDone)
    assert isinstance(label, Labelled)
    assert [one.concept for one in label.board] == [names[index] for index in np.argsort(-scores)[:10]]
    assert (label.label, step.board) == (label.board[0], label.board)
    assert (label.label.score, label.label.origin, step.step) == (scores.max(), "list", 0)


def test_a_short_list_gives_a_short_board():
    label = play(clip_dissect(np.array([1.0, 2.0]), ["cat", "dog"], Settings()))[-1]
    assert isinstance(label, Labelled)
    assert [one.concept for one in label.board] == ["dog", "cat"]


def test_a_neuron_without_scores_has_no_label():
    for scores, names, word in ((np.array([np.nan, np.nan]), ["cat", "dog"], "constant or not finite"), (np.empty(0), [], "concept list")):
        (end,) = play(clip_dissect(scores, names, Settings()))
        assert isinstance(end, NotLabelled)
        assert word in end.reason


def test_strongest_takes_the_earlier_of_equal_values():
    values = np.array([1.0, 3.0, 2.0, 3.0, 2.0, 2.0, 0.0])
    for count in range(1, 8):
        assert strongest(values, count).tolist() == [1, 3, 2, 4, 5, 0, 6][:count]
