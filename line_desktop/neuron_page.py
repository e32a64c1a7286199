"""Everything the workspace knows of one neuron, gathered from a desk: the window's neuron page, as plain values.

It reads one column of the survey and a few rows, in any thread that opened a desk of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from line_desktop.concepts import key, spelling
from line_desktop.errors import DamagedFile
from line_desktop.methods.confirmation import CONFIRMED
from line_desktop.scoreboard import Entry, Origin
from line_desktop.store.desk import Desk
from line_desktop.store.intervention_rows import Ablation, CausalCheck
from line_desktop.store.rows import (
    BankSettings,
    Card,
    Evidence,
    HumanWord,
    NeuronResult,
    NeuronStats,
    ProbePhoto,
    ProbeSet,
    RunRow,
    SessionRow,
    StepRow,
    Survey,
)
from models.types.shared import FloatArray
from models.types.vision import Checkpoint, Layer

TOP_PHOTOS: Final = 12
COUNTER_EXAMPLES: Final = 6
EDITS: Final = 4  # pictures of a causal check


class Seen(msgspec.Struct, frozen=True):
    """A photo or a picture with the neuron's activation on it; of a photo also its class, where the probe set is labelled."""

    path: Path
    activation: float
    class_name: str | None = None


class Ranked(msgspec.Struct, frozen=True):
    """A concept of the scoreboard with its pictures."""

    entry: Entry
    pictures: tuple[Seen, ...]


class Told(msgspec.Struct, frozen=True):
    """A step of the story; `best` is the highest score on the board after it."""

    step: int
    concept: str
    score: float | None
    best: float | None
    origin: Origin
    status: str
    reasoning: str
    pictures: tuple[Seen, ...]
    prompt_sha256: str


class Other(msgspec.Struct, frozen=True):
    """A label that a run found besides its best; `share` says of a facet how much of the neuron it is."""

    label: str
    score: float
    share: str
    evidence: Evidence | None


class Named(msgspec.Struct, frozen=True):
    """What one run calls the neuron; `kind` is the run's preset where it has one. The evidence is None where it was not verified.

    `share` says of a label by facets, and of each of the `others`, how much of the neuron it is; they stand in the order of the facets.
    """

    run_id: int
    method: str
    kind: str
    status: str
    label: str | None
    score: float | None
    reason: str
    began: str
    evidence: Evidence | None
    others: tuple[Other, ...]
    share: str = ""


class CounterExamples(msgspec.Struct, frozen=True):
    """What speaks against a label, by the class names of the probe set.

    `classes` are those named like the label. `silent`: their photos on which the neuron is at or below its median,
    weakest first. `other`: photos of other classes above its 99th percentile, strongest first. `photos`: how many are of the classes.
    """

    classes: tuple[str, ...]
    photos: int
    silent: tuple[Seen, ...]
    other: tuple[Seen, ...]


class Activity(msgspec.Struct, frozen=True):
    """The neuron on the probe set: finite activations in any order, and its strongest photos."""

    stats: NeuronStats
    values: FloatArray
    top: tuple[Seen, ...]
    photos: int  # in the probe set
    left_out: int  # photos that could not be read or gave no finite number


class Caused(msgspec.Struct, frozen=True):
    """A causal check with some of its pictures: each as it was, without the concept, and with something else changed."""

    check: CausalCheck
    pictures: tuple[Seen, ...]  # in threes; what was done to a picture stands in place of its class


class Provenance(msgspec.Struct, frozen=True):
    """What everything on the page was made with."""

    target: Checkpoint
    layer: Layer
    probe: ProbeSet | None
    bank: BankSettings | None
    run: RunRow | None
    sessions: tuple[SessionRow, ...]


class NeuronView(msgspec.Struct, frozen=True):
    """One neuron; parts are empty or None where the workspace has nothing of them."""

    card: Card
    human: HumanWord | None
    activity: Activity | None
    pictures: tuple[Seen, ...]  # of the label
    board: tuple[Ranked, ...]
    story: tuple[Told, ...]
    other_pictures: FloatArray  # activations on the pictures of all other concepts of the board
    counter_examples: CounterExamples | None  # None without a label or a labelled probe set
    evidence: Evidence | None  # for the label of the run shown; None where it was not verified
    names: tuple[Named, ...]  # newest first; the one shown is `shown`
    shown: int | None  # run id
    provenance: Provenance
    caused: tuple[Caused, ...] = ()  # of the label of the run shown, the newest first
    ablation: Ablation | None = None


def gather(desk: Desk, neuron_id: int, run_id: int | None = None) -> NeuronView:
    """The page of a neuron, with the story of `run_id`, or of the run whose label stands on its card. Raises KeyError, DamagedFile."""
    (card,) = desk.cards([neuron_id])
    layer_row = desk.layer(card.layer_id)
    results = desk.neuron_results(neuron_id)
    chosen = _chosen(results, card, run_id)
    run = desk.run(chosen.run_id) if chosen else None
    steps = desk.steps(chosen.run_id, card.neuron) if chosen else []
    reader = _Pictures(desk, run, card.neuron)
    board = tuple(Ranked(entry, reader.behind(entry)) for entry in (steps[-1].board if steps else ()))
    label = chosen.result.label if chosen else None
    judged = {one.label: one for one in desk.all_evidence(neuron_id)}
    survey = desk.neuron_survey(neuron_id)
    column = _column(desk, *survey) if survey else None
    return NeuronView(
        card=card,
        human=desk.human_word(neuron_id),
        activity=_activity(column) if column else None,
        pictures=reader.of(label) + reader.of(label, fresh=True) if label else (),
        board=board,
        story=tuple(_told(step, reader) for step in steps),
        other_pictures=_values(one for ranked in board if ranked.entry.concept != label for one in ranked.pictures),
        counter_examples=_counter_examples(column, card.human_label or label) if column else None,
        evidence=judged.get(label) if label else None,
        names=tuple(_named(desk, one, judged) for one in results),
        shown=run.id if run else None,
        provenance=Provenance(
            target=desk.target(layer_row.target_id),
            layer=layer_row.layer,
            probe=desk.probe_set(survey[0].probe_id) if survey else None,
            bank=desk.bank_settings(run.settings_id) if run else None,
            run=run,
            sessions=tuple(desk.sessions(run.id)) if run else (),
        ),
        caused=tuple(_caused(desk, one) for one in desk.causal_checks(neuron_id, label)) if label else (),
        ablation=desk.ablation(neuron_id),
    )


def matching_classes(label: str, class_names: Sequence[str]) -> list[str]:
    """The class names that mean what the label says: the last word of one, its noun, is among the words of the other.

    Of several those that share the most words: for "brown bear" the class "brown bear" and not "ice bear" as well.
    """
    words = key(label).split()
    shared: dict[str, int] = {}
    for name in class_names:
        others = key(name).split()
        if words and others and (words[-1] in others or others[-1] in words):
            shared[name] = len(set(words) & set(others))
    return [name for name, count in shared.items() if count == max(shared.values())]


def _chosen(results: Sequence[NeuronResult], card: Card, run_id: int | None) -> NeuronResult | None:
    """The result of a run, or the one on the card."""
    if run_id is not None:
        return next(one for one in results if one.run_id == run_id)
    same = (one for one in results if (one.method, one.result.label, one.result.score) == (card.method, card.label, card.score))
    return next(same, results[0] if results else None)


def _named(desk: Desk, one: NeuronResult, judged: Mapping[str, Evidence]) -> Named:
    run, result = desk.run(one.run_id), one.result
    kind = str((run.settings.get("line") or run.settings.get("facets") or {}).get("preset", ""))
    began = desk.sessions(one.run_id)[0].began
    kept = _kept(one.method, desk.steps(one.run_id, result.neuron))
    others = tuple(
        Other(entry.concept, entry.score, share, judged.get(entry.concept)) for entry, share in kept if entry.concept != result.label
    )
    share = next((share for entry, share in kept if entry.concept == result.label), "")
    evidence = judged.get(result.label or "")
    return Named(one.run_id, one.method, kind, result.status, result.label, result.score, result.reason, began, evidence, others, share)


def _kept(method: str, steps: Sequence[StepRow]) -> list[tuple[Entry, str]]:
    """All labels that a method keeps of a neuron, where it keeps several; of a facet with its share."""
    if method == "sieve" and steps:
        return [(entry, "") for entry in steps[-1].board]
    shares = {step.concept: step.status for step in steps if step.status.startswith("facet ")} if method == "facets" else {}
    boards = [step.board for step in steps if step.status in shares.values()]
    return [(entry, shares[entry.concept]) for entry in sorted(boards[-1] if boards else (), key=lambda entry: entry.step)]


def _told(step: StepRow, reader: "_Pictures") -> Told:
    best = max((entry.score for entry in step.board), default=None)
    pictures = reader.of(step.concept, fresh=step.status == CONFIRMED) if step.score is not None else ()
    return Told(
        step.step, step.concept, step.score, best, step.origin, step.status, step.reasoning, pictures, step.prompt_sha256
    )  # fmt: skip


class _Pictures:
    """Pictures of concepts with one neuron's activations, from the banks of a run; each concept is read once."""

    def __init__(self, desk: Desk, run: RunRow | None, neuron: int) -> None:
        self._desk = desk
        self._run = run
        self._neuron = neuron
        self._known: dict[tuple[str, bool], tuple[Seen, ...]] = {}

    def of(self, concept: str, fresh: bool = False) -> tuple[Seen, ...]:
        """The pictures of a concept; the fresh ones are those that confirmed a label. Missing files are left out."""
        if (concept, fresh) not in self._known:
            self._known[concept, fresh] = tuple(self._read(concept, fresh))
        return self._known[concept, fresh]

    def behind(self, entry: Entry) -> tuple[Seen, ...]:
        """The pictures that an entry's score is the mean of: those of its step, or the fresh ones of a finalist.

        Fresh pictures may be there of others too, because all neurons of a run share them.
        """
        sets = [found for fresh in (False, True) if (found := self.of(entry.concept, fresh))]
        return min(sets, key=lambda seen: abs(float(_values(seen).mean()) - entry.score), default=())

    def _read(self, concept: str, fresh: bool) -> list[Seen]:
        if self._run is None:
            return []
        bank = self._run.settings.get("fresh_bank") if fresh else self._run.settings_id
        if not isinstance(bank, int):
            return []
        rows = self._desk.concept_pictures(bank, spelling(concept))
        activations = self._desk.concept_activations(bank, self._run.layer_id, spelling(concept))
        if activations is None:
            return []
        found = []
        for row, activation in zip(rows, activations[:, self._neuron], strict=True):
            try:
                found.append(Seen(self._desk.object_path(row.sha256), float(activation)))
            except DamagedFile:  # a picture is gone; the workspace's check complains of it, the page shows the others
                continue
        return found


class _Column(msgspec.Struct, frozen=True):
    """One neuron on the probe set: its activations, float32 (photos), NaN for photos that could not be read."""

    stats: NeuronStats
    values: FloatArray
    photos: list[ProbePhoto]
    folder: Path

    def seen(self, rows: Iterable[int]) -> tuple[Seen, ...]:
        """Some of the photos."""
        photos = ((self.photos[row], float(self.values[row])) for row in rows)
        return tuple(Seen(self.folder / photo.path, activation, photo.class_name) for photo, activation in photos)


def _column(desk: Desk, survey: Survey, stats: NeuronStats) -> _Column:
    values = np.array(desk.survey_activations(survey.id)[:, stats.index])
    return _Column(stats, values, desk.probe_photos(survey.probe_id), Path(desk.probe_set(survey.probe_id).folder))


def _activity(column: _Column) -> Activity:
    finite = column.values[np.isfinite(column.values)]
    top = column.seen(column.stats.top_photos[:TOP_PHOTOS])
    return Activity(column.stats, finite, top, len(column.values), len(column.values) - len(finite))


def _counter_examples(column: _Column, label: str | None) -> CounterExamples | None:
    names = sorted({photo.class_name for photo in column.photos if photo.class_name is not None})
    if label is None or not names:
        return None
    classes = matching_classes(label, names)
    wanted = set(classes)
    of_label = np.array([photo.class_name in wanted for photo in column.photos])
    order = np.argsort(column.values, kind="stable")
    silent = order[(of_label & (column.values <= column.stats.median))[order]][:COUNTER_EXAMPLES]
    other = order[(~of_label & (column.values > column.stats.p99))[order]][::-1][:COUNTER_EXAMPLES]
    return CounterExamples(tuple(classes), int(of_label.sum()), column.seen(silent), column.seen(other) if classes else ())


def _caused(desk: Desk, check: CausalCheck) -> Caused:
    """Missing files are left out with the other two of their picture."""
    found: list[Seen] = []
    for one in check.pictures:
        edit = one.edit
        three = ((edit.before, one.before, None), (edit.without, one.without, edit.removed), (edit.control, one.control, edit.changed))
        with suppress(DamagedFile):
            found += [Seen(desk.object_path(sha256), activation, done) for sha256, activation, done in three]
        if len(found) == 3 * EDITS:
            break
    return Caused(check, tuple(found))


def _values(seen: Iterable[Seen]) -> FloatArray:
    return np.array([one.activation for one in seen], np.float32)
