"""Verification as a job: for each label fifty fresh pictures, drawn with seeds that labelling never used, against the probe photos (CoSy).

The pictures lie in banks of their own, ten a bank, so that a job that is stopped loses ten pictures of a label at most. What is
drawn or judged already is not done again.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

import msgspec
import numpy as np

from line_desktop import concepts
from line_desktop.bank import NO_PICTURES, Bank
from line_desktop.engines import Engines, untold
from line_desktop.errors import UserError
from line_desktop.events import Cost, JobEvent, Note, Stage, Verified, Verifying
from line_desktop.evidence import RULE, CannotVerify, Control, Fresh, judge
from line_desktop.fleet.engines import engines_at
from line_desktop.provisional import unconfirmed
from line_desktop.store.evidence import ALL, CARD
from line_desktop.store.rows import Claim, Evidence
from line_desktop.store.workspace import Workspace
from line_desktop.target import converted
from models.plural import count
from models.types.pictures import PictureSettings

SETS, PICTURES = 5, 10  # fifty pictures of a label [C]
DENIES: Final = re.compile(r"\bnot\b")  # a formula that says what is not there


class VerifyJob(msgspec.Struct, frozen=True):
    """Which labels to verify, with which pictures."""

    neuron_ids: tuple[int, ...] = ()  # none: every neuron of the workspace
    pictures: str = ""  # picture source; empty: the one that a label was found with, or the only one of the workspace
    seed: int = 0
    memory: int | None = None  # bytes that the engines may hold together
    try_anyway: bool = False
    method: str = CARD  # whose labels: those on the cards, a method's, or ALL
    labels: Literal["best", "all"] = "best"  # of a method that keeps several of a neuron
    ray: str = ""  # where Ray is, as in LabelJob


def fresh_seeds(seed: int) -> list[int]:
    """The seeds of the banks of fresh pictures; labelling uses its study seed and `Settings.fresh_seed`."""
    return [concepts.seed(seed, "verification", number) for number in range(SETS)]


def verify(
    workspace: Workspace, job: VerifyJob, stop: Callable[[], bool] = lambda: False, tell: Callable[[JobEvent], None] = untold
) -> Iterator[JobEvent]:
    """Gather evidence for labels; yields events, the last a `Cost`. Ends early, resumable, when `stop()` says so.

    Raises UserError where there is no label, no picture source or no converted network; Cancelled where drawing was stopped.
    """
    claims = chosen_claims(workspace, job)
    done = drawn = hits = 0
    yield Verifying(0, len(claims))
    yield from map(Note, unconfirmed(claims))
    for (target_id, source), group in _groups(workspace, claims, job).items():
        with engines_at(job.ray, job.memory, job.try_anyway, tell, stop) as engines:
            verifier = Verifier(workspace, engines, target_id, source, group, job)
            yield Stage(f"Verifying {count(len(group), 'label')} with pictures by {verifier.settings.source}")
            yield from verifier.notes()
            for event in verifier.run(stop):
                done += isinstance(event, Verified)
                yield event
                yield Verifying(done, len(claims))
            drawn, hits = drawn + verifier.drawn, hits + verifier.hits
    yield Cost(drawn, hits, 0, 0, 0, done == len(claims))


def chosen_claims(workspace: Workspace, job: VerifyJob) -> list[Claim]:
    """The labels that a job is about, each of a neuron once. Raises UserError where there is none."""
    ids = job.neuron_ids or None
    found: dict[tuple[int, str], Claim] = {}
    for claim in workspace.claims(ids, job.method, job.labels == "all"):
        known = found.setdefault((claim.neuron_id, claim.label), claim)
        if claim.opened_as and not known.opened_as:  # of two methods with one label the one that tells its pictures
            found[claim.neuron_id, claim.label] = claim
    if found:
        return list(found.values())
    if job.method in (CARD, ALL):
        raise UserError("None of the neurons has a label that could be verified: label some first.")
    known_methods = ", ".join(sorted({claim.method for claim in workspace.claims(ids, ALL)})) or "no method yet"
    raise UserError(f"None of the neurons has a label by '{job.method}'; there are labels by {known_methods}.")


def _groups(workspace: Workspace, claims: Sequence[Claim], job: VerifyJob) -> dict[tuple[int, str], list[Claim]]:
    """The labels by target and picture source. Raises UserError where nobody knows the source."""
    groups: dict[tuple[int, str], list[Claim]] = {}
    for claim in claims:
        source = job.pictures or claim.opened_as or _only_source(workspace, claim)
        groups.setdefault((workspace.layer(claim.layer_id).target_id, source), []).append(claim)
    return groups


def _only_source(workspace: Workspace, claim: Claim) -> str:
    """The picture source of the workspace, for a label that was found without pictures."""
    known = workspace.picture_sources()
    if len(known) == 1:
        return known[0]
    where = f"'{claim.label}' (layer {workspace.layer(claim.layer_id).layer.name}, neuron {claim.neuron})"
    if known:
        raise UserError(
            f"The label {where} was found without pictures, and this workspace has pictures by {len(known)} sources "
            f"({', '.join(known)}): name one with --pictures."
        )
    raise UserError(f"Nobody wrote down how the pictures for {where} were made: name a picture source with --pictures.")


class Verifier:
    """Labels of one network, with one picture source."""

    def __init__(
        self, workspace: Workspace, engines: Engines, target_id: int, source: str, claims: Sequence[Claim], job: VerifyJob
    ) -> None:
        """Opens the source. Raises UserError if the converted network is missing."""
        self._workspace = workspace
        self._job = job
        self._claims = claims
        network = converted(workspace, target_id)
        rows = {claim.layer_id: workspace.layer(claim.layer_id).layer for claim in claims}
        self._layers = {layer_id: layer.name for layer_id, layer in rows.items()}
        self._source = engines.pictures(source)
        self.settings: PictureSettings = self._source.settings()
        target = engines.target(network.model, network.checkpoint.preprocess, list(rows.values()))
        ids = {layer.name: layer_id for layer_id, layer in rows.items()}
        self._banks = [Bank(workspace, self._source, target, ids, seed, PICTURES, engines.places) for seed in fresh_seeds(job.seed)]
        self._together = engines.places  # labels that are drawn at the same time
        self._controls: dict[int, tuple[np.ndarray, list[str | None]]] = {}

    @property
    def drawn(self) -> int:
        """Pictures drawn by this process."""
        return sum(bank.drawn for bank in self._banks)

    @property
    def hits(self) -> int:
        """Sets of pictures asked for that cost nothing."""
        return sum(bank.hits for bank in self._banks)

    def notes(self) -> Iterator[Note]:
        """What the reader of the evidence should know of its pictures."""
        drew = [self._workspace.bank_settings(claim.settings_id).settings for claim in self._claims]
        others = [settings for settings in drew if settings.source != NO_PICTURES.source and settings != self.settings]
        if others:
            yield Note(f"{len(others)} of {len(self._claims)} labels were found with other pictures than those that verify them now.")

    def run(self, stop: Callable[[], bool]) -> Iterator[Verified]:
        """Every label, neurons of the same label together; what was judged before first."""
        left: dict[str, list[Claim]] = {}
        for claim in self._claims:
            known = self._workspace.evidence(claim.neuron_id, claim.label)
            if known is not None and self._still_holds(known, claim):
                yield self._told(claim, known, kept=True)
            else:
                left.setdefault(claim.label, []).append(claim)
        for start in range(0, len(left), self._together):
            some = dict(islice(left.items(), start, start + self._together))
            if not self._draw(some, stop):
                return
            for label, claims in some.items():
                yield from self._judge(label, claims)

    def _still_holds(self, known: Evidence, claim: Claim) -> bool:
        now = (RULE, self.settings, self._job.seed, claim.survey_id)
        return (known.rule, known.source, known.seed, known.survey_id) == now

    def _draw(self, labels: Mapping[str, Sequence[Claim]], stop: Callable[[], bool]) -> bool:
        """Draw and score the pictures of labels set by set; False where it was stopped."""
        layer = self._layers[self._claims[0].layer_id]  # the banks score all layers at once
        for bank in self._banks:
            if stop():
                return False
            bank.activations([label for label, claims in labels.items() if not all(map(self._why_not, claims))], layer)
        return True

    def _judge(self, label: str, claims: Sequence[Claim]) -> Iterator[Verified]:
        made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        found: list[Evidence] = []
        told: list[Verified] = []
        for claim in claims:
            try:
                evidence = judge(claim, self._fresh(claim), self._control(claim), self.settings, self._job.seed, made)
            except CannotVerify as error:
                told.append(Verified(claim.neuron_id, self._layers[claim.layer_id], claim.neuron, label, None, str(error), False))
            else:
                found.append(evidence)
                told.append(self._told(claim, evidence, kept=False))
        self._workspace.save_evidence(found)
        yield from told

    def _told(self, claim: Claim, found: Evidence, kept: bool) -> Verified:
        return Verified(claim.neuron_id, self._layers[claim.layer_id], claim.neuron, claim.label, found.verdict, found.sentence, kept)

    def _why_not(self, claim: Claim) -> str:
        """Why a label has no pictures; empty if it has."""
        label = claim.label
        if claim.origin == "formula" and DENIES.search(label):
            return "it cannot be depicted, because no picture shows that something is not there"
        refused = self._banks[0].undepictable([label])
        lost = [bank.isolation.lost[label] for bank in self._banks if label in bank.isolation.lost]
        return refused.get(label, "") or next(iter(lost), "")

    def _fresh(self, claim: Claim) -> Fresh:
        """The pictures of a claim's label. Raises CannotVerify."""
        why_not = self._why_not(claim)
        if why_not:
            raise CannotVerify(f"The label has no fresh pictures: {why_not.rstrip('.')}.")
        activations, pictures = [], []
        for bank in self._banks:
            seen = bank.activations([claim.label], self._layers[claim.layer_id])
            activations.append(seen[claim.label][:, claim.neuron].astype(np.float64))
            pictures += [row.sha256 for row in self._workspace.concept_pictures(bank.settings_id, concepts.spelling(claim.label))]
        return Fresh(tuple(pictures), np.concatenate(activations))

    def _control(self, claim: Claim) -> Control:
        """The neuron on the photos of its layer's survey. Raises CannotVerify where there is none."""
        if claim.survey_id is None:
            raise CannotVerify("The layer has no survey, whose photos are the control: survey it first.")
        if claim.survey_id not in self._controls:
            survey = self._workspace.survey(claim.survey_id)
            classes = [photo.class_name for photo in self._workspace.probe_photos(survey.probe_id)]
            self._controls[claim.survey_id] = (self._workspace.survey_activations(survey.id), classes)
        activations, classes = self._controls[claim.survey_id]
        return Control(claim.survey_id, np.asarray(activations[:, claim.neuron], np.float64), classes)
