"""What a job of labelling will take, told before it begins: from its settings, and from what earlier jobs measured on this computer.

Where a part was not measured yet there is no time, and the reason stands in its place.
"""

import shutil
from contextlib import closing
from pathlib import Path

import msgspec

from line_desktop.embeddings import photos_known
from line_desktop.engines import SHARE
from line_desktop.kits import KITS
from line_desktop.kits.kit import Work
from line_desktop.label_job import LabelJob
from line_desktop.neurons import select
from line_desktop.rates import PhotoRate, PictureRate, ProposalRate, Rates, load, looker, model_key, picture_key, proposal_key
from line_desktop.store.desk import Desk
from line_desktop.survey import ProbeFolder
from models.host import connect
from models.layers import find_layer
from models.memory import Need, Needs, free_memory, gpus, size_of
from models.types.vision import Checkpoint, Layer

PICTURES = 5  # of a concept, about: each has a row of means beside its pictures' rows
ONNX_RUNTIME, WEIGHTS = 200 << 20, 2.5  # bytes, and over the size of the checkpoint: a network that is not converted yet
FLOAT = 4  # bytes of an activation


class Estimate(msgspec.Struct, frozen=True):
    """Work, time and disk; sizes in bytes."""

    neurons: int
    photos: int  # that are still to be surveyed
    proposals: int  # answers of the language model
    pictures: int  # to be drawn, at most; those in the bank cost nothing
    tokens: int | None
    seconds: float | None
    basis: str  # one sentence: what the time rests on, or what was not measured yet
    disk: int | None
    disk_free: int


class Memory(msgspec.Struct, frozen=True):
    """What each engine needs, and whether they can stay together."""

    needs: dict[str, Need]  # "vision network", "language model", "picture source"
    room: Need  # that may be used
    takes_turns: bool
    too_large: tuple[str, ...]  # engines that do not fit even alone

    @property
    def together(self) -> Need:
        """All of them."""
        return sum(self.needs.values(), Need(0))


def estimate(desk: Desk | None, job: LabelJob, checkpoint: Checkpoint, photos: ProbeFolder, folder: Path | None = None) -> Estimate:
    """What a job will take. `desk`: the workspace, where there is one already; `folder`: where it is to be, for the free disk.

    Takes milliseconds, and a look at each photo's size. Raises UnknownLayer and UserError for layers and neurons that are not there, and
    for a concept list that is none.
    """
    checkpoint = job.overrides.describe(checkpoint)
    rates = load()
    layers = [find_layer(checkpoint.layers, name) for name in job.layers]
    neurons = sum(len(select(which, layer.width, job.seed)) for layer, which in zip(layers, job.layers.values(), strict=True))
    work = KITS[job.method].expected(job, neurons, len(photos.class_names))
    proposing, drawing = rates_of(rates, job)
    proposals = asked_for(proposing, job, work.steps, work.proposals)
    pictures = min(work.pictures, asked_for(drawing, job, work.steps, work.pictures))
    new_photos = 0 if desk and is_surveyed(desk, checkpoint, layers, photos) else len(photos.photos)
    if work.every_photo and not (desk and photos_known(desk.folder, photos.digest)):
        work = work._replace(photos=work.photos + len(photos.photos))
    seconds, basis = time_of(rates, job, checkpoint, new_photos, work._replace(proposals=proposals, pictures=pictures))
    width = sum(layer.width for layer in layers)
    activations = FLOAT * width * (new_photos + pictures + pictures // PICTURES)
    place = (folder or (desk.folder if desk else Path.home())).absolute()
    disk = next(one for one in (place, *place.parents) if one.exists())
    return Estimate(
        neurons, new_photos, proposals, work.pictures, round(proposals * proposing.tokens) if proposing else None, seconds, basis,
        round(activations + pictures * drawing.bytes + checkpoint.bytes) if drawing else None, shutil.disk_usage(disk).free,
    )  # fmt: skip


def asked_for(rate: ProposalRate | PictureRate | None, job: LabelJob, steps: int, expected: int) -> int:
    """What the steps of a job will take as measured under its preset; as expected where that is not known, or it is not by LINE."""
    for_a_step = rate.for_a_step.get(job.preset) if rate and steps else None
    return expected if for_a_step is None else round(steps * for_a_step)


def rates_of(rates: Rates, job: LabelJob) -> tuple[ProposalRate | None, PictureRate | None]:
    """What was measured of the job's language model, by another method where not by its own, and of its picture source."""
    proposing = (rates.proposals.get(proposal_key(job)) or rates.proposals.get(model_key(job.llm))) if job.llm else None
    return proposing, rates.pictures.get(picture_key(job))


def time_of(rates: Rates, job: LabelJob, checkpoint: Checkpoint, photos: int, work: Work) -> tuple[float | None, str]:
    """Seconds and what they rest on, or None and what was not measured yet. `photos`: that are still to be surveyed."""
    surveying = rates.photos.get(checkpoint.sha256)
    proposing, drawing = rates_of(rates, job)
    used = [
        (job.llm.name if job.llm else "", work.proposals, proposing),
        (f"pictures by {picture_key(job)}", work.pictures, drawing),
        (Path(checkpoint.path).name, photos, surveying),
        *looking(rates, job, checkpoint, work),
    ]
    missing = [name for name, many, rate in used if many and not rate]
    if missing:
        return None, f"Not measured yet on this computer: {'; '.join(missing)}. The first job measures the time."
    seconds = (rates.opening or 0) + sum(many * rate.seconds for _, many, rate in used if rate)
    looks = [(f"photo by {name}", rate) for name, many, rate in looking(rates, job, checkpoint, work)[:1] if many]
    told = [f"{rate.seconds:.2g} s a {what}" for what, rate in (("proposal", proposing), ("picture", drawing), *looks) if rate]
    known = proposing or drawing
    where = f" ({known.device}, {known.when})" if known else ""
    return seconds, f"As measured on this computer{where}: {', '.join(told) or 'the survey'}."


def looking(rates: Rates, job: LabelJob, checkpoint: Checkpoint, work: Work) -> list[tuple[str, int, PhotoRate | None]]:
    """What a job's CLIP or captioner will do: in words, how many, and what one was measured to take; the photos first."""
    model = looker(job)
    if model is None:
        return []
    key = model_key(model)
    return [
        (model.name, work.photos, rates.looks.get(key)),
        (f"concepts by {model.name}", work.names, rates.names.get(key)),
        (f"crops of {Path(checkpoint.path).name}", work.maps, rates.maps.get(checkpoint.sha256)),
    ]


def is_surveyed(desk: Desk, checkpoint: Checkpoint, layers: list[Layer], photos: ProbeFolder) -> bool:
    """Whether the layers' surveys on these photos are complete in the workspace."""
    target = desk.find_target(checkpoint.sha256, checkpoint.preprocess)
    probe = desk.find_probe_set(photos.digest)
    if target is None or probe is None:
        return False
    surveys = [desk.find_survey(desk.layer_id(target, layer.name), probe) for layer in layers]
    return all(one is not None and one.complete for one in surveys)


def memory(desk: Desk | None, job: LabelJob, checkpoint: Checkpoint) -> Memory:
    """What the engines of a job will hold, estimated by a child from the headers of their files: about a second.

    Raises BadFile for a model that cannot be read, and DoesNotFit for a picture model that fits nowhere.
    """
    card = sum(int(SHARE * gpu.free) for gpu in gpus()[:1])
    room = Need(int(SHARE * free_memory()), card) if job.memory is None else Need(job.memory, min(job.memory, card))
    checkpoint = job.overrides.describe(checkpoint)
    converted = desk.target_folder(checkpoint.sha256) / "model.onnx" if desk else None
    needs, child = connect(Needs, "needs")  # type: ignore[type-abstract]
    with closing(child):
        found = {
            "vision network": needs.vision(converted, checkpoint.preprocess, room)
            if converted and converted.exists()
            else Need(ONNX_RUNTIME + int(WEIGHTS * checkpoint.bytes)),
        }
        if job.llm:
            found["language model"] = needs.language(job.llm, job.profile, room)
        if job.pictures:
            found["picture source"] = needs.pictures(job.pictures, room)
        if job.confirm_pictures:
            found["picture source that confirms"] = needs.pictures(job.confirm_pictures, room)
        if job.captioner:
            found["captioner"] = needs.captioner(job.captioner, room)
        if job.clip:
            found["CLIP"] = Need(ONNX_RUNTIME + int(WEIGHTS * size_of(job.clip)))
    too_large = tuple(name for name, need in found.items() if not need.fits(room))
    return Memory(found, room, not sum(found.values(), Need(0)).fits(room), too_large)
