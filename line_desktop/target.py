"""The target of a study: a checkpoint, imported once into the workspace, with the user's word on its preprocessing."""

import math
from pathlib import Path
from typing import Any

import msgspec

from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.store.workspace import Workspace
from models.types import Checkpoint, Preprocess

LARGEST = 4096  # pixels, of an input's side


class Overrides(msgspec.Struct, frozen=True):
    """Where preprocessing shall differ from the checkpoint's own; raises UserError for values that cannot be."""

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    size: int | None = None  # pixels, both sides
    crop: bool | None = None  # False: stretch to the size instead of cutting out the centre

    def __post_init__(self) -> None:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if not all(map(math.isfinite, values or ())):
                raise UserError(f"--{name} takes finite numbers, got {', '.join(f'{value:g}' for value in values or ())}.")
        if self.std is not None and min(self.std) <= 0:
            raise UserError(f"--std must be above 0, got {min(self.std):g}.")
        if self.size is not None and not 1 <= self.size <= LARGEST:
            raise UserError(f"--size must be from 1 to {LARGEST} pixels, got {self.size}.")

    def apply(self, own: Preprocess) -> Preprocess:
        """The checkpoint's preprocessing with these changes; raises UserError where the number of channels differs."""
        changes: dict[str, Any] = {}
        for name, values in (("mean", self.mean), ("std", self.std)):
            if values is not None:
                if len(values) != own.channels:
                    given = "1 value" if len(values) == 1 else f"{len(values)} values"
                    raise UserError(f"--{name} has {given}, the checkpoint has {own.channels} channels; give one for each.")
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
    """Convert a checkpoint once per workspace; raises ModelError or UserError in one sentence if it cannot be used."""
    with Engines() as engines:
        importer = engines.importer()
        folder = workspace.target_folder(importer.fingerprint(path))
        kept = folder / "checkpoint.json"
        checkpoint = msgspec.json.decode(kept.read_bytes(), type=Checkpoint) if kept.exists() else importer.convert(path, folder)
    checkpoint = msgspec.structs.replace(checkpoint, path=str(path.absolute()), preprocess=overrides.apply(checkpoint.preprocess))
    return ImportedTarget(workspace.save_target(checkpoint), checkpoint, folder / "model.onnx")


def in_words(how: Preprocess) -> str:
    """A preprocessing as one phrase, with what becomes of colours where the network sees none."""
    size = "stretched" if how.resize is None else f"shorter side to {how.resize}, centre cut out"
    mean, std = (", ".join(f"{value:.3g}" for value in values) for values in (how.mean, how.std))
    colours = "1 channel: colour photos are turned to grey" if how.channels == 1 else f"{how.channels} channels"
    origin = {"file": "as the checkpoint says", "assumed": "assumed, the file does not say", "user": "as given"}[how.origin]
    return f"{how.width} × {how.height} pixels, {colours}; {size}, {how.interpolation}; mean {mean}, std {std}; {origin}"
