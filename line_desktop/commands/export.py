"""`export` and `import`: labels out to papers, notebooks and browsers, and in from other workspaces and other tools."""

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from line_desktop.commands.running import FAILURES
from line_desktop.console import plain
from line_desktop.errors import UserError
from line_desktop.interchange.labels import Imported, import_labels
from line_desktop.interchange.reading import read_document, restore
from line_desktop.interchange.table import write_table
from line_desktop.interchange.writing import copy_pictures, write_document
from line_desktop.opening import workspace_for_job
from line_desktop.report.gather import gather
from line_desktop.report.html import write_html
from line_desktop.selection import Chosen, choose, chosen_in
from line_desktop.store.desk import Desk
from line_desktop.store.workspace import Workspace
from models.plural import count

app = typer.Typer()
NAMED = 20  # bad rows on the screen
Folder = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")]
OnlyLayers = Annotated[list[str], typer.Option("--layer", help="Only neurons of this layer; may be given several times.")]
OnlyNeurons = Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20, of each layer; by default all.")]
SavedFilter = Annotated[str, typer.Option("--filter", help="A filter saved in the gallery, by its name.")]


@app.command("export")
def export(
    workspace: Folder,
    file: Annotated[Path, typer.Argument(metavar="OUT", help="A file ending in .csv, .json or .html.")],
    layer: OnlyLayers = [],  # noqa: B006  # typer copies it
    neurons: OnlyNeurons = "all",
    saved: SavedFilter = "",
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="With .json: copy the picture files into this folder, named by SHA-256.")
    ] = None,
    ids: Annotated[Path | None, typer.Option("--ids", hidden=True, help="A file with the neurons that the window has chosen.")] = None,
) -> None:
    """Write labels and what they rest on: a table, a document that `import` reads, or a page for any browser.

    Reads beside a running job; a file of that name is replaced once the new one is whole.
    """
    write = WRITERS.get(file.suffix.lower())
    if write is None:
        raise UserError(f"{file.name} does not say what to write: end the name in {', '.join(WRITERS)}.")
    if pictures is not None and file.suffix.lower() != ".json":
        raise UserError("--pictures belongs to a .json file, which names the pictures it copies.")
    with closing(Desk.open(workspace)) as desk:
        chosen = chosen_in(ids) if ids else choose(desk, neurons, layer, saved)
        write(desk, chosen, file)
        missing = copy_pictures(desk, file, pictures) if pictures else 0
    print(f"{count(len(chosen.ids), 'neuron is', 'neurons are')} in {plain(str(file))}.", file=sys.stderr)
    if missing:
        print(f"{count(missing, 'picture is', 'pictures are')} missing from the workspace and left out.", file=sys.stderr)


def _table(desk: Desk, chosen: Chosen, file: Path) -> None:
    write_table(desk, chosen.ids, file)


def _document(desk: Desk, chosen: Chosen, file: Path) -> None:
    write_document(desk, chosen.ids, file)


def _page(desk: Desk, chosen: Chosen, file: Path) -> None:
    written = write_html(gather(desk, [int(one) for one in chosen.ids], chosen.words, "full"), file)
    if written.lost:
        print(f"{count(len(written.lost), 'picture')} could not be shown; the first: {plain(written.lost[0])}", file=sys.stderr)


WRITERS: dict[str, Callable[[Desk, Chosen, Path], None]] = {".csv": _table, ".json": _document, ".html": _page}


@app.command("import")
def import_file(
    workspace: Folder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .json that `export` wrote, or a CSV file of labels of another tool.")],
    layer: Annotated[
        list[str], typer.Option("--layer", help="The layer of a CSV file that names none; or THEIRS=OURS, several times, for other names.")
    ] = [],  # noqa: B006  # typer copies it
    method: Annotated[str, typer.Option("--method", help="What to call the method; by default what the file's header says.")] = "",
    pictures: Annotated[Path | None, typer.Option("--pictures", help="With .json: the folder with its picture files.")] = None,
) -> None:
    """Bring labels in: a document of another workspace, or what CLIP-Dissect, MILAN, INVERT, FALCON or a table say, beside ours.

    The format of a CSV file is recognised from its header. Rows that are no label are named and skipped; then it ends with 3.
    """
    if file.suffix.lower() == ".json":
        _import_document(workspace, file, pictures)
        return
    names = dict(one.split("=", 1) for one in layer if "=" in one)
    only = [one for one in layer if "=" not in one]
    if len(only) > 1:
        raise UserError(f"--layer names {len(only)} layers, but a file without a column of layers is of one.")
    Desk.open(workspace).close()  # labels make no workspace
    with Workspace.open(workspace) as opened:
        found = import_labels(opened, file, names, "".join(only), method)
    _tell(found)
    if found.skipped_rows:
        raise typer.Exit(FAILURES)


def _import_document(folder: Path, file: Path, pictures: Path | None) -> None:
    document = read_document(file)
    with workspace_for_job(folder) as workspace:
        found = restore(workspace, document, pictures)
    known = f"; {count(found.runs_known, 'run was', 'runs were')} there already" if found.runs_known else ""
    words = f"{count(found.human_words, 'human word')}, {count(found.pictures, 'picture')}"
    print(f"{count(found.neurons, 'neuron')}, {count(found.runs, 'run')}, {words}{known}.", file=sys.stderr)


def _tell(found: Imported) -> None:
    for layer, many in found.labels.items():
        print(f"{count(many, 'label')} of layer {plain(layer)} as {plain(found.method)}, from a {found.title} file.", file=sys.stderr)
    for row in found.skipped[:NAMED]:
        print(f"Row {row.row} is skipped: {plain(row.why)}.", file=sys.stderr)
    if found.skipped_rows > NAMED:
        print(f"{count(found.skipped_rows - NAMED, 'further row is', 'further rows are')} skipped.", file=sys.stderr)
