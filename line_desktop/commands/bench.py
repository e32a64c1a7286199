"""`bench`: measure on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from line_desktop.bench import quality
from line_desktop.bench_evidence import evidence
from line_desktop.bench_metrics import metrics
from line_desktop.commands.compare import tables
from line_desktop.commands.options import Json, Seed, Steps
from line_desktop.commands.running import print_json
from line_desktop.comparison_plot import refuse_ending
from line_desktop.console import output, plain
from line_desktop.demo import CLASSES, HIDDEN
from line_desktop.errors import UserError
from line_desktop.gallery_bench import gallery
from line_desktop.growth_bench import Sizes, growth
from line_desktop.growth_plot import plot
from line_desktop.known_world import world_for_the_moment
from line_desktop.memory_bench import Size, memory
from line_desktop.methods.line import Preset
from line_desktop.speed_bench import speed
from line_desktop.survey_bench import compare
from line_desktop.truth import contestants, truth
from models import embedded

app = typer.Typer(help="Measure on this machine.")


@app.command("quality")
def quality_command(
    neurons: Annotated[int, typer.Option("--neurons", min=2, help="Hidden neurons of the demo network.")] = 24,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """How near LINE's labels come to the best of an exhaustive search, under both presets.

    On hidden neurons of the embedded network.
    """
    with world_for_the_moment(_say) as world:
        found = quality(world, neurons, seed, _say)
    print_json(found) if as_json else output().print(*found.tables(), sep="\n")


@app.command("truth")
def truth_command(
    methods: Annotated[str, typer.Option("--methods", help="Such as line,clip-dissect,invert.")] = "line",
    presets: Annotated[str, typer.Option("--presets", help="Of LINE: line, sparing, paper.")] = "line,paper",
    neurons: Annotated[int, typer.Option("--neurons", min=1, help="Class neurons, and as many planted ones.")] = 24,
    steps: Steps = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """How often each method finds a name that is known.

    Class neurons of the embedded network, and planted neurons that compute known functions; with the right name in the
    vocabulary, and withheld from it.
    """
    chosen = contestants(_parts(methods), _parts(presets))
    with world_for_the_moment(_say) as world:
        found = truth(world, chosen, neurons, seed, _say, steps)
    print_json(found) if as_json else output().print(*found.tables(), sep="\n")


@app.command("speed")
def speed_command(
    neurons: Annotated[int, typer.Option("--neurons", min=1, help="Hidden neurons of the demo network.")] = 8,
    steps: Steps = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """What each lever that makes whole layers fast is worth on this machine.

    The same neurons in waves, one by one, and as the authors' published code does it, all judged on the same fresh pictures; then the
    kept part of a prompt, the place of the grammar, ONNX Runtime, processes for the survey: each with and without, in one run.
    """
    with world_for_the_moment(_say) as world:
        found = speed(world, neurons, seed, _say, steps)
    print_json(found) if as_json else output().print(*found.tables(), sep="\n")


@app.command("growth")
def growth_command(
    neurons: Annotated[str, typer.Option("--neurons", help="Of the last hidden layer; empty: leave this part out.")] = "16,64,256",
    presets: Annotated[
        str, typer.Option("--presets", help="Of LINE, for the neurons; the other parts take the first.")
    ] = "line,sparing,paper",
    concepts: Annotated[str, typer.Option("--concepts", help="In the bank; empty: leave this part out.")] = "1000,10000",
    photos: Annotated[str, typer.Option("--photos", help="In the probe set; empty: leave this part out.")] = "500,5000,50000",
    labelled: Annotated[int, typer.Option("--labelled", min=1, help="Neurons to label for each number of concepts and photos.")] = 8,
    steps: Steps = None,
    seed: Seed = 0,
    picture: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw it too, as .png, .svg or .pdf.")] = None,
    as_json: Json = False,
) -> None:
    """How a job grows with the neurons, the concepts in the bank and the probe photos, and where its time goes.

    Seconds and CPU seconds of each stage, new pictures a neuron, prompt tokens, memory; on the embedded network.
    """
    if picture is not None:
        refuse_ending(picture)
    sizes = Sizes(_counts("--neurons", neurons), _presets(presets), _counts("--concepts", concepts), _counts("--photos", photos), labelled)
    with world_for_the_moment(_say) as world:
        found = growth(world, sizes, seed, _say, steps)
    print_json(found) if as_json else output().print(*found.tables(), sep="\n")
    if picture is not None:
        plot(found, picture)
        _say(f"The plot is in {plain(str(picture))}.")


@app.command("metrics")
def metrics_command(
    neurons: Annotated[int, typer.Option("--neurons", min=2, help="Class neurons of the demo network.")] = 48,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """What each metric says of a wrong, a too broad and a too narrow label.

    On class neurons of the embedded network, whose true names are known.
    """
    found = metrics(neurons, seed, lambda text: print(text, file=sys.stderr))
    print_json(found) if as_json else output().print(found.table())


@app.command("gallery")
def gallery_command(
    neurons: Annotated[int, typer.Option("--neurons", min=4, help="How many the workspace has.")] = 100_000,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Keep it in this folder; measured as it is if it is there.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the gallery on a workspace of many invented neurons.

    Times in milliseconds of what the window asks: orders, filters, a search letter by letter, pages of cards.
    """
    found = gallery(neurons, workspace, lambda text: print(text, file=sys.stderr))
    print_json(found) if as_json else output().print(found.table())


@app.command("memory")
def memory_command(
    neurons: Annotated[int, typer.Option("--neurons", min=4, help="Of the layer.")] = 2048,
    concepts: Annotated[int, typer.Option("--concepts", min=20, help="In the bank.")] = 10_000,
    photos: Annotated[int, typer.Option("--photos", min=100, help="In the probe set.")] = 50_000,
    as_json: Json = False,
) -> None:
    """Measure a job's memory on an invented layer.

    The most memory the job's process holds in each stage, and the gallery's times meanwhile.
    """
    found = memory(Size(neurons, concepts, photos), lambda text: print(text, file=sys.stderr))
    print_json(found) if as_json else output().print(*found.tables(), sep="\n")


@app.command("survey")
def survey_command(
    checkpoint: Annotated[Path, typer.Option("--checkpoint", help="A network.")] = embedded.NETWORK,
    layer: Annotated[str, typer.Option("--layer", help="One of its layers.")] = CLASSES,
    probe: Annotated[Path | None, typer.Option("--probe", help="A folder of photos; without it they are drawn.")] = None,
    as_json: Json = False,
) -> None:
    """Measure photos a second through a network.

    Decoded in threads of its process, and in processes of their own, in one run.
    """
    found = compare(checkpoint, layer, probe, lambda text: print(text, file=sys.stderr))
    print_json(found) if as_json else output().print(found.table())


@app.command("evidence")
def evidence_command(
    hidden: Annotated[int, typer.Option("--hidden", min=2, help="Hidden neurons of the demo network.")] = 64,
    classes: Annotated[int, typer.Option("--classes", min=2, help="Class neurons, whose true names are known.")] = 149,
    methods: Annotated[str, typer.Option("--methods", help="Such as line,sieve.")] = "line,sieve,clip-dissect,invert",
    presets: Annotated[str, typer.Option("--presets", help="Of LINE.")] = "line,paper",
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Keep everything there; what is there is not made again.")] = None,
    steps: Steps = None, seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """What every method's labels are worth: the same neurons, verified on the same fresh pictures, and compared.

    On hidden and class neurons of the embedded network.
    """
    chosen = contestants(methods.split(","), presets.split(","))
    counts = {HIDDEN: hidden, CLASSES: classes}
    found = evidence(chosen, counts, seed, lambda text: print(text, file=sys.stderr), workspace, steps)
    if as_json:
        print_json(found)
    else:
        output().print(*(part for group in found.groups for part in (*tables(group.comparison), group.table())), sep="\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _counts(option: str, text: str) -> tuple[int, ...]:
    """Whole numbers between commas."""
    try:
        return tuple(int(part) for part in _parts(text))
    except ValueError:
        raise UserError(f"{option} takes whole numbers separated by commas, such as 16,64; got '{text}'.") from None


def _presets(text: str) -> tuple[Preset, ...]:
    """Presets between commas."""
    try:
        return msgspec.convert(_parts(text), tuple[Preset, ...])
    except msgspec.ValidationError:
        raise UserError(f"--presets takes line, sparing and paper, separated by commas; got '{text}'.") from None


def _parts(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
