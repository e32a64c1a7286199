"""The command line: the same jobs as the window, on the same workspaces.

Exit codes: 0 done; 2 the user's world (one sentence); 3 done, with failures listed; 70 our bug (traceback in the log); 130 interrupted.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from line_desktop import demo as demo_job
from line_desktop import model_list, paths
from line_desktop.bench import quality
from line_desktop.console import LiveTable, labels_table, output, plain, print_error, survey_tables
from line_desktop.doctor import examine
from line_desktop.document import Document, document, survey_document
from line_desktop.engines import GB, Engines
from line_desktop.errors import UserError
from line_desktop.events import Cost, JobEvent, RunStarted, Surveyed
from line_desktop.inspection import checkpoint_tables
from line_desktop.job import LabelJob, label, survey_checkpoint
from line_desktop.line import Preset, Settings
from line_desktop.machine_tables import card_tables, check_tables, finding_table, models_table
from line_desktop.store.workspace import Workspace
from line_desktop.target import Overrides, read_class_names
from models import catalog, embedded, offline
from models.errors import ModelError
from models.types import Profile

DONE, USER, FAILURES, BUG, INTERRUPTED = 0, 2, 3, 70, 130

HELP = """Name what the neurons of a vision model respond to: offline, on this computer.

Begin with `line-desktop demo`. For a checkpoint of your own: `inspect` lists its layers, `label` names their neurons."""
app = typer.Typer(help=HELP, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
bench_app = typer.Typer(help="Measure on this machine.")
app.add_typer(bench_app, name="bench")
models_app = typer.Typer(help="Remember model files by name, and check them.")
app.add_typer(models_app, name="models")

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
PresetName = Annotated[Preset, typer.Option("--preset", help="The method with our improvements, or the paper to the letter.")]
Steps = Annotated[int, typer.Option("--steps", min=1, max=100, help="Proposals for each neuron, before the summary.")]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of everything random.")]


@app.command()
def inspect(
    checkpoint: CheckpointPath, arch: Arch = "", trust_code: TrustCode = "", classes: Classes = None, size: Size = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Say what a checkpoint is and which layers can be tapped.

    Also how far it can be trusted, its preprocessing, and the names of its classes.
    """
    changes = overrides(None, None, size, None, arch, trust_code, classes)
    with Engines() as engines:
        found = changes.describe(engines.importer().inspect(checkpoint, changes.how))
    if as_json:
        print_json(found)
    else:
        output().print(*checkpoint_tables(found), sep="\n")


@app.command()
def survey(
    checkpoint: CheckpointPath, layer: Layers, probe: Probe, workspace: WorkspaceFolder,
    mean: Mean = None, std: Std = None, size: Size = None, crop: Crop = None, arch: Arch = "", trust_code: TrustCode = "",
    classes: Classes = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Show what the neurons of some layers do on a set of photos.

    Kept in the workspace, where `label` finds it. Ctrl+C finishes the photos under way; the same command goes on where it stopped.
    """
    changes = overrides(mean, std, size, crop, arch, trust_code, classes)
    surveyed: Surveyed | None = None
    with Workspace.open(workspace) as kept:
        with LiveTable() as table, stop_on_interrupt() as stop:
            for event in survey_checkpoint(kept, checkpoint, list(dict.fromkeys(layer)), probe, changes, stop):
                table.show(event)
                if isinstance(event, Surveyed):
                    surveyed = event
        if surveyed is None:
            raise stopped(kept)
        found = survey_document(kept, surveyed)
        print_json(found) if as_json else output().print(*survey_tables(found), sep="\n")


@app.command("label")
def label_command(
    checkpoint: CheckpointPath,
    layer: Layers,
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all.")],
    probe: Probe,
    llm: Annotated[str, typer.Option("--llm", help="A GGUF file, the name of one in `models list`, or demo.")],
    pictures: Annotated[str, typer.Option("--pictures", help="pictograms, photos:FOLDER, or sdxl:PATH.")],
    workspace: WorkspaceFolder,
    preset: PresetName = "line",
    profile: Annotated[Profile | None, typer.Option("--profile", help="The prompts; by default as fits the language model.")] = None,
    memory: Annotated[float | None, typer.Option("--memory", min=0.1, help="GB for all models; what does not fit takes turns.")] = None,
    steps: Steps = 10, seed: Seed = 0, mean: Mean = None, std: Std = None, size: Size = None, crop: Crop = None, arch: Arch = "",
    trust_code: TrustCode = "", classes: Classes = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Name neurons by the LINE method.

    Ctrl+C finishes the step; the same command goes on where it stopped.
    """
    job = LabelJob(
        checkpoint, dict.fromkeys(layer, neurons), probe, language_model(llm), pictures, preset=preset, profile=profile,
        steps=steps, seed=seed, memory=None if memory is None else int(memory * GB),
        overrides=overrides(mean, std, size, crop, arch, trust_code, classes),
    )  # fmt: skip
    with Workspace.open(workspace) as kept:
        report(kept, run_job(kept, job), as_json)


@app.command()
def demo(
    neurons: Annotated[int, typer.Option("--neurons", help="How many; half are hidden neurons, half class neurons.")] = 12,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Folder that keeps everything.")] = None,
    preset: PresetName = "line", steps: Steps = 10, seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Name neurons of the embedded network; nothing else is needed.

    With the network go a small language model and drawn pictures. Half of the neurons are class neurons, whose names are known.
    """
    folder = workspace or paths.demo_workspace()
    job = demo_job.demo_job(folder, neurons, preset, steps, seed)
    with Workspace.open(folder) as kept:
        found = run_job(kept, job, demo_job.prepare(kept))
        report(kept, found, as_json, demo_job.known_labels(kept))


@bench_app.command("quality")
def bench_quality(
    neurons: Annotated[int, typer.Option("--neurons", min=2, help="Hidden neurons, and as many class neurons.")] = 24,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure both presets on the embedded network.

    Against an exhaustive search, and against known truth.
    """
    found = quality(neurons, seed, lambda text: print(text, file=sys.stderr))
    print_json(found) if as_json else output().print(*found.tables(), sep="\n")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what works on this machine, and what to do where something does not.

    Device, drivers, libraries, memory, disk, and whether the engines can reach the network. Ends with 3 if something is missing.
    """
    found = list(examine())
    print_json(found) if as_json else output().print(finding_table(found))
    if any(one.state == "missing" for one in found):
        raise typer.Exit(FAILURES)


@models_app.command("list")
def models_list(as_json: Json = False) -> None:
    """List the remembered models, and files that are known to work."""
    kept = model_list.remembered()
    if as_json:
        print_json({"remembered": kept, "cards": catalog.cards()})
    else:
        output().print(models_table(kept), *card_tables(catalog.cards()), sep="\n")


@models_app.command("add")
def models_add(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A model file or folder; it stays where it is.")],
    name: Annotated[str | None, typer.Option("--name", help="What to call it; by default as the file.")] = None,
) -> None:
    """Remember a model file, with its SHA-256."""
    entry = model_list.add(path, name)
    print(f"{plain(entry.path)} is remembered as {entry.name}, a {entry.kind}.", file=sys.stderr)


@models_app.command("check")
def models_check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A remembered name, or the path of a model file or folder.")],
    as_json: Json = False,
) -> None:
    """Look at a model file: SHA-256, header, licence, trust, and whether it fits into memory.

    Nothing in the file is run. Ends with 3 if the file is not what it was or what its name says.
    """
    found = model_list.check(file)
    print_json(found) if as_json else output().print(*check_tables(found), sep="\n")
    if found.warnings:
        raise typer.Exit(FAILURES)


@models_app.command("forget")
def models_forget(name: Annotated[str, typer.Argument(metavar="NAME", help="A remembered name.")]) -> None:
    """Take a model off the list; its file stays."""
    entry = model_list.forget(name)
    print(f"{entry.name} is forgotten; the file {plain(entry.path)} is still there.", file=sys.stderr)


def run_job(workspace: Workspace, job: LabelJob, before: Iterable[JobEvent] = ()) -> Document:
    """Run a job with a live table; Ctrl+C finishes the step and ends with how to resume."""
    chosen: dict[int, Sequence[int]] = {}
    cost: Cost | None = None
    began = time.monotonic()
    with LiveTable(Settings(preset=job.preset, steps=job.steps).last_step) as table, stop_on_interrupt() as stop:
        for events in (before, label(workspace, job, stop)):
            for event in events:
                table.show(event)
                if isinstance(event, RunStarted):
                    chosen[event.run_id] = event.neurons
                elif isinstance(event, Cost):
                    cost = event
    assert cost is not None, "a job's last event is its cost"
    print(
        f"{time.monotonic() - began:.0f} s; {cost.pictures_drawn} pictures drawn, {cost.bank_hits} concepts from the bank, "
        f"{cost.evaluated_tokens} of {cost.prompt_tokens} prompt tokens evaluated, {cost.generated_tokens} generated.",
        file=sys.stderr,
    )
    if not cost.finished:
        raise stopped(workspace)
    return document(workspace, chosen)


def stopped(workspace: Workspace) -> typer.Exit:
    """The end of a command after Ctrl+C, with how to go on."""
    print(f"Stopped. Everything done is kept in {workspace.folder}; type the same command again to go on.", file=sys.stderr)
    return typer.Exit(INTERRUPTED)


def report(workspace: Workspace, found: Document, as_json: bool, truth: dict[tuple[str, int], str] | None = None) -> None:
    """Print a job's result and end with the exit code that fits."""
    if as_json:
        print_json(found)
    else:
        output().print(labels_table(found, truth))
        print(f"Kept in {workspace.folder}", file=sys.stderr)
    if found.failed:
        raise typer.Exit(FAILURES)


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """A function that says whether Ctrl+C was pressed; a second Ctrl+C stops at once."""
    pressed = False

    def press(*_: Any) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        print("Finishing the step; Ctrl+C again stops at once.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


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


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def main() -> None:
    """The command's entry: errors of the user's world in one sentence, ours in the log."""
    offline.set_switches()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("line-desktop", list(arguments) or ["--help"]) as context:
            command.invoke(context)
            sys.stdout.flush()
    except typer.Exit as ended:
        return ended.exit_code
    except (UserError, ModelError) as error:
        print_error(str(error))
        return USER
    except typer.TyperException as error:
        print_error(usage(error))
        return USER
    except BrokenPipeError:  # whoever read our output has enough of it, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("Stopped at once. What was finished is kept; type the same command again to go on.", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001  # the command's top level: our own mistakes go to the log
        return log_bug()
    return DONE


def usage(error: typer.TyperException) -> str:
    """What is wrong with a command line, in one sentence, and where to read about it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "line-desktop"
    said = error.format_message().replace("Value error, ", "")  # what validates a choice says so before its own words
    return f"{said.rstrip('.')}; see {command} --help."


def log_bug() -> int:
    """Append the traceback to the log and say where it is."""
    log = paths.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(sys.argv)}\n{traceback.format_exc()}\n")
    print_error(f"this is a mistake in LINE Desktop, not yours; the details are in {log}.")
    return BUG
