"""Engines that die: the child is replaced and the call tried once more; what kills it again is left out, and the job goes on."""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rigged
from fakes import FakeProposer, FakeSource
from gguf_files import ARRAY, STRING, UINT32, gguf_head
from study_bench import Bench, labels

from line_desktop.engines import GB, Engines
from line_desktop.events import JobEvent, NeuronEvent, Note
from line_desktop.isolation import PATIENCE, Isolation
from line_desktop.job import label
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Labelled, StepDone
from line_desktop.methods.line import Settings
from line_desktop.store.workspace import Workspace
from models.errors import DoesNotFit, EngineFailed
from models.host import connect
from models.machine import Gpu
from models.types.language import Proposal, ProposalRequest
from models.types.pictures import NoPicture, Picture, PicturePrompt
from models.types.shared import Progress
from models.types.vision import Preprocess

Q8_0 = 8  # GGUF's number of that tensor type
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
    with Engines(int(0.7 * GB)) as turns:
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


def large_model(file: Path) -> Path:
    """A language model of 50 GB, most of it a hole in the file."""
    length = 50 * GB // 2**20 * 2**20
    keys = {
        "general.architecture": (STRING, "llama"), "llama.block_count": (UINT32, 80), "llama.embedding_length": (UINT32, 8192),
        "llama.attention.head_count": (UINT32, 64), "llama.attention.head_count_kv": (UINT32, 8), "llama.context_length": (UINT32, 8192),
        "tokenizer.ggml.tokens": (ARRAY, (STRING, ["a"])),
    }  # fmt: skip
    file.write_bytes(gguf_head(keys, [("weights", (2**20, length // 2**20), Q8_0, 0)]))
    with file.open("ab") as opened:
        opened.truncate(length // 32 * 34 + file.stat().st_size)
    return file


def test_an_engine_over_the_budget_is_refused_with_both_numbers_before_it_starts(tmp_path: Path) -> None:
    model = large_model(tmp_path / "large.gguf")
    before = children()
    with (
        Engines(8 * GB) as engines,
        pytest.raises(DoesNotFit, match=r"large.gguf needs about \d\d\.\d GB and 8\.0 GB may be used.*--try-anyway"),
    ):
        engines.proposer(model)
    assert children() <= before
    with Engines(8 * GB, try_anyway=True) as engines:
        engines.proposer(model)
        assert "they take turns" in engines.plan()


def test_the_plan_says_what_stays_and_what_takes_turns(demo_llm: Path) -> None:
    with Engines(2 * GB) as engines:
        engines.pictures("pictograms")
        engines.proposer(demo_llm)
        assert re.fullmatch(r"Memory: pictograms 0\.1 GB, .*\.gguf 0\.\d GB; 2\.0 GB may be used, so all stay loaded\.", engines.plan())
    with Engines(int(0.75 * GB)) as engines:
        engines.pictures("pictograms")
        engines.proposer(demo_llm)
        engines.target(Path("nowhere/model.onnx"), Preprocess(8, 8, None, "bilinear", (0.5,), (0.5,), "file"), [])
        assert engines.plan().endswith("0.8 GB may be used, so they take turns; together fit pictograms and the vision network.")


def test_a_card_is_a_second_place_to_fill(demo_llm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("line_desktop.engines.gpus", lambda: (Gpu("card", "1", 8 * GB, 4 * GB),))
    with Engines() as engines:
        engines.proposer(demo_llm)
        assert re.search(r"\.gguf 0\.3 GB and 0\.\d GB on the GPU; \d+\.\d GB and 3\.6 GB on the GPU may be used", engines.plan())


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A source that misbehaves, to which ways of doing so are appended."""
    rigged.install(tmp_path, monkeypatch)
    return f"rigged:{tmp_path}"


def test_an_engine_out_of_memory_is_tried_alone_and_stays_alone(spec: str, demo_llm: Path) -> None:
    told: list[JobEvent] = []
    request = ProposalRequest("a, b => c\n", "lion, leopard =>", "compact", (1,))
    before = children()
    with Engines(tell=told.append) as engines:
        source, proposer = engines.pictures(f"{spec},crowded"), engines.proposer(demo_llm)
        answers = proposer.propose([request])
        assert len(source.draw([PicturePrompt("cat", "", "", 1)])) == 1
        assert told == [Note("The rigged source ran out of memory. From now on nothing else is loaded beside it.")]
        assert len(children() - before) == 1
        assert proposer.propose([request]) == answers
        assert engines.takes_turns


def test_an_engine_out_of_memory_with_nothing_beside_it_says_so(spec: str) -> None:
    with Engines() as engines, pytest.raises(DoesNotFit, match=r"^The rigged source ran out of memory\.$"):
        engines.pictures(f"{spec},crowded").draw([PicturePrompt("cat", "", "", 1)])


def test_a_concept_without_a_picture_is_lost_with_its_reason_and_the_others_are_kept(tmp_path: Path) -> None:
    class Overflowing(FakeSource):
        def draw(self, prompts: list[PicturePrompt]) -> list[Picture | NoPicture]:  # type: ignore[override]
            drawn: list[Picture | NoPicture] = [*super().draw(prompts)]
            return [NoPicture("its VAE overflowed") if "name c" in prompt.text else one for prompt, one in zip(prompts, drawn, strict=True)]

    bench = Bench(tmp_path, PAPER, source=Overflowing(), proposer=FakeProposer(["name c", "word r", "word s"]))
    found = labels(bench.run([0, 1, 2]))
    assert len(found) == 3
    assert all("name c" not in [one.concept for one in event.board] for event in found.values())
    assert bench.bank.isolation.lost == {"name c": "its VAE overflowed"}
    assert bench.bank.undepictable(["name c", "name d"]) == {"name c": "its VAE overflowed"}
    assert sum("name c" in prompt.text for prompt in bench.source.drawn) == PAPER.pictures, "not tried again"
    bench.workspace.close()


def test_a_stop_in_the_middle_of_drawing_keeps_what_is_drawn_and_resumes_as_if_it_had_not_been(tmp_path: Path, spec: str) -> None:
    told: list[Progress] = []
    with Engines(tell=told.append, stop=lambda: len(told) > 50) as engines:
        part = Bench(tmp_path / "part", PAPER, source=engines.pictures(f"{spec},slow-20,endless-2"))
        assert part.run([0, 1]) == []
        assert len(told) > 50
        assert told[40:44] == [Progress(told[40].doing, step, 20, "steps") for step in (1, 2, 3, 4)]
        assert part.bank.drawn == 10, "two concepts were done, the third was not"
        part.workspace.close()
    with Engines() as engines:
        rest, whole = (Bench(tmp_path / name, PAPER, source=engines.pictures(f"{spec},slow-1")) for name in ("part", "whole"))
        assert labels(rest.run([0, 1])) == labels(whole.run([0, 1]))
        assert rest.bank.drawn == whole.bank.drawn - 10
        assert rest.workspace.check(deep=True) == []
        rest.workspace.close()
        whole.workspace.close()


def test_children_that_crash_hang_and_lie_and_take_turns_give_the_same_labels(
    tmp_path: Path, spec: str, network: Path, probe: Path, demo_llm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = LabelJob(network, {"relu": "0,4"}, probe, demo_llm, "pictograms", steps=1)
    calm = events_of(tmp_path / "calm", job)
    monkeypatch.setattr("line_desktop.engines.connect", soon_tired_of_pictures)
    rough = events_of(tmp_path / "rough", msgspec.structs.replace(job, pictures=f"{spec},short,crash,hang,lie", memory=int(0.75 * GB)))
    assert [one for one in rough if isinstance(one, NeuronEvent)] == [one for one in calm if isinstance(one, NeuronEvent)]
    assert sum(isinstance(one, NeuronEvent) and isinstance(one.event, Labelled) for one in rough) == 2
    plans = [next(one.text for one in events if isinstance(one, Note) and "Memory" in one.text) for events in (calm, rough)]
    assert ["turns" in plan for plan in plans] == [False, True]


def soon_tired_of_pictures(interface: type[Any], engine: str, *arguments: Any, **options: Any) -> Any:
    """`connect` that waits ten seconds for the hanging source, and for the others as always."""
    return connect(interface, engine, *arguments, **options | ({"timeout": 10} if engine == "pictures" else {}))


def events_of(folder: Path, job: LabelJob) -> list[JobEvent]:
    with Workspace.open(folder) as workspace:
        return list(label(workspace, job))
