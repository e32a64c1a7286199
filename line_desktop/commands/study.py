"""`study`: the LINE paper's ablations on any workspace."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.text import Text

from line_desktop.commands.options import Json
from line_desktop.commands.running import all_told, print_json, run_job
from line_desktop.comparison_plot import refuse_ending
from line_desktop.console import output, plain
from line_desktop.events import Verified
from line_desktop.label_job import LabelJob
from line_desktop.opening import workspace_for_job
from line_desktop.store.desk import Desk
from line_desktop.studies import plans
from line_desktop.studies.plot import plot
from line_desktop.studies.steps import Steps, steps_of
from line_desktop.studies.variants import Contrast, Kind, Label, Neuron, Variant, contrast, labels_of, make_ready, template, variants
from line_desktop.verify import VerifyJob
from models.plural import count

HELP = """The LINE paper's ablations on the neurons of a workspace.

What they run lies in WORKSPACE/studies; no label of the workspace itself changes. Ctrl+C finishes the step; the same command goes on."""
app = typer.Typer(help=HELP)
WorkspaceArgument = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="A workspace in which neurons were labelled by LINE.")]
Neurons = Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all; else those of the newest labelling job.")]
LayerNames = Annotated[list[str] | None, typer.Option("--layer", help="Only this layer; may be given several times.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw it as well: a PNG, SVG or PDF file.")]
Verify = Annotated[bool, typer.Option("--verify", help="Draw 50 fresh pictures of each label and compare AUC and MAD as well.")]


@app.command("steps")
def steps_command(
    workspace: WorkspaceArgument,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, max=100, help="Run so many iterations first; else kept runs are read.")
    ] = None,
    neurons: Neurons = "",
    layer: LayerNames = None,
    picture: Plot = None,
    as_json: Json = False,
) -> None:
    """What each iteration brings: the best score so far, and the steps at which the winners were found."""
    _refuse(picture)
    folder = workspace
    if steps is not None:
        with closing(Desk.open(workspace)) as desk:
            job = template(desk, neurons, layer or ())
        (variant,) = variants(workspace, "steps", {count(steps, "step"): msgspec.structs.replace(job, steps=steps)})
        _label(workspace, variant)
        folder = variant.folder
    with closing(Desk.open(folder)) as desk:
        found = steps_of(desk)
    _show(found, picture, as_json)


@app.command("pictures")
def pictures_command(
    workspace: WorkspaceArgument,
    sources: Annotated[list[str], typer.Option("--pictures", help="pictograms, photos:FOLDER, or sdxl:PATH; give two or more.")],
    neurons: Neurons = "",
    layer: LayerNames = None,
    verify: Verify = False,
    picture: Plot = None,
    as_json: Json = False,
) -> None:
    """Picture sources against each other: scores, changed labels, paired tests."""
    chosen = Chosen(workspace, neurons, layer or (), verify, picture, as_json)
    _compare(chosen, "pictures", lambda job: plans.pictures(job, sources), [plans.PICTURES])


@app.command("presets")
def presets_command(
    workspace: WorkspaceArgument,
    neurons: Neurons = "",
    layer: LayerNames = None,
    verify: Verify = False,
    picture: Plot = None,
    as_json: Json = False,
) -> None:
    """The LINE paper to the letter, the default, and the sparing preset, on the same neurons."""
    _compare(Chosen(workspace, neurons, layer or (), verify, picture, as_json), "presets", plans.presets, [plans.PRESETS])


@app.command("vocabulary")
def vocabulary_command(
    workspace: WorkspaceArgument,
    shares: Annotated[str, typer.Option("--shares", help="Percent of the class names to start from.")] = "10,25,50,100",
    neurons: Neurons = "",
    layer: LayerNames = None,
    verify: Verify = False,
    picture: Plot = None,
    as_json: Json = False,
) -> None:
    """How much of the start vocabulary LINE needs."""
    percent = plans.percent(shares)
    chosen = Chosen(workspace, neurons, layer or (), verify, picture, as_json)
    _compare(chosen, "vocabulary", lambda job: plans.vocabulary(job, percent))


class Chosen(NamedTuple):
    """What the commands that compare variants have in common."""

    workspace: Path
    neurons: str
    layers: Sequence[str]
    verify: bool
    picture: Path | None
    as_json: bool


def _compare(chosen: Chosen, kind: Kind, plan: Callable[[LabelJob], Mapping[str, LabelJob]], notes: Sequence[str] = ()) -> None:
    """Run what is missing of each variant of the newest labelling job, one after the other, and show how they compare."""
    _refuse(chosen.picture)
    with closing(Desk.open(chosen.workspace)) as desk:
        jobs = plan(template(desk, chosen.neurons, chosen.layers))
    labels = {one.name: _label(chosen.workspace, one, chosen.verify) for one in variants(chosen.workspace, kind, jobs)}
    _show(contrast(kind, labels, notes), chosen.picture, chosen.as_json)


def _refuse(picture: Path | None) -> None:
    """A name that nothing can be drawn into is told before hours of work."""
    if picture is not None:
        refuse_ending(picture)


def _label(workspace: Path, variant: Variant, verify: bool = False) -> dict[Neuron, Label]:
    """Label in the variant's own workspace, as a job of its queue; a job that is done costs nothing."""
    print(f"{plain(variant.name)}, in {plain(str(variant.folder))}", file=sys.stderr)
    make_ready(variant, workspace)
    with workspace_for_job(variant.folder) as own:
        run_job(own, variant.job)
        if verify:
            all_told(own, VerifyJob(pictures=variant.job.pictures, seed=variant.job.seed), Verified)
        return labels_of(own, [run.id for run in own.runs()])


def _show(found: Steps | Contrast, picture: Path | None, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        output().print(*found.tables(), *(Text(plain(note)) for note in found.notes), sep="\n")
    if picture is not None:
        plot(found, picture)
        print(f"The plot is in {plain(str(picture))}.", file=sys.stderr)
