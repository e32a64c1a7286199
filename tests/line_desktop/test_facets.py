"""Facets: clusters of the strongest photos, and LINE run for each with earlier labels forbidden."""

import numpy as np
import pytest
from method_player import play

from line_desktop.facets import facets, line_by_facet, nearest_first
from line_desktop.methods.asking import Depict, Depicted, Labelled, Look, Looked, LookUp, NotLabelled, Propose, Proposed, StepDone
from line_desktop.methods.line import Settings
from models.types import Proposal

NAMES = [f"{first} {second}" for first in ("cat", "car") for second in "abcdefghijkl"]
ANGLES = np.array([0.05 * number for number in range(12)] + [np.pi / 2 - 0.05 * number for number in range(12)])
VECTORS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype(np.float32)
TOP = tuple(range(50, 70))
CATS, CARS = TOP[::2] + TOP[1:5:2], TOP[5::2]
PAPER, LINE = Settings(preset="paper", steps=2), Settings(steps=2)


def looked(unseen=(), cats=CATS, noise=0.01):
    chance = np.random.default_rng(0)
    rows = [([1, 0] if photo in cats else [0, 1]) + chance.normal(0, noise, 2) for photo in TOP]
    return Looked(np.array(rows, "<f4").tobytes(), 2, dict.fromkeys(unseen, "damaged"))


class World:
    """Cats score higher than cars; the language model proposes "cat a", "cat new" and "car new" in turn."""

    def __init__(self, seen, scores=None, proposals=("cat a", "cat new", "car new")):
        self.seen = seen
        self.scores = scores or {}
        self.proposals = proposals
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        if isinstance(request, Look):
            return self.seen
        if isinstance(request, Depict):
            return Depicted({name: (self.scores.get(name, 5.0 if name.startswith("cat") else 1.0),) * 3 for name in request.concepts})
        if isinstance(request, LookUp):
            return Depicted({})
        assert isinstance(request, Propose)
        return Proposed(tuple(Proposal(self.proposals[request.attempt % 3], "", "", seed) for seed in request.seeds), {}, "sha")


def run(world, settings=PAPER):
    return play(line_by_facet(TOP, NAMES, VECTORS, "layer 0", settings), world)


def test_photos_fall_into_facets_with_their_shares():
    found = facets(TOP, looked())
    assert [one.photos for one in found] == [tuple(sorted(CATS)), tuple(sorted(CARS))]
    assert [one.share for one in found] == [0.6, 0.4]
    rows = [TOP.index(photo) for photo in sorted(CARS)]
    np.testing.assert_allclose(found[1].centre, looked().matrix()[rows].mean(axis=0), atol=1e-6)


def test_photos_that_could_not_be_embedded_count_for_nothing():
    found = facets(TOP, looked(unseen=CATS[:6]))
    assert sum(one.share for one in found) == pytest.approx(1)
    assert not {photo for one in found for photo in one.photos} & set(CATS[:6])
    assert facets(TOP, looked(unseen=TOP)) == []


def test_concepts_nearest_to_a_facet_come_first():
    cats, cars = facets(TOP, looked())
    assert nearest_first(cats, NAMES, VECTORS)[:2] == ["cat a", "cat b"]
    assert nearest_first(cars, NAMES, VECTORS)[:2] == ["car a", "car b"]


@pytest.mark.parametrize("settings", [PAPER, LINE], ids=["paper", "line"])
def test_line_runs_once_for_each_facet_with_earlier_labels_forbidden(settings):
    world = World(looked(), {"cat new": 9.0, "car new": 8.0})
    events = run(world, settings)
    starts = [one for one in world.asked if isinstance(one, Depict) and len(one.concepts) == 10]
    assert [one.concepts[0][:3] for one in starts] == ["cat", "car"]
    end = events[-1]
    assert isinstance(end, Labelled)
    assert end.label.concept == "cat new"
    assert [one.concept for one in end.board] == ["cat new", "car new"]
    first = next(one.step for one in events if isinstance(one, StepDone) and one.status.startswith("facet 1"))
    later = [one for one in world.asked if isinstance(one, Propose)][-1]
    assert "cat new" in later.forbidden
    assert all(
        "cat new" not in {entry.concept for entry in one.board}
        for one in events
        if isinstance(one, StepDone) and first < one.step and not one.status.startswith("facet")
    )


def test_steps_are_numbered_through_and_each_facet_tells_its_share():
    events = run(World(looked()), LINE)
    steps = [one for one in events if isinstance(one, StepDone)]
    assert [one.step for one in steps] == list(range(12))
    assert [(one.step, one.status) for one in steps if one.status.startswith("facet")] == [
        (5, "facet 1 of 2: 60% of the strongest photos"),
        (11, "facet 2 of 2: 40% of the strongest photos"),
    ]
    assert all(entry.step <= one.step for one in steps for entry in one.board)


def test_one_facet_is_one_run():
    world = World(looked(cats=TOP, noise=0))
    events = run(world)
    assert len([one for one in world.asked if isinstance(one, Depict) and len(one.concepts) == 10]) == 1
    assert isinstance(events[-1], Labelled)
    assert len(events[-1].board) == 1


def test_a_facet_without_a_label_does_not_take_the_others():
    no_proposal = World(looked(), proposals=("", "", ""))
    (*_, end) = run(no_proposal)
    assert isinstance(end, NotLabelled)
    assert end.status == "no usable proposal"


def test_nothing_to_start_from_is_told_in_a_sentence():
    (end,) = run(World(looked(unseen=TOP)))
    assert end == NotLabelled("failed", "None of its 20 strongest photos could be embedded; the first: damaged.")
    (end,) = play(line_by_facet((), NAMES, VECTORS, "layer 0", PAPER), World(Looked(b"", 2)))
    assert isinstance(end, NotLabelled)
    assert "no photo to start from" in end.reason
