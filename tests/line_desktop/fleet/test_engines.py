"""The fleet in place of a machine's own engines: who takes part, what is sent, and what keeps a worker out. Real actors, without Ray."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import pytest
from fleet_hands import Gone, Hand, Told

from line_desktop.engines import Engines
from line_desktop.events import JobEvent
from line_desktop.fleet.actor import Actor
from line_desktop.fleet.crew import NobodyLeft
from line_desktop.fleet.engines import OPEN, OVER_RAY, FleetEngines
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, import_checkpoint
from models.pictures.pictograms import Pictograms
from models.types.language import LanguageInfo, Profile
from models.types.pictures import Picture, PicturePrompt, PictureSettings


class SmallActor(Actor):
    """Says what it would open, and opens nothing."""

    sha256 = "0" * 64

    def pictures(self, source: str) -> PictureSettings:
        return Pictograms().settings()

    def proposer(self, model: Path, profile: Profile | None) -> LanguageInfo:
        return LanguageInfo(str(model), self.sha256, "llama", "fake", 10**8, "Q4_1", 2048, 1, "chatml", "compact")


class OldActor(SmallActor):
    """Other packages are installed there."""

    def versions(self) -> dict[str, str]:
        return super().versions() | {"numpy": "1.26.4"}


class OtherModel(SmallActor):
    """Another picture model lies there under the same name."""

    def pictures(self, source: str) -> PictureSettings:
        return msgspec.structs.replace(super().pictures(source), version="f" * 64)


class OtherBatch(SmallActor):
    """Draws more at once."""

    def pictures(self, source: str) -> PictureSettings:
        return msgspec.structs.replace(super().pictures(source), options={"batch": "5"})


class LostConfirming(Actor):
    """Is gone as soon as it is to draw what decides between finalists."""

    def call(self, engine: str, method: str, *arguments: Any) -> Any:
        if engine.startswith("photos:") and method == "draw":
            raise Gone
        return super().call(engine, method, *arguments)


class NearbyCluster:
    """Stands for `Cluster`: its actors are in this process."""

    def __init__(self, actors: list[type[Actor]], is_open: bool = False, memory: int | None = None) -> None:
        self.actors = [kind(0, 1, memory, False) for kind in actors]
        self.is_open = is_open
        self.sent: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for actor in self.actors:
            actor.close()

    def share(self, value: Any) -> Any:
        self.sent.append(value)
        return value

    def hire(self, memory: int | None, try_anyway: bool, tell: Callable[[JobEvent], None]) -> list[Hand]:
        return [Hand(f"machine {number}", actor.do) for number, actor in enumerate(self.actors)]


Fleet = Callable[..., tuple[FleetEngines, Told, NearbyCluster]]


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """Makes the engines of a fleet of such actors."""
    made: list[FleetEngines] = []

    def make(*actors: type[Actor], is_open: bool = False, memory: int | None = None) -> tuple[FleetEngines, Told, NearbyCluster]:
        cluster, told = NearbyCluster(list(actors), is_open, memory), Told()
        monkeypatch.setattr("line_desktop.fleet.engines.Cluster", lambda address: cluster)
        made.append(FleetEngines("host:6379", tell=told.append))
        return made[-1], told, cluster

    yield make
    for engines in made:
        engines.__exit__()


def test_all_take_part_and_draw_what_one_machine_draws(fleet: Fleet) -> None:
    engines, told, _ = fleet(Actor, Actor)
    source = engines.pictures("pictograms")
    prompts = [PicturePrompt(name, "", "", number) for number, name in enumerate(("cat", "red square", "apple"))]
    assert source.settings() == Pictograms().settings()
    assert source.draw(prompts) == Pictograms().draw(prompts)
    assert engines.places == 2
    assert engines.plan().startswith("2 workers over Ray. machine 0, machine 1: Memory: pictograms 0.1 GB; ")
    assert OVER_RAY in engines.network
    assert len(engines.network) == 2
    assert told.notes == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (OldActor, r"its packages are not this machine's \(numpy 1\.26\.4 instead of [\d.]+\); install the same\."),
        (OtherModel, r"its pictograms is another one \(version f{16}, here .*\); copy the files of this machine\."),
        (OtherBatch, r"it draws with other options \(batch 5 instead of none, size none instead of .*\)\."),
    ],
)
def test_who_would_give_other_results_is_left_out(fleet: Fleet, other: type[Actor], words: str) -> None:
    engines, told, _ = fleet(SmallActor, other, SmallActor)
    engines.pictures("pictograms")
    assert engines.places == 2
    (note,) = told.notes
    assert re.fullmatch(rf"machine 1 does not take part: {words}", note)


@pytest.mark.parametrize(("memory", "words"), [(None, "so all stay loaded"), (150_000_000, "so they take turns")])
def test_a_worker_holds_two_sources_or_they_take_turns_on_it(fleet: Fleet, probe: Path, memory: int | None, words: str) -> None:
    engines, told, _ = fleet(Actor, Actor, memory=memory)
    names = f"photos:{probe}", "pictograms"
    prompts = [PicturePrompt(name, "", "", number) for number, name in enumerate(("cat", "dog", "cat"))]
    sources = [engines.pictures(name) for name in names]
    drawn = [source.draw(prompts) for source in sources]
    assert drawn == [source.draw(prompts) for source in sources]
    assert drawn[1] == Pictograms().draw(prompts)
    assert engines.plan().endswith(f"{words}.")
    assert told.notes == []
    with Engines() as here:
        assert drawn[0] == here.pictures(names[0]).draw(prompts)


def test_when_nobody_may_take_part_the_reason_is_told(fleet: Fleet) -> None:
    engines, _, _ = fleet(OldActor)
    with pytest.raises(NobodyLeft, match=r"^No worker is left\. machine 0 does not take part: its packages"):
        engines.pictures("pictograms")


def test_another_language_model_under_the_same_name_is_refused(fleet: Fleet, demo_llm: Path) -> None:
    class Right(SmallActor):
        sha256 = hashlib.sha256(demo_llm.read_bytes()).hexdigest()

    engines, told, _ = fleet(SmallActor, Right)
    assert engines.proposer(demo_llm).info().sha256 == Right.sha256
    (note,) = told.notes
    assert note.startswith(
        f"machine 0 does not take part: its {demo_llm.name} is another file (SHA-256 0000000000000000…, here {Right.sha256[:16]}…)"
    )


def test_a_network_is_sent_once_for_all_jobs(fleet: Fleet, network: Path, tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "w") as workspace:
        imported = import_checkpoint(workspace, network, Overrides())
    layers = list(imported.checkpoint.layers)
    photo = Pictograms().draw([PicturePrompt("cat", "", "", 1)])[0]
    assert isinstance(photo, Picture)
    with Engines() as here:
        alone = here.target(imported.model, imported.checkpoint.preprocess, layers).activations([photo.data], ["relu"])
    for times in (1, 0):
        engines, told, cluster = fleet(Actor, Actor)
        target = engines.target(imported.model, imported.checkpoint.preprocess, layers)
        assert len(cluster.sent) == times
        seen = target.activations([photo.data] * 40, ["relu"])
        assert np.array_equal(seen.values["relu"], np.repeat(alone.values["relu"], 40, axis=0))
        assert target.device() == "CPU of 2 workers"
        assert told.notes == []


def test_a_cluster_that_is_open_to_everybody_is_said(fleet: Fleet) -> None:
    engines, told, _ = fleet(SmallActor, is_open=True)
    engines.pictures("pictograms")
    assert told.notes == [OPEN]


def test_labels_are_verified_by_workers_as_on_one_machine(
    line: Any, labelled: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("line_desktop.fleet.engines.Cluster", lambda address: NearbyCluster([Actor, Actor]))
    told = []
    for name, more in (("alone", ()), ("shared", ("--ray", "host:6379"))):
        shutil.copytree(labelled.workspace, tmp_path / name)
        said = line("verify", tmp_path / name, "--layer", "relu", "--json", *more)
        assert said.code == 0, said.err
        told.append([one | {"evidence": one["evidence"] | {"made": ""}} for one in json.loads(said.out)["labels"]])
    alone, shared = told
    assert shared == alone
    assert [one["neuron"] for one in shared] == [0, 4]


@pytest.fixture(scope="module")
def confirmed(line: Any, network: Path, probe: Path, demo_llm: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Searched with one picture source and confirmed with another, on this machine."""
    arguments = (
        "label", network, "--layer", "relu", "--neurons", "0,4", "--probe", probe, "--llm", demo_llm, "--steps", 2, "--json",
        "--pictures", "pictograms", "--confirm-pictures", f"photos:{probe}", "--workspace",
    )  # fmt: skip
    workspace = tmp_path_factory.mktemp("confirmed") / "workspace"
    return arguments, neurons_in(line(*arguments, workspace).out, workspace)


def neurons_in(said: str, workspace: Path) -> list[dict[str, Any]]:
    """What a document says of the neurons, wherever its pictures lie."""
    found: list[dict[str, Any]] = json.loads(said.replace(str(workspace), ""))["neurons"]
    return found


@pytest.mark.parametrize("first", [Actor, LostConfirming])
def test_searched_and_confirmed_by_workers_labels_and_both_scores_are_those_of_one_machine(
    line: Any, confirmed: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: type[Actor]
) -> None:
    monkeypatch.setattr("line_desktop.fleet.engines.Cluster", lambda address: NearbyCluster([first, Actor]))
    arguments, alone = confirmed
    said = line(*arguments, tmp_path / "workspace", "--ray", "host:6379")
    assert said.code == 0, said.err
    assert ("machine 0 does not take part: it was lost (its process is gone)" in said.err) == (first is LostConfirming)
    found = neurons_in(said.out, tmp_path / "workspace")
    assert found == alone
    for one in found:
        *search, last = one["steps"]
        assert last["status"] == "confirmed"
        assert {Path(name).suffix for name in last["pictures"]} == {".jpg"}
        assert {Path(name).suffix for step in search for name in step["pictures"]} == {".png"}
    with Workspace.open(tmp_path / "workspace") as workspace:
        assert workspace.check(deep=True) == []
