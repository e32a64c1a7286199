"""The same neurons labelled in one way or another: in waves, one by one, or as the authors' code does it; all judged alike.

Used by `bench speed` and `bench growth`. The models are loaded before the clock starts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from line_desktop import concepts, demo
from line_desktop.answering import Answerer
from line_desktop.engines import Engines
from line_desktop.kits.kit import SurveyedLayer, Working
from line_desktop.kits.line import LineKit
from line_desktop.known_world import World
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Labelled, LookUp, Propose, Proposed
from line_desktop.methods.line import Preset
from line_desktop.scores import auc
from line_desktop.stopwatch import LOOKING_UP, Spent, Stopwatch, TimedAnswerer, TimedEngines
from line_desktop.store.workspace import Workspace
from line_desktop.study import Study
from line_desktop.survey import ProbeFolder, read_probe_set, survey
from line_desktop.versions import versions
from models.layers import find_layer
from models.types.language import Profile, Proposer
from models.types.vision import Target

JUDGING = 20  # pictures of each label that no way has seen
SUMS = ("neurons", "pictures", "hits", "prompt_tokens", "evaluated_tokens", "generated_tokens")
REST = "the job's own code"


class Way(msgspec.Struct, frozen=True):
    """The neurons labelled in one way, the models loaded before."""

    name: str
    preset: Preset
    neurons: int
    stages: dict[str, Spent]
    pictures: int  # drawn
    hits: int  # concepts that were in the bank
    prompt_tokens: int
    evaluated_tokens: int
    generated_tokens: int
    labels: dict[int, str]  # by neuron
    scores: dict[int, float] = {}  # on pictures that no way has seen, see `judged`
    aucs: dict[int, float] = {}  # of these pictures against the probe photos

    @property
    def spent(self) -> Spent:
        """Seconds of all stages."""
        return sum(self.stages.values(), Spent())

    @property
    def score(self) -> float:
        """The labels' mean."""
        return float(np.mean(list(self.scores.values())))

    @property
    def auc(self) -> float:
        """The labels' mean."""
        return float(np.mean(list(self.aucs.values())))

    def as_in(self, other: "Way") -> int:
        """How many labels are those of another way."""
        return sum(label == other.labels.get(neuron) for neuron, label in self.labels.items())


def hidden_job(world: World, neurons: Sequence[int], seed: int, steps: int | None, preset: Preset = "line") -> LabelJob:
    """The job of labelling neurons of the last hidden layer."""
    hidden = msgspec.structs.replace(world.classes, layer=demo.HIDDEN)
    return msgspec.structs.replace(world.job(hidden, list(neurons), seed), steps=steps, preset=preset)


class Opened(NamedTuple):
    """A layer of a job with everything loaded."""

    kit: LineKit
    target: Target
    surveyed: SurveyedLayer
    working: Working
    device: str


def opened(workspace: Workspace, engines: Engines, job: LabelJob, photos: ProbeFolder, watch: Stopwatch) -> Opened:
    """Survey the one layer of a job where that is missing, and open all engines."""
    target_id = workspace.targets()[0].id
    checkpoint = workspace.target(target_id)
    (name,) = job.layers
    layer = find_layer(checkpoint.layers, name)
    kit = LineKit(workspace, job, photos, engines)
    target = engines.target(workspace.target_folder(checkpoint.sha256) / "model.onnx", checkpoint.preprocess, [layer])
    device = target.device()
    with watch.stage("statistics"):
        for _ in survey(workspace, target, target_id, [layer], photos):
            pass
    layer_id = workspace.layer_id(target_id, name)
    probe_id = workspace.find_probe_set(photos.digest)
    assert probe_id is not None, "it was surveyed"
    found = workspace.find_survey(layer_id, probe_id)
    assert found is not None, "it was surveyed"
    for _ in kit.open(target, {name: layer_id}):
        pass
    surveyed = SurveyedLayer(layer, layer_id, found.id, workspace.survey_activations(found.id), workspace.neuron_stats(found.id))
    with watch.stage("start vocabulary"):
        working = kit.on(surveyed)
    return Opened(kit, target, surveyed, working, device)


def begun(workspace: Workspace, opened: Opened, neurons: Sequence[int], answerers: Sequence[Answerer]) -> Study:
    """A run over the neurons."""
    kit, layer = opened.kit, opened.surveyed
    what = (layer.id, layer.survey_id, kit.settings_id, kit.job.method)
    run_id = workspace.begin_run(*what, neurons, kit.settings(), versions(), opened.device)
    return Study(workspace, run_id, layer.layer.name, opened.working.begin, answerers)


def timed_answerers(working: Working, watch: Stopwatch) -> list[Answerer]:
    """The answerers of a method, of which looking up is a stage of its own; drawing, scoring and proposing are timed by their engines."""
    return [TimedAnswerer(one, watch, LOOKING_UP) if one.asked is LookUp else one for one in working.answerers]


def labelled(world: World, job: LabelJob, waves: Sequence[Sequence[int]], anew: bool = False) -> Way:
    """Label waves of neurons one after the other, with an empty bank at first. What is loaded is loaded before the clock starts.

    With `anew` one answer of the language model at a time, and nothing kept of its prompt.
    """
    photos, watch = read_probe_set(job.probe), Stopwatch(REST)
    with world.copy() as workspace, (ForgetfulEngines if anew else TimedEngines)(watch) as engines:
        everything = opened(workspace, engines, job, photos, watch)
        answerers = timed_answerers(everything.working, watch)
        if anew:
            answerers = [OneAnswerAtATime(one) if one.asked is Propose else one for one in answerers]
        study = begun(workspace, everything, [one for wave in waves for one in wave], answerers)
        before = watch.spent()
        events = [event for wave in waves for event in study.run(wave)]
        stages = {stage: spent - before.get(stage, Spent()) for stage, spent in watch.spent().items()}
        usage = everything.kit.usage()
    banks = everything.kit.banks
    found = {one.neuron: one.event.label.concept for one in events if isinstance(one.event, Labelled)}
    return Way(
        "", job.preset, sum(map(len, waves)), {stage: spent for stage, spent in stages.items() if spent.wall},
        sum(bank.drawn for bank in banks), sum(bank.hits for bank in banks),
        usage.prompt_tokens, usage.evaluated_tokens, usage.generated_tokens, found,
    )  # fmt: skip


class ForgetfulEngines(TimedEngines):
    """Whose language model evaluates every prompt from its first token."""

    def proposer(self, model: Path, profile: Profile | None = None) -> Proposer:
        """The language model."""
        return self._timed(self._forgetful, model, profile)

    def _forgetful(self, model: Path, profile: Profile | None) -> Proposer:
        need = self._estimate().language(model, profile, self._room)
        return self._prepare(Proposer, "language-anew", model.name, need, model, profile)  # type: ignore[type-abstract]


class OneAnswerAtATime:
    """Asks the language model for an answer, and only if it is of no use for the next one.

    LINE takes the first answer of use, so its labels are those of all answers asked for at once.
    """

    asked = Propose

    def __init__(self, proposing: Answerer) -> None:
        self._proposing = proposing

    def answer(self, asking: Sequence[tuple[int, Propose]]) -> list[Proposed]:
        """The answers of each neuron, up to the first of use."""
        return [self._answered(neuron, request) for neuron, request in asking]

    def _answered(self, neuron: int, request: Propose) -> Proposed:
        known = set(map(concepts.key, request.forbidden))
        answers: list[Proposed] = []
        for seed in request.seeds:
            (answer,) = self._proposing.answer([(neuron, msgspec.structs.replace(request, seeds=(seed,)))])
            assert isinstance(answer, Proposed)
            answers.append(answer)
            (proposal,) = answer.proposals
            if proposal.concept and proposal.concept not in answer.undepictable and concepts.key(proposal.concept) not in known:
                break
            known.add(concepts.key(proposal.concept))
        refused = {name: reason for one in answers for name, reason in one.undepictable.items()}
        return Proposed(tuple(proposal for one in answers for proposal in one.proposals), refused, answers[0].prompt_sha256)


def judged(world: World, job: LabelJob, ways: Sequence[Way]) -> list[Way]:
    """The ways with the scores of their labels, all on the same pictures, which no way has drawn."""
    names = list(dict.fromkeys(label for way in ways for label in way.labels.values()))
    with world.copy() as workspace, Engines() as engines:
        everything = opened(workspace, engines, job, read_probe_set(job.probe), Stopwatch("judging"))
        layer = everything.surveyed
        bank = everything.kit.bank(everything.target, {layer.layer.name: layer.id}, concepts.seed(job.seed, "judging"), JUDGING)
        seen = bank.activations(names, layer.layer.name)
        photos = np.asarray(layer.activations, np.float64)
    photos = photos[~np.isnan(photos).all(axis=1)]
    return [
        msgspec.structs.replace(
            way,
            scores={neuron: float(seen[label][:, neuron].mean()) for neuron, label in way.labels.items()},
            aucs={neuron: float(auc(seen[label][:, neuron].astype(np.float64), photos[:, neuron])) for neuron, label in way.labels.items()},
        )
        for way in ways
    ]


def sum_of(name: str, parts: Sequence[Way]) -> Way:
    """Several studies as one."""
    sums = {key: sum(getattr(part, key) for part in parts) for key in SUMS}
    names = dict.fromkeys(stage for part in parts for stage in part.stages)
    stages = {name: sum((part.stages.get(name, Spent()) for part in parts), Spent()) for name in names}
    labels = {neuron: label for part in parts for neuron, label in part.labels.items()}
    return Way(name, parts[0].preset, **sums, stages=stages, labels=labels)
