"""`verify`: is a label right? Evidence for the labels of a workspace."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
from rich.table import Table
from rich.text import Text

from line_desktop.commands.options import Json, Ray, Seed
from line_desktop.commands.running import FAILURES, all_told, print_json
from line_desktop.console import output, plain
from line_desktop.engines import GB
from line_desktop.events import Verified
from line_desktop.selection import choose
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL, CARD
from line_desktop.store.rows import Evidence, Interval
from line_desktop.store.workspace import Workspace
from line_desktop.verify import VerifyJob

app = typer.Typer()
HEADINGS = ("layer", "neuron", "label", "by", "verdict", "AUC", "MAD", "p", "AR", "AUPRC")
METHOD = "line, line-sparing, line-paper, sieve or another: the labels by it; all: those by every method; else those on the cards."


class Row(NamedTuple):
    """A label that was verified, who found it, and the evidence."""

    told: Verified
    methods: list[str]
    evidence: Evidence | None


@app.command("verify")
def verify_command(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")],
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all, of each layer.")] = "all",
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Only neurons of this layer; may be given several times.")] = None,
    method: Annotated[str, typer.Option("--method", help=METHOD)] = CARD,
    labels: Annotated[Literal["best", "all"], typer.Option("--labels", help="Of a neuron to which a method gives several.")] = "best",
    pictures: Annotated[str, typer.Option("--pictures", help="pictograms, photos:FOLDER, or sdxl:PATH; else as labelled.")] = "",
    memory: Annotated[float | None, typer.Option("--memory", min=0.1, help="GB for all models; what does not fit takes turns.")] = None,
    ray: Ray = "", seed: Seed = 0, as_json: Json = False,
) -> None:  # fmt: skip
    """Is a label right? 50 fresh pictures of each against the probe photos, and a verdict by one rule.

    Ctrl+C finishes what is being drawn; the same command goes on where it stopped.
    """
    everything = neurons.strip().lower() == "all" and not layer
    with closing(Desk.open(workspace)) as desk:
        ids = () if everything else tuple(map(int, choose(desk, neurons, layer or ()).ids))
    job = VerifyJob(ids, pictures, seed, None if memory is None else int(memory * GB), method=method, labels=labels, ray=ray)
    with Workspace.open(workspace) as kept:
        told, notes = all_told(kept, job, Verified)
        rows = _rows(kept, told)
    failed = [row.told for row in rows if row.evidence is None]
    if as_json:
        print_json({"labels": [_part(row) for row in rows], "notes": notes})
    else:
        output().print(_table(rows))
        rules = {row.evidence.rule for row in rows if row.evidence}
        output().print(
            *(Text(plain(text)) for text in (*rules, *(f"{one.layer} · {one.neuron}: {one.sentence}" for one in failed))), sep="\n"
        )
    if failed:
        raise typer.Exit(FAILURES)


def _rows(workspace: Workspace, found: list[Verified]) -> list[Row]:
    """What was found, with everybody who gave that label."""
    claims = workspace.claims(sorted({one.neuron_id for one in found}), ALL, every=True)
    methods: dict[tuple[int, str], list[str]] = {}
    for claim in claims:
        methods.setdefault((claim.neuron_id, claim.label), []).append(claim.method)
    evidence = workspace.evidence_for(claims)
    keys = [(one.neuron_id, one.label) for one in found]
    return [Row(one, methods.get(key, []), evidence.get(key) if one.verdict else None) for one, key in zip(found, keys, strict=True)]


def _table(rows: list[Row]) -> Table:
    """Every label with its numbers; intervals in brackets."""
    table = Table(title="1 label" if len(rows) == 1 else f"{len(rows)} labels")
    for column in HEADINGS:
        table.add_column(column, justify="left" if column in ("layer", "label", "by", "verdict") else "right")
    for one, methods, evidence in rows:
        cells = [one.layer, str(one.neuron), one.label, ", ".join(methods), one.verdict or "–", *_numbers(evidence)]
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _numbers(one: Evidence | None) -> list[str]:
    if one is None:
        return [""] * 5
    on_photos = _interval(one.photos.auprc) if one.photos else "–"
    return [_interval(one.auc), _interval(one.mad), f"{one.p:.1g}", f"{one.activation_rate.value:.0%}", on_photos]


def _interval(one: Interval) -> str:
    return f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]"


def _part(row: Row) -> dict[str, Any]:
    """What programs read; `evidence` is null where there is none, and `sentence` says why."""
    one = row.told
    named = {"layer": one.layer, "neuron": one.neuron, "label": one.label, "methods": row.methods}
    return {**named, "verdict": one.verdict, "sentence": one.sentence, "evidence": row.evidence}
