"""Writes a report as one HTML file: everything in it, nothing fetched, searched in the browser without a server.

Every text of the workspace is escaped here and nowhere else; the page's own policy forbids it any request and any script but ours.
Each picture is in the file once, as a background of a class, however many neurons show it.
"""

import base64
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from line_desktop import accuracy
from line_desktop.interchange.files import replacing
from line_desktop.report import words
from line_desktop.report.content import Caused, Histogram, Neuron, Report, Run, Shown
from line_desktop.report.thumbnails import Thumbnails
from models.plural import count

SIDE: Final = 132  # pixels of a thumbnail, shown at 88: sharp on most screens
LABEL_PICTURES: Final = 5
NUMBERS: Final = ("Score", "± error", "Labels", "Neurons", "Value", "Loss", "Photos", "With it", "Without it")
"""Columns set to the right."""
_FOLDER: Final = Path(__file__).parent
_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
Tell = Callable[[int, int], None]


class Written(msgspec.Struct, frozen=True):
    """What became of a page; `lost`: why pictures are missing from it."""

    bytes: int
    lost: tuple[str, ...]


def write_html(report: Report, file: Path, tell: Tell = lambda done, total: None) -> Written:
    """Write the page; `tell` hears how many pictures are made, of how many. Raises CannotWrite, DiskFull."""
    with replacing(file) as out:
        page = _Page(report)
        script = (_FOLDER / "page.js").read_text(encoding="utf-8")
        slots: dict[str, Callable[[], Iterable[str]]] = {
            "script": lambda: [script],
            "script_hash": lambda: ["sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()],
            "title": lambda: [text(report.title)],
            "pictures": lambda: page.styles(tell),
            "cover": page.cover,
            "layers": lambda: _options(one.name for one in report.layers),
            "statuses": lambda: _options(sorted(report.counts)),
            "verdicts": page.verdicts,
            "count": lambda: [count(len(report.neurons), "neuron")],
            "neurons": page.neurons,
            "rest": page.rest,
            "footer": lambda: [f"<p>State of {text(words.moment(report.made))}, written by LINE Desktop.</p>"],
        }
        _fill(out, (_FOLDER / "page.html").read_text(encoding="utf-8"), slots)
        size = out.tell()
    return Written(size, tuple(page.lost.values()))


def text(value: str) -> str:
    """A text of the workspace as HTML that shows it literally; what no page may hold becomes a replacement character."""
    return escape(_UNPRINTABLE.sub("�", value))


def _fill(out: BinaryIO, template: str, slots: dict[str, Callable[[], Iterable[str]]]) -> None:
    for place, part in enumerate(_SLOT.split(template)):
        for piece in slots[part]() if place % 2 else [part]:
            out.write(piece.encode())


def _options(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield f'<option value="{text(name)}">{text(name)}</option>'


class _Page:
    """The parts of the page."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._names: dict[Path, str] = {}
        self.lost: dict[Path, str] = {}

    def styles(self, tell: Tell) -> Iterator[str]:
        """A class for each picture."""
        wanted = list(dict.fromkeys(shown.path for one in self._report.neurons for part in _shown(one) for shown in part))
        with Thumbnails() as thumbnails:
            for done, path in enumerate(wanted, 1):
                made = thumbnails.make(path, SIDE)
                if made.lost:
                    self.lost[path] = made.lost
                else:
                    self._names[path] = f"p{done}"
                    yield f".p{done}{{background-image:url(data:image/jpeg;base64,{base64.b64encode(made.jpeg).decode()})}}\n"
                tell(done, len(wanted))

    def cover(self) -> Iterator[str]:
        report = self._report
        yield f'<p class="eyebrow">Neuron report · {text(report.workspace)}</p><h1><bdi>{text(report.title)}</bdi></h1>'
        yield f'<p class="lead">{text(words.in_short(report))}</p>'
        labelled = report.counts.get("labelled", 0)
        figures = [(len(report.neurons), "neurons"), (labelled, "with a label"), (len(report.neurons) - labelled, "without a label")]
        figures += [(many, name) for name, many in sorted(report.verdicts.items())]
        yield '<ul class="figures">' + "".join(f"<li><b>{many:,}</b><span>{text(name)}</span></li>" for many, name in figures) + "</ul>"
        yield _pairs(words.of_machine(report))
        yield '<h2>Summary</h2><div class="charts">'
        if labelled:
            if any(report.places.counts):
                yield _figure("Scores: from each neuron’s median photo to its strongest", report.places, None)
            yield from _bars("Where the labels come from", report.origins)
        if report.facets:
            told = f"Polysemantic: {words.of_facets(report)}"
            yield from _bars(told, dict(words.facet_counts(report)), "Facets", "Neurons")
        if report.causal:
            yield from _bars("What taking the concept out of pictures shows", report.causal, "Causal check", "Labels")
        yield from _scatter([(one.evidence.auc.value, one.evidence.mad.value) for one in report.neurons if one.evidence])
        yield "</div>"

    def verdicts(self) -> Iterator[str]:
        if self._report.verdicts:
            yield '<label>Verdict <select id="verdict"><option value="">all</option>'
            yield from _options(sorted(self._report.verdicts))
            yield "</select></label>"

    def neurons(self) -> Iterator[str]:
        for one in self._report.neurons:
            yield from self._neuron(one)

    def _neuron(self, one: Neuron) -> Iterator[str]:
        label = one.label or (one.human.label if one.human else None) or ""
        data = {"layer": one.layer, "status": one.status, "verdict": one.verdict or "", "label": label}
        data["score"] = "" if one.score is None else repr(one.score)
        attributes = "".join(f' data-{name}="{text(value)}"' for name, value in data.items())
        yield f'<article id="n{one.id}" aria-labelledby="h{one.id}"{attributes}><div class="head"><div>'
        yield f'<p class="eyebrow"><bdi>{text(one.layer)}</bdi> · neuron {one.neuron}</p>'
        quiet = "" if one.label else ' class="quiet"'
        yield f'<h3 id="h{one.id}"{quiet}><bdi>{text(one.label or words.STATUSES[one.status])}</bdi></h3></div>{_score(one)}</div>'
        if one.human:
            yield f'<div class="human"><p class="eyebrow">A person, {text(words.moment(one.human.when))}</p>'
            yield f'<h3><bdi>{text(one.human.label or "")}</bdi></h3><p dir="auto">{text(one.human.note)}</p></div>'
        if one.label or one.reason:
            yield "<p>" + (f'<span class="chip {_css(one.verdict)}">{text(one.verdict)}</span>' if one.verdict else "")
            yield f"{text(one.evidence.sentence if one.evidence else '')} {text(words.of_neuron(one))}</p>"
        yield self._pictures("Photos that excite it most", one.top, headed=False)
        if self._report.detail == "full":
            yield from self._details(one)
        yield "</article>\n"

    def _details(self, one: Neuron) -> Iterator[str]:
        if not (one.steps or one.pictures or one.activity or one.evidence or one.ablation):
            return
        yield f"<details><summary>{'Pictures, scoreboard and steps' if one.steps else 'On the probe photos'}</summary>"
        yield self._pictures("Pictures of the label", one.pictures[:LABEL_PICTURES])
        if one.pictures_lost > 0:
            yield f'<p class="quiet">{count(one.pictures_lost, "picture")} of the label missing from the store.</p>'
        if one.activity and one.activity.histogram:
            yield _figure(_told(one), one.activity.histogram, None if one.place is None else one.score)
        if one.evidence:
            titles = ("Evidence", "Value", "95 % interval")
            yield f"<h4>Evidence</h4><p>{text(one.evidence.rule)}</p>" + _table(titles, words.of_evidence(one.evidence))
        if len(one.given) > 1:
            yield "<h4>All its labels</h4>" + _table(words.GIVEN, map(words.of_given, one.given))
        for caused in one.caused:
            yield from self._caused(caused)
        if one.ablation:
            yield "<h4>The network without this neuron: accuracy on the labelled photos</h4>"
            yield f"<p>{text(accuracy.sentence(one.ablation, one.label))}</p>"
            yield _table(words.ABLATED, words.of_ablation(one.ablation, one.label))
        if one.board:
            yield "<h4>Scoreboard</h4>" + _table(
                ("Concept", "Score", "± error", "Origin"),
                ((row.concept, words.number(row.score), words.number(row.error), row.origin) for row in one.board),
                won=one.label,
            )
        if one.steps:
            yield "<h4>Steps</h4>" + _table(
                ("Step", "Concept", "Score", "Origin", "What happened"),
                ((str(step.step), step.concept, words.number(step.score), step.origin, words.happened(step.status, step.reasoning))
                 for step in one.steps),
            )  # fmt: skip
        if one.against:
            yield self._pictures(f"Photos {words.classes(one)} that leave it silent", one.against.silent)
            yield self._pictures("Photos of other classes that excite it", one.against.other)
        yield "</details>"

    def _caused(self, caused: Caused) -> Iterator[str]:
        yield f"<h4>{text(words.cause_title(caused.check))}</h4><p>{text(caused.check.sentence)}</p>"
        yield _table(words.CAUSED, words.of_cause(caused.check))
        for start, title in enumerate(("As they were", "Without the concept", "With something else changed")):
            yield self._pictures(title, caused.pictures[start::3])

    def _pictures(self, title: str, shown: Iterable[Shown], headed: bool = True) -> str:
        items = "".join(map(self._picture, shown))
        heading = f"<h4>{text(title)}</h4>" if headed else ""
        return f'{heading}<ul class="pictures" aria-label="{text(title)}">{items}</ul>' if items else ""

    def _picture(self, shown: Shown) -> str:
        below, what = words.number(shown.activation), (shown.class_name or "").replace("_", " ")
        name = self._names.get(shown.path)
        if name is None:
            picture = '<span class="pic lost">picture missing</span>'
        else:
            picture = f'<span class="pic {name}" role="img" aria-label="{text(what or "picture")}"></span>'
        return f"<li>{picture}{text(below)} <bdi>{text(what)}</bdi></li>"

    def rest(self) -> Iterator[str]:
        report = self._report
        yield "<h2>Method</h2>"
        for paragraph in dict.fromkeys(paragraph for run in report.runs for paragraph in words.of_method(run)):
            yield f"<p>{text(paragraph)}</p>"
        yield "<h2>Network</h2>"
        for target in report.targets:
            yield _pairs(words.of_network(target))
        yield "<h2>Runs</h2>"
        for run in report.runs:
            yield from _run(run)
        if report.licences:
            yield "<h2>Licences</h2>"
        for one in report.licences:
            yield f"<h4>{text(one.title)}, {text(one.licence)}</h4><p>{text(' '.join(one.conditions))}</p>"
            yield f'<p class="exact">{text(one.sha256)}</p>'


def _shown(one: Neuron) -> Iterator[tuple[Shown, ...]]:
    """The pictures of a neuron that the page shows."""
    yield one.top
    yield one.pictures[:LABEL_PICTURES]
    yield from (caused.pictures for caused in one.caused)
    if one.against:
        yield one.against.silent
        yield one.against.other


def _score(one: Neuron) -> str:
    if one.score is None:
        return ""
    picture = "" if one.place is None else _bar(one.place)
    return f'<div class="score"><b>{text(words.number(one.score))}</b>{picture}<span>{text(words.score_name(one))}</span></div>'


def _bar(place: float) -> str:
    """A score's place in the neuron's range."""
    bar = f'<rect class="rest" width="100" height="4"/><rect class="mark" width="{round(100 * place, 1)}" height="4"/>'
    return f'<svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">{bar}</svg>'


def _css(verdict: str) -> str:
    return re.sub(r"[^a-z]+", "-", verdict.lower())


def _told(one: Neuron) -> str:
    of = one.activity
    assert of is not None, "asked for a neuron with a histogram"
    left_out = f"; {count(of.left_out, 'photo')} left out" if of.left_out else ""
    numbers = f"median {words.number(of.median)}, 99th percentile {words.number(of.p99)}, strongest {words.number(of.maximum)}"
    return f"{count(of.photos, 'probe photo')}: {numbers}{left_out}"


def _figure(title: str, of: Histogram, mark: float | None) -> str:
    """A histogram, with a line where the label's score is."""
    drawing, most = io.StringIO(), max(of.counts, default=0) or 1
    for place, many in enumerate(of.counts):
        height = round(100 * many / most, 2) if many else 0
        drawing.write(f'<rect class="mark" x="{place * 10}" y="{100 - height}" width="9" height="{height}"/>')
    width, span = 10 * len(of.counts), of.high - of.low
    if mark is not None and span > 0:
        x = round(width * min(1.0, max(0.0, (mark - of.low) / span)), 1)
        drawing.write(f'<line class="line" x1="{x}" x2="{x}" y1="0" y2="100" vector-effect="non-scaling-stroke"/>')
    told = f"{title}; {', '.join(map(str, of.counts))} in bins of equal width"
    return (
        f'<figure class="chart"><h4>{text(title)}</h4><svg viewBox="0 0 {width} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(told)}">{drawing.getvalue()}</svg>'
        f'<div class="ends"><span>{text(words.number(of.low))}</span><span>{text(words.number(of.high))}</span></div></figure>'
    )


def _scatter(points: list[tuple[float, float]]) -> Iterator[str]:
    """AUC across, MAD upwards, a dot for each verified label."""
    if points:
        low, high = min(0.0, *(mad for _, mad in points)), max(1.0, *(mad for _, mad in points))
        places = ((10 + 280 * auc, 90 - 80 * (mad - low) / (high - low)) for auc, mad in points)
        dots = "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places)
        title = f"Evidence of {count(len(points), 'label')}: AUC, and upwards MAD from {words.number(low)} to {words.number(high)}"
        yield f'<figure class="chart"><h4>{text(title)}</h4><svg viewBox="0 0 300 100" role="img" aria-label="{text(title)}">{dots}</svg>'
        yield '<div class="ends"><span>AUC 0</span><span>1</span></div></figure>'


def _bars(title: str, counts: dict[str, int], what: str = "Origin", of: str = "Labels") -> Iterator[str]:
    rows = ((words.ORIGINS.get(name, name), f"{many:,}") for name, many in sorted(counts.items(), key=lambda pair: -pair[1]))
    if counts:
        yield f'<div class="chart"><h4>{text(title)}</h4>{_table((what, of), rows)}</div>'


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]], won: str | None = None) -> str:
    head = "".join(f'<th scope="col"{_right(title)}>{text(title)}</th>' for title in titles)
    out = io.StringIO()
    for row in rows:
        chosen = ' class="won"' if won is not None and won in row else ""
        cells = (f"<td{_right(title)}><bdi>{text(cell)}</bdi></td>" for title, cell in zip(titles, row, strict=True))
        out.write(f"<tr{chosen}>{''.join(cells)}</tr>")
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{out.getvalue()}</tbody></table></div>'


def _right(title: str) -> str:
    return ' class="number"' if title in NUMBERS else ""


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd><bdi>{text(value)}</bdi></dd>" for name, value in pairs) + "</dl>"


def _run(run: Run) -> Iterator[str]:
    yield f"<h4><bdi>{text(run.method)} on {text(run.layer)}</bdi></h4>"
    yield _pairs([*words.of_run(run), ("Neurons asked for", f"{run.neurons:,} ({run.state})")])
    yield _table(("Began", "Device", "Versions"), words.of_sessions(run))
    if run.prompt:
        yield f'<details><summary>A prompt, word for word</summary><pre dir="auto">{text(run.prompt)}</pre>'
        yield f'<p class="exact">SHA-256 {text(run.prompt_sha256)}</p></details>'
