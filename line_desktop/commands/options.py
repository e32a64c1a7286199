"""Arguments and options that several commands share, and what is made of them."""

from pathlib import Path
from typing import Annotated

import typer

from line_desktop import model_list
from line_desktop.errors import UserError
from line_desktop.methods.line import Preset
from line_desktop.target import Overrides, read_class_names
from models import embedded

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output; everything else goes to standard error.")]
CHECKPOINT = "An ONNX file, a Hugging Face or timm folder, a file of weights with --arch, or a torch program with --trust-code."
CheckpointPath = Annotated[Path, typer.Argument(metavar="CHECKPOINT", help=CHECKPOINT)]
Layers = Annotated[list[str], typer.Option("--layer", help="A layer's name, as `inspect` lists them; may be given several times.")]
Probe = Annotated[Path, typer.Option("--probe", help="Folder of probe photos; for `label` one folder for each class.")]
Mean = Annotated[str | None, typer.Option("--mean", help="Mean of each channel, as 0.485,0.456,0.406, of values from 0 to 1.")]
Std = Annotated[str | None, typer.Option("--std", help="Standard deviation of each channel.")]
Size = Annotated[int | None, typer.Option("--size", help="Side of the input in pixels.")]
Crop = Annotated[bool | None, typer.Option("--crop/--no-crop", help="Cut out the centre, or stretch the whole photo.")]
Arch = Annotated[str, typer.Option("--arch", help="The network that a file of weights belongs to, as resnet50 or timm:resnet50.")]
TRUST_CODE = "SHA-256 of a TorchScript or torch.export program whose author you trust: it runs code."
TrustCode = Annotated[str, typer.Option("--trust-code", metavar="SHA256", help=TRUST_CODE)]
Classes = Annotated[Path | None, typer.Option("--classes", help="Text file with the name of one class on each line.")]
WorkspaceFolder = Annotated[Path, typer.Option("--workspace", help="Folder that keeps everything; made if it is not there.")]
PRESET = "With our improvements (line), the same for whole layers at a fraction of the work (sparing), or the paper to the letter."
PresetName = Annotated[Preset, typer.Option("--preset", help=PRESET)]
STEPS = "Proposals for each neuron, before the summary; by default 10, in the preset sparing 1."
Steps = Annotated[int | None, typer.Option("--steps", min=1, max=100, help=STEPS)]
PATIENCE = (
    "Steps that brought nothing among its five best, after which a neuron goes to its summary; 0, and in the preset paper: all are made."
)
Patience = Annotated[int, typer.Option("--patience", min=0, max=100, help=PATIENCE)]
RAY = "Share the work among the machines of a Ray cluster: HOST:PORT, auto, or local to try it."
Ray = Annotated[str, typer.Option("--ray", metavar="ADDRESS", help=RAY)]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of everything random.")]


def overrides(
    mean: str | None, std: str | None, size: int | None, crop: bool | None, arch: str, trust_code: str, classes: Path | None
) -> Overrides:
    """The options on the checkpoint as typed."""
    names = () if classes is None else read_class_names(classes)
    return Overrides(numbers("--mean", mean), numbers("--std", std), size, crop, arch, trust_code, names)


def numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """Numbers separated by commas."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UserError(f"{option} takes numbers separated by commas, such as 0.5,0.5,0.5; got '{text}'.") from None


def language_model(text: str) -> Path:
    """The GGUF file meant by --llm: a path, the name of a remembered model, or demo."""
    if text == "demo":
        return embedded.demo_model_path()
    entry = None if Path(text).exists() else model_list.find(text)
    return Path(entry.path if entry else text)


def clip_folder(text: str) -> Path:
    """The folder meant by --clip: a path, or demo."""
    return embedded.CLIP if text == "demo" else Path(text)
