"""Describe-and-Dissect: its three steps, and its score against a slow one from the ranks."""

import math

import numpy as np
import pytest
from method_player import play

from line_desktop.methods.asking import Caption, Captioned, Condense, Depict, Depicted, Labelled, NotLabelled, Proposed, StepDone
from line_desktop.methods.describe_and_dissect import Settings, describe_and_dissect
from models.types.language import Proposal

TOP = tuple(range(30, 50))
PLAIN = Settings()
ANSWERS = ("red", "red car", "Reds", "justice", "")


class World:
    def __init__(self, answers=ANSWERS, activations=None, lost=None, unseen=None):
        self.answers = answers
        self.activations = activations
        self.lost = lost or {}
        self.unseen = unseen or {}
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        if isinstance(request, Caption):
            word = "crop" if request.cropped else "photo"
            return Captioned(tuple("" if photo in self.unseen else f"{word} {photo}" for photo in request.photos), self.unseen)
        if isinstance(request, Condense):
            proposals = tuple(
                Proposal(name, f"why {name}", f"raw {name}", seed) for name, seed in zip(self.answers, request.seeds, strict=True)
            )
            return Proposed(proposals, {"justice": "it cannot be seen"}, "sha")
        assert isinstance(request, Depict)
        seen = self.activations or {name: (float(len(name)),) * 10 for name in request.concepts}
        return Depicted({name: seen[name] for name in request.concepts if name not in self.lost}, self.lost)


def run(world, settings=PLAIN, top=TOP):
    return play(describe_and_dissect(top, "layer 0", settings), world)


def test_describes_the_ten_strongest_condenses_five_times_and_draws_each_new_candidate():
    world = World()
    run(world)
    first, second, third = world.asked
    assert first == Caption(TOP[:10], cropped=False)
    assert second.captions == tuple(f"photo {photo}" for photo in TOP[:10])
    assert len(set(second.seeds)) == 5
    assert third == Depict(("red", "red car"))


def test_crops_are_described_beside_the_photos_if_wanted():
    world = World()
    run(world, Settings(crops=True, photos=2))
    assert world.asked[:2] == [Caption((30, 31), cropped=False), Caption((30, 31), cropped=True)]
    assert world.asked[2].captions == ("photo 30", "photo 31", "crop 30", "crop 31")


def test_each_answer_is_a_step_that_tells_what_became_of_it():
    *steps, end = run(World())
    assert [one.status for one in steps] == [
        "scored", "scored", "skipped: duplicate", "skipped: cannot be depicted", "skipped: no answer",
    ]  # fmt: skip
    assert [(one.step, one.concept, one.raw) for one in steps] == [(n, name, (f"raw {name}",)) for n, name in enumerate(ANSWERS)]
    assert isinstance(end, Labelled)
    assert [one.concept for one in end.board] == ["red car", "red"]
    assert (end.label.origin, end.label.step, steps[1].score) == ("caption", 1, end.label.score)


@pytest.mark.parametrize("ties", [False, True])
def test_the_score_is_from_the_ranks_of_the_five_strongest_pictures(ties):
    chance = np.random.default_rng(3)
    answers = ("a", "b", "c", "d", "e")
    drawn = {name: tuple(map(float, chance.normal(0.2 * number, 1, 10).round(0 if ties else 9))) for number, name in enumerate(answers)}
    *_, end = run(World(answers, drawn))
    everything = [value for values in drawn.values() for value in values]
    expected = {}
    for name, values in drawn.items():
        ranks = []
        for value in sorted(values, reverse=True)[:5]:
            above, same = sum(other > value for other in everything), sum(other == value for other in everything)
            ranks.append(above + (same + 1) / 2)
        expected[name] = 1 - math.sqrt(sum(rank**2 for rank in ranks) / 5) / 50
    assert isinstance(end, Labelled)
    assert {one.concept: one.score for one in end.board} == pytest.approx(expected, abs=1e-12)
    assert end.label.concept == max(expected, key=lambda name: expected[name])


def test_one_brilliant_picture_does_not_beat_five_good_ones():
    *_, end = run(World(activations={"red": (100.0,) + (0.0,) * 9, "red car": (5.0,) * 10}))
    assert isinstance(end, Labelled)
    assert end.label.concept == "red car"


def test_photos_and_candidates_that_are_lost_are_left_out():
    world = World(lost={"red": "not finite"}, unseen={30: "damaged"})
    *steps, end = run(world)
    assert len(world.asked[1].captions) == 9
    assert steps[0].status == "skipped: not finite"
    assert steps[0].score is None
    assert isinstance(end, Labelled)
    assert [one.concept for one in end.board] == ["red car"]


@pytest.mark.parametrize(
    ("world", "top", "status", "words"),
    [
        (World(), (), "failed", "nothing to describe"),
        (World(unseen=dict.fromkeys(TOP, "damaged")), TOP[:3], "failed", "could be described; the first: damaged"),
        (World(("justice", "", "", "", "")), TOP, "no usable proposal", "5 answers to 10 captions"),
        (
            World(lost=dict.fromkeys(ANSWERS, "not finite")),
            TOP,
            "failed",
            "None of the 2 candidates could be scored; the first: not finite",
        ),
    ],
)
def test_what_cannot_be_labelled_is_told_in_a_sentence(world, top, status, words):
    *steps, end = run(world, top=top)
    assert isinstance(end, NotLabelled)
    assert end.status == status
    assert words in end.reason
    assert all(isinstance(one, StepDone) and one.score is None and one.board == () for one in steps)


def test_one_photo_and_one_candidate_are_enough():
    *_, end = run(World(("red",)), Settings(candidates=1), TOP[:1])
    assert isinstance(end, Labelled)
    assert math.isfinite(end.label.score)
