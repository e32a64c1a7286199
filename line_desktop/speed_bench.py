"""`line-desktop bench speed`: what each lever is worth on this machine, as ratios and counters of one run.

The same hidden neurons of the embedded network are labelled in waves, one by one, and each alone with nothing in the bank; then the levers
inside the engines are measured by themselves. Versions and machine go with the figures, so that two files can be compared.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import msgspec
import numpy as np
import psutil
from rich.table import Table

from line_desktop import demo, prompts
from line_desktop.engines import Engines
from line_desktop.kits.kit import SurveyedLayer
from line_desktop.kits.line import LineKit
from line_desktop.known_world import Say, World
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Labelled
from line_desktop.store.workspace import Workspace
from line_desktop.study import WAVE, Study
from line_desktop.survey import read_probe_set
from line_desktop.survey_bench import SurveyFigures, compare
from line_desktop.versions import versions
from models import embedded
from models.embedded import GrammarFigures, LanguageLever, PromptFigures, VisionFigures, VisionLever
from models.host import connect
from models.layers import find_layer
from models.machine import Machine, Probe
from models.types import ProposalRequest

REQUESTS = 16  # in the measurement of prompts
SEEDS = 4  # of each: LINE asks a small model for four answers at once
BOARD = 10  # concepts shown in each
SUMS = ("neurons", "seconds", "pictures", "hits", "prompt_tokens", "evaluated_tokens", "generated_tokens")


class Way(msgspec.Struct, frozen=True):
    """The neurons labelled in one way. Seconds without the loading of the models."""

    name: str
    neurons: int
    seconds: float
    pictures: int  # drawn
    hits: int  # concepts that were in the bank
    prompt_tokens: int
    evaluated_tokens: int
    generated_tokens: int
    labels: dict[int, str]  # by neuron
    scores: dict[int, float]  # on pictures that no step had seen

    @property
    def score(self) -> float:
        """The labels' mean."""
        return float(np.mean(list(self.scores.values())))


class Speed(msgspec.Struct, frozen=True):
    """The figures of `bench speed`."""

    versions: dict[str, str]
    machine: Machine
    load: float  # processes waiting for a core or running, the mean of the minute before
    steps: int
    wave: int  # neurons that move together, at most
    ways: tuple[Way, ...]  # waves first
    prompts: PromptFigures
    grammar: GrammarFigures
    vision: VisionFigures
    survey: SurveyFigures

    def tables(self) -> Iterator[Table]:
        """Labelling in each way, then the levers."""
        title = f"{self.ways[0].neurons} neurons, {self.steps} steps, {self.machine.cores} cores, load {self.load:.1f}"
        table = Table(title=title)
        for heading in ("", "s a neuron", "pictures a neuron", "from the bank", "prompt tokens evaluated", "mean score"):
            table.add_column(heading, justify="right" if heading else "left")
        for way in self.ways:
            table.add_row(
                way.name, f"{way.seconds / way.neurons:.1f}", f"{way.pictures / way.neurons:.1f}", str(way.hits),
                f"{way.evaluated_tokens:,} of {way.prompt_tokens:,} ({way.evaluated_tokens / way.prompt_tokens:.1%})", f"{way.score:.3f}",
            )  # fmt: skip
        yield table
        levers = Table(title="Levers")
        for heading in ("lever", "without", "with", "gain"):
            levers.add_column(heading, justify="left" if heading == "lever" else "right")
        for name, without, having, unit, faster in self._levers():
            levers.add_row(name, f"{without:.3g} {unit}", f"{having:.3g} {unit}", f"{faster:.2f} times")
        yield levers

    def _levers(self) -> Iterator[tuple[str, float, float, str, float]]:
        """Name, without, with, unit, how much better."""
        waves, apart, alone = self.ways
        asked = self.prompts
        yield "waves against one by one", apart.seconds, waves.seconds, "s", apart.seconds / waves.seconds
        yield "shared bank, pictures", alone.pictures, waves.pictures, "pictures", alone.pictures / waves.pictures
        yield "prompts together", asked.one_by_one, asked.together, "s", asked.one_by_one / asked.together
        yield "prompt prefix kept", asked.nothing_kept, asked.one_by_one, "s", asked.nothing_kept / asked.one_by_one
        yield "both", asked.nothing_kept, asked.together, "s", asked.nothing_kept / asked.together
        tokens = asked.nothing_kept_tokens, asked.evaluated_tokens
        yield "prompt prefix kept, tokens", *tokens, "tokens", tokens[0] / tokens[1]
        yield "grammar after the 40 best", self.grammar.before, self.grammar.after, "ms", self.grammar.before / self.grammar.after
        yield "ONNX Runtime against torch", self.vision.torch, self.vision.onnx, "pictures/s", self.vision.onnx / self.vision.torch
        yield "survey in processes", self.survey.threads, self.survey.processes, "photos/s", self.survey.ratio


def speed(world: World, neurons: int, seed: int, say: Say, steps: int = 10) -> Speed:
    """Measure everything, one thing after the other."""
    load = psutil.getloadavg()[0]
    with Workspace.open(world.folder) as workspace:
        checkpoint = workspace.target(workspace.targets()[0].id)
        converted = workspace.target_folder(checkpoint.sha256)
    width = find_layer(checkpoint.layers, demo.HIDDEN).width
    chosen = sorted(map(int, np.random.default_rng(seed).permutation(width)[:neurons]))
    hidden = msgspec.structs.replace(world.classes, layer=demo.HIDDEN)
    job = msgspec.structs.replace(world.job(hidden, chosen, seed), steps=steps)
    singly = [[one] for one in chosen]
    ways = []
    for name, studies in {"waves": [[chosen]], "one by one": [singly], "each alone": [[one] for one in singly]}.items():
        say(f"{len(chosen)} neurons: {name}")
        ways.append(sum_of(name, [labelled(world, job, waves) for waves in studies]))
    say("Prompts")
    asked = requests(world.classes.names, seed)
    language, child = connect(LanguageLever, "language-levers", embedded.demo_model_path())  # type: ignore[type-abstract]
    with closing(child):
        prompted, grammar = language.prompts(asked), language.grammar(asked[0])
    say("ONNX Runtime and torch")
    vision, child = connect(VisionLever, "vision-levers")  # type: ignore[type-abstract]
    with closing(child):
        seen = vision.compare(embedded.NETWORK, converted)
    survey = compare(embedded.NETWORK, demo.CLASSES, None, say)
    return Speed(versions(), this_machine(), load, steps, WAVE, tuple(ways), prompted, grammar, seen, survey)


def labelled(world: World, job: LabelJob, waves: Sequence[Sequence[int]]) -> Way:
    """Label waves of neurons one after the other, with an empty bank at first. What is loaded is loaded before the clock starts."""
    photos = read_probe_set(job.probe)
    with world.copy() as workspace, Engines() as engines:
        target_id = workspace.targets()[0].id
        checkpoint = workspace.target(target_id)
        layer = find_layer(checkpoint.layers, demo.HIDDEN)
        layer_id = workspace.layer_id(target_id, layer.name)
        probe_id = workspace.find_probe_set(photos.digest)
        assert probe_id is not None, "the world is surveyed"
        survey = workspace.find_survey(layer_id, probe_id)
        assert survey is not None, "the world is surveyed"
        kit = LineKit(workspace, job, photos, engines)
        target = engines.target(workspace.target_folder(checkpoint.sha256) / "model.onnx", checkpoint.preprocess, [layer])
        device = target.device()
        for _ in kit.open(target, {layer.name: layer_id}):
            pass
        surveyed = SurveyedLayer(layer, layer_id, survey.id, workspace.survey_activations(survey.id), workspace.neuron_stats(survey.id))
        working = kit.on(surveyed)
        neurons = [one for wave in waves for one in wave]
        run_id = workspace.begin_run(layer_id, survey.id, kit.settings_id, job.method, neurons, kit.settings(), versions(), device)
        study = Study(workspace, run_id, layer.name, working.begin, working.answerers)
        began = time.perf_counter()
        events = [event for wave in waves for event in study.run(wave)]
        seconds = time.perf_counter() - began
        usage = kit.usage()
    found = {one.neuron: one.event.label for one in events if isinstance(one.event, Labelled)}
    drawn, hits = sum(bank.drawn for bank in kit.banks), sum(bank.hits for bank in kit.banks)
    return Way(
        "", len(neurons), seconds, drawn, hits, usage.prompt_tokens, usage.evaluated_tokens, usage.generated_tokens,
        {neuron: label.concept for neuron, label in found.items()}, {neuron: label.score for neuron, label in found.items()},
    )  # fmt: skip


def sum_of(name: str, parts: Sequence[Way]) -> Way:
    """Several studies as one."""
    sums = {key: sum(getattr(part, key) for part in parts) for key in SUMS}
    labels = {neuron: label for part in parts for neuron, label in part.labels.items()}
    return Way(name, **sums, labels=labels, scores={neuron: score for part in parts for neuron, score in part.scores.items()})


def requests(names: Sequence[str], seed: int) -> list[ProposalRequest]:
    """Prompts of the compact profile, of boards of names by chance."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(REQUESTS):
        board = [(str(name), float(BOARD - place)) for place, name in enumerate(random.choice(names, BOARD, replace=False))]
        seeds = tuple(range(SEEDS * number, SEEDS * (number + 1)))
        made.append(prompts.propose(board, [name for name, _ in board], seeds, "compact", number + 1))
    return made


def this_machine() -> Machine:
    """Cores, memory and GPUs."""
    probe, child = connect(Probe, "probe")  # type: ignore[type-abstract]
    with closing(child):
        return probe.machine()
