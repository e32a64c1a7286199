"""From activations to a verdict: each number re-derived, the rule at its edges, and what cannot be judged."""

import math

import msgspec
import numpy as np
import pytest

from line_desktop import evidence, scores
from line_desktop.evidence import CannotVerify, Control, Fresh, judge, photo_evidence, sentence, verdict_of
from line_desktop.store.rows import Claim, Evidence, Interval, PhotoEvidence
from models.types.pictures import PictureSettings

SOURCE = PictureSettings("fake", "1", {})
CHANCE = np.random.default_rng(4)
CLASSES = ["brown bear"] * 20 + ["ice bear"] * 20 + ["car"] * 160
PHOTOS = np.concatenate([CHANCE.normal(3, 1, 20), CHANCE.normal(0, 1, 180)])
PICTURES = tuple(f"{number:064d}" for number in range(50))


def claim(label="brown bear"):
    return Claim(1, 1, 0, label, 1, "fake", 7)


def judged(pictures, label="brown bear", photos=PHOTOS, classes=CLASSES, seed=0):
    return judge(
        claim(label), Fresh(PICTURES[: len(pictures)], np.asarray(pictures, float)), Control(7, photos, classes), SOURCE, seed, "now"
    )


@pytest.fixture(scope="module")
def good() -> Evidence:
    return judged(CHANCE.normal(3, 1, 50))


def test_every_number_is_the_score_of_pictures_against_photos(good):
    label = np.array(good.activations)
    assert good.auc.value == pytest.approx(np.mean([[high > low for low in PHOTOS] for high in label]))
    assert good.auc_strict == pytest.approx(good.auc.value)
    assert good.mad.value == pytest.approx((label.mean() - PHOTOS.mean()) / PHOTOS.std(ddof=1))
    assert good.u == pytest.approx(good.auc.value * 50 * 200)
    assert good.p < 1e-10
    assert good.threshold == pytest.approx(np.percentile(PHOTOS, 99))
    assert good.activation_rate.value == pytest.approx(np.mean(label > good.threshold))
    assert (good.pictures, good.control, good.survey_id) == (PICTURES, 200, 7)
    assert good.verdict == "supported"
    assert good.sentence.startswith("Supported: the AUC on fresh pictures is at least 0.")


def test_photos_of_the_labels_class_are_set_against_all_others(good):
    assert good.photos is not None
    assert (good.photos.classes, good.photos.photos, good.photos.control) == (("brown bear",), 20, 180)
    assert good.photos.chance == pytest.approx(0.1)
    assert good.photos.auprc.value == pytest.approx(scores.average_precision(PHOTOS[:20], PHOTOS[20:]))
    assert good.photos.f1.value == pytest.approx(scores.f1(PHOTOS[:20], PHOTOS[20:]))
    assert good.photos.correlation.value == pytest.approx(np.corrcoef(PHOTOS, np.arange(200) < 20)[0, 1])


def test_a_label_by_several_classes_takes_the_photos_of_all():
    found = photo_evidence("bear", Control(7, PHOTOS, CLASSES), 0)
    assert found is not None
    assert (found.classes, found.photos) == (("brown bear", "ice bear"), 40)


@pytest.mark.parametrize(("label", "classes"), [("airplane", CLASSES), ("bear", [None] * 200), ("car", ["car"] * 200)])
def test_without_photos_of_the_class_or_of_others_there_is_no_evidence_on_photos(label, classes):
    assert photo_evidence(label, Control(7, PHOTOS, classes), 0) is None


def test_a_wrong_label_is_not_reliable():
    found = judged(CHANCE.normal(0, 1, 50), "car")
    assert found.verdict == "no reliable label"
    assert found.sentence.startswith("No reliable label: the AUC on fresh pictures may be as low as 0.")


def test_the_same_seed_gives_the_same_evidence(good):
    assert judged(good.activations) == good
    other = judged(good.activations, seed=1)
    assert other.auc.value == good.auc.value
    assert other.auc != good.auc


def interval(low):
    return Interval(low + 0.05, low, low + 0.1)


def photos(low, share=0.1):
    return PhotoEvidence(("bear",), round(1000 * share), 1000 - round(1000 * share), interval(low), interval(0.0), interval(0.0))


@pytest.mark.parametrize(
    ("auc", "mad", "on_photos", "verdict"),
    [
        (0.8, 1.0, None, "supported"),
        (0.8, 1.0, photos(0.11), "supported"),
        (0.8, 1.0, photos(0.1), "weak"),
        (0.8, 0.99, None, "weak"),
        (0.79, 5.0, photos(0.9), "weak"),
        (0.7, -1.0, None, "weak"),
        (0.69, 5.0, photos(0.9), "no reliable label"),
    ],
)
def test_the_rule_at_its_edges(auc, mad, on_photos, verdict):
    assert verdict_of(interval(auc), interval(mad), on_photos) == verdict
    said = sentence(verdict, interval(auc), interval(mad), on_photos)
    assert said.lower().startswith(verdict)
    assert said.endswith(".")


def test_constant_activations_are_judged_and_every_number_is_finite():
    found = judged(np.zeros(50), photos=np.zeros(200))
    assert found.verdict == "no reliable label"
    assert found.p == 1.0
    numbers = [found.auc, found.mad, found.activation_rate, found.photos.auprc, found.photos.f1, found.photos.correlation]
    assert all(map(math.isfinite, (value for one in numbers for value in msgspec.structs.astuple(one))))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Evidence) == found


def test_what_is_not_finite_is_left_out():
    pictures, some = CHANCE.normal(3, 1, 50), PHOTOS.copy()
    pictures[3], some[30] = np.nan, np.inf
    found = judged(pictures, photos=some)
    assert found.pictures == PICTURES[:3] + PICTURES[4:]
    assert (len(found.activations), found.control) == (49, 199)
    assert found.photos is not None
    assert found.photos.control == 179


def test_too_few_pictures_or_photos_are_said_with_their_number():
    with pytest.raises(CannotVerify, match=r"9 of 50 fresh pictures of the label gave a finite activation; at least 10 are needed"):
        judged([1.0] * 9 + [np.nan] * 41)
    with pytest.raises(CannotVerify, match=r"0 of 0 fresh pictures"):
        judged([])
    with pytest.raises(CannotVerify, match=r"1 of 1 probe photos gave a finite activation; at least 10 are needed"):
        judged([1.0] * 50, photos=PHOTOS[:1], classes=CLASSES[:1])


def test_the_rule_names_its_numbers():
    for number in (evidence.SUPPORTED_AUC, evidence.RELIABLE_AUC, round(evidence.SUPPORTED_MAD)):
        assert str(number) in evidence.RULE
