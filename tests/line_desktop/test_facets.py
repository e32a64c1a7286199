"""Facets: the kinds of photos that excite a neuron, and LINE run for each with earlier labels forbidden."""

from itertools import permutations

import numpy as np
import pytest
from method_player import play
from other_methods import entry

from line_desktop.facets import Facet, Found, facets, firing, line_by_facet, nearest_first, told_apart
from line_desktop.methods.asking import Depict, Depicted, Labelled, LookUp, NotLabelled, Propose, Proposed, StepDone
from line_desktop.methods.kinds import Space
from line_desktop.methods.line import Settings
from models.types.language import Proposal

NAMES = [f"{first} {second}" for first in ("cat", "car") for second in "abcdefghijkl"]
ANGLES = np.array([0.05 * number for number in range(12)] + [np.pi / 2 - 0.05 * number for number in range(12)])
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
PAPER, LINE = Settings(preset="paper", steps=2), Settings(steps=2, shared=False)
PHOTOS = np.linspace(0, 4, 100, dtype=np.float32)  # activations
WIDTH, COLOURS = 24, 4


def probe(*things, photos=400, noise=0.15):
    """Embeddings of photos: a thing from 0 to 19 (`things` first, then any) in a colour at random, which shows more than the thing."""
    chance = np.random.default_rng(0)
    what = np.concatenate([np.array(things, int), chance.integers(0, WIDTH - COLOURS, photos - len(things))])
    vectors = chance.normal(0, noise, (photos, WIDTH))
    vectors[range(photos), what] += 1
    vectors[range(photos), WIDTH - COLOURS + chance.integers(0, COLOURS, photos)] += 2
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def found_in(*things, photos=None, lost=()):
    vectors = probe(*things)
    vectors[list(lost)] = np.nan
    return facets(list(range(len(things))) if photos is None else photos, vectors, Space(vectors))


CATS_AND_CARS = (
    Facet(tuple(range(50, 62)), 0.6, np.array([1.0, 0.0])),
    Facet(tuple(range(62, 70)), 0.4, np.array([0.0, 1.0])),
)


class World:
    """Cats score higher than cars; the language model proposes "cat a", "cheetah" and "carriage" in turn."""

    def __init__(self, scores=None, proposals=("cat a", "cheetah", "carriage")):
        self.scores = scores or {}
        self.proposals = proposals
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        if isinstance(request, Depict):
            return Depicted({name: (self.scores.get(name, 5.0 if name.startswith("cat") else 1.0),) * 3 for name in request.concepts})
        if isinstance(request, LookUp):
            return Depicted({})
        assert isinstance(request, Propose)
        return Proposed(tuple(Proposal(self.proposals[request.attempt % 3], "", "", seed) for seed in request.seeds), {}, "sha")


def run(world, settings=PAPER, found=CATS_AND_CARS):
    return play(line_by_facet(found, NAMES, VECTORS, PHOTOS, "layer 0", settings), world)


def told(events):
    return [
        (one.step, one.concept, one.status) for one in events if isinstance(one, StepDone) and one.status.startswith(("facet", "dropped"))
    ]


def test_one_thing_in_many_colours_is_one_facet():
    assert [(one.photos, one.share) for one in found_in(*[0] * 20)] == [(tuple(range(20)), 1.0)]


def test_two_things_are_two_facets_with_their_shares():
    assert [(one.photos, one.share) for one in found_in(*[0] * 12, *[1] * 8)] == [(tuple(range(12)), 0.6), (tuple(range(12, 20)), 0.4)]


def in_the_middle(width=8):
    """Embeddings of a probe set and how many rows come first: four photos of each of two things, and two of both in equal parts."""
    units = np.eye(width)
    marks = [sign * 0.6 * units[mark] for mark in (2, 3) for sign in (1, -1)]
    photos = [units[thing] + mark for thing in (0, 1) for mark in marks] + [units[0] + units[1] + sign * 0.6 * units[4] for sign in (1, -1)]
    any_two = [first * one + second * 0.5 * other for one, other in permutations(units, 2) for first in (1, -1) for second in (1, -1)]
    vectors = np.array(photos + any_two)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), len(photos)


def test_a_tie_falls_the_same_way_whatever_the_last_bits_are():
    vectors, many = in_the_middle()
    expected = [one.photos for one in facets(range(many), vectors, Space(vectors))]
    assert sorted(map(len, expected)) == [4, 6]
    for seed in range(12):
        seen = vectors + np.random.default_rng(seed).normal(0, 1e-9, vectors.shape)
        assert [one.photos for one in facets(range(many), seen, Space(seen))] == expected


def test_of_concepts_equally_near_the_first_comes_first():
    facet = Facet((0,), 1.0, np.array([1.0, 0.0]))
    assert nearest_first(facet, ["red", "blue", "green"], np.array([[0.5, 0], [0.5 + 1e-9, 0], [0.6, 0]])) == ["green", "red", "blue"]


def test_the_centre_of_a_facet_is_its_mean_photo():
    (one,) = found_in(*[0] * 20)
    np.testing.assert_allclose(one.centre, probe(*[0] * 20)[:20].mean(axis=0), atol=1e-6)


def test_a_kind_of_too_few_photos_is_in_no_facet():
    assert [one.share for one in found_in(*[0] * 18, *[1] * 2)] == [pytest.approx(0.9)]


def test_photos_too_few_for_a_facet_are_one():
    assert [one.photos for one in found_in(0, 1)] == [(0, 1)]
    assert [one.photos for one in found_in(0)] == [(0,)]


def test_photos_that_could_not_be_embedded_count_for_nothing():
    found = found_in(*[0] * 12, *[1] * 8, lost=range(6))
    assert sorted(one.photos for one in found) == [tuple(range(6, 12)), tuple(range(12, 20))]
    assert sum(one.share for one in found) == pytest.approx(1)
    assert found_in(*[0] * 20, lost=range(20)) == []
    assert found_in(0, photos=[]) == []


def test_photos_less_than_half_way_from_the_median_to_the_strongest_are_not_sorted():
    activations = np.array([0, 9, 5, 4.9, 1, 1, 1], np.float32)
    assert firing([1, 2, 3, 4], activations, 1.0) == [1, 2]
    assert firing([4, 1], activations - 10, -9.0) == [4, 1]
    assert firing([], activations, 1.0) == []


def test_concepts_nearest_to_a_facet_come_first():
    cats, cars = CATS_AND_CARS
    assert nearest_first(cats, NAMES, VECTORS)[:2] == ["cat a", "cat b"]
    assert nearest_first(cars, NAMES, VECTORS)[:2] == ["car a", "car b"]


@pytest.mark.parametrize("settings", [PAPER, LINE], ids=["paper", "line"])
def test_line_runs_once_for_each_facet_with_earlier_labels_forbidden(settings):
    world = World({"cheetah": 9.0, "carriage": 8.0})
    events = run(world, settings)
    starts = [one for one in world.asked if isinstance(one, Depict) and len(one.concepts) == 10]
    assert [one.concepts[0][:3] for one in starts] == ["cat", "car"]
    end = events[-1]
    assert isinstance(end, Labelled)
    assert end.label.concept == "cheetah"
    assert [one.concept for one in end.board] == ["cheetah", "carriage"]
    later = [one for one in world.asked if isinstance(one, Propose)][-1]
    assert "cheetah" in later.forbidden
    second = [one for one in events if isinstance(one, StepDone) and one.step > settings.last_step and not one.status.startswith("facet")]
    assert second
    assert all("cheetah" not in {entry.concept for entry in one.board} for one in second)


def test_steps_are_numbered_through_and_each_label_tells_its_share():
    events = run(World({"cheetah": 9.0, "carriage": 8.0}), LINE)
    steps = [one for one in events if isinstance(one, StepDone)]
    assert [one.step for one in steps] == list(range(12))
    assert told(events) == [
        (10, "cheetah", "facet 1 of 2: 60% of the strongest photos"),
        (11, "carriage", "facet 2 of 2: 40% of the strongest photos"),
    ]
    assert all(entry.step <= 11 for one in steps for entry in one.board)


def test_photos_of_no_facet_are_told():
    (one,) = CATS_AND_CARS[:1]
    assert told(run(World(), found=(one,)))[0][2] == "facet 1 of 1: 60% of the strongest photos; 40% are of none"


def test_facets_whose_labels_say_the_same_are_one_with_the_shorter_label():
    world = World({"cat new": 9.0, "new cats": 6.0, "cat": 7.0}, ("cat new", "cat", "new cats"))
    events = run(world)
    assert told(events) == [
        (8, "cat", "facet 1 of 1: 100% of the strongest photos"),
        (9, "cat new", "dropped: it says what 'cat' says, so their facets are one"),
    ]
    end = events[-1]
    assert isinstance(end, Labelled)
    assert (end.label.concept, end.board) == ("cat", (end.label,))


def test_a_label_that_says_less_than_several_is_one_with_all_of_them():
    labels = [Found(entry(name, 1.0), share) for name, share in (("red dotted", 0.4), ("ball", 0.15), ("red cube", 0.25), ("red", 0.2))]
    apart, dropped = told_apart(labels)
    assert [(one.label.concept, one.share) for one in apart] == [("red", pytest.approx(0.85)), ("ball", 0.15)]
    assert [label.concept for label, _ in dropped] == ["red dotted", "red cube"]


def test_one_facet_is_one_run():
    world = World()
    events = run(world, found=CATS_AND_CARS[:1])
    assert len([one for one in world.asked if isinstance(one, Depict) and len(one.concepts) == 10]) == 1
    assert isinstance(events[-1], Labelled)
    assert len(events[-1].board) == 1


def test_facets_without_labels_are_told():
    (*_, end) = run(World(proposals=("", "", "")))
    assert isinstance(end, NotLabelled)
    assert end.status == "no usable proposal"
    (end,) = run(World(), found=())
    assert end == NotLabelled("failed", "None of the photos that excite it could be read by the CLIP, so there are no facets.")
