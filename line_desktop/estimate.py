"""What a job of labelling will take, told before it begins: from its settings, and from what earlier jobs measured on this computer.

Where a part was not measured yet there is no time, and the reason stands in its place.
"""

import shutil
from contextlib import closing
from pathlib import Path

import msgspec

from line_desktop.engines import SHARE
from line_desktop.job import LabelJob
from line_desktop.methods.line import Settings
from line_desktop.neurons import select
from line_desktop.rates import Rates, load, model_key
from line_desktop.store.desk import Desk
from line_desktop.survey import ProbeFolder
from models.host import connect
from models.layers import find_layer
from models.memory import Need, Needs, free_memory, gpus
from models.types import Checkpoint, Layer

SUMMARY = 1  # proposals of a neuron besides its steps
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

    Takes milliseconds, and a look at each photo's size. Raises UnknownLayer and UserError for layers and neurons that are not there.
    """
    checkpoint = job.overrides.describe(checkpoint)
    rates = load()
    layers = [find_layer(checkpoint.layers, name) for name in job.layers]
    neurons = sum(len(select(which, layer.width, job.seed)) for layer, which in zip(layers, job.layers.values(), strict=True))
    settings = Settings(preset=job.preset, steps=job.steps, seed=job.seed)
    steps = neurons * (settings.last_step + 1)
    proposing, drawing = rates.proposals.get(model_key(job.llm)), rates.pictures.get(job.pictures)
    proposals = round(steps * proposing.for_a_step) if proposing else neurons * (settings.steps + SUMMARY)
    most = most_pictures(settings, neurons, len(photos.class_names))
    pictures = min(most, round(steps * drawing.for_a_step)) if drawing else most
    new_photos = 0 if desk and is_surveyed(desk, checkpoint, layers, photos) else len(photos.photos)
    seconds, basis = time_of(rates, job, checkpoint, new_photos, proposals, pictures)
    width = sum(layer.width for layer in layers)
    activations = FLOAT * width * (new_photos + pictures + pictures // settings.pictures)
    place = (folder or (desk.folder if desk else Path.home())).absolute()
    disk = next(one for one in (place, *place.parents) if one.exists())
    return Estimate(
        neurons, new_photos, proposals, most, round(proposals * proposing.tokens) if proposing else None, seconds, basis,
        round(activations + pictures * drawing.bytes + checkpoint.bytes) if drawing else None, shutil.disk_usage(disk).free,
    )  # fmt: skip


def most_pictures(settings: Settings, neurons: int, classes: int) -> int:
    """The pictures of a job that finds nothing in the bank: start concepts, which neurons share, proposals, and the confirmation."""
    concepts = min(classes, settings.board_size * neurons) + neurons * (settings.steps + SUMMARY)
    fresh = neurons * settings.finalists * settings.fresh_pictures if settings.confirm else 0
    return concepts * settings.pictures + fresh


def time_of(rates: Rates, job: LabelJob, checkpoint: Checkpoint, photos: int, proposals: int, pictures: int) -> tuple[float | None, str]:
    """Seconds and what they rest on, or None and what was not measured yet."""
    surveying = rates.photos.get(checkpoint.sha256)
    proposing, drawing = rates.proposals.get(model_key(job.llm)), rates.pictures.get(job.pictures)
    parts = {job.llm.name: proposing, f"pictures by {job.pictures}": drawing, Path(checkpoint.path).name: surveying or not photos}
    missing = [name for name, rate in parts.items() if not rate]
    if missing or not proposing or not drawing:
        return None, f"Not measured yet on this computer: {'; '.join(missing)}. The first job measures the time."
    seconds = (rates.opening or 0) + proposals * proposing.seconds + pictures * drawing.seconds
    seconds += photos * surveying.seconds if surveying else 0
    return seconds, (
        f"As measured on this computer ({proposing.device}, {proposing.when}): {proposing.seconds:.2g} s a proposal, "
        f"{drawing.seconds:.2g} s a picture."
    )


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
            "language model": needs.language(job.llm, job.profile, room),
            "picture source": needs.pictures(job.pictures, room),
        }
    too_large = tuple(name for name, need in found.items() if not need.fits(room))
    return Memory(found, room, not sum(found.values(), Need(0)).fits(room), too_large)
