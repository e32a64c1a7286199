"""The gallery against a slow one in Python: the same neurons in the same order, for every filter, search and sort."""

import itertools
import random
import re
import unicodedata
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from line_desktop.provisional import PROVISIONAL
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import bar
from line_desktop.store.rows import Answer, Filter, NeuronStats, ProbePhoto, ResultRow, StepRow
from line_desktop.store.workspace import Workspace

WORDS = ["zebra", "Zebrafish", "crème", "brûlée", "red-hot", "stripes", "a", "hen", "Straße", "naïve", "it's", "9mm"]
STATES = ("ok", "ok", "ok", "dead", "constant", "non-finite")
ENDS = ("labelled", "labelled", "labelled", "failed", "no usable proposal")


class Known(msgspec.Struct):
    """What the test knows of a neuron."""

    layer: int
    neuron: int
    status: str
    score: float | None = None
    label: str | None = None
    human: str | None = None
    note: str = ""
    method: str | None = None
    methods: tuple[str, ...] = ()  # of all results
    latest: int = 0
    text: str = ""
    provisional: bool = False


def folded(text: str) -> list[str]:
    """Words in small letters without accents, as the search compares them; "ß" is a letter of its own there."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return re.findall(r"\w+", plain.lower())


def words(chance: random.Random, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))


@pytest.fixture
def known(workspace, checkpoint, picture_settings, folder):
    """Two layers with surveys, runs of two methods, human words; what is true of each neuron, by its id."""
    chance = random.Random(4)
    target = workspace.save_target(checkpoint)
    bank = workspace.settings_id(picture_settings, 3, 2)
    probe = workspace.save_probe_set("/photos", "digest", [ProbePhoto(f"{row}.jpg", None) for row in range(12)])
    truth: dict[tuple[int, int], Known] = {}
    for layer in checkpoint.layers:
        layer_id = workspace.layer_id(target, layer.name)
        survey = workspace.begin_survey(layer_id, probe, 12, layer.width).id
        workspace.save_survey_rows(survey, 0, np.ones((12, layer.width), np.float32), {})
        states = [chance.choice(STATES) for _ in range(layer.width)]
        workspace.finish_survey(survey, [NeuronStats(i, 0, 1, 2, 3, state, (5, 2, 7)) for i, state in enumerate(states)])
        for neuron, state in enumerate(states):
            truth[layer_id, neuron] = Known(layer_id, neuron, "unlabelled" if state == "ok" else state)
        for method in ("line", "other"):
            run = workspace.begin_run(layer_id, survey, bank, method, range(layer.width), {}, {}, "CPU")
            for neuron in chance.sample(range(layer.width), layer.width * 2 // 3):
                label(workspace, run, method, truth[layer_id, neuron], chance)
    desk = Desk.open(folder)
    by_id = {desk.neuron_id(*place): one for place, one in truth.items()}
    for number in chance.sample(sorted(by_id), 8):
        one = by_id[number]
        one.human, one.note = chance.choice([(None, "stripes seen"), ("Abyss", ""), ("zeal", "hen?")])
        desk.set_human_word(number, one.human, one.note)
    yield desk, by_id
    assert workspace.check() == []
    desk.close()


def label(workspace: Workspace, run: int, method: str, one: Known, chance: random.Random) -> None:
    """A step and a result; the test's own rule of which result stands."""
    status, reasoning, name, score = chance.choice(ENDS), words(chance, 6), words(chance, 3), chance.choice([0.5, 1.5, chance.random()])
    step = StepRow(one.neuron, 1, "concept", 1.0, "generated", "scored", reasoning, (), "", (), {})
    good = status == "labelled"
    reason = chance.choice(["", PROVISIONAL, "similarity 0.18"]) if good else ""
    result = ResultRow(one.neuron, status, name if good else None, score if good else None, "generated" if good else None, reason)
    workspace.save_answers(run, [Answer(one.neuron, 0, "proposed", b"", (step,))], [result])
    one.methods += (method,)
    one.text += f" {reasoning} {name if good else ''}"
    one.latest = workspace.one("SELECT max(latest) FROM neurons")[0]
    if one.method is None or (good and one.status != "labelled"):  # LINE's run comes first, so the other's has to be better
        one.status, one.label, one.score, one.method = status, result.label, result.score, method
        one.provisional = reason == PROVISIONAL


@pytest.fixture
def checkpoint(checkpoint):
    """Wider layers than other tests need."""
    first, second = checkpoint.layers
    layers = (msgspec.structs.replace(first, width=25), msgspec.structs.replace(second, width=15))
    return msgspec.structs.replace(checkpoint, layers=layers)


def passes(wanted: Filter, one: Known) -> bool:
    texts = folded(f"{one.text} {one.human or ''} {one.note}")
    return (
        all(any(text.startswith(word) for text in texts) for word in folded(wanted.text))
        and (not wanted.layers or one.layer in wanted.layers)
        and (not wanted.methods or any(method in wanted.methods for method in one.methods))
        and (not wanted.statuses or one.status in wanted.statuses)
        and not wanted.verdicts
        and wanted.edited in (None, one.human is not None or one.note != "")
        and wanted.provisional in (None, one.provisional)
        and (wanted.score_from is None or (one.score is not None and one.score >= wanted.score_from))
        and (wanted.score_to is None or (one.score is not None and one.score <= wanted.score_to))
    )


def ordered(known: dict[int, Known], sort: str, descending: bool) -> list[int]:
    """All ids; those without what is sorted by come last."""
    keys = {
        "neuron": lambda number: (known[number].layer, known[number].neuron),
        "score": lambda number: known[number].score,
        "label": lambda number: (known[number].human or known[number].label or "").lower() or None,
        "latest": lambda number: known[number].latest,
    }
    key = keys[sort]
    some = sorted((number for number in known if key(number) is not None), key=lambda number: (key(number), number), reverse=descending)
    return some + sorted((number for number in known if key(number) is None), reverse=descending)


def filters() -> list[Filter]:
    texts = [
        "",
        "z",
        "zeb",
        "ZEBRA",
        "creme",
        "brûl st",
        "red-hot",
        "hot red",
        "it's",
        '"',
        "zeb AND hen OR (",
        "hen*",
        "-zebra",
        "9",
        "a b c",
        "\0hen",
    ]
    return [
        *(Filter(text=text) for text in texts),
        Filter(layers=(1,)),
        Filter(layers=(1, 2, 77)),
        Filter(methods=("line",)),
        Filter(methods=("line", "'; DROP TABLE neurons; --")),
        Filter(statuses=("labelled", "failed")),
        Filter(statuses=("dead",)),
        Filter(verdicts=("faithful",)),
        Filter(edited=True),
        Filter(edited=False),
        Filter(provisional=True),
        Filter(provisional=False, statuses=("labelled",)),
        Filter(score_from=0.5),
        Filter(score_from=0.5, score_to=1.5),
        Filter(text="z", layers=(2,), statuses=("labelled",), edited=False, score_to=1.4),
    ]


def test_every_filter_in_every_order(known):
    desk, truth = known
    found = 0
    for wanted, sort, descending in itertools.product(filters(), ("neuron", "score", "label", "latest"), (False, True)):
        expected = [number for number in ordered(truth, sort, descending) if passes(wanted, truth[number])]
        assert desk.neuron_ids(wanted, sort, descending).tolist() == expected, (wanted, sort, descending)
        found += len(expected)
    assert found > 1000


def test_cards_say_what_stands(known):
    desk, truth = known
    ids = sorted(truth, reverse=True)
    for number, card in zip(ids, desk.cards(ids), strict=True):
        one = truth[number]
        assert (card.id, card.layer_id, card.neuron, card.status) == (number, one.layer, one.neuron, one.status)
        assert (card.label, card.score, card.method) == (one.label, one.score, one.method)
        assert (card.human_label, card.note, card.provisional) == (one.human, one.note != "", one.provisional)
        assert card.layer == ("stage.1" if one.layer == 1 else "head")
        assert card.pictures == (Path("/photos/5.jpg"), Path("/photos/2.jpg"), Path("/photos/7.jpg"))
        by_activation = one.score is not None and one.method == "line"
        assert card.bar == (pytest.approx(min(1, max(0, (one.score - 1) / 2))) if by_activation else None)
    with pytest.raises(KeyError, match="999"):
        desk.cards([ids[0], 999])
    assert desk.cards([]) == []


def test_a_label_is_provisional_until_its_run_confirms_it(study, folder):
    def card():
        with closing(Desk.open(folder)) as desk:
            (found,) = desk.cards([desk.neuron_id(study.layer, 0)])
            assert desk.neuron_ids(Filter(provisional=True)).tolist() == ([found.id] if found.provisional else [])
            return found.label, found.provisional

    for label, reason in (("red", PROVISIONAL), ("red hen", "")):
        study.workspace.save_answers(study.run, [], [ResultRow(0, "labelled", label, 1.0, "start", reason)])
        assert card() == (label, reason == PROVISIONAL)


def test_counts(known):
    desk, truth = known
    statuses = [one.status for one in truth.values()]
    assert desk.counts() == {status: statuses.count(status) for status in statuses}
    assert desk.methods() == sorted({method for one in truth.values() for method in one.methods})
    for count in desk.layer_counts():
        mine = [one for one in truth.values() if one.layer == count.layer_id]
        assert (count.width, count.neurons) == (len(mine), len(mine))
        assert count.labelled == sum(one.status == "labelled" for one in mine)


def test_similar_neurons_share_words_and_the_best_come_first(study, folder):
    labels = ("zebra on a lawn", "a lawn", "Zébra", "zebra lawn", "tractor", "on")
    layer = study.workspace.layer_id(study.target, "stage.1")
    study.workspace.add_run_neurons(study.run, range(len(labels)))
    study.workspace.save_answers(study.run, [], [ResultRow(index, "labelled", one, 1.0, "start") for index, one in enumerate(labels)])
    desk = Desk.open(folder)
    ids = [desk.neuron_id(layer, index) for index in range(len(labels))]
    found = desk.similar(ids[3])
    assert set(found) == {ids[0], ids[1], ids[2]}
    assert found[-1] != ids[0]  # both words, though in a long label
    assert desk.similar(ids[3], count=1) == found[:1]
    assert desk.similar(ids[4]) == []
    desk.set_human_word(ids[4], "lawn mower", "")
    assert ids[4] in desk.similar(ids[3])
    assert desk.similar(999) == []
    desk.close()


def test_a_neuron_without_photos_shows_the_pictures_of_its_label(study, folder):
    study.draw("hen")
    study.workspace.save_answers(study.run, [], [ResultRow(0, "labelled", " Hen", 1.0, "start"), ResultRow(1, "failed", reason="why")])
    desk = Desk.open(folder)
    hen, failed = desk.cards([desk.neuron_id(study.layer, 0), desk.neuron_id(study.layer, 1)])
    assert list(hen.pictures) == [desk.object_path(one.sha256) for one in desk.concept_pictures(study.bank, "hen")]
    assert (hen.bar, failed.bar, failed.pictures) == (None, None, ())
    hen.pictures[0].unlink()
    assert desk.cards([hen.id])[0].pictures == hen.pictures[1:]
    desk.close()


def test_a_label_found_while_confirming_shows_the_pictures_of_then(study, folder, picture_settings):
    workspace, fresh = study.workspace, study.workspace.settings_id(picture_settings, 4, 2)
    run = workspace.begin_run(study.layer, None, study.bank, "line", [0, 1], {"fresh_bank": fresh}, {}, "CPU")
    study.draw("hen")
    for concept in ("red", "hen"):
        again = study.entry(f"{concept} again")
        workspace.save_concepts(fresh, [msgspec.structs.replace(again, concept=concept)])
    labels = {0: "red", 1: "hen"}
    workspace.save_answers(run, [], [ResultRow(neuron, "labelled", label, 1.0, "broader") for neuron, label in labels.items()])
    with closing(Desk.open(folder)) as desk:
        red, hen = desk.cards([desk.neuron_id(study.layer, neuron) for neuron in labels])
        assert [path.read_bytes() for path in red.pictures] == [b"red again 0", b"red again 1"]
        assert [path.read_bytes() for path in hen.pictures] == [b"hen 0", b"hen 1"]


def test_one_neuron_s_results_and_survey(known):
    desk, truth = known
    number = next(number for number, one in truth.items() if len(desk.neuron_results(number)) == 2)
    newest, older = desk.neuron_results(number)
    assert (newest.method, older.method) == ("other", "line")
    survey, stats = desk.neuron_survey(number)
    assert (survey.layer_id, stats.index, stats.top_photos) == (truth[number].layer, truth[number].neuron, (5, 2, 7))
    with pytest.raises(KeyError):
        desk.neuron_id(1, 25)


@pytest.mark.parametrize(
    ("score", "median", "maximum", "place"),
    [
        (3, 1, 5, 0.5),
        (0, 1, 5, 0),
        (9, 1, 5, 1),
        (None, 1, 5, None),
        (3, None, 5, None),
        (3, 2, 2, None),
        (3, 0, np.inf, None),
        (1, -np.inf, 5, None),
    ],
)
def test_the_bar_is_the_place_between_the_median_and_the_strongest_photo(score, median, maximum, place):
    assert bar(score, median, maximum) == place
