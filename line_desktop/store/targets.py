"""Targets: checkpoints under a preprocessing, and their layers."""

from pathlib import Path
from typing import Any

import msgspec

from line_desktop.errors import BadWorkspace
from line_desktop.store.database import Database
from line_desktop.store.rows import LayerRow, TargetRow
from models.types.vision import Checkpoint, Layer, Preprocess

_LAYER = "name, kind, width, shape, tensor, pooling, role"


class Targets(Database):
    """The targets of a workspace."""

    def save_target(self, checkpoint: Checkpoint) -> int:
        """Keep a checkpoint with its layers; returns its id, the same one for the same SHA-256 and preprocessing.

        Path, summary and tensor names are brought up to date; ids stay. Raises BadWorkspace if a known layer has changed its
        width or pooling, because activations of it may be kept already.
        """
        with self.transaction():
            (target_id,) = self.one(
                """INSERT INTO targets (sha256, preprocess, path, format, trust, summary, architecture, bytes, class_names)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (sha256, preprocess) DO UPDATE SET path = excluded.path, format = excluded.format,
                     trust = excluded.trust, summary = excluded.summary, architecture = excluded.architecture,
                     bytes = excluded.bytes, class_names = excluded.class_names
                   RETURNING id""",
                checkpoint.sha256,
                to_json(checkpoint.preprocess),
                checkpoint.path,
                checkpoint.format,
                checkpoint.trust,
                checkpoint.summary,
                checkpoint.architecture,
                checkpoint.bytes,
                to_json(checkpoint.class_names),
            )
            for layer in checkpoint.layers:
                self._save_layer(target_id, layer)
        return int(target_id)

    def _save_layer(self, target_id: int, layer: Layer) -> None:
        kept = self.one(
            f"""INSERT INTO layers (target_id, {_LAYER}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (target_id, name) DO UPDATE SET
                  kind = excluded.kind, shape = excluded.shape, tensor = excluded.tensor, role = excluded.role
                WHERE width = excluded.width AND pooling = excluded.pooling
                RETURNING id""",
            target_id,
            layer.name,
            layer.kind,
            layer.width,
            to_json(layer.shape),
            layer.tensor,
            layer.pooling,
            layer.role,
        )
        if not kept:
            width, pooling = self.one("SELECT width, pooling FROM layers WHERE target_id = ? AND name = ?", target_id, layer.name)
            raise BadWorkspace(
                f"Layer {layer.name} has {layer.width} neurons (pooling: {layer.pooling}), but {width} (pooling: {pooling}) "
                f"in the workspace {self.folder}: choose another folder."
            )

    def target(self, target_id: int) -> Checkpoint:
        """The checkpoint as it was saved last."""
        *fields, preprocess, class_names = self.one(
            "SELECT path, format, trust, summary, architecture, sha256, bytes, preprocess, class_names FROM targets WHERE id = ?", target_id
        )
        layers = self.rows(f"SELECT {_LAYER} FROM layers WHERE target_id = ? ORDER BY id", target_id)
        values = [
            *fields,
            msgspec.json.decode(preprocess, type=Preprocess),
            msgspec.json.decode(class_names, type=tuple[str, ...]),
            tuple(_layer(*row) for row in layers),
        ]
        return Checkpoint(*values)

    def find_target(self, sha256: str, preprocess: Preprocess) -> int | None:
        """The id of a target, if it is known."""
        row = self.one("SELECT id FROM targets WHERE sha256 = ? AND preprocess = ?", sha256, to_json(preprocess))
        return row and int(row[0])

    def targets(self) -> list[TargetRow]:
        """All targets, oldest first."""
        return [TargetRow(*row) for row in self.rows("SELECT id, sha256, path, summary FROM targets ORDER BY id")]

    def layer_id(self, target_id: int, layer_name: str) -> int:
        """The id of a layer. Raises KeyError for a layer the target does not have."""
        row = self.one("SELECT id FROM layers WHERE target_id = ? AND name = ?", target_id, layer_name)
        if row is None:
            raise KeyError(layer_name)
        return int(row[0])

    def layer(self, layer_id: int) -> LayerRow:
        """A layer and its target's id."""
        target_id, *fields = self.one(f"SELECT target_id, {_LAYER} FROM layers WHERE id = ?", layer_id)
        return LayerRow(layer_id, target_id, _layer(*fields))

    def target_folder(self, sha256: str) -> Path:
        """Where the converted model of a checkpoint is kept; the importer creates it."""
        return self.folder / "targets" / sha256


def to_json(value: Any) -> str:
    """JSON with sorted keys, so that equal values are equal texts."""
    return msgspec.json.encode(value, order="deterministic").decode()


def _layer(name: str, kind: str, width: int, shape: str, tensor: str, pooling: Any, role: Any) -> Layer:
    return Layer(name, kind, width, msgspec.json.decode(shape, type=tuple[int | None, ...]), tensor, pooling, role)
