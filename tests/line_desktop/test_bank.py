"""The concept bank: drawn in the calls a source likes, kept concept by concept, and what cannot be drawn left out."""

from pathlib import Path

import numpy as np
import pytest
from fakes import FakeSource, FakeTarget, activation
from study_bench import CHECKPOINT

from line_desktop.bank import Bank, prompts
from line_desktop.store.workspace import Workspace
from models.errors import Cancelled, EngineFailed
from models.types.pictures import NoPicture, Picture, PicturePrompt, PictureSettings
from models.types.vision import Activations

NAMES = ["ant", "bee", "cat", "dog", "eel"]


class Drawing(FakeSource):
    """Notes its calls; draws `batch` pictures together, stops in call `stop`, and has no picture of `blank`."""

    def __init__(self, batch: int | None = None, stop: int | None = None, blank: str = "") -> None:
        super().__init__()
        self.batch, self.stop, self.blank = batch, stop, blank
        self.calls: list[list[str]] = []

    def settings(self) -> PictureSettings:
        return PictureSettings("fake", "1", {} if self.batch is None else {"batch": str(self.batch)})

    def draw(self, prompts: list[PicturePrompt]) -> list[Picture | NoPicture]:  # type: ignore[override]
        if len(self.calls) == self.stop:
            raise Cancelled("The call was stopped, as asked.")
        self.calls.append(list(dict.fromkeys(prompt.concept for prompt in prompts)))
        last = prompts[-1]
        drawn = zip(prompts, super().draw(prompts), strict=True)
        return [NoPicture("it overflowed") if prompt.concept == self.blank and prompt == last else one for prompt, one in drawn]


class ShortTarget(FakeTarget):
    """Leaves out the last picture."""

    def activations(self, pictures: list[bytes], layers: list[str]) -> Activations:
        return super().activations(pictures[:-1], layers)


@pytest.fixture
def workspace(tmp_path: Path):
    with Workspace.open(tmp_path) as opened:
        yield opened


def bank_of(workspace: Workspace, source: FakeSource, target: FakeTarget | None = None) -> Bank:
    layer = workspace.layer_id(workspace.save_target(CHECKPOINT), "pool")
    return Bank(workspace, source, target or FakeTarget(), {"pool": layer}, 0, 5)


@pytest.mark.parametrize(("batch", "sizes"), [(None, [5]), (1, [1] * 5), (5, [1] * 5), (9, [1] * 5), (10, [2, 2, 1])])
def test_a_source_that_takes_its_time_is_asked_for_as_many_concepts_as_fill_a_batch(workspace, batch, sizes):
    source = Drawing(batch)
    found = bank_of(workspace, source).activations(NAMES, "pool")
    assert [len(call) for call in source.calls] == sizes
    assert list(found) == NAMES
    for name, values in found.items():
        wanted = [activation("pool", f"{prompt.text} {prompt.seed}".encode()) for prompt in prompts(name, 5, 0)]
        np.testing.assert_array_equal(values, wanted)


def test_what_was_drawn_before_a_stop_is_not_drawn_again(workspace):
    first = Drawing(1, stop=3)
    with pytest.raises(Cancelled):
        bank_of(workspace, first).activations(NAMES, "pool")
    assert first.calls == [["ant"], ["bee"], ["cat"]]
    second = Drawing(1)
    bank = bank_of(workspace, second)
    assert list(bank.activations(NAMES, "pool")) == NAMES
    assert second.calls == [["dog"], ["eel"]]
    assert bank.drawn == 10
    assert workspace.check(deep=True) == []


def test_one_picture_that_is_none_leaves_its_concept_out_and_no_other(workspace):
    source = Drawing(blank="eel")
    bank = bank_of(workspace, source)
    assert list(bank.activations(NAMES, "pool")) == NAMES[:-1]
    assert bank.isolation.lost == bank.undepictable(NAMES) == {"eel": "it overflowed"}
    assert list(bank.activations(NAMES, "pool")) == NAMES[:-1]
    assert len(source.calls) == 1
    assert bank.drawn == 20
    only = bank_of(workspace, Drawing(blank="ape"))
    assert only.activations(["ape"], "pool") == {}


@pytest.mark.parametrize("wrong", ["source", "target"])
def test_an_engine_that_answers_too_little_is_told_from_the_concepts(workspace, wrong):
    class Short(FakeSource):
        def draw(self, prompts: list[PicturePrompt]) -> list[Picture]:
            return super().draw(prompts)[:-1]

    bank = bank_of(workspace, Short(), None) if wrong == "source" else bank_of(workspace, FakeSource(), ShortTarget())
    with pytest.raises(EngineFailed, match=r"gave .*4 of 5 pictures|gave no activations of pool for 5 pictures"):
        bank.activations(NAMES, "pool")
