"""What engines were measured to take on this computer, kept in the user's data folder after each job, for the next estimate."""

import time
from pathlib import Path

import msgspec

from line_desktop import paths
from line_desktop.label_job import LabelJob
from line_desktop.meter import Measured
from line_desktop.store.disk import write_files
from models.memory import size_of

ENOUGH = 2  # units that must have been measured


class ProposalRate(msgspec.Struct, frozen=True):
    """A language model; each value for one proposal."""

    seconds: float
    tokens: float  # of prompt and answer
    for_a_step: dict[str, float]  # preset of LINE -> proposals that a step took
    device: str
    when: str


class PictureRate(msgspec.Struct, frozen=True):
    """A picture source; each value for one picture."""

    seconds: float  # with running the checkpoint on it
    bytes: float
    for_a_step: dict[str, float]  # preset of LINE -> pictures that a step really took: many concepts are in the bank already
    device: str
    when: str


class PhotoRate(msgspec.Struct, frozen=True):
    """Something that is done to photos, or to names; each value for one of them."""

    seconds: float
    when: str


class Rates(msgspec.Struct, frozen=True):
    """The latest measurement of each; the key says of what."""

    opening: float | None = None  # seconds before the first neuron
    proposals: dict[str, ProposalRate] = {}
    pictures: dict[str, PictureRate] = {}
    photos: dict[str, PhotoRate] = {}  # surveyed, by the checkpoint's SHA-256
    looks: dict[str, PhotoRate] = {}  # at a photo, by the CLIP or the captioner
    names: dict[str, PhotoRate] = {}  # embedded, by the CLIP
    maps: dict[str, PhotoRate] = {}  # of where a neuron fires in a photo, by the checkpoint's SHA-256


def rates_file() -> Path:
    """Where they are kept."""
    return paths.home() / "rates.json"


def load() -> Rates:
    """What was measured so far; a damaged file counts as nothing, for the next job writes it again."""
    try:
        return msgspec.json.decode(rates_file().read_bytes(), type=Rates)
    except (FileNotFoundError, msgspec.DecodeError):
        return Rates()


def keep(job: LabelJob | None, measured: Measured, whole: bool = True) -> None:
    """Keep what a job measured; a survey gives only photos. `whole`: the job came to its end."""
    found = learnt(load(), job, measured, time.strftime("%Y-%m-%d"), whole)
    rates_file().parent.mkdir(parents=True, exist_ok=True)
    write_files({rates_file(): msgspec.json.format(msgspec.json.encode(found))}, rates_file().parent)


def learnt(known: Rates, job: LabelJob | None, one: Measured, when: str, whole: bool = True) -> Rates:
    """The rates with what a job measured; what it did less than ENOUGH of stays as it was.

    Seconds are counted with a step's end. LINE loses a step where it is stopped, other methods everything that a wave has drawn: what
    they take is learnt of jobs that came to their end.
    """
    photos, proposals, pictures = dict(known.photos), dict(known.proposals), dict(known.pictures)
    if one.photos >= ENOUGH:
        photos[one.checkpoint] = PhotoRate(one.photo_seconds / one.photos, when)
    counted = job if job and (whole or job.method == "line") else None
    if counted and counted.llm and one.proposals >= ENOUGH and one.steps:
        key, tokens = proposal_key(counted), (one.prompt_tokens + one.generated_tokens) / one.proposals
        steps = for_a_step(proposals.get(key), counted, one.proposals / one.steps)
        proposals[key] = ProposalRate(one.proposal_seconds / one.proposals, tokens, steps, one.device, when)
    if counted and counted.pictures and one.pictures >= ENOUGH and one.steps:
        key = picture_key(counted)
        steps = for_a_step(pictures.get(key), counted, one.pictures / one.steps)
        pictures[key] = PictureRate(one.picture_seconds / one.pictures, one.picture_bytes, steps, one.device, when)
    opening = one.opening if job and one.steps else known.opening
    return learnt_of_looks(Rates(opening, proposals, pictures, photos, known.looks, known.names, known.maps), job, one, when)


def for_a_step(known: ProposalRate | PictureRate | None, job: LabelJob, measured: float) -> dict[str, float]:
    """How many of something a step of LINE takes, by its preset; a job by another method leaves what is known."""
    return (known.for_a_step if known else {}) | ({job.preset: measured} if job.method == "line" else {})


def learnt_of_looks(known: Rates, job: LabelJob | None, one: Measured, when: str) -> Rates:
    """The rates with what a job's CLIP or captioner did."""
    model = looker(job) if job else None
    if model is None:
        return known
    looks, names, maps = dict(known.looks), dict(known.names), dict(known.maps)
    key = model_key(model)
    for rates, name, took in ((looks, key, one.looks.photos), (names, key, one.looks.names), (maps, one.checkpoint, one.looks.maps)):
        if took.many >= ENOUGH:
            rates[name] = PhotoRate(took.seconds / took.many, when)
    return msgspec.structs.replace(known, looks=looks, names=names, maps=maps)


def looker(job: LabelJob) -> Path | None:
    """What looks at photos in a job: its captioner or its CLIP."""
    return job.captioner if job.method == "describe-and-dissect" else job.clip


def proposal_key(job: LabelJob) -> str:
    """What the rate of a job's proposals goes by: its language model and, for Describe-and-Dissect, which asks other things, the method."""
    assert job.llm is not None, "asked for only where there is one"
    key = model_key(job.llm)
    return f"{key}, {job.method}" if job.method == "describe-and-dissect" else key


def picture_key(job: LabelJob) -> str:
    """What the rate of a job's pictures goes by: its source, and the one that draws the finalists again."""
    return " and ".join(filter(None, (job.pictures, job.confirm_pictures)))


def model_key(model: Path) -> str:
    """What the rate of a language model, CLIP or captioner goes by: name and size, for its SHA-256 would take seconds to ask for."""
    return f"{model.name}, {size_of(model)} bytes"
