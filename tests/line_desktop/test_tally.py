"""What is counted of a CLIP and a captioner: what they did, not what was known or failed; and from a whole job to the rates."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_inputs import labelled_photos

from line_desktop import rates
from line_desktop.embeddings import Embeddings, photos_known
from line_desktop.regions import Regions
from line_desktop.store.workspace import Workspace
from line_desktop.survey import read_probe_set
from line_desktop.tally import Looks, Tally, Took
from models.errors import ModelError
from models.types.meaning import ClipInfo, Embedded


class Embedder:
    """Vectors of ones."""

    def embed_files(self, files, regions):
        return Embedded(np.ones((len(files), 2), np.float32), {})

    def embed_texts(self, texts):
        return np.ones((len(texts), 2), np.float32)


class NoMaps:
    """Of a layer without maps."""

    def map_of(self, file, neuron):
        raise ModelError("This layer has no maps.")


def test_what_took_no_error_is_counted_with_its_seconds(monkeypatch):
    moments = iter((10.0, 13.0, 20.0, 30.0, 34.0))
    monkeypatch.setattr("line_desktop.tally.time", SimpleNamespace(perf_counter=lambda: next(moments)))
    tally = Tally()
    with tally.counting("photos", 3):
        pass
    with pytest.raises(KeyError), tally.counting("photos", 5):
        raise KeyError
    with tally.counting("names", 2):
        pass
    assert tally.looks == Looks(photos=Took(3, 3.0), names=Took(2, 4.0))
    assert tally.looks.seconds == 7


def test_sums():
    one = Looks(Took(1, 2.0), Took(3, 4.0), Took(5, 6.0))
    assert one + one == Looks(Took(2, 4.0), Took(6, 8.0), Took(10, 12.0))
    assert one.seconds == 12


def test_photos_and_names_that_are_known_are_not_counted_again(tmp_path):
    probe = read_probe_set(labelled_photos(tmp_path / "photos"))
    info = ClipInfo("clip", "c" * 64, "clip", 2, 32, 1, "")
    tally = Tally()
    with Workspace.open(tmp_path / "w") as workspace:
        assert not photos_known(workspace.folder, probe.digest)
        for _ in range(2):
            embeddings = Embeddings(workspace, info, Embedder(), tally=tally)
            embeddings.photos(probe)
            embeddings.texts(["red", "blue"])
        assert (tally.looks.photos.many, tally.looks.names.many) == (len(probe.photos), 2)
        assert photos_known(workspace.folder, probe.digest)
        assert not photos_known(workspace.folder, "0" * 64)


def test_a_layer_without_maps_counts_photos_that_took_next_to_nothing(tmp_path):
    probe = read_probe_set(labelled_photos(tmp_path / "photos"))
    tally = Tally()
    regions = Regions(probe, NoMaps(), tally)
    assert regions.of(0, (0, 1, 2, 3)) == ([None] * 4, {})
    assert tally.looks.maps.many == 3  # the first one failed


def test_a_job_teaches_what_its_clip_took(line, network, probe, tmp_path):
    arguments = ("label", network, "--layer", "relu", "--neurons", "4", "--probe", probe, "--workspace", tmp_path / "w")
    sieve = ("--method", "sieve", "--clip", "demo", "--concepts", "pictograms", "--pictures", "pictograms", "--no-gate")
    assert line(*arguments, *sieve).code == 0
    known = rates.load()
    assert len(known.looks) == len(known.names) == len(known.maps) == 1
    (drawing,) = known.pictures.values()
    assert (drawing.seconds > 0, drawing.bytes > 0, drawing.for_a_step) == (True, True, {})
    assert all(rate.seconds > 0 for rates_of in (known.looks, known.names, known.maps) for rate in rates_of.values())
