"""`label` and `demo`: name neurons."""

from pathlib import Path
from typing import Annotated

import typer

from line_desktop import paths
from line_desktop.commands.options import (
    Arch,
    CheckpointPath,
    Classes,
    Crop,
    Json,
    Layers,
    Mean,
    Patience,
    PresetName,
    Probe,
    Seed,
    Size,
    Std,
    Steps,
    TrustCode,
    WorkspaceFolder,
    clip_folder,
    language_model,
    overrides,
)
from line_desktop.commands.report import report_all
from line_desktop.commands.running import report, run_job
from line_desktop.demo import DemoJob, known_labels
from line_desktop.engines import GB
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import MethodName
from line_desktop.opening import workspace_for_job
from models.types import Profile

app = typer.Typer()


@app.command("label")
def label_command(
    checkpoint: CheckpointPath,
    layer: Layers,
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all.")],
    probe: Probe,
    workspace: WorkspaceFolder,
    method: Annotated[MethodName, typer.Option("--method", help="How: LINE, or one to compare it with.")] = "line",
    llm: Annotated[str, typer.Option("--llm", help="A GGUF file, the name of one in `models list`, or demo.")] = "",
    pictures: Annotated[str, typer.Option("--pictures", help="pictograms, photos:FOLDER, or sdxl:PATH.")] = "",
    confirm_pictures: Annotated[str, typer.Option("--confirm-pictures", help="Source that draws LINE's finalists again.")] = "",
    clip: Annotated[str, typer.Option("--clip", metavar="FOLDER", help="A CLIP, or demo; for sieve and clip-dissect.")] = "",
    concepts: Annotated[str, typer.Option("--concepts", help="Concept list: classes, pictograms, or a file with one a line.")] = "classes",
    captioner: Annotated[Path | None, typer.Option("--captioner", metavar="FOLDER", help="A model that describes photos.")] = None,
    crops: Annotated[bool, typer.Option("--describe-crops", help="Describe also where in the photos a neuron fires most.")] = False,
    formula_length: Annotated[int, typer.Option("--formula-length", min=1, max=5, help="Concepts in a formula of invert, at most.")] = 3,
    gate: Annotated[bool, typer.Option("--gate/--no-gate", help="Leave out neurons not worth the time.")] = True,
    preset: PresetName = "line",
    profile: Annotated[Profile | None, typer.Option("--profile", help="The prompts; by default as fits the language model.")] = None,
    memory: Annotated[float | None, typer.Option("--memory", min=0.1, help="GB for all models; what does not fit takes turns.")] = None,
    try_anyway: Annotated[bool, typer.Option("--try-anyway", help="Load also what seems too large for the memory.")] = False,
    ray: Annotated[str, typer.Option("--ray", metavar="ADDRESS", help="Work on Ray's machines: HOST:PORT, auto, or local to try.")] = "",
    steps: Steps = 10, patience: Patience = 0, seed: Seed = 0, mean: Mean = None, std: Std = None, size: Size = None, crop: Crop = None,
    arch: Arch = "", trust_code: TrustCode = "", classes: Classes = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Name neurons by the LINE method, or by another one beside it.

    line needs --llm, --pictures and labelled photos; sieve --clip, --concepts and --pictures; clip-dissect --clip and --concepts;
    invert labelled photos; describe-and-dissect --captioner, --llm and --pictures.

    Ctrl+C finishes the step; the same command goes on where it stopped.
    """
    job = LabelJob(
        checkpoint, dict.fromkeys(layer, neurons), probe, language_model(llm) if llm else None, pictures, confirm_pictures=confirm_pictures,
        method=method, preset=preset, profile=profile, steps=steps, patience=patience, seed=seed,
        memory=None if memory is None else int(memory * GB), try_anyway=try_anyway, clip=clip_folder(clip) if clip else None,
        concepts=concepts, captioner=captioner, crops=crops, formula_length=formula_length, gate=gate, ray=ray,
        overrides=overrides(mean, std, size, crop, arch, trust_code, classes),
    )  # fmt: skip
    with workspace_for_job(workspace) as kept:
        report(kept, run_job(kept, job), as_json)


@app.command()
def demo(
    neurons: Annotated[int, typer.Option("--neurons", help="How many; half are hidden neurons, half class neurons.")] = 12,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Folder that keeps everything.")] = None,
    pdf: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write a report of them as a PDF at the end.")] = None,
    preset: PresetName = "line", steps: Steps = 10, seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Name neurons of the embedded network; nothing else is needed.

    With the network go a small language model and drawn pictures. Half of the neurons are class neurons, whose names are known.
    """
    folder = workspace or paths.demo_workspace()
    job = DemoJob(neurons, preset, steps, seed)
    with workspace_for_job(folder) as kept:
        found = run_job(kept, job)
        if pdf:
            report_all(kept.folder, pdf)
        report(kept, found, as_json, known_labels(kept))
