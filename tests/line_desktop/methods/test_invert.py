"""INVERT's beam search against a slow one from the paper: every formula photo by photo, every AUROC pair by pair."""

import numpy as np
import pytest
from method_player import play
from scipy.stats import mannwhitneyu

from line_desktop.methods.asking import Labelled, NotLabelled, StepDone
from line_desktop.methods.invert import Settings, invert


def world(photos=40, concepts=7, seed=0, ties=False):
    chance = np.random.default_rng(seed)
    truth = chance.random((photos, concepts)) < chance.uniform(0.05, 0.6, concepts)
    activations = chance.gamma(1.0, 1.0, photos) + truth[:, 0] * 1.0 + (truth[:, 1] & ~truth[:, 2]) * 1.5
    return (np.round(activations) if ties else activations), [f"c{number}" for number in range(concepts)], truth


def slow_auroc(activations, holds):
    inside = [value for value, one in zip(activations, holds, strict=True) if one]
    outside = [value for value, one in zip(activations, holds, strict=True) if not one]
    wins = sum(1.0 if low < high else 0.5 if low == high else 0.0 for high in inside for low in outside)
    return wins / (len(inside) * len(outside))


def slow_invert(activations, names, truth, settings):
    """(words, AUROC) of the best formulas after each length. The beam keeps what it had, as in the authors' code."""
    photos = range(len(activations))
    atoms = [(name, tuple(bool(truth[p][c]) for p in photos)) for c, name in enumerate(names)]
    negations = [(f"not {name}", tuple(not one for one in holds)) for name, holds in atoms]
    best, rounds = [], []  # (auroc, words, holds, last join)
    for length in range(1, settings.length + 1):
        tried = []
        if length == 1:
            tried = [(words, holds, None) for words, holds in atoms + negations]
        for _, words, holds, join in best[: settings.beam]:
            for other in ("and", "or"):
                whole = f"({words})" if join not in (None, other) else words
                for atom, theirs in atoms + negations:
                    pairs = zip(holds, theirs, strict=True)
                    both = tuple(one and two if other == "and" else one or two for one, two in pairs)
                    tried.append((f"{whole} {other} {atom}", both, other))
        for words, holds, join in tried:
            share = sum(holds) / len(holds)
            if settings.least <= share <= settings.most and 0 < share < 1 and holds not in [one[2] for one in best]:
                best.append((slow_auroc(activations, holds), words, holds, join))
        best.sort(key=lambda one: -one[0])
        best = distinct(best)[: settings.board_size]
        rounds.append([(words, auroc) for auroc, words, _, _ in best])
    return rounds


def distinct(best):
    kept = []
    for one in best:
        if one[2] not in [other[2] for other in kept]:
            kept.append(one)
    return kept


@pytest.mark.parametrize("settings", [Settings(), Settings(length=1), Settings(beam=1, least=0.1, most=0.3), Settings(length=4, most=1.0)])
@pytest.mark.parametrize(("seed", "ties"), [(0, False), (1, True), (2, False), (3, True)])
def test_equals_the_slow_search(settings, seed, ties):
    activations, names, truth = world(seed=seed, ties=ties)
    *steps, end = play(invert(activations, names, truth, settings))
    expected = slow_invert(activations, names, truth, settings)
    assert [[one.concept for one in step.board] for step in steps] == [[words for words, _ in best] for best in expected]
    for step, best in zip(steps, expected, strict=True):
        assert [one.score for one in step.board] == pytest.approx([auroc for _, auroc in best], abs=1e-12)
    assert isinstance(end, Labelled)
    assert (end.label, end.board) == (steps[-1].board[0], steps[-1].board)


def test_one_step_for_each_length_with_p_by_mann_whitney():
    activations, names, truth = world()
    *steps, _ = play(invert(activations, names, truth, Settings()))
    assert [step.step for step in steps] == [0, 1, 2]
    inside, outside = activations[truth[:, 0]], activations[~truth[:, 0]]
    only = next(iter(play(invert(activations, names[:1], truth[:, :1], Settings(length=1)))))
    assert isinstance(only, StepDone)
    p = mannwhitneyu(inside, outside, alternative="two-sided", method="asymptotic").pvalue
    assert f"p {p:.2g}; holds for {truth[:, 0].sum()} of 40 photos" in only.reasoning


def test_a_neuron_made_of_a_formula_is_named_by_it():
    chance = np.random.default_rng(5)
    truth = chance.random((400, 12)) < 0.3
    names = ["red", "zebra", "striped", *(f"other {number}" for number in range(9))]
    for holds, words in (
        (truth[:, 0] & ~truth[:, 1], "red and not zebra"),
        ((truth[:, 1] & ~truth[:, 2]) | truth[:, 0], "(zebra and not striped) or red"),
    ):
        *_, end = play(invert(holds + chance.normal(0, 0.01, 400), names, truth, Settings(beam=5)))
        assert isinstance(end, Labelled)
        assert (end.label.concept, end.label.score, end.label.origin) == (words, 1.0, "formula")


def test_of_equally_good_formulas_the_shorter_is_the_label():
    _, names, truth = world()
    *_, end = play(invert(truth[:, 3].astype(float), names, truth, Settings()))
    assert isinstance(end, Labelled)
    assert (end.label.concept, end.label.step) == ("c3", 0)


def test_unreadable_photos_are_left_out():
    activations, names, truth = world()
    expected = play(invert(np.delete(activations, [0, 9]), names, np.delete(truth, [0, 9], axis=0), Settings()))
    activations[[0, 9]] = np.nan
    assert play(invert(activations, names, truth, Settings())) == expected


def test_many_photos_in_chunks_are_the_same_as_repeated_few():
    activations, names, truth = world()
    few, many = (play(invert(np.tile(activations, n), names, np.tile(truth, (n, 1)), Settings())) for n in (1, 250))
    assert [one.concept for one in few[-1].board] == [one.concept for one in many[-1].board]
    assert [one.score for one in few[-1].board] == pytest.approx([one.score for one in many[-1].board], abs=1e-12)


def test_a_length_that_brings_nothing_new_is_skipped():
    truth = np.arange(10)[:, None] < 3
    *steps, end = play(invert(np.arange(10.0), ["cat"], truth, Settings()))
    assert [step.status.split(":")[0] for step in steps] == ["scored", "skipped", "skipped"]
    assert isinstance(end, Labelled)
    assert end.label.concept == "cat"
    assert end.label.score == 0.0


@pytest.mark.parametrize(
    ("activations", "truth", "status", "words"),
    [
        (np.ones(30), np.eye(30, dtype=bool), "constant", "1 on each of the 30 labelled photos"),
        (np.r_[np.inf, np.arange(29.0)], np.eye(30, dtype=bool), "non-finite", "infinite"),
        (np.array([1.0]), np.ones((1, 1), bool), "failed", "only 1 could be read"),
        (np.full(9, np.nan), np.eye(9, dtype=bool), "failed", "only 0 could be read"),
        (np.arange(30.0), np.empty((30, 0), bool), "failed", "one folder of photos for each class"),
        (np.arange(30.0), np.ones((30, 4), bool), "failed", "None of the 4 concepts"),
    ],
)
def test_what_cannot_be_labelled_is_told_in_a_sentence(activations, truth, status, words):
    (end,) = play(invert(activations, [f"c{number}" for number in range(truth.shape[1])], truth, Settings()))
    assert isinstance(end, NotLabelled)
    assert end.status == status
    assert words in end.reason
