"""`ablate`: what does the network lose without a neuron? Its accuracy on labelled photos, class by class."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from line_desktop import accuracy
from line_desktop.ablate import AblateJob
from line_desktop.commands.options import Json
from line_desktop.commands.running import all_told, print_json
from line_desktop.console import output, plain
from line_desktop.engines import GB
from line_desktop.events import Checked
from line_desktop.selection import choose
from line_desktop.store.desk import Desk
from line_desktop.store.intervention_rows import Ablation, ClassCounts
from line_desktop.store.workspace import Workspace
from models.plural import count

app = typer.Typer()
HEADINGS = ("layer", "neuron", "label", "its classes", "before", "after", "drop", "all others", "most hurt")


@app.command("ablate")
def ablate_command(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")],
    layer: Annotated[list[str], typer.Option("--layer", help="The layer of the neurons; may be given several times.")],
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all, of each layer.")] = "all",
    top: Annotated[int, typer.Option("--top", min=1, help="A photo is named right if its class is among so many answers.")] = 1,
    memory: Annotated[float | None, typer.Option("--memory", min=0.1, help="GB for all models; what does not fit takes turns.")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """What does the network lose without a neuron? It is set to zero, and the labelled photos of the survey are named again.

    Ctrl+C keeps what is done; the same command goes on where it stopped.
    """
    with closing(Desk.open(workspace)) as desk:
        ids = tuple(map(int, choose(desk, neurons, layer).ids))
    job = AblateJob(ids, top, None if memory is None else int(memory * GB))
    with Workspace.open(workspace) as kept:
        told, notes = all_told(kept, job, Checked)
        rows = [(one, found) for one in told if (found := kept.ablation(one.neuron_id))]
    if as_json:
        print_json({"neurons": [_part(one, found) for one, found in rows], "notes": notes})
        return
    output().print(_table(rows))
    output().print(*(Text(plain(f"{one.layer} · {one.neuron}: {one.sentence}")) for one, _ in rows), sep="\n")


def _table(rows: list[tuple[Checked, Ablation]]) -> Table:
    """Every neuron with what happens to the classes of its label, and to the others."""
    table = Table(title=count(len(rows), "neuron"))
    for column in HEADINGS:
        table.add_column(column, justify="left" if column in ("layer", "label", "its classes", "most hurt") else "right")
    for one, found in rows:
        own, others = accuracy.of_label(found, one.label or None)
        worst = [f"{hurt.name} {_drop(hurt)}" for hurt in accuracy.most_hurt(found)[: accuracy.SHOWN]]
        cells = [one.layer, str(one.neuron), one.label or "–", ", ".join(part.name for part in own), *_moves(own)]
        table.add_row(*(Text(plain(cell)) for cell in (*cells, _drop(accuracy.together(others)) if others else "", ", ".join(worst))))
    return table


def _moves(own: list[ClassCounts]) -> list[str]:
    if not own:
        return ["", "", ""]
    whole = accuracy.together(own)
    before, after = accuracy.accuracies(whole)
    return [f"{before:.0%}", f"{after:.0%}", _drop(whole)]


def _drop(one: ClassCounts) -> str:
    found = accuracy.drop(one)
    return f"{found.value:.1%} [{found.low:.1%}, {found.high:.1%}]"


def _part(one: Checked, found: Ablation) -> dict[str, Any]:
    """What programs read: counts of every class, and the drops with their intervals."""
    own, others = accuracy.of_label(found, one.label or None)
    classes = [
        {"name": each.name, "photos": each.photos, "right": each.right, "lost": each.lost, "gained": each.gained,
         "drop": accuracy.drop(each)} for each in found.classes
    ]  # fmt: skip
    return {
        "layer": one.layer, "neuron": one.neuron, "label": one.label or None, "sentence": one.sentence, "top": found.top,
        "of_answers": found.of_answers, "answers": found.answers, "device": found.device, "made": found.made,
        "label_drop": accuracy.drop(accuracy.together(own)) if own else None,
        "others_drop": accuracy.drop(accuracy.together(others)) if others else None, "classes": classes,
    }  # fmt: skip
