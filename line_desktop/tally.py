"""What a CLIP or a captioner did in a job and how long it took, counted where it works; rates are learnt from it (`rates`)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec


class Took(msgspec.Struct, frozen=True):
    """How many, and their seconds together."""

    many: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Took") -> "Took":
        return Took(self.many + other.many, self.seconds + other.seconds)


class Looks(msgspec.Struct, frozen=True):
    """What was looked at; what the workspace knew already is not counted."""

    photos: Took = Took()  # embedded or described, whole or cropped
    names: Took = Took()  # concepts embedded
    maps: Took = Took()  # of where a neuron fires in a photo, for its crop

    def __add__(self, other: "Looks") -> "Looks":
        return Looks(self.photos + other.photos, self.names + other.names, self.maps + other.maps)

    @property
    def seconds(self) -> float:
        """All together."""
        return self.photos.seconds + self.names.seconds + self.maps.seconds


class Tally:
    """Counts for one job."""

    def __init__(self) -> None:
        self.looks = Looks()

    @contextmanager
    def counting(self, what: Literal["photos", "names", "maps"], many: int) -> Iterator[None]:
        """Time the work on `many`; what fails is not counted."""
        began = time.perf_counter()
        yield
        self.looks += Looks(**{what: Took(many, time.perf_counter() - began)})
