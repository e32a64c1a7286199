"""SIEVE: what it asks, which hypotheses it makes and drops, and its activation rates against their definition."""

import numpy as np
import pytest
from method_player import play

from line_desktop.gate import Doubt
from line_desktop.methods.asking import Depict, Depicted, Labelled, Look, Looked, NotLabelled, StepDone
from line_desktop.methods.sieve import Selected, Settings, hypothesise, kept, sieve

NAMES = ["cat", "dog", "car", "bus", "sea", "sky"]
VECTORS = np.eye(6, dtype=np.float32)
TOP = tuple(range(100, 125))


def photos(*shares, noise=0.02):
    """Unit vectors near mixtures of the concepts: (count, {name: weight}) each."""
    chance = np.random.default_rng(0)
    rows = [
        sum(weight * VECTORS[NAMES.index(name)] for name, weight in mixture.items()) + chance.normal(0, noise, 6)
        for count, mixture in shares
        for _ in range(count)
    ]
    points = np.array(rows, np.float32)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


CATS_AND_CARS = photos((12, {"cat": 1, "dog": 0.6}), (8, {"car": 1, "bus": 0.6}))


def respond(vectors, activations, lost=None, unseen=None, asked=None):
    def answer(request):
        if asked is not None:
            asked.append(request)
        if isinstance(request, Look):
            return Looked(vectors.astype("<f4").tobytes(), vectors.shape[1], unseen or {})
        assert isinstance(request, Depict)
        return Depicted({name: activations[name] for name in request.concepts if name in activations}, lost or {})

    return answer


def rate(above, of=20):
    """Activations of which `above` are over 1.0."""
    return tuple([2.0] * above + [1.0] * (of - above))  # 1.0 itself is not above


PICTURES = {"cat": rate(16), "dog": rate(4), "car": rate(10), "bus": rate(2)}


def test_asks_for_cropped_top_photos_then_for_two_hypotheses_of_each_cluster():
    asked = []
    play(sieve(Selected(TOP, 1.0), NAMES, VECTORS, Settings()), respond(CATS_AND_CARS, PICTURES, asked=asked))
    assert asked == [Look(TOP[:20], cropped=True), Depict(("cat", "dog", "car", "bus"))]


def test_rates_are_shares_above_the_threshold_and_what_is_below_their_mean_is_dropped():
    *steps, end = play(sieve(Selected(TOP, 1.0), NAMES, VECTORS, Settings()), respond(CATS_AND_CARS, PICTURES))
    expected = {name: sum(value > 1.0 for value in values) / len(values) for name, values in PICTURES.items()}
    assert {one.concept: one.score for one in steps[:-1]} == expected
    assert [one.status.split(":")[0] for one in steps] == ["scored", "dropped", "scored", "dropped", "verified"]
    assert steps[-1].status == "verified: mean activation rate 40.0% of 4 hypotheses, 65.0% of the 2 kept"
    assert steps[1].status == "dropped: activation rate 20.0%, below the mean 40.0%"
    assert isinstance(end, Labelled)
    assert [(one.concept, one.score, one.origin) for one in end.board] == [("cat", 0.8, "list"), ("car", 0.5, "list")]
    assert end.label == end.board[0]
    assert [one.step for one in steps] == list(range(5))


def test_of_equal_rates_none_is_dropped_and_the_higher_mean_activation_wins():
    pictures = dict.fromkeys(NAMES, (2.0, 2.0, 0.5)) | {"dog": (9.0, 2.0, 0.5)}
    *steps, end = play(sieve(Selected(TOP, 1.0), NAMES, VECTORS, Settings()), respond(CATS_AND_CARS, pictures))
    assert isinstance(end, Labelled)
    assert end.label.concept == "dog"
    assert [one.status for one in steps[:-1]] == ["scored"] * 4
    assert kept(np.array([0.35, 0.35, 0.35])).all()


def test_where_no_picture_is_above_the_threshold_the_highest_mean_alone_is_kept_and_that_is_said():
    pictures = dict.fromkeys(NAMES, (0.5, 0.5)) | {"car": (0.5, 0.9)}
    *steps, end = play(sieve(Selected(TOP, 1.0), NAMES, VECTORS, Settings()), respond(CATS_AND_CARS, pictures))
    assert isinstance(end, Labelled)
    assert [(one.concept, one.score) for one in end.board] == [("car", 0.0)]
    assert [one.status for one in steps[:-1] if one.concept != "car"] == ["dropped: no picture above the 99th percentile"] * 3
    assert steps[2].reasoning.endswith("Its pictures bring the neuron to 0.7 on average; its 99th percentile is 1.")
    assert steps[-1].status == "verified: no picture of the 4 hypotheses is above the 99th percentile; the highest mean activation decides"


def test_hypotheses_have_the_highest_mean_cosine_of_the_cluster():
    chance = np.random.default_rng(4)
    points, vectors = CATS_AND_CARS, chance.normal(size=(50, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = hypothesise(points, [str(number) for number in range(50)], vectors, 3)
    expected = []
    for rows in (range(12), range(12, 20)):
        slow = [sum(float(np.dot(points[row], one)) for row in rows) / len(rows) for one in vectors]
        expected += sorted(range(50), key=lambda concept: -slow[concept])[:3]
    assert [one.concept for one in found] == list(dict.fromkeys(map(str, expected)))
    assert [one.photos for one in found[:3]] == [12, 12, 12]


def test_a_concept_near_two_clusters_is_verified_once():
    points = photos((10, {"cat": 1, "dog": 0.8, "sky": 0.5}), (10, {"cat": -1, "dog": 0.8, "car": 0.9}))
    found = [one.concept for one in hypothesise(points, NAMES, VECTORS, 2)]
    assert found == ["cat", "dog", "car"]


def test_photos_and_concepts_that_are_lost_are_left_out():
    vectors = CATS_AND_CARS.copy()
    vectors[:12] = 0
    unseen = dict.fromkeys(TOP[:12], "damaged")
    pictures = {"bus": rate(5)}
    *steps, end = play(sieve(Selected(TOP, 1.0), NAMES, VECTORS, Settings()), respond(vectors, pictures, {"car": "not finite"}, unseen))
    assert isinstance(end, Labelled)
    assert [one.concept for one in end.board] == ["bus"]
    assert (steps[0].concept, steps[0].status, steps[0].score) == ("car", "skipped: not finite", None)


def test_one_photo_is_enough():
    end = play(sieve(Selected((7,), 1.0), NAMES, VECTORS, Settings()), respond(CATS_AND_CARS[:1], PICTURES))[-1]
    assert isinstance(end, Labelled)
    assert end.label.concept == "cat"


def test_the_gates_doubt_ends_it_before_anything_is_asked():
    (end,) = play(sieve(Selected(TOP, 1.0, Doubt("unselective", "It responds to most photos alike.")), NAMES, VECTORS, Settings()))
    assert end == NotLabelled("unselective", "It responds to most photos alike.")


@pytest.mark.parametrize(
    ("top", "names", "unseen", "words"),
    [
        ((), NAMES, {}, "no photo to start from"),
        (TOP[:3], NAMES, dict.fromkeys(TOP[:3], "damaged"), "None of its 3 strongest photos could be embedded; the first: damaged"),
        (TOP[:3], [], {}, "concept list"),
        (TOP[:3], NAMES, {}, "None of the 2 hypotheses could be verified on pictures; the first: not finite"),
    ],
)
def test_what_cannot_be_labelled_is_told_in_a_sentence(top, names, unseen, words):
    lost = dict.fromkeys(NAMES, "not finite")
    answers = respond(CATS_AND_CARS[: len(top)], {}, lost, unseen)
    events = play(sieve(Selected(top, 1.0), names, VECTORS[: len(names)], Settings()), answers)
    assert not any(isinstance(one, StepDone) for one in events)
    assert isinstance(events[-1], NotLabelled)
    assert words in events[-1].reason
