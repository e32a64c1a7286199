"""From activations to evidence: every number with its interval, and the verdict that follows from them by one rule."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from line_desktop import concepts, scores
from line_desktop.errors import UserError
from line_desktop.neuron_page import matching_classes
from line_desktop.scores import Numbers
from line_desktop.statistics import bootstrap
from line_desktop.store.rows import Claim, Evidence, Interval, PhotoEvidence, Verdict
from models.types.pictures import PictureSettings

FEWEST: Final = 10  # fresh pictures and control photos with a finite activation
FEWEST_OF_CLASS: Final = 3  # photos; with fewer an interval means nothing
# An AUC of 0.7 is called acceptable and one of 0.8 excellent (Hosmer and Lemeshow, Applied Logistic Regression, section 5.2.4).
SUPPORTED_AUC: Final = 0.8
RELIABLE_AUC: Final = 0.7
SUPPORTED_MAD: Final = 1.0  # standard deviations of the control
RULE: Final = (
    f"A label is supported if the whole 95 % interval of its AUC is at least {SUPPORTED_AUC}, that of its MAD at least "
    f"{SUPPORTED_MAD:.0f} and, where there are photos of its class, that of their AUPRC above chance; there is no reliable label if the "
    f"AUC's interval reaches below {RELIABLE_AUC}; anything between is weak."
)


class CannotVerify(UserError):
    """A label that no evidence can be gathered for."""


class Fresh(msgspec.Struct, frozen=True):
    """The fresh pictures of a label: SHA-256, and the neuron's activation on each, float64 (pictures)."""

    pictures: tuple[str, ...]
    activations: Numbers


class Control(msgspec.Struct, frozen=True):
    """The probe photos: the neuron's activation on each, float64 (photos), NaN where there is none, and their classes."""

    survey_id: int
    activations: Numbers
    classes: Sequence[str | None]


def judge(claim: Claim, fresh: Fresh, control: Control, source: PictureSettings, seed: int, made: str) -> Evidence:
    """The evidence for a label. Pictures and photos without a finite activation are left out. Raises CannotVerify if too few remain."""
    seen, photos = np.isfinite(fresh.activations), np.isfinite(control.activations)
    label, others = fresh.activations[seen], control.activations[photos]
    _enough(len(label), len(seen), "fresh pictures of the label")
    _enough(len(others), len(photos), "probe photos")
    own = concepts.seed(seed, "bootstrap", claim.label, claim.neuron)
    threshold = float(np.percentile(others, 99))
    auc, mad = bootstrap(scores.auc, label, others, own), bootstrap(scores.mad, label, others, own)
    rate = bootstrap(lambda some, _: scores.activation_rate(some, threshold), label, others[:1], own)
    on_photos = photo_evidence(claim.label, control, own)
    verdict = verdict_of(auc, mad, on_photos)
    u, p = scores.mann_whitney(label, others)
    return Evidence(
        neuron_id=claim.neuron_id, label=claim.label, verdict=verdict, sentence=sentence(verdict, auc, mad, on_photos), rule=RULE,
        auc=auc, auc_strict=float(scores.auc_strict(label, others)), mad=mad, u=u, p=p, activation_rate=rate, threshold=threshold,
        photos=on_photos, pictures=tuple(one for one, finite in zip(fresh.pictures, seen, strict=True) if finite),
        activations=tuple(map(float, label)), control=len(others), survey_id=control.survey_id, source=source, seed=seed, made=made,
    )  # fmt: skip


def photo_evidence(label: str, control: Control, seed: int) -> PhotoEvidence | None:
    """What the photos of the label's classes say; None where there are no such photos, or none of other classes."""
    names = sorted({name for name in control.classes if name is not None})
    classes = set(matching_classes(label, names))
    finite = np.isfinite(control.activations)
    inside = np.array([name in classes for name in control.classes], bool)
    of_class, others = control.activations[finite & inside], control.activations[finite & ~inside]
    if len(of_class) < FEWEST_OF_CLASS or len(others) < FEWEST_OF_CLASS:
        return None
    intervals = (bootstrap(score, of_class, others, seed) for score in (scores.average_precision, scores.f1, scores.correlation))
    return PhotoEvidence(tuple(sorted(classes)), len(of_class), len(others), *intervals)


def verdict_of(auc: Interval, mad: Interval, photos: PhotoEvidence | None) -> Verdict:
    """RULE as code."""
    if auc.low < RELIABLE_AUC:
        return "no reliable label"
    on_photos = photos is None or photos.auprc.low > photos.chance
    return "supported" if auc.low >= SUPPORTED_AUC and mad.low >= SUPPORTED_MAD and on_photos else "weak"


def sentence(verdict: Verdict, auc: Interval, mad: Interval, photos: PhotoEvidence | None) -> str:
    """The verdict with the number that decided it."""
    if verdict == "no reliable label":
        return f"No reliable label: the AUC on fresh pictures may be as low as {auc.low:.2f} (0.5 is chance)."
    if verdict == "supported":
        seen = f", and on photos of {', '.join(photos.classes)} the AUPRC is at least {photos.auprc.low:.2f}" if photos else ""
        return f"Supported: the AUC on fresh pictures is at least {auc.low:.2f}, the MAD at least {mad.low:.1f}{seen}."
    if auc.low < SUPPORTED_AUC:
        return f"Weak: the AUC on fresh pictures may be as low as {auc.low:.2f}."
    if mad.low < SUPPORTED_MAD:
        return f"Weak: the MAD on fresh pictures may be as low as {mad.low:.1f}."
    assert photos is not None
    return f"Weak: on photos of {', '.join(photos.classes)} the AUPRC may be as low as {photos.auprc.low:.2f}, no better than chance."


def _enough(finite: int, count: int, of_what: str) -> None:
    if finite < FEWEST:
        raise CannotVerify(f"{finite} of {count} {of_what} gave a finite activation; at least {FEWEST} are needed.")
