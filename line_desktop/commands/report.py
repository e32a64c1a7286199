"""`report`: what a workspace knows of its neurons, as a PDF to file or as one page for any browser."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from line_desktop.console import plain
from line_desktop.report.told import Doing, Ended, Previewed, say
from line_desktop.selection import Chosen, choose, chosen_in
from line_desktop.store.desk import Desk
from line_desktop.store.disk import in_words

app = typer.Typer()
NAMED = 10  # pictures and characters named on the console; all are in the report
PREVIEWED = 200  # neurons that a preview reads at most
Detail = Annotated[Literal["summary", "full"], typer.Option("--detail", help="A few lines for each neuron, or a page.")]
Paper = Annotated[Literal["a4", "letter"], typer.Option("--paper", help="The size of the pages of a PDF.")]
Tell = Callable[[Doing], None]


@app.command("report")
def report_command(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.pdf", help="The file to write, or OUT.html; an older one is replaced.")],
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all, of each layer; else all asked for.")] = "",
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Only neurons of this layer; may be given several times.")] = None,
    saved: Annotated[str, typer.Option("--filter", help="A filter saved in the gallery, by its name.")] = "",
    detail: Detail = "full", paper: Paper = "a4",
    ids: Annotated[Path | None, typer.Option("--ids", hidden=True, help="A file with the neurons that the window has chosen.")] = None,
    preview: Annotated[bool, typer.Option("--preview", hidden=True, help="Write pictures of the first pages into the folder OUT.")] = False,
    messages: Annotated[bool, typer.Option("--messages", hidden=True, help="Progress and end as JSON, one a line.")] = False,
) -> None:  # fmt: skip
    """Write a report of labelled neurons as a PDF: accessible (PDF/UA-1) and made to be kept (PDF/A-2a).

    The same workspace gives the same bytes. A full PDF of more than 200 labelled neurons is written in several volumes. A name that ends in
    .html gives one page for any browser instead.
    """
    if messages:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was begun is cleared away
    with closing(Desk.open(workspace)) as desk:
        chosen = chosen_in(ids) if ids else choose(desk, neurons, layer or [], saved)
        if preview:
            say(preview_report(desk, out, chosen, detail, paper, say))
        elif messages:
            say(write_report(desk, out, chosen, detail, paper, say))
        else:
            with _progress() as tell:
                ended = write_report(desk, out, chosen, detail, paper, tell)
            _say_end(ended, len(chosen.ids))


def report_all(workspace: Path, out: Path) -> None:
    """A full report of every neuron that was asked for. Raises UserError."""
    report_command(workspace, out)


def write_report(
    desk: Desk, out: Path, chosen: Chosen, detail: Literal["summary", "full"], paper: Literal["a4", "letter"], tell: Tell
) -> Ended:
    """Gather and write a PDF, or one HTML file where `out` ends in .html. Raises UserError."""
    from line_desktop.report.gather import gather  # other commands start without these
    from line_desktop.report.html import write_html
    from line_desktop.report.pdf import refuse_place, write_pdf

    refuse_place(out.absolute())
    content = gather(desk, chosen.ids.tolist(), chosen.words, detail, _counted(tell, "Reading the workspace"))
    if out.suffix.lower() in (".html", ".htm"):
        page = write_html(content, out, _counted(tell, "Making the pictures small"))
        return Ended((out.absolute(),), page.bytes, page.lost)
    pdf = write_pdf(content, out, paper, tell)
    without = (
        f"{code} ({name.lower()}) has no glyph in the report’s fonts; its code point stands in its place." for code, name, _ in pdf.glyphs
    )
    return Ended(pdf.files, pdf.bytes, (*pdf.lost, *without))


def preview_report(
    desk: Desk, folder: Path, chosen: Chosen, detail: Literal["summary", "full"], paper: Literal["a4", "letter"], tell: Tell
) -> Previewed:
    """Pictures of the first pages of a report of the first of these neurons, in an empty folder. Raises UserError."""
    from line_desktop.report.gather import gather
    from line_desktop.report.pdf import write_preview

    ids = chosen.ids.tolist()[:PREVIEWED]
    content = gather(desk, ids, chosen.words, detail, _counted(tell, "Reading the workspace"))
    return Previewed(tuple(write_preview(content, folder, paper, tell)), len(ids))


def _counted(tell: Tell, text: str) -> Callable[[int, int], None]:
    return lambda done, total: tell(Doing(text, done, total))


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading the workspace", total=None)
        yield lambda doing: bar.update(task, description=doing.text, completed=doing.done, total=doing.total or None)


def _say_end(ended: Ended, neurons: int) -> None:
    """Name the files, and what could not be shown in them."""
    from models.plural import count

    for complaint in ended.complaints[:NAMED]:
        print(plain(complaint), file=sys.stderr)
    if ended.complaints[NAMED:]:
        print(f"… and {len(ended.complaints) - NAMED} more; the report’s last chapter names all.", file=sys.stderr)
    names = ", ".join(str(file) for file in ended.files)
    print(f"{count(neurons, 'neuron')} reported in {names}, {in_words(ended.bytes)}.", file=sys.stderr)
