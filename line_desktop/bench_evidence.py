"""`line-desktop bench evidence`: what every method's labels are worth on the demo network, hidden and class neurons apart.

All methods label the same neurons in one workspace, all labels are verified on the same fresh pictures, and `compare` reads the result.
Labels, pictures and evidence that the workspace has already are not made again; the seconds are of what was.
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from rich.table import Table

from line_desktop import demo
from line_desktop.compare import Comparison, compare
from line_desktop.job import label
from line_desktop.known_world import Say
from line_desktop.label_job import LabelJob
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Filter
from line_desktop.store.workspace import Workspace
from line_desktop.verify import VerifyJob, verify
from models import embedded
from models.plural import count


class Group(msgspec.Struct, frozen=True):
    """The neurons of one layer under every method."""

    layer: str
    neurons: int
    seconds: dict[str, float]  # method -> a neuron, labelling alone
    comparison: Comparison

    def table(self) -> Table:
        """The time of each method."""
        table = Table(title=f"{count(self.neurons, 'neuron')} of {self.layer}: seconds a neuron, labelling alone")
        for name in self.seconds:
            table.add_column(name, justify="right")
        table.add_row(*(f"{one:.2f}" for one in self.seconds.values()))
        return table


class Found(msgspec.Struct, frozen=True):
    """The figures of `bench evidence`."""

    seed: int
    groups: list[Group]


def evidence(
    methods: dict[str, dict[str, Any]], counts: dict[str, int], seed: int, say: Say, folder: Path | None = None, steps: int | None = None
) -> Found:
    """Label, verify and compare. `methods`: see `truth.contestants`; `counts`: layer of the demo network -> neurons, drawn at random."""
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="line-bench-"))) / "workspace"
        workspace = stack.enter_context(Workspace.open(folder))
        for stage in demo.prepare(workspace):
            say(stage.text)
        widths = {layer.name: layer.width for layer in workspace.target(workspace.targets()[0].id).layers}
        groups = []
        for layer, count in counts.items():
            chosen = sorted(map(int, np.random.default_rng(seed).permutation(widths[layer])[:count]))
            seconds = {name: _label(workspace, layer, chosen, seed, steps, changes, say) for name, changes in methods.items()}
            groups.append(Group(layer, len(chosen), seconds, _compare(workspace, layer, chosen, list(methods), seed, say)))
        return Found(seed, groups)


def _label(
    workspace: Workspace, layer: str, chosen: Sequence[int], seed: int, steps: int | None, changes: dict[str, Any], say: Say
) -> float:
    """One method on the neurons; returns the seconds a neuron. Nothing is left out by the gate: all methods face the same neurons."""
    job = LabelJob(
        embedded.NETWORK, {layer: ",".join(map(str, chosen))}, demo.probe_folder(workspace.folder), embedded.demo_model_path(),
        demo.PICTURES, seed=seed, steps=steps, clip=embedded.CLIP, concepts="pictograms", gate=False,
    )  # fmt: skip
    job = msgspec.structs.replace(job, **changes)
    say(f"{count(len(chosen), 'neuron')} of {layer} by {job.method}, {', '.join(map(str, changes.values())) or 'as it is'}")
    began = time.perf_counter()
    for _ in label(workspace, job):
        pass
    return (time.perf_counter() - began) / len(chosen)


def _compare(workspace: Workspace, layer: str, chosen: Sequence[int], methods: Sequence[str], seed: int, say: Say) -> Comparison:
    with closing(Desk.open(workspace.folder)) as desk:
        layer_id = workspace.layer_id(workspace.targets()[0].id, layer)
        cards = desk.cards(desk.neuron_ids(Filter(layers=(layer_id,))))
        ids = tuple(card.id for card in cards if card.neuron in set(chosen))
        say(f"Verifying the labels of {count(len(ids), 'neuron')} of {layer}")
        for _ in verify(workspace, VerifyJob(ids, demo.PICTURES, seed, method=ALL)):
            pass
        return compare(desk, ids, methods)
