"""A report as the sheet that the typst template prints: every text printable, every number in words, every picture by a short name."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from line_desktop import accuracy
from line_desktop.concepts import spelling
from line_desktop.methods.confirmation import CONFIRMED
from line_desktop.report import words
from line_desktop.report.content import Caused, Histogram, Neuron, Report, Run, Shown
from line_desktop.report.glyphs import CELL, Printer
from line_desktop.report.volumes import EACH, Volume, volumes_of
from line_desktop.store.intervention_rows import Ablation, CausalVerdict
from line_desktop.store.rows import Verdict
from models.plural import count

LARGE: Final = 144  # pixels of a thumbnail: about 170 for an inch of paper
SMALL: Final = 104
VERDICTS: Final = get_args(Verdict)  # best first
CAUSAL: Final = get_args(CausalVerdict)  # best first
BRIEF: Final = 5  # photos of a neuron in the summary
COVER: Final = 18  # photos on the title page
LABEL_PICTURES: Final = 12
CHECKS: Final = 2  # causal checks of a label
EDITS: Final = 4  # pictures of a causal check
CAPTION: Final = 15  # characters below a photo: the activation and the class
SHORT: Final = 70  # characters of a label in lists, bookmarks and page headings


def volumes(report: Report) -> list[Volume]:
    """The files a report is written into."""
    return volumes_of(sum(one.label is not None for one in report.neurons), report.detail)


class Sheet:
    """Builds the sheet of one volume; afterwards `pictures` has the files it names and `printer` what could not be printed."""

    def __init__(self, report: Report, volume: Volume) -> None:
        self._report = report
        self._volume = volume
        self._pictures: dict[Path, tuple[str, int]] = {}
        self.printer = Printer()

    @property
    def pictures(self) -> dict[str, tuple[Path, int]]:
        """Name -> file and side in pixels."""
        return {name: (path, side) for path, (name, side) in self._pictures.items()}

    def build(self, paper: str) -> dict[str, Any]:
        """The sheet, of values that JSON has."""
        report = self._report
        labelled = [one for one in report.neurons if one.label is not None]
        kept = labelled[self._volume.first : self._volume.end]
        whole = labelled[self._volume.first : self._volume.first + EACH[report.detail]]  # a preview keeps fewer
        sheet = {
            "volume": {"number": self._volume.number, "of": self._volume.of},
            "paper": {"a4": "a4", "letter": "us-letter"}[paper],
            "detail": report.detail,
            "title": self.printer.exact(report.title),
            "sha": " · ".join(one.sha256[:12] for one in report.targets),
            "date": {"year": int(report.made[:4]), "month": int(report.made[5:7]), "day": int(report.made[8:10])},
            "short": words.in_short(report),
            "facts": self._facts(),
            "cover": [self._picture(one.top[0], LARGE) for one in _strongest(whole) if one.top],
            "figures": self._figures(labelled),
            "verdicts": [[name, report.verdicts[name]] for name in VERDICTS if name in report.verdicts],
            "origins": [[self._text(name), many] for name, many in sorted(report.origins.items(), key=lambda pair: -pair[1])],
            "scatter": [[one.evidence.auc.value, one.evidence.mad.value] for one in report.neurons if one.evidence],
            "columns": {"given": words.GIVEN, "caused": words.CAUSED, "ablated": words.ABLATED},
            "facets": [[name, many] for name, many in words.facet_counts(report)],
            "polysemantic": words.of_facets(report) if report.facets else "",
            "causal": [[name, report.causal[name]] for name in CAUSAL if name in report.causal],
            "causal-rule": self._text(next((one.caused[0].check.rule for one in report.neurons if one.caused), "")),
            "places": _bins(report.places),
            "progress": list(report.progress),
            "layers": [
                [self._text(one.name), one.role, *(f"{many:,}" for many in (one.width, one.neurons, one.labelled))] for one in report.layers
            ],
            "networks": [self._pairs(words.of_network(one)) for one in report.targets],
            "methods": self._methods(),
            "runs": [self._runs(alike) for alike in _alike(report.runs)],
            "neurons": [self._neuron(one) for one in kept],
            "unlabelled": [self._unlabelled(one) for one in report.neurons if one.label is None],
            "people": [self._person(one) for one in report.neurons if one.human],
            "licences": [
                {"title": self._text(one.title), "licence": self._text(one.licence), "conditions": list(map(self._text, one.conditions)),
                 "sha": one.sha256} for one in report.licences
            ],
        }  # fmt: skip
        return sheet | {"glyphs": [[code, name, times] for code, name, times in self.printer.complaints()]}

    def _text(self, text: str) -> str:
        return self.printer.line(text)

    def _cell(self, text: str) -> str:
        return self.printer.line(text, CELL)

    def _short(self, text: str) -> str:
        cut = f"{text[:SHORT]}… ({len(text):,} characters)" if len(text) > SHORT else text
        return self._cell(cut)

    def _pairs(self, pairs: Iterable[tuple[str, str]]) -> list[list[Any]]:
        """Names and values, and whether a value is a digest, which is set in figures of one width and never broken."""
        return [[name, self.printer.exact(value) if (digest := _is_digest(value)) else self._text(value), digest] for name, value in pairs]

    def _facts(self) -> list[list[Any]]:
        """What stands on the title page."""
        report = self._report
        pairs = [("Network", Path(one.path).name) for one in report.targets]
        pairs += [("SHA-256", one.sha256) for one in report.targets]
        pairs += [("Neurons", words.in_short(report)), ("Workspace", report.workspace), *words.of_machine(report)]
        return self._pairs([*pairs, ("State of", words.moment(report.made))])

    def _figures(self, labelled: Sequence[Neuron]) -> list[list[str]]:
        """The large figures of the summary."""
        report = self._report
        people = sum(one.human is not None for one in report.neurons)
        figures = [[f"{len(report.neurons):,}", "neurons in this report"], [f"{len(labelled):,}", "with a label"]]
        figures.append([f"{len(report.neurons) - len(labelled):,}", "without a label"])
        figures.append([f"{len({spelling(one.label or '') for one in labelled}):,}", "different labels"])
        return [*figures, [f"{people:,}", "with a person’s word"]]

    def _methods(self) -> list[str]:
        """Each way of labelling once, however many layers it was used on."""
        return list(dict.fromkeys(self._text(paragraph) for run in self._report.runs for paragraph in words.of_method(run)))

    def _runs(self, alike: Sequence[Run]) -> dict[str, Any]:
        """Runs of the same settings over several layers."""
        first = alike[0]
        asked = sum(one.neurons for one in alike)
        ends = ", ".join(dict.fromkeys(one.state for one in alike))
        return {
            "title": self._text(f"{first.method} on {', '.join(one.layer for one in alike)}"),
            "settings": self._pairs([*words.of_run(first), ("Neurons asked for", f"{asked:,} ({ends})")]),
            "sessions": [list(map(self._text, (one.layer, *row))) for one in alike for row in words.of_sessions(one)],
            "prompt": [self._text(line) for line in first.prompt.splitlines()],
            "prompt_sha": first.prompt_sha256,
        }

    def _neuron(self, one: Neuron) -> dict[str, Any]:
        label, full = one.label or "", self._report.detail == "full"
        found = self._opening(one) | {
            "label": self._text(label),
            "bookmark": self._short(label),
            "sentence": self._text(words.of_neuron(one)),
            "verdict": one.verdict,
            "evidence": self._text(one.evidence.sentence) if one.evidence else "",
            "human": self._human(one),
            "top": [self._picture(shown, LARGE) for shown in one.top] if full else [self._picture(shown) for shown in one.top[:BRIEF]],
            "score": words.number(one.score),
            "place": one.place,
            "place-text": words.score_name(one) if one.place is None else words.share(one.place),
            "id": one.id,
        }
        return found | self._details(one) if full else found

    def _details(self, one: Neuron) -> dict[str, Any]:
        """What only the full report has."""
        label, best = one.label or "", [step.best for step in one.steps if step.best is not None and step.status != CONFIRMED]
        top = max((row.score for row in one.board), default=0.0)
        return {
            "pictures": [self._picture(shown) for shown in one.pictures[:LABEL_PICTURES]],
            "lost": f"{count(one.pictures_lost, 'picture')} of the label missing from the store." if one.pictures_lost > 0 else "",
            "board": [
                [self._cell(row.concept), max(0.0, row.score / top) if top > 0 else 0.0, words.number(row.score), words.number(row.error),
                 row.origin, row.concept == one.label] for row in one.board
            ],
            "steps": [
                [str(step.step), self._cell(step.concept or "–"), words.number(step.score), step.origin,
                 self._text(words.happened(step.status, step.reasoning)), step.prompt_sha256[:8]] for step in one.steps
            ],
            "best": best,
            "best-from": words.number(best[0] if best else None),
            "best-to": words.number(best[-1] if best else None),
            "measures": [list(map(self._text, row)) for row in words.of_evidence(one.evidence)] if one.evidence else [],
            "given": [list(map(self._cell, words.of_given(given))) for given in one.given] if len(one.given) > 1 else [],
            "caused": [self._caused(caused) for caused in one.caused[:CHECKS]],
            "ablation": self._ablation(one.ablation, label),
            "activity": self._activity(one),
            "against": self._text(words.classes(one)),
            "silent": [self._picture(shown) for shown in one.against.silent] if one.against else [],
            "other": [self._picture(shown) for shown in one.against.other] if one.against else [],
        }  # fmt: skip

    def _caused(self, caused: Caused) -> dict[str, Any]:
        """A causal check: its numbers, and its pictures in threes, one below the other."""
        threes = [list(map(self._edited, caused.pictures[start : start + 3])) for start in range(0, 3 * EDITS, 3)]
        return {
            "title": self._text(words.cause_title(caused.check)),
            "sentence": self._text(caused.check.sentence),
            "rows": [list(map(self._text, row)) for row in words.of_cause(caused.check)],
            "pictures": [three for three in threes if three],
        }

    def _edited(self, shown: Shown) -> dict[str, Any]:
        """A picture of a causal check: below it the activation alone, what was done to it is read aloud."""
        return self._picture(shown) | {"below": words.number(shown.activation)}

    def _ablation(self, found: Ablation | None, label: str) -> dict[str, Any] | None:
        if found is None:
            return None
        rows = [list(map(self._cell, row)) for row in words.of_ablation(found, label)]
        return {"sentence": self._text(accuracy.sentence(found, label or None)), "rows": rows}

    def _activity(self, one: Neuron) -> dict[str, Any] | None:
        if one.activity is None or one.activity.histogram is None:
            return None
        of = one.activity
        left_out = f" {count(of.left_out, 'photo')} left out." if of.left_out else ""
        numbers = f"median {words.number(of.median)}, 99th percentile {words.number(of.p99)}, strongest {words.number(of.maximum)}"
        told = f"{count(of.photos, 'probe photo')}: {numbers}."
        bins = one.activity.histogram
        width = bins.high - bins.low
        place = (one.score - bins.low) / width if one.score is not None and one.place is not None and width > 0 else None
        return _bins(bins) | {"told": told + left_out, "score": None if place is None else min(1.0, max(0.0, place))}

    def _opening(self, one: Neuron) -> dict[str, Any]:
        return {"layer": self._text(one.layer), "number": one.neuron}

    def _human(self, one: Neuron) -> dict[str, Any] | None:
        if one.human is None:
            return None
        label, note = one.human.label, one.human.note
        return {
            "label": label and self._text(label),
            "note": [self._text(line) for line in note.splitlines()],
            "when": words.moment(one.human.when),
        }

    def _person(self, one: Neuron) -> dict[str, Any]:
        """A line of the chapter of people's words: shortened where the neuron has a place of its own with all of them."""
        said = self._human(one)
        if said and one.label is not None and one.human:
            said |= {
                "label": one.human.label and self._short(one.human.label),
                "note": [self._short(line) for line in one.human.note.splitlines()],
            }
        return self._opening(one) | {"machine": self._short(one.label or "–"), "human": said}

    def _unlabelled(self, one: Neuron) -> dict[str, Any]:
        return self._opening(one) | {"status": one.status, "reason": self._text(one.reason or words.STATUSES[one.status])}

    def _picture(self, shown: Shown, side: int = SMALL) -> dict[str, Any]:
        """A picture's name with what stands below it and what is read aloud in its place."""
        name, known = self._pictures.get(shown.path, (f"p{len(self._pictures):06d}", 0))
        self._pictures[shown.path] = (name, max(known, side))
        below = words.number(shown.activation)
        what = self._text(shown.class_name.replace("_", " ")) if shown.class_name else ""
        room = CAPTION - len(below)
        shorter = f"{what[:room]}…" if len(what) > room + 1 else what
        return {"name": name, "below": f"{below} {shorter}", "alt": f"{what or 'picture'}, activation {below}"}


def _strongest(labelled: Sequence[Neuron]) -> list[Neuron]:
    """The neurons whose photos stand on the title page: those with the best place, each label once."""
    best: dict[str, Neuron] = {}
    for one in sorted(labelled, key=lambda one: -(one.place or 0.0)):
        best.setdefault(one.label or "", one)
    return list(best.values())[:COVER]


def _alike(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs in groups that differ by nothing but layer, neurons, sessions and prompt."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(f"{run.target} {run.method} {words.of_run(run)}", []).append(run)
    return list(groups.values())


def _bins(of: Histogram) -> dict[str, Any]:
    most = max(of.counts, default=0) or 1
    return {"low": words.number(of.low), "high": words.number(of.high), "most": most, "heights": [one / most for one in of.counts]}


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(one in "0123456789abcdef" for one in text)
