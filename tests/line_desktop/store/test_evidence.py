"""Evidence is kept for a neuron and a label; the verdict on a card is that of the label it shows."""

import pytest
from fakes import WIDTH
from study_bench import Bench

from line_desktop.methods.line import Settings
from line_desktop.scoreboard import Entry
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Answer, Claim, Evidence, Filter, Interval, PhotoEvidence, ResultRow, StepRow
from models.types.pictures import PictureSettings


@pytest.fixture
def bench(folder):
    """Neuron 0 has two labels, of two runs; neurons 1 and 2 have one; neuron 3 has none."""
    made = Bench(folder, Settings(seed=1, steps=2))
    save = made.workspace.save_answers
    save(made.run_id, [], [ResultRow(neuron, "labelled", f"first {neuron}", 1.0, "start") for neuron in range(3)])
    save(made.run_id, [], [ResultRow(3, "failed", reason="because")])
    yield made
    made.workspace.close()


def relabel(bench, label):
    """A later run of neuron 0, which takes over its card."""
    layer_id = bench.workspace.run(bench.run_id).layer_id
    run = bench.workspace.begin_run(layer_id, None, bench.bank.settings_id, "line", [0], {"label": label}, {}, "fake")
    bench.workspace.save_answers(run, [], [ResultRow(0, "labelled", label, 1.0, "start")])


def evidence(neuron_id, label, verdict="supported", photos=None):
    interval = Interval(0.9, 0.8, 1.0)
    return Evidence(
        neuron_id, label, verdict, "So.", "A rule.", interval, 0.8, interval, 12.0, 0.01, interval, 2.5, photos, ("a" * 64,), (1.0,), 7, 1,
        PictureSettings("fake", "1", {}), 0, "2026-01-01T00:00:00Z",
    )  # fmt: skip


def verdicts(bench):
    with_desk = Desk.open(bench.workspace.folder)
    found = {card.neuron: card.verdict for card in with_desk.cards(with_desk.neuron_ids(Filter()))}
    with_desk.close()
    return [found[neuron] for neuron in range(WIDTH)]


def test_evidence_comes_back_as_it_was_kept(bench):
    first, second, _ = (claim.neuron_id for claim in bench.workspace.claims())
    photos = PhotoEvidence(("bear",), 3, 9, Interval(0.5, 0.4, 0.6), Interval(0.1, 0.0, 0.2), Interval(-0.1, -0.2, 0.0))
    kept = evidence(first, "first 0", photos=photos)
    bench.workspace.save_evidence([kept, evidence(second, "first 1", "weak")])
    assert bench.workspace.evidence(first) == kept
    assert photos.chance == pytest.approx(0.25)
    desk = Desk.open(bench.workspace.folder)
    assert desk.evidence(first) == kept
    assert desk.evidence(first, "another") is None
    assert list(desk.neuron_ids(Filter(verdicts=("weak",)))) == [second]
    desk.close()
    assert verdicts(bench) == ["supported", "weak", None, None]


def test_later_evidence_takes_the_place_of_the_earlier(bench):
    first = bench.workspace.claims()[0].neuron_id
    bench.workspace.save_evidence([evidence(first, "first 0")])
    bench.workspace.save_evidence([evidence(first, "first 0", "no reliable label")])
    assert verdicts(bench)[0] == "no reliable label"


def test_the_verdict_goes_with_the_label_on_the_card(bench):
    first = bench.workspace.claims()[0].neuron_id
    bench.workspace.save_evidence([evidence(first, "first 0"), evidence(first, "third", "weak")])
    assert verdicts(bench)[0] == "supported"
    relabel(bench, "second")
    assert (verdicts(bench)[0], bench.workspace.evidence(first)) == (None, None)
    assert bench.workspace.evidence(first, "first 0") == evidence(first, "first 0")
    relabel(bench, "third")
    assert verdicts(bench)[0] == "weak"


def test_claims_are_the_labels_on_the_cards(bench):
    bench.workspace.remember_source(bench.bank.settings_id, "photos:/somewhere")
    layer_id, bank = bench.workspace.run(bench.run_id).layer_id, bench.bank.settings_id
    claims = bench.workspace.claims()
    assert claims == [
        Claim(claims[neuron].neuron_id, layer_id, neuron, f"first {neuron}", bank, "photos:/somewhere", None, "line", "start")
        for neuron in range(3)
    ]
    assert bench.workspace.claims([claims[2].neuron_id, 999]) == [claims[2]]
    assert bench.workspace.claims([]) == []


def another_run(bench, method, labels, settings=None, origin="start", steps=()):
    """A finished run of another method without pictures: neuron -> label."""
    workspace = bench.workspace
    bank = workspace.settings_id(PictureSettings("none", "", {}), 0, 0)
    layer_id = workspace.run(bench.run_id).layer_id
    run = workspace.begin_run(layer_id, None, bank, method, list(labels), settings or {}, {}, "fake")
    answers = [Answer(step.neuron, place, "Depict", b"{}", (step,)) for place, step in enumerate(steps)]
    workspace.save_answers(run, answers, [ResultRow(neuron, "labelled", label, None, origin) for neuron, label in labels.items()])


def said(claims):
    return [(claim.neuron, claim.method, claim.label) for claim in claims]


def test_claims_of_a_method_are_its_newest_labels_whatever_is_on_the_card(bench):
    another_run(bench, "invert", {0: "red", 3: "blue"}, origin="formula")
    another_run(bench, "invert", {0: "green"}, {"second": True}, origin="formula")
    another_run(bench, "line", {1: "to the letter"}, {"line": {"preset": "paper"}})
    another_run(bench, "line", {2: "for a layer"}, {"line": {"preset": "sparing"}})
    another_run(bench, "line", {3: "of old"}, {"line": {}})
    store = bench.workspace
    assert said(store.claims(method="invert")) == [(0, "invert", "green"), (3, "invert", "blue")]
    assert {claim.origin for claim in store.claims(method="invert")} == {"formula"}
    assert said(store.claims(method="line")) == [*((neuron, "line", f"first {neuron}") for neuron in range(3)), (3, "line", "of old")]
    assert said(store.claims(method="line-paper")) == [(1, "line-paper", "to the letter")]
    assert said(store.claims(method="line-sparing")) == [(2, "line-sparing", "for a layer")]
    assert sorted(said(store.claims(method=ALL))) == [
        (0, "invert", "green"), (0, "line", "first 0"), (1, "line", "first 1"), (1, "line-paper", "to the letter"), (2, "line", "first 2"),
        (2, "line-sparing", "for a layer"), (3, "invert", "blue"), (3, "line", "of old"),
    ]  # fmt: skip
    assert store.claims(method="milan") == []


def test_every_label_that_sieve_keeps_is_a_claim_of_its_own(bench):
    board = tuple(Entry(name, 1.0, 0.0, 1, "list") for name in ("cat", "fur", "whiskers"))
    step = StepRow(0, 1, "whiskers", 1.0, "list", "scored", "", (), "", board, {})
    another_run(bench, "sieve", {0: "cat", 1: "dog"}, origin="list", steps=[step])
    another_run(bench, "invert", {0: "red"}, steps=[step])
    assert said(bench.workspace.claims(method="sieve")) == [(0, "sieve", "cat"), (1, "sieve", "dog")]
    every = bench.workspace.claims(method="sieve", every=True)
    assert said(every) == [(0, "sieve", "cat"), (0, "sieve", "fur"), (0, "sieve", "whiskers"), (1, "sieve", "dog")]
    assert said(bench.workspace.claims(method="invert", every=True)) == [(0, "invert", "red")]


def test_every_facet_is_a_claim_of_its_own_also_where_the_last_one_got_no_label(bench):
    cat, fur, pig = (Entry(name, 1.0, 0.0, 1, "generated") for name in ("cat", "fur", "pig"))
    told = [("facet 1 of 3: 50% of the strongest photos", (cat,)), ("facet 2 of 3: 30% of the strongest photos", (cat, fur))]
    steps = [StepRow(0, place, "", 1.0, "generated", status, "", (), "", board, {}) for place, (status, board) in enumerate(told)]
    steps.append(StepRow(0, 2, "pig", 1.0, "generated", "scored", "", (), "", (pig,), {}))
    another_run(bench, "facets", {0: "cat", 1: "dog"}, steps=steps)
    every = bench.workspace.claims(method="facets", every=True)
    assert said(every) == [(0, "facets", "cat"), (0, "facets", "fur"), (1, "facets", "dog")]


def test_evidence_for_some_labels_at_once(bench):
    another_run(bench, "invert", {0: "red"})
    claims = bench.workspace.claims(method=ALL)
    first = claims[0].neuron_id
    red, kept = evidence(first, "red", "weak"), evidence(first, "first 0")
    bench.workspace.save_evidence([red, kept, evidence(first, "nobody's")])
    assert bench.workspace.evidence_for(claims) == {(first, "red"): red, (first, "first 0"): kept}
    assert bench.workspace.evidence_for([]) == {}


def test_picture_sources_are_those_that_runs_drew_with(bench):
    assert bench.workspace.picture_sources() == []
    bench.workspace.remember_source(bench.bank.settings_id, "pictograms")
    bench.workspace.remember_source(bench.workspace.settings_id(PictureSettings("unused", "", {}), 0, 5), "photos:/x")
    assert bench.workspace.picture_sources() == ["pictograms"]


def test_evidence_is_whole_or_not_there(bench):
    with pytest.raises(Exception, match="FOREIGN KEY"):
        bench.workspace.save_evidence([evidence(bench.workspace.claims()[0].neuron_id, "first 0"), evidence(12345, "nobody")])
    assert verdicts(bench)[0] is None
    assert not bench.workspace.check()
