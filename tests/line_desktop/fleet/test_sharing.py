"""A crew behind the interfaces of picture source, vision network and language model: the same answers as from one of each."""

import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fakes import FakeProposer, FakeSource, FakeTarget
from fleet_hands import Hand, Told, crew
from study_bench import CHECKPOINT, Bench, labels

from line_desktop.bank import Bank, prompts
from line_desktop.fleet.sharing import LARGEST_FILE, SharedPictures, SharedProposer, SharedTarget, by_concept
from line_desktop.methods.line import Settings
from line_desktop.store.workspace import Workspace
from models.errors import EngineFailed
from models.types.language import LanguageUsage, ProposalRequest
from models.types.pictures import Picture, PicturePrompt, PictureSettings
from models.types.shared import Progress
from models.types.vision import Activations

LAYERS = ["pool", "head"]
PATIENCE_S = 60.0  # nothing is measured by it
PROMPTS = [prompt for number in range(7) for prompt in prompts(f"concept {number}", 5, 0)]


class Machine:
    """Fake engines behind what an actor does."""

    def __init__(self) -> None:
        self.engines: dict[str, Any] = {"pictures": FakeSource(), "target": DamagedTarget(), "proposer": FakeProposer()}

    def __call__(self, what: str, engine: str, method: str, *arguments: Any) -> Any:
        assert what == "call"
        return getattr(self.engines[engine], method)(*arguments)


class DamagedTarget(FakeTarget):
    """A network that cannot read pictures that begin with "damaged"."""

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        seen = super().activations(pictures, layers)
        unreadable = {row: f"the picture is {data.decode()}." for row, data in enumerate(pictures) if data.startswith(b"damaged")}
        for values in seen.values.values():
            values[list(unreadable)] = np.nan
        return Activations(seen.values, unreadable)


class Reversed(FakeSource):
    """Another source with other pictures, which draws everything."""

    def undepictable(self, concepts: list[str]) -> dict[str, str]:
        return {}

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
        return [Picture(picture.data[::-1], picture.suffix) for picture in super().draw(prompts)]


@pytest.fixture
def machines() -> list[Machine]:
    return [Machine(), Machine(), Machine()]


@pytest.fixture
def hands(machines: list[Machine]) -> list[Hand]:
    return [Hand(f"machine {number}", machine) for number, machine in enumerate(machines)]


def source(hands: list[Hand], told: Told | None = None, **options: str) -> SharedPictures:
    """Pictures drawn by them all."""
    told = Told() if told is None else told
    return SharedPictures(crew(hands, told), "pictures", PictureSettings("fake", "1", {"size": "0"} | options), told.append)


def test_pieces_are_whole_concepts_in_order() -> None:
    for together in (1, 5, 9, 10, 16, 100):
        pieces = by_concept(PROMPTS, together)
        assert [prompt for piece in pieces for prompt in piece] == PROMPTS
        assert [len(piece) for piece in pieces[:-1]] == [max(1, min(together, 35) // 5) * 5] * (len(pieces) - 1)
    assert by_concept([], 5) == []


@pytest.mark.parametrize("options", [{}, {"batch": "1"}, {"batch": "10"}])
def test_pictures_are_those_of_one_machine_and_each_concept_is_drawn_by_one(
    machines: list[Machine], hands: list[Hand], options: dict[str, str]
) -> None:
    told = Told()
    assert source(hands, told, **options).draw(PROMPTS) == FakeSource().draw(PROMPTS)
    drawn = [{prompt.concept for prompt in machine.engines["pictures"].drawn} for machine in machines]
    assert sum(map(len, drawn)) == 7
    assert told[-1] == Progress("drawing on 3 workers", 35, 35, "pictures")
    assert source(hands).undepictable(["cat", "justice"]) == {"justice": "it cannot be seen"}


def test_a_source_that_gives_too_few_pictures_for_one_concept_and_too_many_for_another_is_found_out(
    machines: list[Machine], hands: list[Hand]
) -> None:
    class Shifted(FakeSource):
        def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
            drawn = super().draw(prompts)
            return drawn[:-1] if "0" in prompts[0].concept else [*drawn, drawn[-1]] if "1" in prompts[0].concept else drawn

    for machine in machines:
        machine.engines["pictures"] = Shifted()
    with pytest.raises(EngineFailed, match=r"gave 4 of 5 pictures"):
        source(hands, batch="5").draw(PROMPTS)


def test_of_two_sources_each_draws_its_own_pictures(machines: list[Machine], hands: list[Hand]) -> None:
    for machine in machines:
        machine.engines["reference"] = Reversed()
    members, told = crew(hands), Told()
    for name, alone in (("pictures", FakeSource()), ("reference", Reversed())):
        shared = SharedPictures(members, name, alone.settings(), told.append)
        assert shared.draw(PROMPTS) == alone.draw(PROMPTS)
        assert shared.undepictable(["cat", "justice"]) == alone.undepictable(["cat", "justice"])
        drawn = [{prompt.concept for prompt in machine.engines[name].drawn} for machine in machines]
        assert sum(map(len, drawn)) == 7


def test_what_a_source_would_draw_together_is_parted_before_somebody_has_nothing_to_do() -> None:
    concepts = [prompt for number in range(3) for prompt in prompts(f"concept {number}", 5, 0)]
    everybody = threading.Barrier(3, timeout=PATIENCE_S)

    class Together(FakeSource):
        def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
            everybody.wait()
            return super().draw(prompts)

    machines = [Machine() for _ in range(3)]
    for machine in machines:
        machine.engines["pictures"] = Together()
    shared = source([Hand(f"machine {number}", machine) for number, machine in enumerate(machines)], batch="20")
    assert shared.draw(concepts) == FakeSource().draw(concepts)


@pytest.mark.parametrize("count", [0, 1, 31, 200])
def test_activations_are_those_of_one_machine(hands: list[Hand], count: int) -> None:
    pictures = [(f"damaged {number}" if number % 40 == 7 else f"picture {number}").encode() for number in range(count)]
    shared = SharedTarget(crew(hands), ["CPU", "CUDA", "CPU"])
    seen = shared.activations(pictures, LAYERS)
    if pictures:
        alone = DamagedTarget().activations(pictures, LAYERS)
        assert seen.unreadable == alone.unreadable
        assert seen.values.keys() == alone.values.keys()
        assert all(np.array_equal(seen.values[layer], alone.values[layer], equal_nan=True) for layer in LAYERS)
    assert shared.device() == "CPU, CUDA of 3 workers"


def test_photos_are_sent_and_what_is_wrong_with_one_is_told_under_its_name(hands: list[Hand], tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("good.png", "bad.png", "gone.png", "large.png")]
    files[0].write_bytes(b"picture")
    files[1].write_bytes(b"damaged")
    with files[3].open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    seen = SharedTarget(crew(hands), ["CPU"]).activations_of_files(files, ["pool"])
    assert np.array_equal(seen.values["pool"][0], FakeTarget().activations([b"picture"], ["pool"]).values["pool"][0])
    assert seen.unreadable == {
        1: "bad.png is damaged.",
        2: "gone.png cannot be read: No such file or directory.",
        3: "large.png has more than 512 MB; make it smaller.",
    }


def test_proposals_are_those_of_one_machine(machines: list[Machine], hands: list[Hand]) -> None:
    requests = [ProposalRequest("name it", f"task {number}", "compact", (number, 2, 3)) for number in range(10)]
    shared = SharedProposer(crew(hands), FakeProposer().info())
    assert shared.propose(requests) == FakeProposer().propose(requests)
    assert all(machine.engines["proposer"].requests for machine in machines)
    assert shared.info() == FakeProposer().info()
    for number, machine in enumerate(machines):
        machine.engines["proposer"].usage = lambda number=number: LanguageUsage(number, 10, 100)
    assert shared.usage() == LanguageUsage(3, 30, 300)


@pytest.mark.parametrize("moment", [1, 2, 5])
def test_a_study_whose_workers_are_lost_gives_the_labels_of_one_machine(tmp_path: Path, machines: list[Machine], moment: int) -> None:
    settings = Settings(preset="line", profile="compact", steps=4)
    whole = Bench(tmp_path / "whole", settings)
    expected = labels(whole.run([0, 1, 2, 3]))
    hands = [Hand("a", machines[0], dies=moment), Hand("b", machines[1]), Hand("c", machines[2], dies=moment + 1)]
    members = crew(hands)
    told = Told()
    pictures = SharedPictures(members, "pictures", FakeSource().settings(), told.append)
    shared = Bench(tmp_path / "shared", settings, pictures, SharedProposer(members, FakeProposer().info()))  # type: ignore[arg-type]
    assert labels(shared.run([0, 1, 2, 3])) == expected
    assert [one.name for one in members.actors] == ["b"]
    assert shared.bank.drawn == whole.bank.drawn
    for bench in (whole, shared):
        assert bench.workspace.check(deep=True) == []
        bench.workspace.close()


def test_a_bank_asks_for_as_many_batches_at_once_as_there_are_places(tmp_path: Path) -> None:
    class Batched(FakeSource):
        calls: ClassVar[list[int]] = []

        def settings(self) -> PictureSettings:
            return PictureSettings("fake", "1", {"batch": "10"})

        def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
            self.calls.append(len(prompts))
            return super().draw(prompts)

    with Workspace.open(tmp_path / "w") as workspace:
        layer = workspace.layer_id(workspace.save_target(CHECKPOINT), "pool")
        bank = Bank(workspace, Batched(), FakeTarget(), {"pool": layer}, 0, 5, places=3)
        bank.activations([f"concept {number}" for number in range(8)], "pool")
    assert Batched.calls == [30, 10]
