"""A study that can be begun again and again: a real workspace, fake engines, one layer."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from fakes import WIDTH, FakeProposer, FakeSource, FakeTarget

from line_desktop import prompts
from line_desktop.answering import Depicting, LookingUp, Proposing
from line_desktop.bank import Bank
from line_desktop.events import NeuronEvent
from line_desktop.methods.asking import Labelled, Propose
from line_desktop.methods.line import Settings, line
from line_desktop.store.workspace import Workspace
from line_desktop.study import Study
from models.types.language import ProposalRequest
from models.types.vision import Checkpoint, Layer, Preprocess

PHOTOS = np.linspace(0, 1, 50, dtype=np.float32)  # activations of every neuron
LAYER = Layer("pool", "Pool", WIDTH, (None, WIDTH), "pool", "none")
CHECKPOINT = Checkpoint(
    "net", "onnx", "onnx", "a net", "Net", "f" * 64, 1, Preprocess(8, 8, None, "bilinear", (0.5,), (0.5,), "assumed"), (), (LAYER,)
)
NAMES = [f"name {letter}" for letter in "abcdefghijklmnopqrst"]


class Bench:
    """A workspace with engines, whose study of the one layer can be begun again and again."""

    def __init__(self, folder: Path, settings: Settings, source: FakeSource | None = None, proposer: FakeProposer | None = None) -> None:
        self.workspace = Workspace.open(folder)
        self.source, self.target, self.proposer = source or FakeSource(), FakeTarget(), proposer or FakeProposer()
        self.settings = settings
        layer_id = self.workspace.layer_id(self.workspace.save_target(CHECKPOINT), "pool")
        self.bank = Bank(self.workspace, self.source, self.target, {"pool": layer_id}, settings.seed, settings.pictures)
        self.fresh = Bank(self.workspace, self.source, self.target, {"pool": layer_id}, settings.fresh_seed, settings.fresh_pictures)
        what = (layer_id, None, self.bank.settings_id, "line", list(range(WIDTH)), msgspec.to_builtins(settings), {}, "fake")
        found = self.workspace.find_run(layer_id, None, self.bank.settings_id, "line", msgspec.to_builtins(settings))
        self.run_id = found or self.workspace.begin_run(*what)
        if found:
            self.workspace.resume_run(found, {}, "fake")

    def run(self, neurons: list[int], stop: Callable[[], bool] = lambda: False) -> list[NeuronEvent]:
        def ask(request: Propose) -> ProposalRequest:
            return prompts.prompt(request, self.settings.profile)

        answerers = (
            LookingUp(self.bank, "pool"),
            Depicting(self.bank, self.fresh, "pool"),
            Proposing(self.workspace, self.proposer, Propose, ask, self.bank.undepictable),
        )
        study = Study(self.workspace, self.run_id, "pool", lambda neuron: line(NAMES, PHOTOS, f"pool {neuron}", self.settings), answerers)
        return list(study.run(neurons, stop))


def labels(events: list[NeuronEvent]) -> dict[int, Labelled]:
    """The labels among the events, by neuron."""
    return {one.neuron: one.event for one in events if isinstance(one.event, Labelled)}
