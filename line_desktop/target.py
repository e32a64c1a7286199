"""The target of a study: a checkpoint, imported once into the workspace, with the user's word on what its files do not say."""

import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.store.disk import disk_full
from line_desktop.store.workspace import Workspace
from models.errors import DoesNotFit
from models.memory import size_of
from models.plural import count
from models.types.vision import Checkpoint, Importer, Preprocess, ReadAs

LARGEST = 4096  # pixels, of an input's side
MAX_NAMES_FILE = 10_000_000  # bytes


class Overrides(msgspec.Struct, frozen=True):
    """The user's word on a checkpoint: preprocessing other than its own, and what its files do not say.

    Raises UserError for values that cannot be.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    size: int | None = None  # pixels, both sides
    crop: bool | None = None  # False: stretch to the size instead of cutting out the centre
    architecture: str = ""  # of a file that holds weights only, see ReadAs
    trusted: str = ""  # SHA-256 of a program that may run its code
    class_names: tuple[str, ...] = ()  # in the order of the network's answers; empty: the checkpoint's own

    def __post_init__(self) -> None:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if not all(map(math.isfinite, values or ())):
                raise UserError(f"--{name} takes finite numbers, got {', '.join(f'{value:g}' for value in values or ())}.")
        if self.std is not None and min(self.std) <= 0:
            raise UserError(f"--std must be above 0, got {min(self.std):g}.")
        if self.size is not None and not 1 <= self.size <= LARGEST:
            raise UserError(f"--size must be from 1 to {LARGEST} pixels, got {self.size}.")

    @property
    def how(self) -> ReadAs:
        """What of it the importer needs."""
        return ReadAs(self.architecture, self.size, self.trusted)

    def describe(self, found: Checkpoint) -> Checkpoint:
        """The checkpoint with these changes; raises UserError where the number of channels or classes differs."""
        heads = [layer.width for layer in found.layers if layer.role == "head"]
        if self.class_names and len(self.class_names) not in heads:
            answers = " or ".join(map(str, heads)) or "no"
            given = count(len(self.class_names), "name")
            raise UserError(f"--classes gives {given} and the network answers with {answers} numbers; give as many.")
        names = self.class_names or found.class_names
        return msgspec.structs.replace(found, preprocess=self.apply(found.preprocess), class_names=names)

    def apply(self, own: Preprocess) -> Preprocess:
        """The checkpoint's preprocessing with these changes; raises UserError where the number of channels differs."""
        changes: dict[str, Any] = {}
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values is not None:
                if len(values) != own.channels:
                    given, wanted = count(len(values), "value"), count(own.channels, "channel")
                    raise UserError(f"--{name} has {given}, the checkpoint has {wanted}; give one for each.")
                changes[name] = values
        resize = own.resize
        if self.size is not None:
            changes |= {"height": self.size, "width": self.size}
            resize = None if resize is None else round(self.size * resize / min(own.height, own.width))
        if self.crop is not None:
            side = self.size or min(own.height, own.width)
            resize = (resize or round(side / 0.875)) if self.crop else None
        if resize != own.resize:
            changes["resize"] = resize
        return msgspec.structs.replace(own, **changes, origin="user") if changes else own


class ImportedTarget(msgspec.Struct, frozen=True):
    """A checkpoint that lies as ONNX in the workspace."""

    id: int
    checkpoint: Checkpoint
    model: Path


def import_checkpoint(workspace: Workspace, path: Path, overrides: Overrides) -> ImportedTarget:
    """Convert a checkpoint once per workspace; raises ModelError or UserError in one sentence if it cannot be used.

    A disk without room for it is DiskFull, also where the importer notices it half-way.
    """
    with Engines() as engines:
        importer = engines.importer()
        folder = workspace.target_folder(importer.fingerprint(path, overrides.how))
        kept = folder / "checkpoint.json"
        if kept.exists():
            checkpoint = msgspec.json.decode(kept.read_bytes(), type=Checkpoint)
        else:
            checkpoint = _convert(importer, path, folder, overrides.how)
    checkpoint = msgspec.structs.replace(overrides.describe(checkpoint), path=str(path.absolute()))
    return ImportedTarget(workspace.save_target(checkpoint), checkpoint, folder / "model.onnx")


def converted(workspace: Workspace, target_id: int) -> ImportedTarget:
    """A target that was imported before. Raises UserError if its converted network is missing."""
    checkpoint = workspace.target(target_id)
    model = workspace.target_folder(checkpoint.sha256) / "model.onnx"
    if not model.is_file():
        raise UserError(f"The converted network {model} is missing: label or survey with the checkpoint {checkpoint.path} again.")
    return ImportedTarget(target_id, checkpoint, model)


def _convert(importer: Importer, path: Path, folder: Path, how: ReadAs) -> Checkpoint:
    """Convert where there is room for a network of the checkpoint's size; it goes through the folder of temporary files."""
    needed = size_of(path)
    places = (folder.parent, Path(tempfile.gettempdir()))
    if shutil.disk_usage(places[0]).free < needed:
        raise disk_full(places[0], needed)
    try:
        return importer.convert(path, folder, how)
    except DoesNotFit as error:
        full = next((place for place in places if shutil.disk_usage(place).free < needed), None)
        if full is None:
            raise
        raise disk_full(full, needed) from error


def read_class_names(file: Path) -> tuple[str, ...]:
    """The lines of a text file, one class each, in the order of the network's answers; raises UserError if it is none."""
    try:
        if file.stat().st_size > MAX_NAMES_FILE:
            raise UserError(f"{file} has more than {MAX_NAMES_FILE} bytes, too many for class names; give one name on each line.")
        names = tuple(line.strip() for line in file.read_text(encoding="utf-8-sig").rstrip().splitlines())
    except OSError as error:
        raise UserError(f"The class names in {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is no text in UTF-8; give one class name on each line.") from error
    if not names or not all(names):
        where = f"Line {names.index('') + 1} of {file}" if names else str(file)
        raise UserError(f"{where} is empty; give one class name on each line.")
    return names


def in_words(how: Preprocess) -> str:
    """A preprocessing as one phrase, with what becomes of colours where the network sees none."""
    size = "stretched" if how.resize is None else f"shorter side to {how.resize}, centre cut out"
    mean, std = (", ".join(f"{value:.3g}" for value in values) for values in (how.mean, how.std))
    colours = "1 channel: colour photos are turned to grey" if how.channels == 1 else f"{how.channels} channels"
    origin = {"file": "as the checkpoint says", "assumed": "assumed, the file does not say", "user": "as given"}[how.origin]
    return f"{how.width} × {how.height} pixels, {colours}; {size}, {how.interpolation}; mean {mean}, std {std}; {origin}"
