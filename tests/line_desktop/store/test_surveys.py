"""Surveys: rows on the disk before they are counted, resumed where they stopped."""

import math

import numpy as np
import pytest

from line_desktop.errors import DamagedFile, DiskFull
from line_desktop.store.rows import NeuronStats, ProbePhoto
from line_desktop.store.workspace import Workspace

PHOTOS = [ProbePhoto("tench/1.jpg", "tench"), ProbePhoto("hen/2.jpg", "hen"), ProbePhoto("3.jpg", None), ProbePhoto("4.jpg", None)]
VALUES = np.arange(12, dtype=np.float32).reshape(4, 3)
STATS = [
    NeuronStats(0, 1.0, 0.5, 9.0, 9.5, "ok", (3, 1, 2)),
    NeuronStats(1, 0.0, 0.0, 0.0, 0.0, "dead", ()),
    NeuronStats(2, math.nan, math.nan, math.inf, math.inf, "non-finite", (0,)),
]


@pytest.fixture
def survey(study):
    """A survey just begun."""
    probe = study.workspace.save_probe_set("/photos", "digest", PHOTOS)
    return study.workspace.begin_survey(study.layer, probe, 4, 3)


def test_a_probe_set_is_kept_once_for_each_digest(workspace):
    probe = workspace.save_probe_set("/photos", "digest", PHOTOS)
    assert workspace.save_probe_set("/moved", "digest", PHOTOS) == probe
    assert workspace.probe_set(probe).folder == "/moved"
    assert workspace.probe_photos(probe) == PHOTOS
    assert workspace.save_probe_set("/photos", "other", PHOTOS[:1]) != probe


def test_rows_are_resumed_and_read_back(study, survey, folder):
    values = VALUES.copy()
    values[1] = np.nan
    study.workspace.save_survey_rows(survey.id, 0, values[:2], {1: "cut short"})
    study.workspace.close()
    with Workspace.open(folder) as again:
        assert again.begin_survey(study.layer, survey.probe_id, 4, 3).rows_done == 2
        again.save_survey_rows(survey.id, 1, values[1:] + np.float32([[0], [1], [1]]), {1: "again", 3: "not a picture"})
        assert again.survey(survey.id).rows_done == 4
        expected = values + np.float32([[0], [0], [1], [1]])  # row 1 was kept as it was
        np.testing.assert_array_equal(again.survey_activations(survey.id), expected)
        np.testing.assert_array_equal(np.load(survey.file), expected)
        assert again.unreadable(survey.id) == {1: "cut short", 3: "not a picture"}
        assert again.check() == []


def test_the_map_cannot_be_written(study, survey):
    with pytest.raises(ValueError, match="read-only"):
        study.workspace.survey_activations(survey.id)[0, 0] = 1


def test_statistics_complete_a_survey(study, survey):
    with pytest.raises(ValueError, match="do not finish"):
        study.workspace.finish_survey(survey.id, STATS)
    study.workspace.save_survey_rows(survey.id, 0, VALUES, {})
    with pytest.raises(ValueError, match="do not finish"):
        study.workspace.finish_survey(survey.id, STATS[:2])
    assert not study.workspace.survey(survey.id).complete
    study.workspace.finish_survey(survey.id, STATS)
    study.workspace.finish_survey(survey.id, STATS)
    assert study.workspace.find_survey(study.layer, survey.probe_id).complete
    stats = study.workspace.neuron_stats(survey.id)
    assert stats[:2] == STATS[:2]
    assert math.isnan(stats[2].mean)
    assert math.isinf(stats[2].maximum)
    assert stats[2].state == "non-finite"


@pytest.mark.parametrize(("start", "values"), [(1, VALUES[:1]), (0, np.zeros((5, 3), np.float32)), (0, np.zeros((1, 2), np.float32))])
def test_rows_that_do_not_follow_are_refused(study, survey, start, values):
    with pytest.raises(ValueError, match="do not follow"):
        study.workspace.save_survey_rows(survey.id, start, values, {})
    assert study.workspace.survey(survey.id).rows_done == 0


def test_a_survey_too_large_for_the_disk_does_not_begin(study):
    probe = study.workspace.save_probe_set("/photos", "digest", PHOTOS)
    with pytest.raises(DiskFull, match=r"40000000.0 GB needed, .* free"):
        study.workspace.begin_survey(study.layer, probe, 10**13, 1000)
    assert study.workspace.find_survey(study.layer, probe) is None


def test_a_shortened_or_missing_file_is_found(study, survey):
    study.workspace.save_survey_rows(survey.id, 0, VALUES, {})
    with survey.file.open("r+b") as file:
        file.truncate(survey.file.stat().st_size - 4)
    assert any(survey.file.name in sentence for sentence in study.workspace.check())
    with pytest.raises(DamagedFile):
        study.workspace.survey_activations(survey.id)
    np.save(survey.file, np.zeros((2, 2)))
    with pytest.raises(DamagedFile, match=r"not \(4, 3\) float32"):
        study.workspace.survey_activations(survey.id)
    survey.file.unlink()
    with pytest.raises(DamagedFile):
        study.workspace.survey_activations(survey.id)
