"""`causal`: does a neuron fire because of what its label names? The concept taken out of pictures."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from line_desktop.causal import CausalJob
from line_desktop.commands.options import Json, Seed
from line_desktop.commands.running import FAILURES, all_told, print_json
from line_desktop.console import output, plain
from line_desktop.engines import GB
from line_desktop.events import Checked
from line_desktop.selection import choose
from line_desktop.store.desk import Desk
from line_desktop.store.intervention_rows import CausalCheck
from line_desktop.store.rows import Interval
from line_desktop.store.workspace import Workspace
from models.plural import count

app = typer.Typer()
HEADINGS = ("layer", "neuron", "label", "verdict", "response", "lost without it", "of the response", "control", "beyond it", "pictures")
EDITOR = "pictograms, or the folder of an image-editing pipeline (diffusers, safetensors); else as labelled."


@app.command("causal")
def causal_command(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")],
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all, of each layer.")] = "all",
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Only neurons of this layer; may be given several times.")] = None,
    editor: Annotated[str, typer.Option("--editor", help=EDITOR)] = "",
    photos: Annotated[int, typer.Option("--photos", help="Pictures of each label; of photos the neuron's strongest, 20 at most.")] = 10,
    memory: Annotated[float | None, typer.Option("--memory", min=0.1, help="GB for all models; what does not fit takes turns.")] = None,
    seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Does the neuron fire because of what its label names? The concept is taken out of pictures, and something else as a control.

    Pictograms are drawn again without the colour, texture or object; photos are edited by a local pipeline. Ctrl+C finishes the edit;
    the same command goes on where it stopped.
    """
    everything = neurons.strip().lower() == "all" and not layer
    with closing(Desk.open(workspace)) as desk:
        ids = () if everything else tuple(map(int, choose(desk, neurons, layer or ()).ids))
    job = CausalJob(ids, editor, photos, seed, None if memory is None else int(memory * GB))
    with Workspace.open(workspace) as kept:
        told, notes = all_told(kept, job, Checked)
        rows = [(one, _newest(kept, one)) for one in told]
    if as_json:
        print_json({"labels": [_part(one, found) for one, found in rows], "notes": notes})
    else:
        output().print(_table(rows))
        rules = {found.rule for _, found in rows if found}
        output().print(*(Text(plain(text)) for text in (*rules, *(_line(one) for one in told))), sep="\n")
    if any(one.failed for one in told):
        raise typer.Exit(FAILURES)


def _newest(workspace: Workspace, one: Checked) -> CausalCheck | None:
    """The check that was just told."""
    if one.failed:
        return None
    return next((found for found in workspace.causal_checks(one.neuron_id, one.label) if found.sentence == one.sentence), None)


def _line(one: Checked) -> str:
    return f"{one.layer} · {one.neuron}: {one.label}. {one.sentence}"


def _table(rows: list[tuple[Checked, CausalCheck | None]]) -> Table:
    """Every label with its numbers, in ranges of the neuron; intervals in brackets."""
    table = Table(title=count(len(rows), "label"))
    for column in HEADINGS:
        table.add_column(column, justify="left" if column in ("layer", "label", "verdict") else "right")
    for one, found in rows:
        cells = [one.layer, str(one.neuron), one.label, *_numbers(found)]
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _numbers(found: CausalCheck | None) -> list[str]:
    if found is None:
        return ["–", "", "", "", "", "", ""]
    count = f"{len(found.pictures)}" + (f" of {found.asked}" if found.left_out else "")
    relative = f"{found.edit.relative.value:.0%}" if found.edit.relative else "–"
    lost = [_share(found.edit.absolute), relative, _share(found.control.absolute), _share(found.beyond)]
    return [found.verdict, _share(found.response), *lost, count]


def _share(one: Interval) -> str:
    return f"{one.value:.0%} [{one.low:.0%}, {one.high:.0%}]"


def _part(one: Checked, found: CausalCheck | None) -> dict[str, Any]:
    """What programs read; `check` is null where there is none, and `sentence` says why."""
    return {"layer": one.layer, "neuron": one.neuron, "label": one.label, "sentence": one.sentence, "check": found}
