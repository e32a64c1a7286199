"""`bench speed`: its ways label the same neurons, its counters are those of the engines, its ratios the quotients of its figures."""

from contextlib import closing

import msgspec
import numpy as np
import pytest

from line_desktop import concepts
from line_desktop.bank import prompts as bank_prompts
from line_desktop.engines import Engines
from line_desktop.known_world import World
from line_desktop.methods.asking import Propose, Proposed
from line_desktop.scoreboard import Entry
from line_desktop.speed_bench import REQUESTS, SEEDS, Speed, labelled_each_way, requests
from line_desktop.stopwatch import Spent
from line_desktop.survey_bench import SurveyFigures
from line_desktop.ways import JUDGING, OneAnswerAtATime, Way, hidden_job, judged, sum_of
from models import embedded
from models.embedded import GrammarFigures, LanguageLever, PromptFigures, VisionFigures
from models.host import connect
from models.machine import Machine
from models.types.language import Proposal, Proposer
from models.types.pictures import Picture

CHOSEN = [3, 8]
STEPS = 1
OTHERS = [5, 9, 11]
LINE_WAVES, LINE_APART, LINE_ALONE, PAPER_WAVES, AUTHORS, LAYER = range(6)


@pytest.fixture(scope="module")
def ways(world: World) -> list[Way]:
    return judged(world, hidden_job(world, CHOSEN, 0, STEPS), list(labelled_each_way(world, CHOSEN, OTHERS, 0, STEPS, lambda _: None)))


def test_every_way_labels_the_same_neurons_and_starts_with_an_empty_bank(ways: list[Way]) -> None:
    assert [way.neurons for way in ways] == [2, 2, 2, 2, 2, 5]
    for way in ways:
        assert sorted(way.labels) == CHOSEN
        assert way.spent.wall > 0
        assert {"proposing", "drawing", "scoring"} < set(way.stages)
        assert 0 < way.evaluated_tokens <= way.prompt_tokens
    alone = ways[LINE_ALONE]
    assert alone.pictures > max(ways[LINE_WAVES].pictures, ways[LINE_APART].pictures)  # nobody draws for anybody else
    assert alone.pictures >= 2 * (10 + 5) * 5 - 5 * 5 * 2  # start concepts and finalists of two neurons


def test_the_layer_draws_few_pictures_a_neuron_and_all_its_neurons_count(ways: list[Way]) -> None:
    layer = ways[LAYER]
    assert layer.preset == "sparing"
    assert layer.pictures <= 5 * ((10 + 2) * 4 + 2 * 3)
    assert layer.pictures / 5 < ways[PAPER_WAVES].pictures / 2


def test_the_authors_way_keeps_nothing_and_gives_the_labels_of_waves(ways: list[Way]) -> None:
    waves, authors = ways[PAPER_WAVES], ways[AUTHORS]
    assert authors.labels == waves.labels
    assert authors.as_in(waves) == 2
    assert authors.evaluated_tokens == authors.prompt_tokens
    assert waves.evaluated_tokens < waves.prompt_tokens / 4
    assert authors.generated_tokens <= waves.generated_tokens  # it asks for no answer that it does not need
    assert authors.pictures >= waves.pictures


def test_all_ways_are_judged_on_the_same_fresh_pictures(ways: list[Way], world: World) -> None:
    neuron, label = CHOSEN[0], ways[AUTHORS].labels[CHOSEN[0]]
    seen, photos = fresh_activations(world, label)
    for way in ways:
        assert all(0 <= value <= 1 for value in way.aucs.values())
        if way.labels[neuron] == label:
            assert way.scores[neuron] == pytest.approx(seen[:, neuron].mean(), rel=1e-5)
            above = [float(one > other) + 0.5 * (one == other) for one in seen[:, neuron] for other in photos[:, neuron]]
            assert way.aucs[neuron] == pytest.approx(np.mean(above), abs=1e-6)
    assert ways[0].score == pytest.approx(np.mean(list(ways[0].scores.values())))


def fresh_activations(world: World, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Of the hidden layer on new pictures of a label and on the probe photos, by the engines themselves."""
    with world.copy() as workspace, Engines() as engines:
        target_id = workspace.targets()[0].id
        checkpoint = workspace.target(target_id)
        layer = next(one for one in checkpoint.layers if one.name == "resnet.pooler")
        target = engines.target(workspace.target_folder(checkpoint.sha256) / "model.onnx", checkpoint.preprocess, [layer])
        drawn = engines.pictures("pictograms").draw(bank_prompts(label, JUDGING, concepts.seed(0, "judging")))
        pictures = [one.data for one in drawn if isinstance(one, Picture)]
        survey = workspace.find_survey(workspace.layer_id(target_id, layer.name), 1)
        assert survey is not None
        return target.activations(pictures, [layer.name]).values[layer.name], np.array(workspace.survey_activations(survey.id))


class Told:
    """Answers in the order of the seeds, from a list."""

    asked = Propose

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def answer(self, asking: list[tuple[int, Propose]]) -> list[Proposed]:
        ((_, request),) = asking
        (seed,) = request.seeds
        name = self.names[seed]
        return [Proposed((Proposal(name, "", name, seed),), {"fog": "no icon"} if name == "fog" else {}, "sha")]


def test_one_answer_at_a_time_ends_with_the_first_of_use() -> None:
    request = Propose(1, 0, False, (Entry("cat", 1.0, 0.1, 0, "start"),), ("cat", "red dog"), (0, 1, 2, 3, 4))
    (answer,) = OneAnswerAtATime(Told("", "Cats", "fog", "horse", "owl")).answer([(7, request)])
    assert [one.concept for one in answer.proposals] == ["", "Cats", "fog", "horse"]
    assert answer.undepictable == {"fog": "no icon"}
    (answer,) = OneAnswerAtATime(Told("cat", "red dogs", "fog", "", "fog")).answer([(7, request)])
    assert len(answer.proposals) == 5


def test_the_forgetful_model_answers_the_same_from_the_first_token(demo_llm: object) -> None:
    asked = requests(list(embedded.OBJECTS), 1)[:1] * 2
    answers, evaluated = [], []
    for engine in ("language", "language-anew"):
        proposer, child = connect(Proposer, engine, embedded.demo_model_path())  # type: ignore[type-abstract]
        with closing(child):
            answers.append([proposer.propose([one])[0] for one in asked])
            evaluated.append(proposer.usage().evaluated_tokens)
    assert answers[0] == answers[1]
    assert evaluated[0] < evaluated[1]
    assert evaluated[1] % 2 == 0


def test_the_parts_of_a_way_are_added(ways: list[Way]) -> None:
    both = sum_of("both", ways[:2])
    assert both.pictures == ways[0].pictures + ways[1].pictures
    assert both.spent.wall == pytest.approx(ways[0].spent.wall + ways[1].spent.wall)
    assert both.labels == ways[0].labels | ways[1].labels


def test_the_levers_of_the_language_model_change_the_work_and_not_the_answers(demo_llm: object) -> None:
    asked = requests(list(embedded.OBJECTS), 1)
    assert len(asked) == REQUESTS
    assert len({seed for one in asked for seed in one.seeds}) == REQUESTS * SEEDS
    lever, child = connect(LanguageLever, "language-levers", embedded.demo_model_path())  # type: ignore[type-abstract]
    with closing(child):
        found, grammar = lever.prompts(asked[:3]), lever.grammar(asked[0])
    assert found.same
    assert found.evaluated_tokens < found.nothing_kept_tokens < found.prompt_tokens  # four seeds share a prompt
    assert grammar.before > 0
    assert grammar.after > 0
    assert grammar.vocabulary > 10_000


def test_gains_are_quotients_of_what_is_told(ways: list[Way]) -> None:
    slow = msgspec.structs.replace(ways[0], stages={"proposing": Spent(50.0, 20.0), "drawing": Spent(10.0, 10.0)}, pictures=90)
    fast = msgspec.structs.replace(ways[0], stages={"proposing": Spent(10.0, 15.0)}, pictures=30)
    found = Speed(
        {"line-desktop": "0"}, Machine(2, 1, 1, (), False), 0.5, STEPS, 32, (fast, slow, slow, fast, slow),
        PromptFigures(1, 3, 9, 100, 10, 50, True), GrammarFigures(49_152, 0.1, 0.4), VisionFigures(10, 30),
        SurveyFigures("net", 10, 0, "CPU", 100, 150, True),
    )  # fmt: skip
    labelling, profile, levers = found.tables()
    assert list(labelling.columns[2].cells) == ["5.0", "30.0", "30.0", "5.0", "30.0"]
    assert list(labelling.columns[3].cells) == ["7.5", "15.0", "15.0", "7.5", "15.0"]
    assert list(profile.columns[2].cells) == ["25.00 / 10.00", "5.00 / 5.00"]
    gains = [gain.split()[0] for gain in levers.columns[-1].cells]
    assert gains == ["6.00", "2.00", "6.00", "2.00", "3.00", "3.00", "3.00", "3.00", "9.00", "5.00", "4.00", "3.00", "1.50"]
