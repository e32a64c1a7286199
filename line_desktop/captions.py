"""Answers `Caption`: descriptions of photos of the probe set by a captioner, whole or cropped to where a neuron fires most.

Whole photos are described once: their captions are kept in the workspace's `captions/`. A file that is missing or cannot be read is
made again: nothing else depends on it.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from line_desktop.engines import untold
from line_desktop.events import JobEvent
from line_desktop.isolation import Isolation
from line_desktop.methods.asking import Caption, Captioned
from line_desktop.regions import Regions
from line_desktop.store.disk import write_files
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from line_desktop.tally import Tally
from models.types.meaning import Captioner, CaptionerInfo
from models.types.shared import Progress
from models.types.vision import Rectangle

TOGETHER: Final = 8
"""Photos a call: after each the captions are kept."""
NAME: Final = 16  # of the hexadecimal digits of a SHA-256 in a file's name
NO_WORDS: Final = "the captioner found no words for it"


class Described(msgspec.Struct, frozen=True):
    """What a captioner made of one photo: its caption, or the reason why there is none."""

    caption: str
    lost: str = ""


class Descriptions:
    """What one captioner makes of the photos of a probe set, from the workspace or from the engine."""

    def __init__(
        self,
        workspace: Workspace,
        info: CaptionerInfo,
        captioner: Captioner,
        probe: ProbeFolder,
        tell: Callable[[JobEvent], None] = untold,
        tally: Tally | None = None,
    ) -> None:
        """All methods raise Cancelled soon after the captioner is to stop."""
        self._workspace = workspace
        self._captioner = captioner
        self._probe = probe
        self._tell = tell
        self.tally = tally or Tally()
        self._isolation = Isolation()
        self._file = workspace.folder / "captions" / f"{info.sha256[:NAME]}-{probe.digest[:NAME]}.json"
        self._known = _read(self._file)

    def whole(self, photos: Sequence[int]) -> dict[int, Described]:
        """Of each photo; those that are not known yet are described together, and kept."""
        missing = [photo for photo in dict.fromkeys(photos) if photo not in self._known]
        for start in range(0, len(missing), TOGETHER):
            self._say(start, len(missing))
            part = missing[start : start + TOGETHER]
            self._known |= self._describe(part, [None] * len(part))
            _write(self._file, self._known)
        return {photo: self._known[photo] for photo in photos}

    def cropped(self, photos: Sequence[int], regions: Sequence[Rectangle | None]) -> dict[int, Described]:
        """Of a region of each photo; not kept."""
        found: dict[int, Described] = {}
        for start in range(0, len(photos), TOGETHER):
            self._say(start, len(photos))
            found |= self._describe(photos[start : start + TOGETHER], regions[start : start + TOGETHER])
        return found

    def _describe(self, photos: Sequence[int], regions: Sequence[Rectangle | None]) -> dict[int, Described]:
        """One call; where the engine fails on a photo again and again, its reason."""
        where = dict(zip(photos, regions, strict=True))
        found: dict[int, Described] = {}

        def describe(some: Sequence[int]) -> None:
            said = self._captioner.describe_files([self._probe.photos[one] for one in some], [where[one] for one in some])
            for row, (photo, caption) in enumerate(zip(some, said.texts, strict=True)):
                found[photo] = Described(caption, "" if caption else said.unreadable.get(row, NO_WORDS))

        with self.tally.counting("photos", len(photos)):
            self._isolation.work(photos, describe, str)
        return {photo: found.get(photo) or Described("", self._isolation.lost.get(str(photo), NO_WORDS)) for photo in photos}

    def _say(self, done: int, total: int) -> None:
        self._tell(Progress("describing photos", done, total, "photos"))


class Captioning:
    """Answers for the neurons of one layer; `regions` where regions may be asked for."""

    asked = Caption

    def __init__(self, descriptions: Descriptions, regions: Regions | None = None) -> None:
        self._descriptions = descriptions
        self._regions = regions

    def answer(self, asking: Sequence[tuple[int, Caption]]) -> list[Captioned]:
        """The captions that each neuron asks for; a photo that several ask for is described once. Raises Cancelled."""
        whole = self._descriptions.whole([photo for _, request in asking if not request.cropped for photo in request.photos])
        return [self._cropped(neuron, request) if request.cropped else captioned(request, whole) for neuron, request in asking]

    def _cropped(self, neuron: int, request: Caption) -> Captioned:
        assert self._regions is not None, "only a method that was promised regions asks for them"
        regions, lost = self._regions.of(neuron, request.photos)
        return captioned(request, self._descriptions.cropped(request.photos, regions), lost)


def captioned(request: Caption, described: dict[int, Described], lost: dict[int, str] | None = None) -> Captioned:
    """An answer of captions; `lost`: photos that were lost before."""
    reasons = {photo: described[photo].lost for photo in request.photos if described[photo].lost}
    return Captioned(tuple(described[photo].caption for photo in request.photos), (lost or {}) | reasons)


def _read(file: Path) -> dict[int, Described]:
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=dict[int, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {photo: Described(caption) for photo, caption in kept.items()}


def _write(file: Path, known: Mapping[int, Described]) -> None:
    """What has no caption is tried again by the next job. Raises DiskFull."""
    file.parent.mkdir(exist_ok=True)
    kept = {photo: one.caption for photo, one in known.items() if not one.lost}
    write_files({file: msgspec.json.encode(kept)}, file.parent)
