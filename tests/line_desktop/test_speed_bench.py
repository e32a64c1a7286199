"""`bench speed`: its ways label the same neurons, its counters are those of the engines, its ratios the quotients of its figures."""

from contextlib import closing

import msgspec
import pytest

from line_desktop import demo
from line_desktop.known_world import World
from line_desktop.speed_bench import REQUESTS, SEEDS, Speed, Way, labelled, requests, sum_of
from line_desktop.survey_bench import SurveyFigures
from models import embedded
from models.embedded import GrammarFigures, LanguageLever, PromptFigures, VisionFigures
from models.host import connect
from models.machine import Machine

CHOSEN = [3, 8]
STEPS = 1


@pytest.fixture(scope="module")
def ways(world: World) -> list[Way]:
    hidden = msgspec.structs.replace(world.classes, layer=demo.HIDDEN)
    job = msgspec.structs.replace(world.job(hidden, CHOSEN, 0), steps=STEPS)
    waves, apart = labelled(world, job, [CHOSEN]), labelled(world, job, [[one] for one in CHOSEN])
    return [waves, apart, sum_of("each alone", [labelled(world, job, [[one]]) for one in CHOSEN])]


def test_every_way_labels_the_same_neurons_and_starts_with_an_empty_bank(ways: list[Way]) -> None:
    waves, apart, alone = ways
    for way in ways:
        assert (way.neurons, sorted(way.labels)) == (2, CHOSEN)
        assert way.seconds > 0
        assert 0 < way.evaluated_tokens < way.prompt_tokens
    assert alone.pictures > max(waves.pictures, apart.pictures)  # nobody draws for anybody else
    assert alone.pictures >= 2 * (10 + 5) * 5 - 5 * 5 * 2  # start concepts and finalists of two neurons


def test_the_parts_of_a_way_are_added(ways: list[Way]) -> None:
    both = sum_of("both", ways[:2])
    assert both.pictures == ways[0].pictures + ways[1].pictures
    assert both.scores == ways[0].scores | ways[1].scores


def test_the_levers_of_the_language_model_change_the_work_and_not_the_answers(demo_llm: object) -> None:
    asked = requests(list(embedded.OBJECTS), 1)
    assert len(asked) == REQUESTS
    assert len({seed for one in asked for seed in one.seeds}) == REQUESTS * SEEDS
    lever, child = connect(LanguageLever, "language-levers", embedded.demo_model_path())  # type: ignore[type-abstract]
    with closing(child):
        found, grammar = lever.prompts(asked[:3]), lever.grammar(asked[0])
    assert found.same
    assert found.evaluated_tokens < found.nothing_kept_tokens < found.prompt_tokens  # four seeds share a prompt
    assert 0 < grammar.after < grammar.before
    assert grammar.vocabulary > 10_000


def test_gains_are_quotients_of_what_is_told(ways: list[Way]) -> None:
    slow = msgspec.structs.replace(ways[0], seconds=60.0, pictures=90)
    waves = msgspec.structs.replace(ways[0], seconds=10.0, pictures=30)
    found = Speed(
        {"line-desktop": "0"}, Machine(2, 1, 1, (), False), 0.5, STEPS, 32, (waves, slow, slow), PromptFigures(1, 3, 9, 100, 10, 50, True),
        GrammarFigures(49_152, 0.1, 0.4), VisionFigures(10, 30), SurveyFigures("net", 10, 0, "CPU", 100, 150, True),
    )  # fmt: skip
    _, levers = found.tables()
    gains = list(levers.columns[-1].cells)
    assert [gain.split()[0] for gain in gains] == ["6.00", "3.00", "3.00", "3.00", "9.00", "5.00", "4.00", "3.00", "1.50"]
