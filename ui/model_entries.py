"""The rows of the models page: what is on the list, what comes with the program, what is known to work; with the last check of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec

from line_desktop import model_list, paths
from line_desktop.model_list import Check
from line_desktop.store.disk import write_files
from models import catalog, embedded
from models.catalog import Card
from models.errors import ModelError
from models.machine import Fit, Kind
from models.memory import fit

Origin = Literal["remembered", "embedded", "card", "built in"]
KINDS: Final[tuple[Kind, ...]] = ("vision network", "language model", "picture model", "CLIP", "captioner", "labelled photos")


class Kept(msgspec.Struct, frozen=True):
    """A check, and the file's size and time of change when it was made; `when` in seconds since 1970."""

    check: Check
    bytes: int
    changed: int
    when: float


class Entry(msgspec.Struct, frozen=True):
    """One model; `path` is empty for a card whose file is not here and for what is built in. Size in bytes, 0: unknown."""

    title: str
    kind: Kind
    origin: Origin
    path: str = ""
    bytes: int = 0
    sha256: str = ""
    card: Card | None = None
    kept: Kept | None = None

    @property
    def there(self) -> bool:
        """Whether it can be used, as far as its presence goes."""
        return self.origin == "built in" or (bool(self.path) and Path(self.path).exists())

    @property
    def stale(self) -> bool:
        """Whether the file changed after its check."""
        return self.kept is not None and self.there and stamp(Path(self.path)) != (self.kept.bytes, self.kept.changed)


def entries() -> list[Entry]:
    """All of them, by kind: what is here first. Raises UserError if the list of models is damaged."""
    kept = kept_checks()
    found = [*_embedded(kept), *_remembered(kept)]
    here = {one.sha256 for one in found}
    cards = [Entry(card.title, card.kind, "card", "", card.bytes, card.sha256, card) for card in catalog.cards() if card.sha256 not in here]
    return sorted([*found, *cards], key=lambda one: (KINDS.index(one.kind), one.origin == "card"))


def _embedded(kept: dict[str, Kept]) -> Iterable[Entry]:
    yield _on_disk("Demo network", "vision network", "embedded", str(embedded.NETWORK), kept)
    yield Entry("Pictograms", "picture model", "built in")
    if embedded.CLIP.is_dir():
        yield _on_disk("Demo CLIP", "CLIP", "embedded", str(embedded.CLIP), kept)
    try:
        yield _on_disk("Demo language model", "language model", "embedded", str(embedded.demo_model_path()), kept)
    except ModelError:
        return  # it is a package of its own; its card says where it comes from


def _remembered(kept: dict[str, Kept]) -> Iterable[Entry]:
    for one in model_list.remembered():
        yield _on_disk(one.name, one.kind, "remembered", one.path, kept, one.bytes, one.sha256)


def _on_disk(title: str, kind: Kind, origin: Origin, path: str, kept: dict[str, Kept], size: int = 0, sha256: str = "") -> Entry:
    last = kept.get(path)
    if last is not None:
        size, sha256 = size or last.check.file.bytes, sha256 or last.check.file.sha256
    return Entry(title, kind, origin, path, size, sha256, catalog.card_of(sha256), last)


def fit_now(entry: Entry, memory: int, gpu: int) -> Fit:
    """Whether it fits into the free `memory` and the free memory of a `gpu` (0: none), in bytes."""
    return fit(entry.kept.check.file.needed if entry.kept else None, memory, gpu)


def checks_file() -> Path:
    """Where the last checks are kept; losing it costs only a new check."""
    return paths.home() / "model-checks.json"


def kept_checks() -> dict[str, Kept]:
    """The last check of each path."""
    try:
        return msgspec.json.decode(checks_file().read_bytes(), type=dict[str, Kept])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def keep_check(check: Check, when: float) -> None:
    """Write a check down. Raises DiskFull."""
    size, changed = stamp(Path(check.file.path))
    kept = kept_checks() | {check.file.path: Kept(check, size, changed, when)}
    paths.home().mkdir(parents=True, exist_ok=True)
    write_files({checks_file(): msgspec.json.encode(kept)}, paths.home())


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of change (ns) of a file, or of a folder's newest file; zeros where it is gone."""
    try:
        parts = [one.stat() for one in sorted(path.iterdir())] if path.is_dir() else [path.stat()]
    except OSError:
        return 0, 0
    return sum(one.st_size for one in parts), max((one.st_mtime_ns for one in parts), default=0)
