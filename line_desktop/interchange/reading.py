"""Reads a JSON document into a workspace, whole or not at all: afterwards the workspace's own export is the same document."""

import hashlib
from pathlib import Path
from typing import Final, Literal

import msgspec

from line_desktop.errors import UserError
from line_desktop.interchange.checking import complaints
from line_desktop.interchange.schema import (
    VERSION,
    Export,
    ExportedBank,
    ExportedEvidence,
    ExportedNeuron,
    ExportedResult,
    ExportedRun,
    ExportedStep,
    picture_keys,
)
from line_desktop.interchange.writing import PROBE
from line_desktop.store.disk import in_words
from line_desktop.store.intervention_rows import Ablation, CausalCheck
from line_desktop.store.rows import Answer, BankEntry, BankSettings, Evidence, ResultRow, SessionRow, StepRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture, PictureSettings

LARGEST: Final = 1 << 30  # bytes of a document; it is read as a whole, which takes several times as much memory
PictureSuffix = Literal[".png", ".jpg", ".webp"]
_SUFFIXES: Final[tuple[PictureSuffix, ...]] = (".png", ".jpg", ".webp")
LARGEST_PICTURE: Final = 1 << 26  # bytes
_TOGETHER = 64  # pictures
NO_SURVEY: Final = 0  # the one that evidence rests on stayed where it was made
NO_PROBE: Final = 0  # the photos of an ablation, likewise
ROW_OF_FILE: Final = "row of a label file"  # the kind of an answer that another tool gave


class BadDocument(UserError):
    """A file that is no document of ours, or one that does not fit together."""


class Restored(msgspec.Struct, frozen=True):
    """What a document brought into a workspace."""

    neurons: int
    runs: int
    runs_known: int  # were there already, and stay as they are
    human_words: int
    pictures: int  # files


def read_document(file: Path) -> Export:
    """The document in a file. Raises BadDocument in a sentence that names the place."""
    try:
        size = file.stat().st_size
        if size > LARGEST:
            raise BadDocument(f"{file} has {in_words(size)}, more than the {in_words(LARGEST)} that can be imported: export fewer neurons.")
        data = file.read_bytes()
    except OSError as error:
        raise BadDocument(f"{file} cannot be read ({error.strerror}): check the path and your rights.") from error
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.format != "line-desktop":
            raise BadDocument(f"{file} is not a document that `export` wrote: it does not name its format as line-desktop.")
        if head.version > VERSION:
            raise BadDocument(f"{file} has version {head.version}, this program reads up to {VERSION}: update the program.")
        document = msgspec.json.decode(data, type=Export)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadDocument(f"{file} is not a document that `export` wrote ({error}): export it again.") from error
    wrong = next(complaints(document), None)
    if wrong:
        raise BadDocument(f"{file} does not fit together ({wrong}): it was changed or is damaged; export it again.")
    return document


class _Head(msgspec.Struct):
    """What every version of the document begins with."""

    format: str = ""
    version: int = 0


def restore(workspace: Workspace, document: Export, pictures: Path | None) -> Restored:
    """Bring a document into a workspace beside what is there. `pictures`: the folder of its picture files, if there is one.

    Runs and human words that are there stay as they are. Raises BadWorkspace if a layer has another width here, DiskFull.
    """
    files = _put_pictures(workspace, document, pictures) if pictures else 0
    with workspace.transaction():
        return _Restoring(workspace, document).all(files)


def _put_pictures(workspace: Workspace, document: Export, folder: Path) -> int:
    """Keep the files that the document names; nothing else of the folder is touched."""
    found = [(key, suffix) for key in picture_keys(document) for suffix in _SUFFIXES if (folder / f"{key}{suffix}").is_file()]
    for start in range(0, len(found), _TOGETHER):
        workspace.put_objects([_picture(folder, key, suffix) for key, suffix in found[start : start + _TOGETHER]])
    return len(found)


def _picture(folder: Path, key: str, suffix: PictureSuffix) -> Picture:
    path = folder / f"{key}{suffix}"
    data = path.read_bytes() if path.stat().st_size <= LARGEST_PICTURE else b""
    if hashlib.sha256(data).hexdigest() != key:
        raise BadDocument(f"{path} is not the picture that its name says, its SHA-256 is another: copy the folder again.")
    return Picture(data, suffix)


class _Restoring:
    """Where the parts of a document are in the workspace."""

    def __init__(self, workspace: Workspace, document: Export) -> None:
        self._to = workspace
        self._from = document
        targets = [workspace.save_target(one) for one in document.targets]
        self._layers = {
            (place, layer.name): workspace.layer_id(targets[place], layer.name)
            for place, target in enumerate(document.targets)
            for layer in target.layers
        }
        self._banks = [self._bank(one) for one in document.banks]
        workspace.save_prompts(list(document.prompts.values()))
        asked = self._asked()
        self._runs = [self._run(one, asked[place]) for place, one in enumerate(document.runs)]
        self._sessions: list[int | None] = []
        for one in document.sessions:
            run = self._runs[one.run]
            row = SessionRow(0, one.versions, one.device, one.began, one.network)
            self._sessions.append(None if run is None else workspace.restore_session(run, row))

    def all(self, files: int) -> Restored:
        """Everything of the neurons."""
        words = sum(self._neuron(one) for one in self._from.neurons)
        new = sum(run is not None for run in self._runs)
        return Restored(len(self._from.neurons), new, len(self._runs) - new, words, files)

    def _asked(self) -> list[list[int]]:
        asked: list[list[int]] = [[] for _ in self._from.runs]
        for one in self._from.neurons:
            for result in one.results:
                asked[self._from.sessions[result.session].run].append(one.neuron)
        return asked

    def _bank(self, bank: ExportedBank) -> int:
        settings = PictureSettings(bank.source, bank.version, bank.options)
        kept = self._to.imported_bank(BankSettings(settings, bank.seed, bank.pictures))
        self._to.restore_concepts(kept, [BankEntry(one.concept, one.name, one.pictures) for one in bank.concepts])
        return kept

    def _run(self, run: ExportedRun, neurons: list[int]) -> int | None:
        settings = dict(run.settings)
        if run.fresh_bank is not None:
            settings["fresh_bank"] = self._banks[run.fresh_bank]
        if run.probe is not None:
            settings[PROBE] = msgspec.to_builtins(run.probe)
        layer = self._layers[run.target, run.layer]
        return self._to.restore_run(layer, self._banks[run.bank], run.method, settings, run.state, neurons)

    def _neuron(self, one: ExportedNeuron) -> bool:
        """Restores a neuron; whether a human word came with it."""
        layer = self._layers[one.target, one.layer]
        number = self._to.restore_neuron(layer, one.neuron, one.status)
        for result in one.results:
            self._result(one.neuron, result)
        known = {evidence.label for evidence in self._to.all_evidence(number)}
        self._to.save_evidence([_evidence(number, evidence) for evidence in one.evidence if evidence.label not in known])
        self._interventions(number, one)
        return one.human is not None and self._to.restore_human_word(number, one.human)

    def _interventions(self, number: int, one: ExportedNeuron) -> None:
        """Causal checks and the ablation; what is there already stays."""
        checked = {(check.label, check.editor) for check in self._to.causal_checks(number)}
        for check in one.causal:
            if (check.label, check.editor) not in checked:
                self._to.save_causal_check(CausalCheck(neuron_id=number, survey_id=NO_SURVEY, **msgspec.structs.asdict(check)))
        if one.ablation and self._to.ablation(number) is None:
            self._to.save_ablations([Ablation(neuron_id=number, probe_id=NO_PROBE, **msgspec.structs.asdict(one.ablation))])

    def _result(self, neuron: int, result: ExportedResult) -> None:
        session, run = self._sessions[result.session], self._runs[self._from.sessions[result.session].run]
        if session is None or run is None:
            return
        row = ResultRow(neuron, result.status, result.label, result.score, result.origin, result.reason, session)
        if result.imported is not None:
            answer = Answer(neuron, 0, ROW_OF_FILE, msgspec.json.encode(result.imported))
            self._to.import_labels(run, session, [(answer, row)])
            return
        self._to.restore_result(run, row, [_step(neuron, step) for step in result.steps])


def _step(neuron: int, step: ExportedStep) -> StepRow:
    return StepRow(neuron=neuron, **msgspec.structs.asdict(step))


def _evidence(number: int, evidence: ExportedEvidence) -> Evidence:
    return Evidence(neuron_id=number, survey_id=NO_SURVEY, **msgspec.structs.asdict(evidence))
