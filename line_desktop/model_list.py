"""The model files the user wants remembered: where they are, and the SHA-256 they had. The files stay where they are."""

import re
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from line_desktop import paths
from line_desktop.errors import UserError
from line_desktop.store.disk import write_files
from models.catalog import Card, card_of, namesake
from models.host import connect
from models.machine import Kind, ModelFile, Probe

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class Remembered(msgspec.Struct, frozen=True):
    """A model file as it was when it was added; size in bytes."""

    name: str
    path: str
    kind: Kind
    sha256: str
    bytes: int

    @property
    def presence(self) -> Literal["there", "missing"]:
        """Whether something is still at its path."""
        return "there" if Path(self.path).exists() else "missing"


class Check(msgspec.Struct, frozen=True):
    """A model file looked at now; `warnings` are sentences."""

    file: ModelFile
    card: Card | None
    remembered: str  # its name in the list, or empty
    warnings: tuple[str, ...]


def list_file() -> Path:
    """Where the list is kept."""
    return paths.home() / "models.json"


def remembered() -> tuple[Remembered, ...]:
    """All of them, by name. Raises UserError if the list is damaged."""
    try:
        return msgspec.json.decode(list_file().read_bytes(), type=tuple[Remembered, ...])
    except FileNotFoundError:
        return ()
    except msgspec.DecodeError as error:
        raise UserError(f"The list of models {list_file()} is damaged ({error}); delete it and add the files again.") from error


def add(path: Path, name: str | None = None) -> Remembered:
    """Look at a file and remember it, by `name` or one made from its own. Raises BadFile, or UserError if the name is taken."""
    file = describe(path)
    chosen = name or usual_name(Path(file.path))
    if not NAME.fullmatch(chosen) or chosen == "demo":
        raise UserError(f"'{chosen}' cannot be a model's name: take letters, digits, dots and hyphens, and not demo.")
    kept = [one for one in remembered() if one.path != file.path]
    if any(one.name == chosen for one in kept):
        raise UserError(f"The name {chosen} is taken by another file; give one with --name, or forget that one first.")
    entry = Remembered(chosen, file.path, file.kind, file.sha256, file.bytes)
    save([*kept, entry])
    return entry


def forget(name: str) -> Remembered:
    """Take a model off the list; its file stays. Raises UserError if there is none of this name."""
    entry = find(name)
    if entry is None:
        raise UserError(f"No model is remembered as '{name}'; {known_names()}.")
    save([one for one in remembered() if one != entry])
    return entry


def find(name: str) -> Remembered | None:
    """The model of this name."""
    return next((one for one in remembered() if one.name == name), None)


def check(text: str) -> Check:
    """Look at a remembered model, or at the file or folder at a path. Raises BadFile."""
    named = find(text)
    file = describe(Path(named.path if named else text))
    entry = named or next((one for one in remembered() if one.path == file.path), None)
    card = card_of(file.sha256)
    return Check(file, card, entry.name if entry else "", tuple(warnings(file, entry, card)))


def warnings(file: ModelFile, entry: Remembered | None, card: Card | None) -> list[str]:
    """What the user should know: the file changed, or is not what its name says, or does not fit."""
    found = []
    if entry and entry.sha256 != file.sha256:
        found.append(f"The file has changed since it was added: its SHA-256 was {entry.sha256}. If you did not replace it, do not use it.")
    same_name = namesake(Path(file.path).name)
    if card is None and same_name:
        found.append(f"It is called like {same_name.title} and is another file ({file.bytes:,} bytes, not {same_name.bytes:,}).")
    if file.trust == "runs-code":
        found.append("Opening it runs code of whoever made it: use it only if you trust them.")
    return found


def describe(path: Path) -> ModelFile:
    """What a model file is, asked in a child. Raises BadFile."""
    probe, child = connect(Probe, "probe")  # type: ignore[type-abstract]
    with closing(child):
        return probe.describe(path.expanduser().absolute())


def usual_name(path: Path) -> str:
    """A name made from a file's."""
    stem = path.name if path.is_dir() else path.stem
    return NOT_IN_A_NAME.sub("-", stem).strip("-._")[:80] or "model"


def known_names() -> str:
    """The names on the list, in words."""
    names = [one.name for one in remembered()]
    return f"there are: {', '.join(names)}" if names else "the list is empty, and `models add PATH` adds to it"


def save(entries: list[Remembered]) -> None:
    """Write the list, by name, whole or not at all."""
    paths.home().mkdir(parents=True, exist_ok=True)
    data = msgspec.json.format(msgspec.json.encode(sorted(entries, key=lambda one: one.name)), indent=2)
    write_files({list_file(): data}, paths.home())
