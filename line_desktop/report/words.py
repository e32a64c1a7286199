"""What a report says in sentences: of a neuron, of a method, of a model. The PDF and the HTML page print the same words."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from line_desktop import accuracy
from line_desktop.report.content import NEVER, Given, Neuron, Report, Run
from line_desktop.store.intervention_rows import Ablation, CausalCheck
from line_desktop.store.rows import Evidence, Interval
from models.plural import count
from models.types.vision import Checkpoint

ORIGINS = {
    "start": "the start vocabulary",
    "generated": "a proposal of the language model",
    "summary": "the language model’s summary",
    "bank": "the concept bank",
    "broader": "a longer name, words of which were left out",
    "list": "the concept list",
    "formula": "a formula over the classes of the photos",
    "caption": "descriptions of its photos",
}
SCORES = {
    "sieve": "activation rate",
    "clip-dissect": "SoftWPMI",
    "invert": "AUROC",
    "describe-and-dissect": "rank score",
}
"""Of methods whose score is no mean activation."""
STATUSES = {
    "labelled": "labelled",
    "unlabelled": "not asked for",
    "dead": "dead: it never fires on the probe photos",
    "constant": "constant: the same on every probe photo",
    "non-finite": "not finite on at least one probe photo",
    "redundant": "redundant: it repeats an earlier neuron",
    "unselective": "unselective: it responds to most probe photos alike",
    "no usable proposal": "no usable proposal",
    "failed": "failed",
}
GIVEN = ("Method", "Label", "Facet: share of the photos", "Score", "Evidence")
CAUSED = ("What was changed", "Loss", "95 % interval")
ABLATED = ("Class", "Photos", "With it", "Without it", "Drop, 95 % interval")
"""Columns of the rows of `of_given`, `of_cause` and `of_ablation`."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SETTINGS = {
    "preset": "Preset",
    "profile": "Prompts",
    "steps": "Steps",
    "board_size": "Concepts on the board",
    "start_best": "Concepts at the start",
    "pictures": "Pictures of a concept",
    "attempts": "Attempts at a proposal",
    "shortlist": "Concepts the finalists are chosen from",
    "finalists": "Finalists",
    "fresh_pictures": "Fresh pictures of one",
    "patience": "Steps that brought nothing among its five best, before the summary",
    "seed": "Seed",
    "photos": "Strongest photos",
    "candidates": "Candidates",
    "strongest": "Pictures of a candidate that count",
    "sharpness": "Sharpness of the softmax",
    "first": "Membership of the strongest photo",
    "last": "Membership after the last",
    "prior": "Weight of what fits every neuron",
    "length": "Concepts in a formula, at most",
    "beam": "Beam",
    "least": "Least share of photos",
    "most": "Largest share of photos",
}
FORMATS = {
    "onnx": "ONNX file", "huggingface": "Hugging Face folder", "timm": "timm folder", "state-dict": "file of weights",
    "torchscript": "TorchScript program", "torch-export": "torch.export program",
}  # fmt: skip


def number(value: float | None) -> str:
    """A number with three or four significant digits; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.3g}"
    return text.replace("-", "−")


def share(part: float) -> str:
    """0.874 as "87 %"."""
    return f"{100 * part:.0f} %"


def moment(text: str) -> str:
    """A moment of the store for people: "20 November 2026, 11:44 UTC"."""
    if text == NEVER:
        return "the time before the first run"
    return f"{int(text[8:10])} {MONTHS[int(text[5:7]) - 1]} {text[:4]}, {text[11:16]} UTC"


def of_neuron(one: Neuron) -> str:
    """One neuron in a few sentences; the last says it where its label is not confirmed yet."""
    if one.label is None:
        return one.reason or f"It has no label: {STATUSES[one.status]}."
    if one.score is None:
        return f"So {one.method} calls it{f' ({one.reason})' if one.reason else ''}."
    return " ".join(filter(None, (_of_score(one, one.score), one.reason)))


def _of_score(one: Neuron, score: float) -> str:
    """The score of a neuron's label, and where the label came from."""
    uncertain = f" ± {number(one.error)}" if one.error else ""
    origin = f" The name came from {ORIGINS.get(one.origin, one.origin)}." if one.origin else ""
    if one.place is None:
        return f"Its {score_name(one)} is {number(score)}{uncertain}.{_never_above(one)}{origin}"
    told = f"Pictures of it bring the neuron to {number(score)}{uncertain} on average"
    if one.activity is None or one.place == 0:
        return f"{told}.{origin}"
    if one.place == 1:
        return f"{told}, as much as the strongest probe photo or more.{origin}"
    return f"{told}, {share(one.place)} of the way from its median probe photo to its strongest.{origin}"


def score_name(one: Neuron) -> str:
    """What the score of a neuron's label is."""
    return "mean activation" if one.place is not None else SCORES.get(one.method or "", "score")


def _never_above(one: Neuron) -> str:
    """What an activation rate of 0 is."""
    if one.method != "sieve" or one.score != 0:
        return ""
    return " None of its pictures brings the neuron above its 99th percentile on the probe photos; of such names it has the highest mean."


def happened(status: str, reasoning: str) -> str:
    """What became of a step: its status where that says more than that the concept was scored, else the reasoning."""
    return reasoning or status if status == "scored" else status


def of_evidence(found: Evidence) -> list[tuple[str, str, str]]:
    """The evidence for a label: measure, value, 95 % interval; the p-value has the number of pictures and photos in its place."""
    rows = [("AUC", found.auc), ("MAD", found.mad), ("Activation rate", found.activation_rate)]
    rows += [("AUPRC", found.photos.auprc), ("F1", found.photos.f1)] if found.photos else []
    kept = [(name, number(one.value), f"{number(one.low)} to {number(one.high)}") for name, one in rows]
    return [*kept, ("p", number(found.p), f"{count(len(found.pictures), 'picture')}, {count(found.control, 'photo')}")]


def of_given(given: Given) -> tuple[str, str, str, str, str]:
    """A label as a row: method, label, which facet, score, and what the evidence says."""
    judged = f"{given.evidence.verdict}, AUC {number(given.evidence.auc.value)}" if given.evidence else "not verified"
    score = " ".join(filter(None, (number(given.score), SCORES.get(given.method))))
    return given.method, given.label, given.share.replace(" of the strongest photos", ""), score, judged


def of_facets(report: Report) -> str:
    """How many neurons are polysemantic, of those that the method "facets" labelled."""
    labelled, several = sum(report.facets.values()), sum(many for facets, many in report.facets.items() if facets > 1)
    return (
        f"{several:,} of {count(labelled, 'neuron')} labelled by facets ({share(several / labelled)}) "
        f"{'has' if several == 1 else 'have'} more than one facet, {report.facets_supported:,} more than one that evidence supports"
    )


def facet_counts(report: Report) -> list[tuple[str, int]]:
    """The neurons that have one facet, two, …"""
    return [(count(facets, "facet"), many) for facets, many in report.facets.items()]


def of_cause(check: CausalCheck) -> list[tuple[str, str, str]]:
    """A causal check: what was taken away, how much of the neuron's range that costs, 95 % interval."""
    rows = [("Without the concept", check.edit.absolute), ("Something else changed", check.control.absolute)]
    rows += [("The difference", check.beyond)]
    rows += [(f"Without its {name} alone", part.absolute) for name, part in check.parts.items()]
    return [(name, *_shares(one)) for name, one in rows]


def _shares(one: Interval, digits: int = 0) -> tuple[str, str]:
    value, low, high = (f"{round(100 * end, digits) + 0.0:.{digits}f}".replace("-", "−") for end in (one.value, one.low, one.high))
    return f"{value} %", f"{low} to {high} %"


def cause_title(check: CausalCheck) -> str:
    """By what and on how many pictures a causal check was made."""
    what = "photo" if check.pictures[0].photo else "picture"
    return f"Causal check by {check.source.source} on {count(len(check.pictures), what)}: loss in ranges of the neuron, with 95 % intervals"


def of_ablation(found: Ablation, label: str | None) -> list[tuple[str, str, str, str, str]]:
    """The classes named like the label, those hurt most, and all: photos, accuracy with and without the neuron, drop with its interval."""
    own, _ = accuracy.of_label(found, label)
    hurt = [one for one in accuracy.most_hurt(found) if one not in own][: accuracy.SHOWN]
    named = [(one.name.replace("_", " "), one) for one in (*own, *hurt)] + [("all classes", accuracy.together(found.classes))]
    rows = []
    for name, one in named:
        before, after = (f"{100 * part:.1f} %" for part in accuracy.accuracies(one))
        fall, interval = _shares(accuracy.drop(one), digits=1)
        rows.append((name, f"{one.photos:,}", before, after, f"{fall} [{interval}]"))
    return rows


def classes(one: Neuron) -> str:
    """The classes of the probe set that the label names, as in: of class “brown bear”."""
    names = one.against.classes if one.against else ()
    return f"of {'class' if len(names) == 1 else 'classes'} {', '.join(f'“{name}”' for name in names)}"


def of_network(target: Checkpoint) -> list[tuple[str, str]]:
    """A checkpoint as names and values."""
    read = target.preprocess
    cut = f"shorter side to {read.resize} pixels, centre cut out" if read.resize else "whole picture stretched"
    spread = "; ".join(", ".join(f"{one:g}" for one in numbers) for numbers in (read.mean, read.std))
    origin = {"file": "as the file states", "assumed": "assumed, the file states none", "user": "as given by the user"}[read.origin]
    return [
        ("File", Path(target.path).name),
        ("Kind", f"{FORMATS[target.format]}, {target.bytes:,} bytes"),
        ("Architecture", target.architecture or "not named by the file"),
        ("What it is", target.summary),
        ("Input", f"{read.width} × {read.height} pixels, {read.channels} channels; {cut}, {read.interpolation}; {origin}"),
        ("Mean; standard deviation", spread),
        ("Classes named", f"{len(target.class_names):,}" if target.class_names else "none"),
        ("SHA-256", target.sha256),
    ]


def of_method(run: Run) -> Iterator[str]:
    """How a run's labels were made, in paragraphs, with its own numbers."""
    if run.method not in _METHODS or not run.numbers:
        yield f"The labels of {run.layer} were made by “{run.method}”."
        return
    yield from _METHODS[run.method](run)


def _of_line(run: Run) -> Iterator[str]:
    line, model = run.numbers, run.model.name if run.model else "the language model"
    of_facet, steps = line.get("shared") is False, int(line["steps"])
    board, nearest = ("A facet’s", "nearest to it") if of_facet else ("The neuron’s", "whose probe photos excite it most")
    yield (
        f"LINE names a neuron by trying names out. {board} scoreboard starts with the {line['start_best']} class names {nearest}. "
        f"In {'each of ' * (steps > 1)}{count(steps, 'step')} the language model {model} sees the board and proposes one "
        f"more concept; {line['pictures']} "
        f"pictures of it are made ({run.source}), shown to the network, and the concept’s score is the neuron’s mean activation on them. "
        f"The board keeps {line['board_size']} concepts. In the end the model is asked what the three best have in common."
    )
    if line.get("preset", "paper") != "paper":
        by = f", made by {run.confirmed_by.source}{_options(run.confirmed_by.options)}" if run.confirmed_by else ""
        again = f"scored again, each on {line['fresh_pictures']} pictures that no step has seen{by}{_choice(line)}"
        if of_facet:
            yield f"After the summary {_finalists(line, '')} are {again}"
        else:
            yield (
                "Before each step the board also takes in at most one concept that was drawn for another neuron, if it beats the board’s "
                "lowest entry by more than its standard error. When all neurons have been searched, "
                f"{_finalists(line, ' concepts of board and bank')} are {again}"
            )
        if line.get("patience"):
            idle = count(int(line["patience"]), "step")
            yield f"After {idle} that brought nothing among its five best a neuron goes to its summary at once."
    else:
        yield "This is the LINE paper to the letter: the concept with the highest score on the board becomes the label."


def _finalists(line: Mapping[str, Any], of: str) -> str:
    """Which concepts are scored again."""
    shortlist, finalists = line.get("shortlist", 0), line["finalists"]
    if shortlist <= finalists:
        return f"the {finalists} best{of}"
    return f"of the {shortlist} best{of} the {finalists} whose pictures have the highest AUC against the probe photos"


def _choice(line: Mapping[str, Any]) -> str:
    """How the label is chosen among the finalists, as the end of a sentence. Early runs did not keep it."""
    if line.get("level") is None:
        return "; they decide."
    good = f"Of those whose AUC against the probe photos is within {line['level']} of the highest, the one of"
    if not line.get("broader", True):
        return f". {good} the highest mean becomes the label."
    return f", and so are the shorter names inside the best of them. {good} fewest words becomes the label, of several the highest mean."


def _of_facets(run: Run) -> Iterator[str]:
    yield (
        "Facets are the kinds of photos that excite a neuron: its strongest photos, those at least half way from its median photo to its "
        "strongest, are grouped by what CLIP sees in them, and groups are one kind where they have more in common with each other than "
        "with the other probe photos. LINE labels each kind of at least three photos and 15 %, the largest first, starting from the "
        "concepts nearest to it and never taking a label twice. Kinds whose labels say the same are one facet. The neuron’s label is that "
        "of its largest facet; the others stand on its page with their shares."
    )
    yield from _of_line(run)


def _of_clip_dissect(run: Run) -> Iterator[str]:
    yield (
        f"CLIP-Dissect takes the {run.numbers['photos']} probe photos that excite a neuron most and asks CLIP which concept of a list fits "
        "them best, less how well it fits every neuron (SoftWPMI). It makes no pictures and tries nothing out."
    )


def _of_invert(run: Run) -> Iterator[str]:
    yield (
        f"INVERT searches formulas of at most {run.numbers['length']} classes of the labelled probe photos, joined by AND, OR and NOT, for "
        "the one whose photos the neuron’s activation tells best from the others (AUROC). It makes no pictures."
    )


def _of_sieve(run: Run) -> Iterator[str]:
    yield (
        f"SIEVE crops the {run.numbers['photos']} photos that excite a neuron most to where it fires, groups them by CLIP, and takes the "
        f"concepts of a list that fit each group best as hypotheses. Of each it makes {run.pictures} pictures ({run.source}); its "
        "activation rate is the share of them above the neuron’s 99th percentile on the probe photos. Hypotheses below the mean rate are "
        "dropped; the best becomes the label. One photo in a hundred is above that percentile, so of a concept that many photos show only "
        "few pictures are, and a low rate does not say that the name is wrong."
    )


def _of_describe_and_dissect(run: Run) -> Iterator[str]:
    numbers, model = run.numbers, run.model.name if run.model else "a language model"
    crops = ", and their regions where it fires most," if numbers["crops"] else ""
    yield (
        f"Describe-and-Dissect has the {numbers['photos']} photos that excite a neuron most{crops} described in words by a captioner. The "
        f"language model {model} is asked {numbers['candidates']} times what the descriptions share; each answer is a candidate, of which "
        f"{run.pictures} pictures are made ({run.source}). The candidate whose {numbers['strongest']} strongest pictures rank best among "
        "the pictures of all becomes the label."
    )


_METHODS = {
    "line": _of_line,
    "facets": _of_facets,
    "clip-dissect": _of_clip_dissect,
    "invert": _of_invert,
    "sieve": _of_sieve,
    "describe-and-dissect": _of_describe_and_dissect,
}


def of_run(run: Run) -> list[tuple[str, str]]:
    """The settings of a run as names and values."""
    rows = [(title, str(run.numbers[key])) for key, title in SETTINGS.items() if key in run.numbers]
    if run.model:
        rows.append(("Language model", f"{run.model.name}, {run.model.quantization}, {run.model.format} prompts"))
        rows.append(("Its SHA-256", run.model.sha256))
    if run.clip:
        rows += [("CLIP", run.clip[0]), ("Its SHA-256", run.clip[1])]
    if run.pictures:
        rows.append(("Picture source", f"{run.source}, version {run.source_version}{_options(run.source_options)}"))
    if again := run.confirmed_by:
        rows.append(("Finalists drawn again by", f"{again.source}, version {again.version}{_options(again.options)}"))
    if run.withheld:
        rows.append(("Withheld at the start", ", ".join(run.withheld)))
    if run.probe:
        rows += [("Probe photos", f"folder “{Path(run.probe).name}”"), ("Their digest", run.probe_digest)]
    return rows


def _options(options: dict[str, str]) -> str:
    return "".join(f", {key} {value}" for key, value in sorted(options.items()))


def of_sessions(run: Run) -> list[tuple[str, str, str]]:
    """When a run was started and resumed, on what and how far from the network, with which versions."""
    rows = []
    for one in run.sessions:
        versions = ", ".join(f"{name} {version}" for name, version in sorted(one.versions.items()))
        rows.append((moment(one.began), f"{one.device}; {one.network or 'network not recorded'}", versions))
    return rows


def of_machine(report: Report) -> list[tuple[str, str]]:
    """On what devices the runs of a report were made, and how far from the network."""
    sessions = [session for run in report.runs for session in run.sessions]
    devices = dict.fromkeys(one.device for one in sessions)
    networks = dict.fromkeys(one.network or "not recorded" for one in sessions)
    return [("Device", "; ".join(devices) or "not recorded"), ("Kept offline", "; or: ".join(networks) or "not recorded")]


def in_short(report: Report) -> str:
    """The whole report in a sentence."""
    labelled = report.counts.get("labelled", 0)
    people = sum(one.human is not None for one in report.neurons)
    words = f" {count(people, 'neuron')} {'carries' if people == 1 else 'carry'} the word of a person, marked as such." if people else ""
    return (
        f"{count(len(report.neurons), 'neuron')} of {count(len(report.layers), 'layer')}, {report.selection}: {labelled:,} with a label, "
        f"{len(report.neurons) - labelled or 'none'} without.{words}"
    )
