"""`label` and `demo`: name neurons."""

from pathlib import Path
from typing import Annotated, ClassVar

import typer

from line_desktop import paths
from line_desktop.commands.grouped import GroupedCommand
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
    Ray,
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
from models.types.language import Profile

LLM = "The language model: a GGUF file, the name of one in `models list`, or demo."
PICTURES = "What draws names: pictograms (built in), photos:FOLDER, or sdxl:PATH for Stable Diffusion or FLUX."
CONFIRM = "Another source, which draws LINE's finalists again and decides between them."
CLIP = "The folder of a CLIP, which tells what photos show, or demo."
CONCEPTS = "The names to choose from: classes (of the photos), pictograms, or a text file with one name on each line."
CAPTIONER = "The folder of a model that describes photos in words, such as BLIP."
CROPS = "Have also the regions described where the neuron fires most."
GATE = "Leave out neurons that repeat another one, or respond to most photos alike; dead ones always are."
PROFILE = "The prompts: those of the paper, or compact ones; by default what fits the language model's size."
MEMORY = "What all models may take together; what does not fit takes turns. By default nine tenths of what is free."

app = typer.Typer()


class LabelCommand(GroupedCommand):
    """`label`, whose options are many."""

    groups: ClassVar = {
        "What to label": ("layer", "neurons", "probe", "workspace"),
        "How": ("method", "preset", "steps", "patience", "gate", "seed"),
        "With what": ("llm", "profile", "pictures", "confirm_pictures", "clip", "concepts", "captioner", "crops", "formula_length"),
        "How photos are fed to the checkpoint, where its files do not say": ("mean", "std", "size", "crop"),
        "What the checkpoint is, where its files do not say": ("arch", "classes", "trust_code"),
        "Memory and machines": ("memory", "try_anyway", "ray"),
    }


@app.command("label", cls=LabelCommand)
def label_command(
    checkpoint: CheckpointPath,
    layer: Layers,
    neurons: Annotated[str, typer.Option("--neurons", metavar="WHICH", help="Numbers such as 0-9,15, or random:20, or all.")],
    probe: Probe,
    workspace: WorkspaceFolder,
    method: Annotated[MethodName, typer.Option("--method", metavar="METHOD", help="One of the methods above.")] = "line",
    llm: Annotated[str, typer.Option("--llm", metavar="FILE", help=LLM)] = "",
    pictures: Annotated[str, typer.Option("--pictures", metavar="SOURCE", help=PICTURES)] = "",
    confirm_pictures: Annotated[str, typer.Option("--confirm-pictures", metavar="SOURCE", help=CONFIRM)] = "",
    clip: Annotated[str, typer.Option("--clip", metavar="FOLDER", help=CLIP)] = "",
    concepts: Annotated[str, typer.Option("--concepts", metavar="LIST", help=CONCEPTS)] = "classes",
    captioner: Annotated[Path | None, typer.Option("--captioner", metavar="FOLDER", help=CAPTIONER)] = None,
    crops: Annotated[bool, typer.Option("--describe-crops", help=CROPS)] = False,
    formula_length: Annotated[int, typer.Option("--formula-length", min=1, max=5, help="The most classes in a formula of invert.")] = 3,
    gate: Annotated[bool, typer.Option("--gate/--no-gate", help=GATE)] = True,
    preset: PresetName = "line",
    profile: Annotated[Profile | None, typer.Option("--profile", help=PROFILE)] = None,
    memory: Annotated[float | None, typer.Option("--memory", metavar="GB", min=0.1, help=MEMORY)] = None,
    try_anyway: Annotated[bool, typer.Option("--try-anyway", help="Load models also where they seem too large for the memory.")] = False,
    ray: Ray = "",
    steps: Steps = None, patience: Patience = 0, seed: Seed = 0, mean: Mean = None, std: Std = None, size: Size = None, crop: Crop = None,
    arch: Arch = "", trust_code: TrustCode = "", classes: Classes = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Name neurons by the LINE method, or by another one beside it.

    To try it on a network of yours, with the small models of the set-up:

    \b
      line-desktop label NET.onnx --layer LAYER --neurons random:5 \\
          --probe PHOTOS --llm demo --pictures pictograms --workspace STUDY

    Each method needs what stands beside it:

    \b
      line                  --llm --pictures, labelled photos
                            proposes, draws and scores names, step by step
      facets                the same and --clip
                            sorts the strongest photos into kinds, then line
                            for each kind: several names for one neuron
      sieve                 --clip --concepts --pictures
                            names from a list that fit the strongest photos,
                            verified on pictures: several for one neuron
      clip-dissect          --clip --concepts
                            the name of a list that fits the photos best
      invert                labelled photos
                            classes of the photos, as in "cat or dog"
      describe-and-dissect  --captioner --llm --pictures
                            what descriptions of the photos have in common

    Labelled photos lie in one folder for each class. Ctrl+C finishes the step;
    the same command goes on where it stopped.
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
    preset: PresetName = "line", steps: Steps = None, seed: Seed = 0, as_json: Json = False,
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
