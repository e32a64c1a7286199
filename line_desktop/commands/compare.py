"""`compare`: methods side by side over the same neurons."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from line_desktop.commands.options import Json, clip_folder
from line_desktop.commands.running import print_json
from line_desktop.compare import Comparison, Embed, compare
from line_desktop.comparison_plot import plot, refuse_ending
from line_desktop.console import output, plain
from line_desktop.embeddings import Embeddings, import_clip, import_sentences
from line_desktop.engines import Engines
from line_desktop.paired import Pair
from line_desktop.selection import choose
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Interval
from line_desktop.store.workspace import Workspace
from models.plural import count

app = typer.Typer()
METHODS = (
    "Such as line,sieve; line-paper is LINE under its preset paper, line-sparing likewise. By default all that labelled any of the neurons."
)
CLIP = "A CLIP, or demo: adds the cosine between label and true name, of class neurons."
SENTENCES = "A folder of sentence-transformers, such as all-mpnet-base-v2: adds the same cosine by that model."
READING = (
    "Means over the same neurons, 95 % bootstrap intervals in brackets. Differences: Shapiro-Wilk, then the paired t-test, or Wilcoxon's "
    "signed-rank test where normality is rejected (0.05); right names: McNemar. Corrected p: Holm, over the pairs of methods of a metric."
)


@app.command("compare")
def compare_command(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The folder that keeps everything.")],
    layer: Annotated[list[str] | None, typer.Option("--layer", help="Only neurons of this layer; may be given several times.")] = None,
    neurons: Annotated[str, typer.Option("--neurons", help="0-9,15 or random:20 or all, of each layer.")] = "all",
    methods: Annotated[str, typer.Option("--methods", help=METHODS)] = "",
    clip: Annotated[str, typer.Option("--clip", metavar="FOLDER", help=CLIP)] = "",
    sentence_model: Annotated[Path | None, typer.Option("--sentence-model", metavar="FOLDER", help=SENTENCES)] = None,
    picture: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw it too, as .png, .svg or .pdf.")] = None,
    as_json: Json = False,
) -> None:
    """Methods side by side over the same neurons: what their labels are worth, who is ahead, and whether that could be chance.

    Needs evidence for the labels of every method: run `verify --method all` first.
    """
    if picture is not None:
        refuse_ending(picture)
    with closing(Desk.open(workspace)) as desk, _embedders(workspace, clip, sentence_model) as embedders:
        ids = [int(one) for one in choose(desk, neurons, layer or ()).ids]
        found = compare(desk, ids, [name for part in methods.split(",") if (name := part.strip())], embedders)
    if as_json:
        print_json(found)
    else:
        output().print(*tables(found), Text(READING), *(Text(plain(note)) for note in found.notes), sep="\n")
    if picture is not None:
        plot(found, picture)
        print(f"The plot is in {plain(str(picture))}.", file=sys.stderr)


@contextmanager
def _embedders(folder: Path, clip: str, sentence_model: Path | None) -> Iterator[dict[str, Embed]]:
    """What turns texts into vectors, by the name of their cosine; models are converted into the workspace, so nobody else may write."""
    if not clip and sentence_model is None:
        yield {}
        return
    with Workspace.open(folder) as workspace, Engines() as engines:
        found: dict[str, Embed] = {}
        if clip:
            imported = import_clip(workspace, clip_folder(clip))
            found["CLIP cosine"] = Embeddings(workspace, imported.info, engines.embedder(imported.folder)).texts
        if sentence_model is not None:
            found["sentence cosine"] = engines.sentences(import_sentences(workspace, sentence_model)).embed_texts
        yield found


def tables(found: Comparison) -> Iterator[Table]:
    """The comparison for the terminal."""
    yield _coverage(found)
    if found.metrics or found.truth:
        yield _means(found)
    pairs = [(metric.name, pair) for metric in found.metrics for pair in metric.pairs]
    pairs += [("right names", pair) for pair in found.truth.pairs] if found.truth else []
    if pairs:
        yield _pairs(pairs)


def _coverage(found: Comparison) -> Table:
    """How many labels each method has, and where they come from."""
    origins = sorted({origin for one in found.methods for origin in one.origins})
    table = Table(title=f"{count(len(found.rows), 'neuron')} labelled by each method, {found.verified} with evidence for every label")
    for column in ("method", "labelled", "verified", *origins):
        table.add_column(column, justify="left" if column == "method" else "right")
    for one in found.methods:
        shares = (f"{one.origins.get(origin, 0) / len(found.rows):.0%}" for origin in origins)
        table.add_row(Text(plain(one.method)), str(one.labelled), str(one.verified), *shares)
    return table


def _means(found: Comparison) -> Table:
    table = Table(title="What the labels are worth")
    table.add_column("metric")
    table.add_column("neurons", justify="right")
    for one in found.methods:
        table.add_column(Text(plain(one.method)), justify="right")
    for metric in found.metrics:
        table.add_row(metric.name, str(len(metric.neurons)), *(_interval(metric.means[one.method]) for one in found.methods))
    if found.truth:
        table.add_row("right names", str(found.truth.neurons), *(_interval(found.truth.hits[one.method]) for one in found.methods))
        table.add_row("the very name", str(found.truth.neurons), *(str(found.truth.exact[one.method]) for one in found.methods))
    return table


def _pairs(pairs: list[tuple[str, Pair]]) -> Table:
    table = Table(title="First against second")
    for column in (
        "metric",
        "first",
        "second",
        "mean difference",
        "wins",
        "ties",
        "losses",
        "normality p",
        "test",
        "p",
        "corrected p",
        "effect",
    ):
        table.add_column(column, justify="left" if column in ("metric", "first", "second", "test") else "right")
    for metric, pair in pairs:
        normality = "–" if pair.normality is None else f"{pair.normality:.2g}"
        counts = (str(pair.wins), str(pair.ties), str(pair.losses), normality)
        names = (Text(plain(pair.first)), Text(plain(pair.second)))
        table.add_row(metric, *names, _interval(pair.difference), *counts, *_tested(pair))
    return table


def _tested(pair: Pair) -> tuple[str, str, str, str]:
    one = pair.tested
    return (
        (pair.sentence, "", "", "")
        if one is None
        else (one.test, f"{one.p:.2g}", f"{one.p_holm:.2g}", f"{one.effect:+.2f} {one.effect_name}")
    )


def _interval(one: Interval) -> str:
    return f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
