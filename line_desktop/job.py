"""A labelling job from checkpoint to labels: import, survey, and a method with its kit, all kept in one workspace.

The command line, the window and a notebook run this same code and read the same events. Whatever is in the workspace already is
not done again, so running a job once more resumes it.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from line_desktop.engines import Engines, untold
from line_desktop.events import Cost, JobEvent, NeuronEvent, Note, Planned, RunStarted, Stage
from line_desktop.fleet.engines import engines_at
from line_desktop.gate import Doubt, gate, summary
from line_desktop.kits import KITS
from line_desktop.kits.kit import Kit, SurveyedLayer
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import NotLabelled, StepDone
from line_desktop.neurons import select
from line_desktop.store.workspace import Workspace
from line_desktop.study import Study, result_row
from line_desktop.survey import read_probe_set, survey
from line_desktop.target import Overrides, import_checkpoint, in_words
from line_desktop.versions import versions
from models.layers import find_layer
from models.plural import count
from models.types.vision import Layer


class SurveyJob(msgspec.Struct, frozen=True):
    """Which layers of what to survey, on which photos."""

    checkpoint: Path
    layers: tuple[str, ...]
    probe: Path
    overrides: Overrides = Overrides()


def survey_checkpoint(
    workspace: Workspace,
    checkpoint: Path,
    layers: Sequence[str],
    probe: Path,
    overrides: Overrides,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[JobEvent]:
    """Survey the layers of a checkpoint on the photos of a folder; yields events, the last `Surveyed` unless `stop()` ended it early."""
    photos = read_probe_set(probe)
    yield Stage("Reading the checkpoint")
    imported = import_checkpoint(workspace, checkpoint, overrides)
    tapped = [find_layer(imported.checkpoint.layers, name) for name in layers]
    yield Note(f"Input: {in_words(imported.checkpoint.preprocess)}")
    with Engines() as engines:
        target = engines.target(imported.model, imported.checkpoint.preprocess, tapped)
        yield Stage(f"Surveying {count(len(photos.photos), 'photo')}")
        yield from survey(workspace, target, imported.id, tapped, photos, stop)


def label(
    workspace: Workspace, job: LabelJob, stop: Callable[[], bool] = lambda: False, tell: Callable[[JobEvent], None] = untold
) -> Iterator[JobEvent]:
    """Label neurons; yields events as they happen, the last a `Cost`. Ends early, resumable, when `stop()` says so.

    Between two events a picture may be drawn for a long time: how far that is goes to `tell`, as a `Progress`.
    """
    photos = read_probe_set(job.probe)
    with engines_at(job.ray, job.memory, job.try_anyway, tell, stop) as engines:
        kit = KITS[job.method](workspace, job, photos, engines)  # light: mistakes are found before the checkpoint is read
        yield Stage("Reading the checkpoint")
        imported = import_checkpoint(workspace, job.checkpoint, job.overrides)
        layers = [find_layer(imported.checkpoint.layers, name) for name in job.layers]
        chosen = {layer.name: select(which, layer.width, job.seed) for layer, which in zip(layers, job.layers.values(), strict=True)}
        yield Note(f"Input: {in_words(imported.checkpoint.preprocess)}")
        target = engines.target(imported.model, imported.checkpoint.preprocess, layers)
        yield Note(engines.plan())
        ids = {layer.name: workspace.layer_id(imported.id, layer.name) for layer in layers}
        yield from kit.open(target, ids)
        yield Stage(f"Surveying {count(len(photos.photos), 'photo')}")
        surveyed = yield from survey(workspace, target, imported.id, layers, photos, stop)
        yield Planned({layer: tuple(neurons) for layer, neurons in chosen.items()}, kit.last_step, kit.tally.looks.seconds)
        labelling = Labelling(workspace, kit, job, "; ".join(filter(None, (target.device(), kit.device()))), engines.network)
        passed = 0
        for layer in layers:
            if not stop():
                for event in labelling.layer(layer, ids[layer.name], surveyed[layer.name], chosen[layer.name], stop):
                    passed += steps_passed(event)
                    yield event
        usage = kit.usage()
    drawn, hits = sum(bank.drawn for bank in kit.banks), sum(bank.hits for bank in kit.banks)
    tokens = usage.prompt_tokens, usage.evaluated_tokens, usage.generated_tokens
    yield Cost(drawn, hits, *tokens, not stop(), passed, kit.tally.looks)


def steps_passed(event: JobEvent) -> int:
    """The steps that an event says were not needed, unless it comes from the store."""
    return event.event.passed if isinstance(event, NeuronEvent) and isinstance(event.event, StepDone) and not event.replayed else 0


class Labelling(msgspec.Struct, frozen=True):
    """What all layers of a job share."""

    workspace: Workspace
    kit: Kit
    job: LabelJob
    device: str
    network: set[str]  # how far the engines were from it

    def layer(self, layer: Layer, layer_id: int, survey_id: int, chosen: Sequence[int], stop: Callable[[], bool]) -> Iterator[JobEvent]:
        """Label neurons of one layer; those the survey found dead, constant or not finite are named as such instead."""
        stats = self.workspace.neuron_stats(survey_id)
        surveyed = SurveyedLayer(layer, layer_id, survey_id, self.workspace.survey_activations(survey_id), stats)
        working = self.kit.on(surveyed)
        run_id = self._run(layer_id, survey_id)
        self.workspace.add_run_neurons(run_id, chosen)
        yield RunStarted(run_id, layer.name, tuple(chosen))
        asked = set(chosen)
        doubts = {index: doubt for index, doubt in enumerate(gate(stats, surveyed.activations)) if doubt and index in asked}
        unfit = {index: NotLabelled(doubt.kind, doubt.reason) for index, doubt in doubts.items() if self._leaves_out(doubt)}
        if doubts:
            yield Note(summary(doubts.values(), len(chosen), len(unfit)))
        self.workspace.save_answers(run_id, [], [result_row(index, why) for index, why in unfit.items()])
        for index, why in unfit.items():
            yield NeuronEvent(layer.name, index, why, False)
        study = Study(self.workspace, run_id, layer.name, working.begin, working.answerers)
        yield from study.run([index for index in chosen if index not in unfit], stop)
        self.workspace.end_run(run_id, "interrupted" if stop() else "finished")

    def _leaves_out(self, doubt: Doubt) -> bool:
        return doubt.broken or (self.job.gate and doubt.kind in self.kit.leaves_out)

    def _run(self, layer_id: int, survey_id: int) -> int:
        """The run with these settings: the one that was begun, or a new one."""
        what = (layer_id, survey_id, self.kit.settings_id, self.job.method)
        settings, network = self.kit.settings(), "; ".join(sorted(self.network))
        run_id = self.workspace.find_run(*what, settings)
        if run_id is None:
            return self.workspace.begin_run(*what, [], settings, versions(), self.device, network)
        self.workspace.resume_run(run_id, versions(), self.device, network)
        return run_id
