"""Describe-and-Dissect's kit with fake engines: who is asked what, what decides a run; and from the command line with real children."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from caption_folders import FakeCaptioner, random_blip
from fakes import WIDTH, FakeProposer, FakeSource, FakeTarget
from PIL import Image
from small_inputs import labelled_photos
from study_bench import CHECKPOINT, LAYER

from line_desktop.engines import Engines, untold
from line_desktop.errors import UserError
from line_desktop.kits import KITS
from line_desktop.kits.describe_and_dissect import DescribeAndDissectKit
from line_desktop.kits.kit import SurveyedLayer, Work
from line_desktop.label_job import LabelJob
from line_desktop.methods.asking import Labelled, StepDone
from line_desktop.store.rows import NeuronStats
from line_desktop.store.workspace import Workspace
from line_desktop.study import Study
from line_desktop.survey import ProbeFolder, read_probe_set
from models.types.vision import ActivationMap

PHOTOS = 14
TOP = {neuron: tuple(range(neuron, PHOTOS)) for neuron in range(WIDTH)}  # ten of each are described


class Mapper:
    """Every neuron fires in the lower right quarter."""

    def map_of(self, file: Path, neuron: int) -> ActivationMap:
        return ActivationMap(np.array([[0, 0], [0, 1]], np.float32), (0.0, 0.0, 1.0, 1.0), (20, 20))


class FakeEngines:
    """Gives the fakes as engines."""

    tell = staticmethod(untold)
    places = 1

    def __init__(self) -> None:
        self.described, self.proposed, self.drawn = FakeCaptioner(), FakeProposer(), FakeSource()
        self.maps = 0

    def captioner(self, folder):
        return self.described

    def proposer(self, model, profile):
        return self.proposed

    def pictures(self, spec):
        return self.drawn

    def mapper(self, model, preprocess, layer):
        self.maps += 1
        return Mapper()


@pytest.fixture
def probe(tmp_path) -> ProbeFolder:
    """Red photos whose lower right quarter is blue."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(PHOTOS):
        pixels = np.full((20, 20, 3), (200, 10, 10), np.uint8)
        pixels[10:, 10:] = (10, 10, 200)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return read_probe_set(folder)


@pytest.fixture
def job(tmp_path, probe) -> LabelJob:
    (tmp_path / "llm.gguf").touch()
    return LabelJob(
        tmp_path / "net", {"pool": "0-1"}, probe.folder, tmp_path / "llm.gguf", "fake", method="describe-and-dissect",
        captioner=tmp_path / "captioner", seed=3,
    )  # fmt: skip


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


def opened(workspace, job, probe, engines) -> tuple[DescribeAndDissectKit, int]:
    """The kit, open, and the number of the layer."""
    layer_id = workspace.layer_id(workspace.save_target(CHECKPOINT), "pool")
    kit = KITS["describe-and-dissect"](workspace, job, probe, engines)
    list(kit.open(FakeTarget(), {"pool": layer_id}))
    return kit, layer_id


def run(workspace, job, probe, engines, neurons=(0, 1)):
    """The events of a study of some neurons."""
    kit, layer_id = opened(workspace, job, probe, engines)
    stats = [NeuronStats(neuron, 0.5, 0.5, 0.9, 1.0, "ok", top) for neuron, top in TOP.items()]
    working = kit.on(SurveyedLayer(LAYER, layer_id, 1, np.zeros((PHOTOS, WIDTH), np.float32), stats))
    run_id = workspace.begin_run(layer_id, None, kit.settings_id, job.method, list(neurons), kit.settings(), {}, kit.device())
    return [one.event for one in Study(workspace, run_id, "pool", working.begin, working.answerers).run(list(neurons))]


def test_the_ten_strongest_photos_are_described_once_for_all_neurons(workspace, job, probe):
    engines = FakeEngines()
    events = run(workspace, job, probe, engines)
    assert engines.described.asked == [f"{number:02}.png" for number in range(11)]
    assert engines.maps == 0
    assert [request.task.count("a red thing") for request in engines.proposed.requests] == [4, 4]  # as many as a small model is shown
    assert all(len(request.seeds) == 5 for request in engines.proposed.requests)
    labels = [one for one in events if isinstance(one, Labelled)]
    assert [one.label.origin for one in labels] == ["caption", "caption"]
    assert max(one.step for one in events if isinstance(one, StepDone)) == opened(workspace, job, probe, engines)[0].last_step == 4


def test_crops_are_described_beside_the_photos_where_the_neuron_fires(workspace, job, probe):
    engines = FakeEngines()
    engines.proposed.info = lambda: msgspec.structs.replace(FakeProposer().info(), profile="paper")
    run(workspace, msgspec.structs.replace(job, crops=True), probe, engines, (0,))
    (asked,) = engines.proposed.requests
    assert (asked.profile, asked.task.count("- a red thing"), asked.task.count("- a blue thing")) == ("paper", 10, 10)
    assert engines.maps == 1


def test_captions_crops_and_seeds_decide_a_run(workspace, job, probe):
    kit, _ = opened(workspace, job, probe, FakeEngines())
    assert kit.settings() == opened(workspace, job, probe, FakeEngines())[0].settings()
    other = FakeEngines()
    other.described = FakeCaptioner(sha256="e" * 64)
    changed = [(job, other)] + [(msgspec.structs.replace(job, **one), FakeEngines()) for one in ({"crops": True}, {"seed": 4})]
    assert all(opened(workspace, asked, probe, engines)[0].settings() != kit.settings() for asked, engines in changed)
    assert kit.device() == "captioner: CPU; language model: CPU"
    assert KITS["describe-and-dissect"].expected(job, 7, 0) == Work(35, 350, photos=70)


def test_without_a_captioner_there_is_a_sentence(workspace, job, probe):
    with pytest.raises(UserError, match="needs a captioner: give the folder of one, such as BLIP, with --captioner"):
        KITS["describe-and-dissect"](workspace, msgspec.structs.replace(job, captioner=None), probe, FakeEngines())


def test_a_folder_that_is_no_captioner_is_refused_before_the_checkpoint_is_read(line, network, probe, demo_llm, tmp_path):
    found = line(
        "label", network, "--layer", "relu", "--neurons", "0", "--probe", probe.folder, "--workspace", tmp_path / "w", "--method",
        "describe-and-dissect", "--captioner", probe.folder, "--llm", demo_llm, "--pictures", "pictograms",
    )  # fmt: skip
    assert found.code == 2
    assert "is no whole captioner: it has no config.json" in found.error
    assert "Reading the checkpoint" not in found.err


def test_from_the_command_line_with_a_random_captioner(line, network, demo_llm, tmp_path):
    """Its captions are noise: that the photos are described, and every answer to the captions is a step, is what is seen."""
    random_blip(tmp_path / "blip")
    found = line(
        "label", network, "--layer", "relu", "--neurons", "4", "--probe", labelled_photos(tmp_path / "photos"),
        "--workspace", tmp_path / "w", "--method", "describe-and-dissect", "--captioner", tmp_path / "blip", "--llm", demo_llm,
        "--pictures", "pictograms", "--describe-crops", "--json", "--no-gate",
    )  # fmt: skip
    assert "Opening the captioner" in found.err
    said = json.loads(found.out)
    (neuron,) = said["neurons"] or said["failed"]
    assert neuron["neuron"] == 4
    (file,) = (tmp_path / "w" / "captions").iterdir()
    assert 0 < len(json.loads(file.read_bytes())) <= 10  # noise may be no words at all
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.check(deep=True) == []
        (found,) = workspace.runs()
        assert found.settings["describe-and-dissect"]["crops"] is True
        assert found.settings["captioner"]["name"] == "blip"


def test_engines_give_a_captioner_that_is_opened_late(tmp_path):
    random_blip(tmp_path / "blip")
    with Engines() as engines:
        engines.captioner(tmp_path / "blip")
        assert "blip 0." in engines.plan()
        assert engines.network == set()
