"""The concept bank: paid once, kept, and never changed."""

import msgspec
import numpy as np
import pytest

from line_desktop.errors import DamagedFile
from line_desktop.store.rows import BankEntry, BankSettings, PictureRow
from models.types.pictures import PictureSettings


def test_a_bank_is_one_for_equal_settings(workspace, picture_settings):
    bank = workspace.settings_id(picture_settings, 3, 5)
    turned = PictureSettings("pictograms", "1", dict(reversed(picture_settings.options.items())))
    assert workspace.settings_id(turned, 3, 5) == bank
    others = [
        workspace.settings_id(picture_settings, 4, 5),
        workspace.settings_id(picture_settings, 3, 50),
        workspace.settings_id(msgspec.structs.replace(picture_settings, version="2"), 3, 5),
    ]
    assert len({bank, *others}) == 4
    assert workspace.bank_settings(bank) == BankSettings(picture_settings, 3, 5)


def test_pictures_come_back_in_order(study):
    entry = study.entry("hen")
    study.workspace.save_concepts(study.bank, [entry, study.entry("zebra")])
    assert study.workspace.concept_pictures(study.bank, "hen") == list(entry.pictures)
    assert study.workspace.concept_pictures(study.bank, "ape") == []
    assert study.workspace.picture_count(study.bank) == 4
    assert [study.workspace.read_object(picture.sha256) for picture in entry.pictures] == [b"hen 0", b"hen 1"]


def test_a_known_concept_stays_as_it_is(study):
    study.draw("hen")
    before = study.workspace.concept_pictures(study.bank, "hen")
    zebra = study.entry("zebra")
    study.workspace.save_concepts(study.bank, [msgspec.structs.replace(zebra, concept="hen"), zebra])
    assert study.workspace.concept_pictures(study.bank, "hen") == before
    assert study.workspace.picture_count(study.bank) == 4


def test_a_row_never_comes_before_its_picture(study):
    lost = BankEntry("ghost", "Ghost", tuple(PictureRow(number, "", "", "", 0, "cd" * 32) for number in range(2)))
    with pytest.raises(DamagedFile, match="missing"):
        study.workspace.save_concepts(study.bank, [study.entry("hen"), lost])
    assert study.workspace.picture_count(study.bank) == 0


def test_a_concept_has_all_its_pictures(study):
    entry = study.entry("hen")
    for pictures in (entry.pictures[:1], entry.pictures[::-1]):
        with pytest.raises(ValueError, match="needs the pictures"):
            study.workspace.save_concepts(study.bank, [BankEntry("hen", "Hen", pictures)])


def test_activations_and_their_means(study):
    study.draw("hen", "zebra", "ape")
    first = {"hen": study.activations(), "zebra": study.activations(10)}
    study.workspace.save_activations(study.bank, study.layer, first)
    np.testing.assert_array_equal(study.workspace.concept_activations(study.bank, study.layer, "zebra"), study.activations(10))
    assert study.workspace.concept_activations(study.bank, study.layer, "ape") is None
    means = study.workspace.bank_means(study.bank, study.layer)
    assert (means.concepts, means.names) == (["hen", "zebra"], ["Hen", "Zebra"])
    np.testing.assert_allclose(means.means, [[1.5, 2.5, 3.5], [11.5, 12.5, 13.5]])
    assert means.means.dtype == np.float32

    study.workspace.save_activations(study.bank, study.layer, {"ape": study.activations(20), "hen": study.activations(99)})
    later = study.workspace.bank_means(study.bank, study.layer, after=means.last)
    assert later.concepts == ["ape"]
    np.testing.assert_array_equal(study.workspace.concept_activations(study.bank, study.layer, "hen"), study.activations())
    nothing = study.workspace.bank_means(study.bank, study.layer, after=later.last)
    assert (nothing.concepts, nothing.means.shape, nothing.last) == ([], (0, 3), later.last)
    assert study.workspace.check(deep=True) == []


def test_layers_and_banks_do_not_mix(study, picture_settings):
    study.draw("hen")
    study.workspace.save_activations(study.bank, study.layer, {"hen": study.activations()})
    head = study.workspace.layer_id(study.target, "head")
    other = study.workspace.settings_id(picture_settings, 4, 2)
    assert study.workspace.concept_activations(study.bank, head, "hen") is None
    assert study.workspace.bank_means(study.bank, head).means.shape == (0, 2)
    assert study.workspace.bank_means(other, study.layer).concepts == []
    study.workspace.save_activations(study.bank, head, {"hen": np.ones((2, 2), np.float32)})
    assert study.workspace.concept_activations(study.bank, head, "hen").shape == (2, 2)


def test_non_finite_activations_are_kept(study):
    study.draw("hen")
    values = study.activations()
    values[0, 0], values[1, 1] = np.nan, np.inf
    study.workspace.save_activations(study.bank, study.layer, {"hen": values})
    np.testing.assert_array_equal(study.workspace.concept_activations(study.bank, study.layer, "hen"), values)
    np.testing.assert_array_equal(study.workspace.bank_means(study.bank, study.layer).means, [[np.nan, np.inf, 3.5]])


def test_wrong_activations_are_refused_whole(study):
    study.draw("hen")
    with pytest.raises(ValueError, match=r"\(1, 3\), not \(2, 3\)"):
        study.workspace.save_activations(study.bank, study.layer, {"hen": study.activations()[:1]})
    with pytest.raises(KeyError, match="ape"):
        study.workspace.save_activations(study.bank, study.layer, {"hen": study.activations(), "ape": study.activations()})
    assert study.workspace.bank_means(study.bank, study.layer).concepts == []
