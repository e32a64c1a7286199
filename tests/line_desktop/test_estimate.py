"""The estimate against counting by hand, and rates that are learnt only from what was measured."""

import math
from pathlib import Path
from unittest.mock import ANY

import msgspec
import pytest
from study_bench import CHECKPOINT

from line_desktop import rates
from line_desktop.errors import UserError
from line_desktop.estimate import Estimate, estimate, memory, rates_of, time_of
from line_desktop.kits import KITS
from line_desktop.kits.line import LineKit
from line_desktop.label_job import LabelJob
from line_desktop.meter import Measured, together
from line_desktop.methods.asking import MethodName
from line_desktop.methods.line import Preset
from line_desktop.survey import ProbeFolder
from line_desktop.tally import Looks, Took
from models.errors import UnknownLayer

PRESETS: tuple[Preset, ...] = ("paper", "line")
MEASURED = Measured(100.0, 8.0, 400, 2.0, 50, 5, 60, 30.0, 200, 10.0, 1000.0, 600, 120, "f" * 64, "CPU; language model: CPU")


@pytest.fixture
def job(tmp_path: Path) -> LabelJob:
    llm = tmp_path / "tiny.gguf"
    llm.write_bytes(b"GGUF" * 10)
    return LabelJob(tmp_path / "net.onnx", {"pool": "0-2"}, tmp_path, llm, "pictograms", steps=4)


@pytest.fixture
def photos(tmp_path: Path) -> ProbeFolder:
    return ProbeFolder(tmp_path, tuple(tmp_path / f"{row}.png" for row in range(12)), tuple("abcd" * 3))


def told(job: LabelJob, photos: ProbeFolder) -> Estimate:
    return estimate(None, job, CHECKPOINT, photos, photos.folder / "not yet" / "there")


def test_before_the_first_job_there_is_no_time_and_the_reason_is_said(job: LabelJob, photos: ProbeFolder) -> None:
    found = told(job, photos)
    assert (found.neurons, found.photos, found.proposals) == (3, 12, 3 * 5)
    assert found.pictures == (4 + 3 * 5) * 5 + 3 * (5 + 5) * 6
    assert (found.seconds, found.tokens, found.disk) == (None, None, None)
    assert found.basis == ("Not measured yet on this computer: tiny.gguf; pictures by pictograms; net. The first job measures the time.")
    assert found.disk_free > 0


def test_after_it_the_time_is_the_sum_of_its_parts(job: LabelJob, photos: ProbeFolder) -> None:
    rates.keep(job, MEASURED)
    found = told(job, photos)
    steps = 3 * 7  # start, four steps, summary, confirmation
    proposals = round(steps * 60 / 50)
    pictures = steps * 200 / 50
    assert found.proposals == proposals
    assert found.seconds == pytest.approx(8 + 12 * 2 / 400 + proposals * 0.5 + pictures * 0.05)
    assert found.tokens == round(proposals * 720 / 60)
    assert found.disk == 4 * 4 * (12 + 84 + 84 // 5) + 84 * 1000 + CHECKPOINT.bytes
    assert "0.5 s a proposal, 0.05 s a picture" in found.basis


@pytest.mark.parametrize("change", [{"pictures": "photos:/x"}, {"llm": "other"}])
def test_another_model_was_not_measured(job: LabelJob, photos: ProbeFolder, change: dict[str, str], tmp_path: Path) -> None:
    rates.keep(job, MEASURED)
    other = tmp_path / "other"
    other.write_bytes(b"GGUF")
    changed = msgspec.structs.replace(job, **{name: other if value == "other" else value for name, value in change.items()})
    assert told(changed, photos).seconds is None


def test_a_job_that_did_next_to_nothing_teaches_nothing(job: LabelJob, photos: ProbeFolder) -> None:
    rates.keep(job, MEASURED)
    known = rates.load()
    rates.keep(job, Measured(1.0, 1.0, 0, 0.0, 0, 0, 0, 0.0, 0, 0.0, 0.0, 0, 0, "", ""))
    assert rates.load() == known
    rates.keep(None, msgspec.structs.replace(MEASURED, photo_seconds=4.0))
    assert rates.load().photos["f" * 64].seconds == 0.01
    assert rates.load().proposals == known.proposals


def test_pictures_drawn_by_any_method_teach_what_one_takes(job: LabelJob, photos: ProbeFolder) -> None:
    rates.keep(job, MEASURED)
    other = msgspec.structs.replace(job, method="sieve", llm=None)
    rates.keep(other, msgspec.structs.replace(MEASURED, proposals=0, picture_seconds=40.0, steps=7))
    found = told(job, photos)
    assert "0.5 s a proposal, 0.2 s a picture" in found.basis
    assert found.seconds == pytest.approx(8 + 12 * 2 / 400 + 25 * 0.5 + 84 * 0.2)  # as many pictures a step as LINE took
    rates.keep(other, msgspec.structs.replace(MEASURED, picture_seconds=1.0), whole=False)  # what its last wave took was not counted
    assert rates.load().pictures["pictograms"].seconds == 0.2
    rates.keep(job, MEASURED, whole=False)
    assert rates.load().pictures["pictograms"].seconds == 0.05


def test_before_a_job_of_line_the_most_that_a_step_may_take_counts(job: LabelJob, photos: ProbeFolder) -> None:
    rates.keep(msgspec.structs.replace(job, method="facets"), MEASURED)
    found, before = told(job, photos), (4 + 3 * 5) * 5 + 3 * (5 + 5) * 6
    assert found.seconds == pytest.approx(8 + 12 * 2 / 400 + 3 * 5 * 0.5 + before * 0.05)


def test_each_preset_of_line_takes_its_own_number_of_pictures_a_step(job: LabelJob, photos: ProbeFolder) -> None:
    rates.keep(job, MEASURED)
    paper = msgspec.structs.replace(job, preset="paper")
    rates.keep(paper, msgspec.structs.replace(MEASURED, pictures=50, picture_seconds=2.5, proposals=100, proposal_seconds=50.0))
    steps = 3 * 6  # paper confirms nothing
    assert told(paper, photos).seconds == pytest.approx(8 + 12 * 2 / 400 + steps * 2 * 0.5 + steps * 0.05)
    steps = 3 * 7
    assert told(job, photos).seconds == pytest.approx(8 + 12 * 2 / 400 + 25 * 0.5 + steps * 4 * 0.05)


def test_describe_and_dissect_asks_other_things_of_a_language_model(job: LabelJob) -> None:
    dissect = msgspec.structs.replace(job, method="describe-and-dissect")
    rates.keep(job, MEASURED)
    assert [rate.seconds for rate in rates_of(rates.load(), dissect)] == [0.5, 0.05]  # the next best there is
    rates.keep(dissect, msgspec.structs.replace(MEASURED, proposal_seconds=6.0))
    assert [rate.seconds for rate in rates_of(rates.load(), dissect)] == [0.1, 0.05]
    assert [rate.seconds for rate in rates_of(rates.load(), job)] == [0.5, 0.05]


def test_damaged_rates_count_as_none(job: LabelJob, photos: ProbeFolder) -> None:
    rates.keep(job, MEASURED)
    rates.rates_file().write_bytes(b"{")
    assert told(job, photos).seconds is None
    rates.keep(job, MEASURED)
    assert told(job, photos).seconds is not None


def test_layers_and_neurons_that_are_not_there(job: LabelJob, photos: ProbeFolder) -> None:
    with pytest.raises(UserError, match="Neuron 9 is out of range"):
        told(msgspec.structs.replace(job, layers={"pool": "9"}), photos)
    with pytest.raises(UnknownLayer):
        told(msgspec.structs.replace(job, layers={"loop": "0"}), photos)


def test_the_paper_preset_confirms_nothing() -> None:
    paper, line = (LabelJob(Path("net"), {}, Path("photos"), preset=preset) for preset in PRESETS)
    assert LineKit.expected(paper, 2, 1000).pictures == (2 * 10 + 2 * 11) * 5
    assert LineKit.expected(line, 2, 1000).pictures == (2 * 10 + 2 * 11) * 5 + 2 * (30 + 30)


LOOKS = Looks(Took(40, 8.0), Took(20, 1.0), Took(40, 2.0))
SEEING = Measured(30.0, 3.0, 0, 0.0, 9, 3, 0, 0.0, 0, 0.0, 0.0, 0, 0, CHECKPOINT.sha256, "CPU", LOOKS)


def looking_job(folder: Path, method: MethodName) -> LabelJob:
    for name in ("clip", "captioner"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "weights").write_bytes(b"1234")
    concepts = folder / "concepts.txt"
    concepts.write_text("red\nblue\ngreen\n")
    return LabelJob(
        folder / "net.onnx", {"pool": "0-2"}, folder, method=method, concepts=str(concepts), clip=folder / "clip",
        captioner=folder / "captioner", crops=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "unknown", "seconds"),
    [
        ("clip-dissect", "net; clip; concepts by clip", 3 + 12 * 0.2 + 3 * 0.05),
        ("sieve", "pictures by ; net; clip; concepts by clip; crops of net", 3 + 3 * 20 * (0.2 + 0.05) + 3 * 0.05),
        ("describe-and-dissect", "; pictures by ; net; captioner; crops of net", 3 + 3 * 10 * (2 * 0.2 + 0.05)),
    ],
)
def test_what_a_clip_or_a_captioner_looks_at_takes_its_time(
    tmp_path: Path, photos: ProbeFolder, method: MethodName, unknown: str, seconds: float
) -> None:
    job = looking_job(tmp_path, method)
    found = told(job, photos)
    assert (found.seconds, found.basis.partition(": ")[2].partition(". The")[0]) == (None, unknown)
    work = KITS[method].expected(job, 3, 4)
    work = work._replace(proposals=0, pictures=0, photos=work.photos + (12 if work.every_photo else 0))
    known = rates.learnt(rates.Rates(), job, SEEING, "today")
    assert time_of(known, job, CHECKPOINT, 0, work) == (pytest.approx(seconds), ANY)
    assert "0.2 s a photo by c" in time_of(known, job, CHECKPOINT, 0, work)[1]


def test_a_clip_that_looked_at_nothing_teaches_nothing(tmp_path: Path) -> None:
    job = looking_job(tmp_path, "sieve")
    known = rates.learnt(rates.Rates(), job, SEEING, "today")
    assert rates.learnt(known, job, msgspec.structs.replace(SEEING, looks=Looks()), "later") == known
    assert rates.learnt(rates.Rates(), None, SEEING, "today").looks == {}


def test_goes_of_a_job_add_up() -> None:
    assert together(None, MEASURED) == MEASURED
    both = together(msgspec.to_builtins(MEASURED), MEASURED)
    assert (both.seconds, both.pictures, both.proposals, both.picture_bytes) == (200.0, 400, 120, 1000.0)
    assert together(msgspec.to_builtins(SEEING), SEEING).looks == LOOKS + LOOKS
    assert math.isclose(both.proposal_seconds / both.proposals, MEASURED.proposal_seconds / MEASURED.proposals)


def test_memory_of_the_demo_model(job: LabelJob, demo_llm: Path) -> None:
    found = memory(None, msgspec.structs.replace(job, llm=demo_llm), CHECKPOINT)
    assert set(found.needs) == {"vision network", "language model", "picture source"}
    assert found.needs["language model"].memory > demo_llm.stat().st_size
    assert found.together.memory == sum(need.memory for need in found.needs.values())
    small = memory(None, msgspec.structs.replace(job, llm=demo_llm, memory=found.together.memory - 1), CHECKPOINT)
    assert (small.takes_turns, small.too_large) == (True, ())
    tiny = memory(None, msgspec.structs.replace(job, llm=demo_llm, memory=1000), CHECKPOINT)
    assert set(tiny.too_large) == set(tiny.needs)
