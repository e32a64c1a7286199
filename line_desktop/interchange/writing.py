"""Writes the JSON document of a workspace, a neuron at a time."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from line_desktop.concepts import spelling
from line_desktop.errors import DamagedFile
from line_desktop.interchange.files import replacing
from line_desktop.interchange.schema import (
    VERSION,
    Export,
    ExportedAblation,
    ExportedBank,
    ExportedCausalCheck,
    ExportedConcept,
    ExportedEvidence,
    ExportedNeuron,
    ExportedProbe,
    ExportedResult,
    ExportedRun,
    ExportedSession,
    ExportedStep,
    picture_keys,
)
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import Ids
from line_desktop.store.intervention_rows import Ablation, CausalCheck
from line_desktop.store.rows import Card, Evidence, NeuronResult, StepRow
from line_desktop.store.transfer import IMPORTED

PROBE = "probe"  # a setting of an imported run: the photos of the survey that stayed where it was made
_PAGE = 500


def write_document(desk: Desk, ids: Ids, file: Path) -> None:
    """Write the document of some neurons, in the order given. Raises CannotWrite, DiskFull, DamagedFile."""
    with desk.connection, replacing(file) as out:  # all queries see the same rows
        writer = _Writer(desk, ids)
        _member(out, "format", "line-desktop", first=True)
        _member(out, "version", VERSION)
        _member(out, "targets", [desk.target(one) for one in writer.targets])
        _member(out, "runs", [writer.run(one) for one in writer.runs])
        _member(out, "sessions", list(writer.session_list()))
        _array(out, "neurons", writer.neurons(ids))
        _member(out, "banks", writer.bank_list())
        _member(out, "prompts", {key: desk.prompt(key) for key in sorted(writer.prompts)})
        out.write(b"\n}\n")


def copy_pictures(desk: Desk, document: Path, folder: Path) -> int:
    """Copy the picture files that a document names into `folder`, named by their SHA-256; returns how many were missing."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = 0
    for key in picture_keys(msgspec.json.decode(document.read_bytes(), type=Export)):
        try:
            source = desk.object_path(key)
        except DamagedFile:  # the workspace's check complains of it
            missing += 1
            continue
        if not (folder / source.name).exists():
            shutil.copyfile(source, folder / source.name)
    return missing


class _Writer:
    """What the lists of the document hold, and the places of things in them."""

    def __init__(self, desk: Desk, ids: Ids) -> None:
        self._desk = desk
        results = [result for number in ids for result in desk.neuron_results(int(number))]
        self.runs = sorted({one.run_id for one in results})
        self._rows = {run: desk.run(run) for run in self.runs}
        kept = {one.result.session for one in results}
        self._sessions = sorted((row.id, run, row) for run in self.runs for row in desk.sessions(run) if row.id in kept)
        self._session_place = {number: place for place, (number, _, _) in enumerate(self._sessions)}
        layers = {card.layer_id for card in _cards(desk, ids)}
        self.layers = {one: desk.layer(one) for one in layers}
        self.targets = sorted({row.target_id for row in self.layers.values()})
        fresh = (row.settings.get("fresh_bank") for row in self._rows.values())
        self._banks = sorted({row.settings_id for row in self._rows.values()} | {one for one in fresh if one is not None})
        self._concepts: dict[int, dict[str, None]] = {bank: {} for bank in self._banks}  # as sets that keep the order
        self.prompts: set[str] = set()

    def run(self, run_id: int) -> ExportedRun:
        row = self._rows[run_id]
        layer = self._desk.layer(row.layer_id)
        settings = dict(row.settings)
        fresh, probe = settings.pop("fresh_bank", None), settings.pop(PROBE, None)
        if row.survey_id is not None:
            photos = self._desk.probe_set(self._desk.survey(row.survey_id).probe_id)
            probe = {"folder": photos.folder, "digest": photos.digest}
        return ExportedRun(
            target=self.targets.index(layer.target_id),
            layer=layer.layer.name,
            method=row.method,
            state="finished" if row.state == "finished" else "interrupted",
            settings=settings,
            bank=self._banks.index(row.settings_id),
            fresh_bank=None if fresh is None else self._banks.index(fresh),
            probe=probe and ExportedProbe(**probe),
        )

    def session_list(self) -> Iterator[ExportedSession]:
        for _, run, row in self._sessions:
            yield ExportedSession(self.runs.index(run), row.began, row.device, row.versions, row.network)

    def neurons(self, ids: Ids) -> Iterator[ExportedNeuron]:
        for card in _cards(self._desk, ids):
            layer = self.layers[card.layer_id]
            results = sorted(self._desk.neuron_results(card.id), key=lambda one: one.result.session)
            yield ExportedNeuron(
                target=self.targets.index(layer.target_id),
                layer=card.layer,
                neuron=card.neuron,
                status=card.status,
                human=self._desk.human_word(card.id),
                results=tuple(map(self._result, results)),
                evidence=tuple(map(_evidence, self._desk.all_evidence(card.id))),
                causal=tuple(_causal_check(one) for one in sorted(self._desk.causal_checks(card.id), key=_of_label)),
                ablation=_ablation(self._desk.ablation(card.id)),
            )

    def _result(self, one: NeuronResult) -> ExportedResult:
        row, result = self._rows[one.run_id], one.result
        steps = self._desk.steps(one.run_id, result.neuron)
        for bank in (row.settings_id, row.settings.get("fresh_bank")):
            if bank is not None:
                self._concepts[bank].update(dict.fromkeys(_concepts(steps)))
        self.prompts.update(step.prompt_sha256 for step in steps if step.prompt_sha256)
        answers = self._desk.answers(one.run_id, result.neuron) if IMPORTED in row.settings else []
        return ExportedResult(
            session=self._session_place[result.session],
            status=result.status,
            label=result.label,
            score=result.score,
            origin=result.origin,
            reason=result.reason,
            steps=tuple(map(_step, steps)),
            imported=msgspec.json.decode(answers[0]) if answers else None,
        )

    def bank_list(self) -> list[ExportedBank]:
        return [self._bank(bank) for bank in self._banks]

    def _bank(self, bank: int) -> ExportedBank:
        kept = self._desk.bank_settings(bank)
        options = {name: value for name, value in kept.settings.options.items() if name != IMPORTED}
        entries = (self._desk.bank_entry(bank, concept) for concept in self._concepts[bank])
        concepts = tuple(ExportedConcept(one.concept, one.name, one.pictures) for one in entries if one)
        return ExportedBank(kept.settings.source, kept.settings.version, options, kept.seed, kept.pictures, concepts)


def _cards(desk: Desk, ids: Ids) -> Iterator[Card]:
    for start in range(0, len(ids), _PAGE):
        yield from desk.cards(ids[start : start + _PAGE])


def _concepts(steps: Sequence[StepRow]) -> Iterator[str]:
    for step in steps:
        yield spelling(step.concept)
        yield from (spelling(entry.concept) for entry in step.board)


def _step(row: StepRow) -> ExportedStep:
    values = msgspec.structs.asdict(row)
    del values["neuron"]
    return ExportedStep(**values)


def _evidence(row: Evidence) -> ExportedEvidence:
    values = msgspec.structs.asdict(row)
    del values["neuron_id"], values["survey_id"]
    return ExportedEvidence(**values)


def _of_label(row: CausalCheck) -> tuple[str, str]:
    return row.label, row.editor


def _causal_check(row: CausalCheck) -> ExportedCausalCheck:
    values = msgspec.structs.asdict(row)
    del values["neuron_id"], values["survey_id"]
    return ExportedCausalCheck(**values)


def _ablation(row: Ablation | None) -> ExportedAblation | None:
    if row is None:
        return None
    values = msgspec.structs.asdict(row)
    del values["neuron_id"], values["probe_id"]
    return ExportedAblation(**values)


def _member(out: BinaryIO, name: str, value: Any, first: bool = False) -> None:
    out.write((b"{" if first else b",") + b'\n"' + name.encode() + b'":' + msgspec.json.encode(value, order="deterministic"))


def _array(out: BinaryIO, name: str, values: Iterable[Any]) -> None:
    out.write(b',\n"' + name.encode() + b'":[')
    for place, value in enumerate(values):
        out.write((b",\n" if place else b"\n") + msgspec.json.encode(value, order="deterministic"))
    out.write(b"]")
