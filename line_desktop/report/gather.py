"""Gathers a report's content from a workspace: each neuron's page, what they have in common, and where everything came from."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from line_desktop import neuron_page
from line_desktop.concepts import spelling
from line_desktop.errors import UserError
from line_desktop.methods.confirmation import CONFIRMED
from line_desktop.neuron_page import Named, NeuronView, Seen
from line_desktop.report.content import (
    NEVER,
    SCHEMA,
    Activity,
    BoardRow,
    Caused,
    CounterExamples,
    Detail,
    Given,
    Histogram,
    LanguageModel,
    Layer,
    Licence,
    Neuron,
    Report,
    Run,
    Session,
    Shown,
    StepRow,
)
from line_desktop.scoreboard import Entry
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import BY_ACTIVATION
from line_desktop.store.rows import RunRow
from models.catalog import card_of
from models.types.pictures import PictureSettings
from models.types.shared import FloatArray

TOP: Final = 9  # photos of a neuron
BINS: Final = 24
PLACES: Final = 20
Tell = Callable[[int, int], None]


class NothingToReport(UserError):
    """The selection holds no neuron."""


def gather(desk: Desk, ids: Sequence[int], selection: str, detail: Detail, tell: Tell = lambda done, total: None) -> Report:
    """The report of some neurons in the order given. `tell` hears how many are read, of how many.

    Raises NothingToReport where `ids` is empty, KeyError for a neuron that is not there, DamagedFile.
    """
    if not len(ids):
        raise NothingToReport(f"No neuron to report in {desk.folder}: {selection} holds none; label some, or choose others.")
    gathering = Gathering(desk)
    neurons = []
    for done, number in enumerate(ids, 1):
        neurons.append(gathering.neuron(int(number)))
        tell(done, len(ids))
    return gathering.report(tuple(neurons), selection, detail)


class Gathering:
    """Reads neurons one by one, and remembers which targets, layers and runs they belong to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._layers: Counter[int] = Counter()
        self._labelled: Counter[int] = Counter()
        self._runs: dict[int, RunRow] = {}
        self._prompts: dict[int, str] = {}  # run -> SHA-256 of its first prompt

    def neuron(self, number: int) -> Neuron:
        """One neuron."""
        view = neuron_page.gather(self._desk, number)
        card, run = view.card, view.provenance.run
        self._layers[card.layer_id] += 1
        self._labelled[card.layer_id] += card.label is not None
        if run:
            self._remember(run.id, card.neuron)
        names = _names(view)
        for one in names:
            self._remember(one.run_id, card.neuron)
        named = next((one for one in view.names if one.run_id == view.shown), None)
        winner = next((one.entry for one in view.board if one.entry.concept == card.label), None)
        return Neuron(
            id=card.id, layer=card.layer, neuron=card.neuron, status=card.status, label=card.label, human=view.human,
            score=card.score, error=winner.error if winner else None, place=card.bar,
            origin=winner.origin if winner else None,
            method=card.method, run=run.id if run else None, reason=named.reason if named else "", evidence=self._desk.evidence(number),
            top=_shown(view.activity.top[:TOP]) if view.activity else (),
            pictures=_shown(view.pictures), pictures_lost=self._lost(run, card.label, len(view.pictures)),
            board=tuple(_board_row(one.entry) for one in view.board),
            steps=tuple(_step(one) for one in view.story), activity=_activity(view), against=_against(view),
            given=tuple(given for one in names for given in _given(one)),
            caused=tuple(Caused(one.check, _shown(one.pictures)) for one in view.caused), ablation=view.ablation,
        )  # fmt: skip

    def _remember(self, run_id: int, neuron: int) -> None:
        """A run stands in the report with the first prompt of its first neuron that has one."""
        if run_id not in self._runs:
            self._runs[run_id] = self._desk.run(run_id)
        if not self._prompts.get(run_id):
            steps = self._desk.steps(run_id, neuron)
            self._prompts[run_id] = next((step.prompt_sha256 for step in steps if step.prompt_sha256), "")

    def _lost(self, run: RunRow | None, label: str | None, found: int) -> int:
        """How many pictures of a label have no file any more."""
        if run is None or label is None:
            return 0
        banks = {run.settings_id, run.settings.get("fresh_bank", run.settings_id)}
        return sum(len(self._desk.concept_pictures(bank, spelling(label))) for bank in banks) - found

    def report(self, neurons: tuple[Neuron, ...], selection: str, detail: Detail) -> Report:
        """The report of the neurons that were read."""
        rows = [self._desk.layer(layer_id) for layer_id in sorted(self._layers)]
        ids = list(dict.fromkeys(row.target_id for row in rows))
        targets = tuple(self._desk.target(one) for one in ids)
        layers = tuple(
            Layer(ids.index(row.target_id), row.layer.name, row.layer.role, row.layer.width, self._layers[row.id], self._labelled[row.id])
            for row in rows
        )
        runs = tuple(self._run(self._runs[number], ids) for number in sorted(self._runs))
        labelled = [one for one in neurons if one.label is not None]
        return Report(
            schema=SCHEMA,
            title=" and ".join(dict.fromkeys(one.architecture or Path(one.path).name for one in targets)),
            workspace=self._desk.folder.name,
            made=_made(runs, neurons),
            detail=detail,
            selection=selection,
            targets=targets,
            layers=layers,
            counts=dict(Counter(one.status for one in neurons)),
            verdicts=dict(Counter(one.verdict for one in neurons if one.verdict)),
            origins=dict(Counter(one.origin for one in labelled if one.origin)),
            places=histogram(np.array([one.place for one in labelled if one.place is not None], np.float32), PLACES, (0.0, 1.0)),
            facets=dict(sorted(Counter(one.facets for one in neurons if one.facets).items())),
            facets_supported=sum(one.facets_supported > 1 for one in neurons),
            causal=dict(Counter(one.caused[0].check.verdict for one in neurons if one.caused)),
            progress=_progress(one for one in labelled if one.method in BY_ACTIVATION),
            neurons=neurons,
            runs=runs,
            licences=_licences(runs),
        )

    def _run(self, run: RunRow, targets: Sequence[int]) -> Run:
        bank = self._desk.bank_settings(run.settings_id)
        layer = self._desk.layer(run.layer_id)
        probe = self._desk.probe_set(self._desk.survey(run.survey_id).probe_id) if run.survey_id else None
        llm, clip = run.settings.get("llm"), run.settings.get("clip")
        prompt = self._prompts[run.id]
        return Run(
            id=run.id, method=run.method, target=targets.index(layer.target_id), layer=layer.layer.name, neurons=run.neurons,
            state=run.state, numbers=run.settings.get(run.method, {}), model=LanguageModel(**llm) if llm else None,
            source=bank.settings.source, source_version=bank.settings.version, source_options=bank.settings.options,
            pictures=bank.pictures, seed=bank.seed, withheld=tuple(run.settings.get("withheld", ())),
            probe=probe.folder if probe else "", probe_digest=probe.digest if probe else "",
            sessions=tuple(Session(one.began, one.device, one.versions, one.network) for one in self._desk.sessions(run.id)),
            prompt=self._desk.prompt(prompt) if prompt else "", prompt_sha256=prompt,
            confirmed_by=self._confirming(run), clip=(clip["name"], clip["sha256"]) if clip else None,
        )  # fmt: skip

    def _confirming(self, run: RunRow) -> PictureSettings | None:
        """The picture source of a run's confirmation, where it is not that of its steps."""
        confirmed = self._desk.bank_settings(run.settings.get("fresh_bank", run.settings_id)).settings
        return confirmed if confirmed != self._desk.bank_settings(run.settings_id).settings else None


def histogram(values: FloatArray, bins: int, between: tuple[float, float] | None = None) -> Histogram:
    """Counts of values in bins of equal width, over their own range or the one given."""
    counts, edges = np.histogram(values.astype(np.float64), bins, between)
    return Histogram(float(edges[0]), float(edges[-1]), tuple(map(int, counts)))


def _shown(seen: Iterable[Seen]) -> tuple[Shown, ...]:
    return tuple(Shown(one.path, one.activation, one.class_name) for one in seen)


def _names(view: NeuronView) -> list[Named]:
    """What the run shown calls the neuron, then the newest run of every other method; those that give no label are left out."""
    found: dict[str, Named] = {}
    for one in sorted(view.names, key=lambda one: one.run_id != view.shown):
        if one.label is not None:
            found.setdefault(_method(one), one)
    return list(found.values())


def _method(one: Named) -> str:
    return f"{one.method}, preset {one.kind}" if one.kind not in ("", "line") else one.method


def _given(one: Named) -> Iterator[Given]:
    """All labels that a run gave."""
    yield Given(_method(one), one.label or "", one.share, one.score, one.evidence)
    yield from (Given(_method(one), other.label, other.share, other.score, other.evidence) for other in one.others)


def _board_row(entry: Entry) -> BoardRow:
    return BoardRow(entry.concept, entry.score, entry.error, entry.origin, entry.step)


def _step(one: neuron_page.Told) -> StepRow:
    return StepRow(one.step, one.concept, one.score, one.best, one.origin, one.status, one.reasoning, one.prompt_sha256)


def _activity(view: NeuronView) -> Activity | None:
    if view.activity is None:
        return None
    of = view.activity
    bins = histogram(of.values, BINS) if len(of.values) else None
    stats = of.stats
    return Activity(_finite(stats.median), _finite(stats.p99), _finite(stats.maximum), of.photos, of.left_out, bins)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _against(view: NeuronView) -> CounterExamples | None:
    found = view.counter_examples
    if found is None or not found.classes:
        return None
    return CounterExamples(found.classes, found.photos, _shown(found.silent), _shown(found.other))


def _progress(labelled: Iterable[Neuron]) -> tuple[float, ...]:
    """Mean over neurons of (best after a step - best at the start) / (best at the end - best at the start), the confirmation left out.

    A neuron whose start was never beaten counts as 1 throughout: nothing better came.
    """
    curves = []
    for one in labelled:
        best = [step.best for step in one.steps if step.best is not None and step.status != CONFIRMED]
        if len(best) > 1:
            gain = best[-1] - best[0]
            curves.append([(value - best[0]) / gain if gain > 0 else 1.0 for value in best])
    length = max(map(len, curves), default=0)
    filled = [curve + curve[-1:] * (length - len(curve)) for curve in curves]
    return tuple(float(mean) for mean in np.mean(filled, axis=0)) if filled else ()


def _made(runs: Iterable[Run], neurons: Iterable[Neuron]) -> str:
    """The moment of the latest thing the report tells of; the first of all moments where there is none."""
    moments = [session.began for run in runs for session in run.sessions]
    for one in neurons:
        moments += [one.human.when] if one.human else []
        moments += [given.evidence.made for given in one.given if given.evidence]
        moments += [caused.check.made for caused in one.caused]
        moments += [one.ablation.made] if one.ablation else []
    return max(moments, default=NEVER)


def _licences(runs: Iterable[Run]) -> tuple[Licence, ...]:
    """Of the model files with a card in the catalogue."""
    hashes = [key for run in runs for key in _files(run)]
    cards = (card_of(key) for key in dict.fromkeys(hashes))
    return tuple(Licence(card.title, card.licence, card.conditions, card.sha256) for card in cards if card)


def _files(run: Run) -> tuple[str, ...]:
    """What the models of a run are known by."""
    return run.model.sha256 if run.model else "", run.source_version, run.confirmed_by.version if run.confirmed_by else ""
