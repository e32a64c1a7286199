"""Engines that die: the child is replaced and the call tried once more; what kills it again is left out, and the job goes on."""

import os
import signal
import sys
from pathlib import Path

import pytest
from fakes import FakeProposer, FakeSource
from study_bench import Bench, labels

from line_desktop.engines import GB, Engines
from line_desktop.isolation import PATIENCE, Isolation
from line_desktop.line import Settings, StepDone
from models.errors import DoesNotFit, EngineFailed
from models.types import Picture, PicturePrompt, Proposal, ProposalRequest

PAPER = Settings(preset="paper", profile="compact")


def children() -> set[int]:
    """The processes this one has started."""
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_that_is_killed_is_replaced_and_the_call_answered() -> None:
    before = children()
    with Engines() as engines:
        source = engines.pictures("pictograms")
        prompts = [PicturePrompt("cat", "", "", 1)]
        drawn = source.draw(prompts)
        (first,) = children() - before
        os.kill(first, signal.SIGKILL)
        assert source.draw(prompts) == drawn
        (second,) = children() - before - {first}
        assert second != first
    assert children() <= before


class PoisonedSource(FakeSource):
    """Its process dies on one concept."""

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        if any(prompt.concept == "name c" for prompt in prompts):
            raise EngineFailed("The pictures engine's process ended (signal SIGSEGV).")
        return super().draw(prompts)


class MuteProposer(FakeProposer):
    """Its process dies on every request."""

    def propose(self, requests: list[ProposalRequest]) -> list[list[Proposal]]:
        raise EngineFailed("The language engine's process ended (signal SIGKILL, as when memory runs out).")


def test_one_concept_that_kills_its_engine_costs_nothing_else(tmp_path: Path) -> None:
    whole = Bench(tmp_path, PAPER, source=PoisonedSource())
    found = labels(whole.run([0, 1, 2]))
    assert len(found) == 3
    assert all("name c" not in [one.concept for one in event.board] for event in found.values())
    assert list(whole.bank.isolation.lost) == ["name c"]
    whole.workspace.close()


def test_a_proposed_concept_that_kills_its_engine_is_a_skipped_step_with_the_reason(tmp_path: Path) -> None:
    class Poisoned(PoisonedSource):
        def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
            if any(prompt.concept == "word q" for prompt in prompts):
                raise EngineFailed("The pictures engine's process ended.")
            return FakeSource.draw(self, prompts)

    bench = Bench(tmp_path, PAPER, source=Poisoned(), proposer=FakeProposer(["word q", "word r", "word s", "word t"]))
    steps = [one.event for one in bench.run([0]) if isinstance(one.event, StepDone)]
    assert [one.status for one in steps if one.concept == "word q" and one.status != "skipped: duplicate"] == [
        "skipped: The pictures engine's process ended."
    ]
    assert bench.workspace.results(bench.run_id)[0].status == "labelled"
    bench.workspace.close()


def test_an_engine_that_dies_on_everything_stops_the_job_and_loses_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PAPER, proposer=MuteProposer())
    with pytest.raises(EngineFailed, match="as when memory runs out"):
        bench.run([0, 1, 2, 3])
    bench.workspace.close()
    again = Bench(tmp_path, PAPER)
    assert len(labels(again.run([0, 1, 2, 3]))) == 4
    assert again.workspace.check() == []
    again.workspace.close()


def test_isolation_gives_up_only_after_several_units_in_a_row() -> None:
    done: list[int] = []

    def work(bad: set[int]) -> Isolation:
        def do(units: object) -> None:
            assert isinstance(units, list)
            if bad & set(units):
                raise EngineFailed("dead")
            done.extend(units)

        isolation = Isolation()
        isolation.work(list(range(8)), do, str)
        return isolation

    assert set(work({1, 3, 4}).lost) == {"1", "3", "4"}
    assert sorted(done) == [0, 2, 5, 6, 7]
    with pytest.raises(EngineFailed):
        work(set(range(2, 2 + PATIENCE)))


def test_engines_that_do_not_fit_together_take_turns_and_answer_the_same(demo_llm: Path) -> None:
    request = ProposalRequest("a, b => c\n", "lion, leopard =>", "compact", (1, 2))
    prompts = [PicturePrompt("cat", "", "", 1)]
    with Engines() as together:
        source, proposer = together.pictures("pictograms"), together.proposer(demo_llm)
        assert not together.takes_turns
        expected = source.draw(prompts), proposer.propose([request, request])
    before = children()
    with Engines(int(0.35 * GB)) as turns:
        source, proposer = turns.pictures("pictograms"), turns.proposer(demo_llm)
        assert turns.takes_turns
        answers = proposer.propose([request])
        drawn = source.draw(prompts)
        assert len(children() - before) == 1
        assert (drawn, answers + proposer.propose([request])) == expected
        counted = proposer.usage().generated_tokens
        source.draw(prompts)  # ends the language model once more
        assert proposer.usage().generated_tokens == counted > 0
    assert children() <= before


def test_an_engine_over_the_budget_is_refused_with_both_numbers_before_it_starts(tmp_path: Path) -> None:
    model = tmp_path / "large.gguf"
    with model.open("wb") as file:
        file.truncate(50 * GB)
    before = children()
    with Engines(8 * GB) as engines, pytest.raises(DoesNotFit, match=r"needs about 60\.2 GB of memory and 8\.0 GB may be used"):
        engines.proposer(model)
    assert children() <= before
