"""A labelling job from checkpoint to labels: import, survey, start vocabulary, LINE, all kept in one workspace.

The command line, the window and a notebook run this same code and read the same events. Whatever is in the workspace already is
not done again, so running a job once more resumes it.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import numpy as np

from line_desktop.bank import Bank
from line_desktop.concepts import key, spelling
from line_desktop.engines import Engines, untold
from line_desktop.errors import UserError
from line_desktop.events import Cost, JobEvent, NeuronEvent, Note, Planned, RunStarted, Stage
from line_desktop.methods.asking import NotLabelled
from line_desktop.methods.line import Preset, Settings
from line_desktop.neurons import select
from line_desktop.store.rows import NeuronStats
from line_desktop.store.workspace import Workspace
from line_desktop.study import Study, result_row
from line_desktop.survey import ProbeFolder, class_means, read_probe_set, survey
from line_desktop.target import Overrides, import_checkpoint, in_words
from models.layers import find_layer
from models.types import FloatArray, LanguageInfo, Profile, Proposer

PACKAGES = ("line-desktop", "numpy", "pillow", "onnxruntime", "onnxruntime-gpu", "torch", "transformers", "llama-cpp-python", "apsw")
MINIMUM_START = 2  # start concepts a board needs to have a best and a worst


class LabelJob(msgspec.Struct, frozen=True):
    """What to label, with what, into which workspace."""

    checkpoint: Path
    layers: dict[str, str]  # layer name -> its neurons, written as in `neurons.select`
    probe: Path
    llm: Path
    pictures: str
    preset: Preset = "line"
    profile: Profile | None = None
    steps: int = 10
    seed: int = 0
    memory: int | None = None  # bytes that the engines may hold together; by default nine tenths of what is free
    overrides: Overrides = Overrides()
    withheld: tuple[str, ...] = ()  # names kept out of the start vocabulary
    try_anyway: bool = False  # load also what seems too large for the memory


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
        yield Stage(f"Surveying {len(photos.photos)} photos")
        yield from survey(workspace, target, imported.id, tapped, photos, stop)


def label(
    workspace: Workspace, job: LabelJob, stop: Callable[[], bool] = lambda: False, tell: Callable[[JobEvent], None] = untold
) -> Iterator[JobEvent]:
    """Label neurons; yields events as they happen, the last a `Cost`. Ends early, resumable, when `stop()` says so.

    Between two events a picture may be drawn for a long time: how far that is goes to `tell`, as a `Progress`.
    """
    photos = read_probe_set(job.probe)
    if not photos.class_names:
        raise UserError(
            f"The {len(photos.photos)} photos in {photos.folder} are not labelled; LINE takes its start concepts from class names: "
            "give one folder of photos for each class."
        )
    if not job.llm.is_file():
        raise UserError(f"There is no language model {job.llm}; give the path of a GGUF file.")
    with Engines(job.memory, try_anyway=job.try_anyway, tell=tell, stop=stop) as engines:
        source = engines.pictures(job.pictures)  # light: its mistakes are found before the checkpoint is read
        yield Stage("Reading the checkpoint")
        imported = import_checkpoint(workspace, job.checkpoint, job.overrides)
        layers = [find_layer(imported.checkpoint.layers, name) for name in job.layers]
        chosen = {layer.name: select(which, layer.width, job.seed) for layer, which in zip(layers, job.layers.values(), strict=True)}
        yield Note(f"Input: {in_words(imported.checkpoint.preprocess)}")
        proposer = engines.proposer(job.llm, job.profile)
        target = engines.target(imported.model, imported.checkpoint.preprocess, layers)
        yield Note(engines.plan())
        yield Stage("Opening the language model")
        llm = proposer.info()
        yield Stage(f"Surveying {len(photos.photos)} photos")
        surveyed = yield from survey(workspace, target, imported.id, layers, photos, stop)
        settings = Settings(preset=job.preset, profile=llm.profile, steps=job.steps, seed=job.seed)
        ids = {layer.name: workspace.layer_id(imported.id, layer.name) for layer in layers}
        bank = Bank(workspace, source, target, ids, job.seed, settings.pictures)
        fresh = Bank(workspace, source, target, ids, settings.fresh_seed, settings.fresh_pictures)
        for settings_id in (bank.settings_id, fresh.settings_id):
            workspace.remember_source(settings_id, job.pictures)
        device = f"{target.device()}; language model: {llm.device}"
        labelling = Labelling(workspace, job, photos, settings, proposer, llm, bank, fresh, device, "; ".join(sorted(engines.network)))
        yield Planned({layer: tuple(neurons) for layer, neurons in chosen.items()}, settings.last_step)
        for name, survey_id in surveyed.items():
            if not stop():
                yield from labelling.layer(name, ids[name], survey_id, chosen[name], stop)
        usage = proposer.usage()
    drawn, hits = bank.drawn + fresh.drawn, bank.hits + fresh.hits
    yield Cost(drawn, hits, usage.prompt_tokens, usage.evaluated_tokens, usage.generated_tokens, not stop())


class Labelling(msgspec.Struct, frozen=True):
    """The open engines and settings that all layers of a job share."""

    workspace: Workspace
    job: LabelJob
    photos: ProbeFolder
    settings: Settings
    proposer: Proposer
    llm: LanguageInfo
    bank: Bank
    fresh: Bank  # of the pictures that confirm labels
    device: str
    network: str  # how far the engines were from it

    def layer(self, name: str, layer_id: int, survey_id: int, chosen: Sequence[int], stop: Callable[[], bool]) -> Iterator[JobEvent]:
        """Label neurons of one layer; those the survey found dead, constant or not finite are named as such instead."""
        names, means = start_vocabulary(self.workspace.survey_activations(survey_id), self.photos, self.bank, self.job)
        run_id = self._run(layer_id, survey_id)
        self.workspace.add_run_neurons(run_id, chosen)
        yield RunStarted(run_id, name, tuple(chosen))
        stats = self.workspace.neuron_stats(survey_id)
        unfit = {index: why for index in chosen if (why := why_not(stats[index])) is not None}
        self.workspace.save_answers(run_id, [], [result_row(index, why) for index, why in unfit.items()])
        for index, why in unfit.items():
            yield NeuronEvent(name, index, why, False)

        def ranked(neuron: int) -> list[str]:
            return [names[row] for row in np.argsort(-means[:, neuron], kind="stable")]

        study = Study(self.workspace, run_id, name, ranked, self.proposer, self.bank, self.fresh, self.settings)
        yield from study.run([index for index in chosen if index not in unfit], stop)
        self.workspace.end_run(run_id, "interrupted" if stop() else "finished")

    def _run(self, layer_id: int, survey_id: int) -> int:
        """The run with these settings: the one that was begun, or a new one."""
        what = (layer_id, survey_id, self.bank.settings_id, "line")
        settings = run_settings(self.settings, self.llm, self.job) | {"fresh_bank": self.fresh.settings_id}
        run_id = self.workspace.find_run(*what, settings)
        if run_id is None:
            return self.workspace.begin_run(*what, [], settings, versions(), self.device, self.network)
        self.workspace.resume_run(run_id, versions(), self.device, self.network)
        return run_id


def start_vocabulary(activations: FloatArray, photos: ProbeFolder, bank: Bank, job: LabelJob) -> tuple[list[str], FloatArray]:
    """The class names that can be depicted and are not withheld, and every neuron's mean on the photos of each: (names, neurons)."""
    names, means = class_means(activations, photos.classes)
    withheld = set(map(key, job.withheld))
    refused = bank.undepictable(map(spelling, names))
    rows = [row for row, name in enumerate(names) if spelling(name) not in refused and key(name) not in withheld]
    if len(rows) < MINIMUM_START:
        reason = f" ({next(iter(refused.values()))})" if refused else ""
        raise UserError(
            f"Of the {len(names)} class names in {photos.folder} the picture source can depict {len(rows)}{reason}; "
            f"at least {MINIMUM_START} are needed to start: use another picture source or probe set."
        )
    return [spelling(names[row]) for row in rows], means[rows]


def why_not(stats: NeuronStats) -> NotLabelled | None:
    """Why a neuron is not worth labelling after the survey, or None."""
    if stats.state == "ok":
        return None
    reasons = {
        "dead": "It never fires on the probe set.",
        "constant": f"It is {stats.mean:.4g} on every photo of the probe set.",
        "non-finite": "It is NaN or infinite on at least one photo of the probe set.",
    }
    return NotLabelled(stats.state, reasons[stats.state])


def run_settings(settings: Settings, llm: LanguageInfo, job: LabelJob) -> dict[str, object]:
    """Everything besides target, layer, probe set and picture settings that decides a run; equal settings resume the same run."""
    return {
        "line": msgspec.to_builtins(settings),
        "llm": {"sha256": llm.sha256, "name": llm.name, "quantization": llm.quantization, "format": llm.format},
        "withheld": sorted(map(key, job.withheld)),
    }


def versions() -> dict[str, str]:
    """The versions of the packages a result depends on, of those installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
