"""Causal check as a job: the concept of a label taken out of pictures, and what that takes away from the neuron.

Pictograms are drawn again without the colour, texture or object that the label names, so there the check is exact. Photos, the neuron's
strongest, are edited by an image-editing pipeline. A matched control changes something else by the same means. Every edit is kept, so a
job that is stopped loses one edit at most, and what was checked already is not checked again.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from line_desktop import concepts
from line_desktop.bank import prompts
from line_desktop.effects import FEWEST, RULE, CannotCheck, Subjected, judge, span_of
from line_desktop.engines import Engines, untold
from line_desktop.errors import UserError
from line_desktop.events import Checked, Checking, Cost, JobEvent, Note, Stage
from line_desktop.provisional import unconfirmed
from line_desktop.store.intervention_rows import CausalCheck, CausalPicture, KeptEdit
from line_desktop.store.rows import Claim, NeuronStats
from line_desktop.store.targets import to_json
from line_desktop.store.workspace import Workspace
from line_desktop.target import converted
from models.errors import BadFile, EngineFailed, ModelError
from models.plural import count
from models.types.pictures import Edited, EditRequest
from models.types.vision import ActivationMap, Mapper, Target

PICTOGRAMS: Final = "pictograms"


class CausalJob(msgspec.Struct, frozen=True):
    """Which labels to check, by which editor."""

    neuron_ids: tuple[int, ...] = ()  # none: every label of the workspace
    editor: str = ""  # "pictograms" or the folder of an image-editing pipeline; empty: pictograms, for labels found with them
    photos: int = 10  # pictures or photos of each label
    seed: int = 0
    memory: int | None = None  # bytes that the engines may hold together
    try_anyway: bool = False

    def __post_init__(self) -> None:
        if self.photos < FEWEST:
            raise UserError(f"--photos must be at least {FEWEST}, because an interval of fewer means nothing; got {self.photos}.")


def check(
    workspace: Workspace, job: CausalJob, stop: Callable[[], bool] = lambda: False, tell: Callable[[JobEvent], None] = untold
) -> Iterator[JobEvent]:
    """Check labels; yields events, the last a `Cost`. Ends early, resumable, when `stop()` says so.

    Raises UserError where there is no label, no editor for one, or no converted network; Cancelled where editing was stopped.
    """
    claims = workspace.claims(job.neuron_ids or None)
    if not claims:
        raise UserError("None of the neurons has a label that could be checked: label some first.")
    done = edited = hits = 0
    yield Checking(0, len(claims))
    yield from map(Note, unconfirmed(claims))
    for (target_id, editor), group in _groups(workspace, claims, job).items():
        with Engines(job.memory, try_anyway=job.try_anyway, tell=tell, stop=stop) as engines:
            checker = Checker(workspace, engines, target_id, editor, group, job)
            yield Stage(f"Checking {count(len(group), 'label')} with edits by {checker.settings.source}")
            for event in checker.run(stop):
                done += isinstance(event, Checked)
                yield event
                yield Checking(done, len(claims))
            edited, hits = edited + checker.edited, hits + checker.hits
    yield Cost(edited, hits, 0, 0, 0, done == len(claims))


def _groups(workspace: Workspace, claims: Sequence[Claim], job: CausalJob) -> dict[tuple[int, str], list[Claim]]:
    """The labels by target and editor. Raises UserError where one is needed."""
    groups: dict[tuple[int, str], list[Claim]] = {}
    for claim in claims:
        row = workspace.layer(claim.layer_id)
        editor = job.editor or (PICTOGRAMS if claim.opened_as == PICTOGRAMS else "")
        if not editor:
            raise UserError(
                f"The pictures for '{claim.label}' (layer {row.layer.name}, neuron {claim.neuron}) are no pictograms, so the concept can "
                "only be taken out of photos: name the folder of an image-editing pipeline with --editor."
            )
        groups.setdefault((row.target_id, editor), []).append(claim)
    return groups


class Checker:
    """Labels of one network, with one editor."""

    def __init__(
        self, workspace: Workspace, engines: Engines, target_id: int, editor: str, claims: Sequence[Claim], job: CausalJob
    ) -> None:
        """Opens the editor. Raises UserError if the converted network is missing."""
        self._workspace = workspace
        self._job = job
        self._claims = claims
        self._opened_as = editor
        network = converted(workspace, target_id)
        opened = network.model, network.checkpoint.preprocess
        self._layers = {claim.layer_id: workspace.layer(claim.layer_id).layer for claim in claims}
        self._editor = engines.editor(editor)
        self.settings = self._editor.settings()
        self._target: Target = engines.target(*opened, list(self._layers.values()))
        self._redraws = self._editor.redraws()
        self._mappers: dict[int, Mapper] = {}
        self._unmapped: set[int] = set()  # layers without maps
        self._told_of: set[int] = set()
        if not self._redraws:
            self._mappers = {number: engines.mapper(*opened, layer) for number, layer in self._layers.items()}
        self.edited = self.hits = 0  # pictures edited by this process, and those that were kept

    def run(self, stop: Callable[[], bool]) -> Iterator[Checked | Note]:
        """Every label; what was checked before first."""
        left = []
        for claim in self._claims:
            known = self._workspace.causal_check(claim.neuron_id, claim.label, self._opened_as)
            if known is not None and self._still_holds(known, claim):
                yield self._told(claim, known.sentence, kept=True)
            else:
                left.append(claim)
        refused = self._editor.inseparable(list(dict.fromkeys(claim.label for claim in left)))
        for claim in left:
            try:
                if claim.label in refused:
                    raise CannotCheck(f"“{claim.label}” cannot be left out: {refused[claim.label]}.")
                stats = self._stats(claim)
                requests = self._drawn(claim) if self._redraws else self._photos(claim, stats)
                yield from self._notes()
                edits = self._edits(requests, stop)
                if edits is None:
                    return
                found = self._judge(claim, stats, edits, len(requests))
            except CannotCheck as error:
                yield self._told(claim, str(error), kept=False, failed=True)
            else:
                self._workspace.save_causal_check(found)
                yield self._told(claim, found.sentence, kept=False)

    def _notes(self) -> Iterator[Note]:
        """What came up meanwhile that the reader should know."""
        for layer_id in self._unmapped - self._told_of:
            yield Note(f"{self._layers[layer_id].name} has no activation maps, so the middle of each photo is edited.")
        self._told_of |= self._unmapped

    def _still_holds(self, known: CausalCheck, claim: Claim) -> bool:
        now = (RULE, self.settings, self._job.seed, claim.survey_id, self._asked(claim))
        return (known.rule, known.source, known.seed, known.survey_id, known.asked) == now

    def _asked(self, claim: Claim) -> int:
        """How many pictures of a label there are to edit: of photos no more than the survey remembers."""
        if self._redraws or claim.survey_id is None:
            return self._job.photos
        return min(self._job.photos, len(self._workspace.one_neuron_stats(claim.survey_id, claim.neuron).top_photos))

    def _stats(self, claim: Claim) -> NeuronStats:
        """The neuron on the probe photos. Raises CannotCheck."""
        if claim.survey_id is None:
            raise CannotCheck("The layer has no survey, which tells the neuron's range: survey it first.")
        stats = self._workspace.one_neuron_stats(claim.survey_id, claim.neuron)
        span_of(stats)
        return stats

    def _drawn(self, claim: Claim) -> dict[str, EditRequest]:
        """Requests for pictures of the label, with seeds that labelling and verification never used, by their numbers."""
        made = prompts(claim.label, self._job.photos, concepts.seed(self._job.seed, "causal check"))
        return {str(number): EditRequest(prompt.concept, prompt.seed, prompt) for number, prompt in enumerate(made)}

    def _photos(self, claim: Claim, stats: NeuronStats) -> dict[str, EditRequest]:
        """Requests for the neuron's strongest photos, by their paths inside the probe set. Raises CannotCheck."""
        assert claim.survey_id is not None
        probe_id = self._workspace.survey(claim.survey_id).probe_id
        folder, photos = Path(self._workspace.probe_set(probe_id).folder), self._workspace.probe_photos(probe_id)
        paths = [photos[row].path for row in stats.top_photos[: self._job.photos]]
        missing = next((path for path in paths if not (folder / path).is_file()), None)
        if missing:
            raise CannotCheck(f"The photo {folder / missing} is not there any more: put it back, or survey the photos again.")
        return {
            path: EditRequest(
                claim.label, concepts.seed(self._job.seed, "causal check", claim.label, path), None, (folder / path).read_bytes(),
                self._where(claim, folder / path),
            )
            for path in paths
        }  # fmt: skip

    def _where(self, claim: Claim, photo: Path) -> ActivationMap | None:
        """Where in a photo the neuron fires; None for a layer without maps."""
        if claim.layer_id in self._unmapped:
            return None
        try:
            return self._mappers[claim.layer_id].map_of(photo, claim.neuron)
        except (BadFile, EngineFailed):
            raise
        except ModelError:
            self._unmapped.add(claim.layer_id)
            return None

    def _edits(self, requests: Mapping[str, EditRequest], stop: Callable[[], bool]) -> dict[str, KeptEdit] | None:
        """The edits that there are, each kept as soon as it is made; None where it was stopped."""
        keys = {name: self._key(request) for name, request in requests.items()}
        found = {name: kept for name, key in keys.items() if (kept := self._workspace.edit(key))}
        self.hits += len(found)
        missing = [name for name in requests if name not in found]
        at_once = len(missing) if self._redraws else 1
        for start in range(0, len(missing), at_once or 1):
            if stop():
                return None
            some = missing[start : start + at_once]
            made = dict(zip(some, self._editor.edit([requests[name] for name in some]), strict=True))
            new = {name: self._keep(edited) for name, edited in made.items() if isinstance(edited, Edited)}
            self._workspace.save_edits({keys[name]: kept for name, kept in new.items()})
            self.edited += len(new)
            found |= new
        return {name: found[name] for name in requests if name in found}

    def _key(self, request: EditRequest) -> str:
        """SHA-256 over everything that an edit depends on."""
        where = request.where and (request.where.values.tobytes().hex(), request.where.seen)
        photo = hashlib.sha256(request.photo).hexdigest()
        return hashlib.sha256(to_json((self.settings, request.concept, request.seed, request.prompt, photo, where)).encode()).hexdigest()

    def _keep(self, edited: Edited) -> KeptEdit:
        """Keep the pictures."""
        before, without, control, *parts = self._workspace.put_objects(
            [edited.before, edited.without, edited.control, *edited.parts.values()]
        )
        named = dict(zip(edited.parts, parts, strict=True))
        return KeptEdit(before, without, control, named, edited.removed, edited.changed, edited.change)

    def _judge(self, claim: Claim, stats: NeuronStats, edits: Mapping[str, KeptEdit], asked: int) -> CausalCheck:
        """Raises CannotCheck."""
        assert claim.survey_id is not None
        shown = [sha256 for edit in edits.values() for sha256 in (edit.before, edit.without, edit.control, *edit.parts.values())]
        seen = iter(self._activations(claim, list(dict.fromkeys(shown)), shown))
        pictures = []
        for name, edit in edits.items():
            before, without, control, *parts = islice(seen, 3 + len(edit.parts))
            photo = "" if self._redraws else name
            pictures.append(CausalPicture(edit, before, without, control, dict(zip(edit.parts, parts, strict=True)), photo))
        given = Subjected(
            claim.neuron_id, claim.neuron, claim.label, pictures, asked, claim.survey_id, self.settings, self._opened_as, self._job.seed
        )
        return judge(given, stats, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def _activations(self, claim: Claim, files: list[str], shown: list[str]) -> list[float]:
        """The neuron's activation on each picture shown, by SHA-256; every file goes through the network once."""
        if not files:
            return []
        layer = self._layers[claim.layer_id].name
        seen = self._target.activations([self._workspace.read_object(sha256) for sha256 in files], [layer])
        known = dict(zip(files, map(float, seen.values[layer][:, claim.neuron]), strict=True))
        return [known[sha256] for sha256 in shown]

    def _told(self, claim: Claim, sentence: str, kept: bool, failed: bool = False) -> Checked:
        return Checked(claim.neuron_id, self._layers[claim.layer_id].name, claim.neuron, claim.label, sentence, kept, failed)
