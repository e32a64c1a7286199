"""The study: batches, the bank, and resuming by replay, with a real workspace and fake engines."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import fakes
import msgspec
import pytest
import study_bench
from fakes import WIDTH, FakeProposer, activation
from study_bench import Bench, labels

from line_desktop import study
from line_desktop.bank import prompts
from line_desktop.methods.asking import Labelled, Provisional, StepDone
from line_desktop.methods.line import Settings
from line_desktop.store.rows import Answer, ResultRow

Open = Callable[[str, Settings], Bench]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Open]:
    """Opens benches on workspaces by name, and closes them after the test."""
    opened: list[Bench] = []

    def begin(name: str, settings: Settings) -> Bench:
        for other in opened:
            if other.workspace.folder == tmp_path / name:
                other.workspace.close()
        opened.append(Bench(tmp_path / name, settings))
        return opened[-1]

    yield begin
    for one in opened:
        one.workspace.close()


def test_paper_gives_the_same_boards_in_one_wave_and_one_by_one(bench: Open) -> None:
    settings = Settings(preset="paper", profile="compact", seed=3)
    together, apart = bench("together", settings), bench("apart", settings)
    one_by_one = [event for neuron in range(WIDTH) for event in apart.run([neuron])]
    assert labels(together.run(list(range(WIDTH)))) == labels(one_by_one)
    assert len(labels(one_by_one)) == WIDTH


def test_paper_gives_the_same_boards_whatever_the_size_of_a_wave(bench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = msgspec.structs.replace(study_bench.CHECKPOINT, layers=(msgspec.structs.replace(study_bench.LAYER, width=64),))
    monkeypatch.setattr(fakes, "WIDTH", 64)
    monkeypatch.setattr(study_bench, "CHECKPOINT", wide)
    monkeypatch.setattr(study_bench, "WIDTH", 64)
    settings = Settings(preset="paper", profile="compact", steps=3, seed=4)
    found = []
    for size in (64, 1, 5):
        monkeypatch.setattr(study, "WAVE", size)
        one = bench(f"waves of {size}", settings)
        found.append(labels(one.run(list(range(64)))))
        assert len(one.proposer.requests) >= 64 * 4  # three steps and the summary
    assert len(found[0]) == 64
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("size", [2, 64])
def test_all_neurons_are_searched_before_the_first_is_confirmed_and_have_a_label_meanwhile(
    bench: Open, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(study, "WAVE", size)
    one = bench("one", Settings(profile="compact", steps=2, seed=6))
    events = one.run(list(range(WIDTH)))
    kinds = [type(event.event) for event in events]
    searched = [place for place, event in enumerate(events) if isinstance(event.event, StepDone) and event.event.status != "confirmed"]
    assert kinds.count(Provisional) == WIDTH
    assert max(searched) < kinds.index(Labelled)
    summaries = {event.neuron: event.event.board for event in events if isinstance(event.event, StepDone) and event.event.step == 3}
    given = {event.neuron: event.event.label for event in events if isinstance(event.event, Provisional)}
    assert given == {neuron: board[0] for neuron, board in summaries.items()}


def test_a_study_that_ends_before_the_confirmation_leaves_labels_that_say_so(bench: Open) -> None:
    settings = Settings(profile="compact", steps=2, seed=6)
    one = bench("one", settings)
    answers = count()
    calls = len([row for neuron in range(WIDTH) for row in whole_answers(bench, settings, neuron)])
    one.run(list(range(WIDTH)), lambda: next(answers) > 0 and len(one.workspace.results(one.run_id)) == WIDTH)
    rows = one.workspace.results(one.run_id)
    assert [(row.status, row.reason) for row in rows] == [("labelled", study.PROVISIONAL)] * WIDTH
    again = bench("one", settings)
    again.run(list(range(WIDTH)))
    assert sum(len(list(again.workspace.answers(again.run_id, neuron))) for neuron in range(WIDTH)) == calls
    assert [(row.status, row.reason) for row in again.workspace.results(again.run_id)] == [("labelled", "")] * WIDTH


def whole_answers(bench: Open, settings: Settings, neuron: int) -> list[bytes]:
    """The answers that a neuron gets in a study that nothing disturbs."""
    whole = bench("whole", settings)
    whole.run(list(range(WIDTH)))
    return list(whole.workspace.answers(whole.run_id, neuron))


def test_an_answer_of_a_wave_is_one_transaction(bench: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    one = bench("one", Settings(preset="paper", profile="compact", steps=2))
    save = one.workspace.save_answers

    def counted(run: int, answers: Sequence[Answer], ended: Sequence[ResultRow]) -> None:
        written.append(len(answers))
        save(run, answers, ended)

    monkeypatch.setattr(one.workspace, "save_answers", counted)
    one.run(list(range(WIDTH)))
    # Start, then for two steps and the summary a proposal and its pictures; a neuron that is asked again goes beside the others.
    assert written[:2] == [WIDTH, WIDTH]
    assert sum(written) >= WIDTH * 7
    assert len(written) < WIDTH * 7


def test_scores_are_the_mean_over_the_five_pictures_of_the_stated_prompts(bench: Open) -> None:
    settings = Settings(preset="paper", profile="compact", seed=3)
    found = labels(bench("one", settings).run([2]))[2]
    for one in found.board:
        pictures = [f"{prompt.text} {prompt.seed}".encode() for prompt in prompts(one.concept, 5, 3)]
        assert one.score == pytest.approx(sum(activation("pool", picture)[2] for picture in pictures) / 5, rel=1e-6)


def test_a_concept_is_drawn_once_for_all_neurons_and_never_again(bench: Open) -> None:
    settings = Settings(seed=1, profile="compact")
    first = bench("one", settings)
    first.run(list(range(WIDTH)))
    drawn = [(prompt.concept, prompt.seed) for prompt in first.source.drawn]
    assert len(set(drawn)) == len(drawn)
    assert first.bank.drawn + first.fresh.drawn == len(drawn) == first.target.pictures
    second = bench("one", msgspec.structs.replace(settings, steps=9))
    second.run([0])
    assert not set(drawn) & {(prompt.concept, prompt.seed) for prompt in second.source.drawn}


@pytest.mark.parametrize("cut", [1, 5, 12, 20])
@pytest.mark.parametrize("patience", [0, 2])
def test_stopped_and_resumed_equals_uninterrupted_and_pays_nothing_twice(bench: Open, cut: int, patience: int) -> None:
    settings = Settings(profile="compact", seed=7, patience=patience)
    whole = bench("whole", settings)
    told = whole.run(list(range(WIDTH)))
    assert any(isinstance(one.event, StepDone) and one.event.passed for one in told) == bool(patience)
    expected = labels(told)
    calls = count()
    part = bench("part", settings)
    assert labels(part.run(list(range(WIDTH)), lambda: next(calls) >= cut)) != expected
    rest = bench("part", settings)
    events = rest.run(list(range(WIDTH)))
    assert labels(events) == expected
    asked = len(part.proposer.requests) + len(rest.proposer.requests)
    assert asked == len(whole.proposer.requests)
    assert len(part.source.drawn) + len(rest.source.drawn) == len(whole.source.drawn)
    assert rest.workspace.check() == []


def test_a_finished_run_is_told_from_the_store_alone(bench: Open) -> None:
    settings = Settings(profile="compact")
    first = bench("one", settings)
    told = first.run([0, 1])
    second = bench("one", settings)
    again = second.run([0, 1])
    assert [one.event for one in again if one.neuron == 1] == [one.event for one in told if one.neuron == 1]
    assert all(one.replayed for one in again)
    assert not second.proposer.requests
    assert not second.source.drawn


def test_every_step_is_kept_with_its_prompt_and_board(bench: Open) -> None:
    one_bench = bench("one", Settings(profile="compact"))
    events = [one.event for one in one_bench.run([1]) if isinstance(one.event, StepDone)]
    kept = one_bench.workspace.steps(one_bench.run_id, 1)
    assert [(one.step, one.concept, one.score) for one in kept] == [(one.step, one.concept, one.score) for one in events]
    assert [one.board for one in kept] == [one.board for one in events]
    assert kept[-1].status == "confirmed"
    for step in kept[1:-1]:
        text = one_bench.workspace.prompt(step.prompt_sha256)
        assert any(f"{request.instructions}\n{request.task}" == text for request in one_bench.proposer.requests)
        assert sum(step.seconds.values()) > 0


def test_nan_activations_are_a_skipped_step_and_survive_a_replay(bench: Open) -> None:
    settings = Settings(profile="compact")
    first = bench("one", settings)
    first.proposer = FakeProposer(["a nan thing", "word x", "word y", "word z"])
    first_told = first.run([0, 1])
    told = [one.event for one in first_told]
    steps = [one for one in told if isinstance(one, StepDone) and one.concept == "a nan thing" and "duplicate" not in one.status]
    assert {one.status for one in steps} == {"skipped: not finite"}
    assert all("a nan thing" not in [entry.concept for entry in one.board] for one in told if isinstance(one, StepDone))
    again = bench("one", settings)
    assert labels(again.run([0, 1])) == labels(first_told)
    assert not again.proposer.requests
