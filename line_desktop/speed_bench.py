"""`line-desktop bench speed`: what each lever is worth on this machine, as ratios and counters of one run.

The same hidden neurons of the embedded network are labelled in waves, one by one, each alone with nothing in the bank, as the authors'
published code does it, and sparingly with all of their layer; then the levers inside the engines are measured by themselves. Versions and
machine go with the figures, so that two files can be compared.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing

import msgspec
import numpy as np
import psutil
from rich.table import Table

from line_desktop import demo, prompts
from line_desktop.known_world import Say, World
from line_desktop.methods.line import Preset
from line_desktop.stopwatch import Spent
from line_desktop.store.workspace import Workspace
from line_desktop.study import WAVE
from line_desktop.survey_bench import SurveyFigures, compare
from line_desktop.versions import versions
from line_desktop.ways import Way, hidden_job, judged, labelled, sum_of
from models import embedded
from models.embedded import GrammarFigures, LanguageLever, PromptFigures, VisionFigures, VisionLever
from models.host import connect
from models.layers import find_layer
from models.machine import Machine, Probe
from models.plural import count
from models.types.language import ProposalRequest

REQUESTS = 16  # in the measurement of prompts
SEEDS = 4  # of each: LINE asks a small model for four answers at once
BOARD = 10  # concepts shown in each
LAYER = 256  # neurons that the preset `sparing` labels: all of the layer


class Speed(msgspec.Struct, frozen=True):
    """The figures of `bench speed`."""

    versions: dict[str, str]
    machine: Machine
    load: float  # processes waiting for a core or running, the mean of the minute before
    steps: int | None  # None: as many as the preset makes
    wave: int  # neurons that move together, at most
    ways: tuple[Way, ...]
    prompts: PromptFigures
    grammar: GrammarFigures
    vision: VisionFigures
    survey: SurveyFigures

    def tables(self) -> Iterator[Table]:
        """Labelling in each way, where its time goes, then the levers."""
        title = f"{count(self.ways[0].neurons, 'neuron')}, {count(self.machine.cores, 'core')}, load {self.load:.1f}"
        yield self._labelling(title)
        yield self._profile()
        levers = Table(title="Levers")
        for heading in ("lever", "without", "with", "gain"):
            levers.add_column(heading, justify="left" if heading == "lever" else "right")
        for name, without, having, unit, faster in self._levers():
            levers.add_row(name, f"{without:.3g} {unit}", f"{having:.3g} {unit}", f"{faster:.2f} times")
        yield levers

    def _labelling(self, title: str) -> Table:
        table = Table(title=title)
        for heading in (
            "", "preset", "s a neuron", "CPU s a neuron", "pictures a neuron", "from the bank", "prompt tokens evaluated",
            "labels as in waves", "mean score", "mean AUC",
        ):  # fmt: skip
            table.add_column(heading, justify="right" if heading not in ("", "preset") else "left")
        waves: dict[Preset, Way] = {}
        for way in self.ways:
            first = waves.setdefault(way.preset, way)
            table.add_row(
                way.name, way.preset, f"{way.spent.wall / way.neurons:.1f}", f"{way.spent.cpu / way.neurons:.1f}",
                f"{way.pictures / way.neurons:.1f}", str(way.hits),
                f"{way.evaluated_tokens:,} of {way.prompt_tokens:,} ({way.evaluated_tokens / way.prompt_tokens:.1%})",
                f"{way.as_in(first)} of {len(way.labels)}", f"{way.score:.3f}", f"{way.auc:.3f}",
            )  # fmt: skip
        return table

    def _profile(self) -> Table:
        table = Table(title="Where the time goes: s a neuron, on the wall / of CPU")
        table.add_column("")
        for way in self.ways:
            table.add_column(f"{way.name}, {way.preset}", justify="right")
        for stage in dict.fromkeys(stage for way in self.ways for stage in way.stages):
            taken = [way.stages.get(stage, Spent()) for way in self.ways]
            cells = (f"{one.wall / way.neurons:.2f} / {one.cpu / way.neurons:.2f}" for one, way in zip(taken, self.ways, strict=True))
            table.add_row(stage, *cells)
        return table

    def _levers(self) -> Iterator[tuple[str, float, float, str, float]]:
        """Name, without, with, unit, how much better."""
        waves, apart, alone, paper, authors = self.ways
        asked = self.prompts
        for name, one, other in (("the authors' way, or waves", authors, paper), ("one by one, or waves", apart, waves)):
            yield name, one.spent.wall, other.spent.wall, "s", one.spent.wall / other.spent.wall
            yield f"{name}, CPU", one.spent.cpu, other.spent.cpu, "s", one.spent.cpu / other.spent.cpu
        yield "the authors' way, or waves: pictures", authors.pictures, paper.pictures, "pictures", authors.pictures / paper.pictures
        yield "shared bank, pictures", alone.pictures, waves.pictures, "pictures", alone.pictures / waves.pictures
        yield "prompts together", asked.one_by_one, asked.together, "s", asked.one_by_one / asked.together
        yield "prompt prefix kept", asked.nothing_kept, asked.one_by_one, "s", asked.nothing_kept / asked.one_by_one
        yield "both", asked.nothing_kept, asked.together, "s", asked.nothing_kept / asked.together
        tokens = asked.nothing_kept_tokens, asked.evaluated_tokens
        yield "prompt prefix kept, tokens", *tokens, "tokens", tokens[0] / tokens[1]
        yield "grammar after the 40 best", self.grammar.before, self.grammar.after, "ms", self.grammar.before / self.grammar.after
        yield "ONNX Runtime against torch", self.vision.torch, self.vision.onnx, "pictures/s", self.vision.onnx / self.vision.torch
        yield "survey in processes", self.survey.threads, self.survey.processes, "photos/s", self.survey.ratio


def speed(world: World, neurons: int, seed: int, say: Say, steps: int | None = None, layer: int = LAYER) -> Speed:
    """Measure everything, one thing after the other."""
    load = psutil.getloadavg()[0]
    with Workspace.open(world.folder) as workspace:
        checkpoint = workspace.target(workspace.targets()[0].id)
        converted = workspace.target_folder(checkpoint.sha256)
    width = find_layer(checkpoint.layers, demo.HIDDEN).width
    chosen = sorted(map(int, np.random.default_rng(seed).permutation(width)[:neurons]))
    others = [neuron for neuron in range(width) if neuron not in chosen][: max(layer - neurons, 0)]
    ways = judged(world, hidden_job(world, chosen, seed, steps), list(labelled_each_way(world, chosen, others, seed, steps, say)))
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


def labelled_each_way(world: World, neurons: list[int], others: list[int], seed: int, steps: int | None, say: Say) -> Iterator[Way]:
    """The same neurons in waves, one by one, each alone, in waves in the preset `paper`, the authors' way, and sparingly among `others`.

    The labels are those of `neurons` in each way, seconds and counters those of all that were labelled.
    """
    singly = [[one] for one in neurons]
    alone = [[one] for one in singly]
    ways: list[tuple[str, Preset, list[list[list[int]]], bool]] = [
        ("in waves", "line", [[neurons]], False),
        ("one by one", "line", [singly], False),
        ("each alone", "line", alone, False),
        ("in waves", "paper", [[neurons]], False),
        ("the authors' way", "paper", alone, True),
        (f"{len(neurons + others)} in waves", "sparing", [[sorted(neurons + others)]], False),
    ]
    for name, preset, studies, anew in ways:
        say(f"Labelling {name}, preset {preset}")
        job = hidden_job(world, neurons, seed, steps, preset)
        way = sum_of(name, [labelled(world, job, waves, anew) for waves in studies])
        yield msgspec.structs.replace(way, labels={neuron: way.labels[neuron] for neuron in neurons if neuron in way.labels})


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
