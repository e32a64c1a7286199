"""The rows of interventions as frozen values: pictures without a concept, and networks without a neuron."""

from typing import Literal

import msgspec

from line_desktop.store.rows import Interval
from models.types.pictures import PictureSettings

CausalVerdict = Literal["causal", "partly causal", "not causal", "no response"]


class KeptEdit(msgspec.Struct, frozen=True):
    """An edit as it is kept; pictures by their SHA-256, see `object_path`."""

    before: str
    without: str
    control: str
    parts: dict[str, str]  # a part of a concept of several, such as "colour" -> the picture without it alone
    removed: str  # in a few words, such as "red → blue"
    changed: str  # by the control
    change: tuple[float, float]  # mean change of a pixel's values, 0..255, by the edit and by the control


class CausalPicture(msgspec.Struct, frozen=True):
    """One picture of a causal check with the neuron's activations."""

    edit: KeptEdit
    before: float
    without: float
    control: float
    parts: dict[str, float]
    photo: str = ""  # its path inside the probe set; empty for a drawn picture


class Drop(msgspec.Struct, frozen=True):
    """What an edit takes away on average.

    `absolute` in ranges of the neuron; `relative` as a share of its response, None where the response may be none.
    """

    absolute: Interval
    relative: Interval | None


class CausalCheck(msgspec.Struct, frozen=True):
    """Does the neuron fire because of what its label names? Its activations with the concept, without it, and with something else changed.

    A neuron's range goes from its median on the probe photos to their 99th percentile; its response to a picture is its activation above
    that median. All numbers are finite.
    """

    neuron_id: int
    label: str
    verdict: CausalVerdict
    sentence: str  # the verdict with what decided it
    rule: str  # how verdicts are given
    response: Interval  # mean response to the pictures, in ranges
    edit: Drop  # without the concept
    control: Drop
    beyond: Interval  # what the edit takes away beyond the control, in ranges
    parts: dict[str, Drop]  # of a concept of several, each taken out alone
    median: float  # activation
    span: float  # the range, in activations
    pictures: tuple[CausalPicture, ...]
    asked: int  # pictures
    left_out: int  # of those, without a finite activation or that could not be edited
    survey_id: int
    source: PictureSettings  # of the edits
    editor: str  # what it was opened by: "pictograms" or a folder
    seed: int
    made: str  # UTC, ISO 8601


class ClassCounts(msgspec.Struct, frozen=True, array_like=True):
    """The photos of a class: how many, how many of them the whole network names right, and what changes without the neuron."""

    name: str
    photos: int
    right: int
    lost: int  # named right only by the whole network
    gained: int  # named right only without the neuron


class Ablation(msgspec.Struct, frozen=True):
    """The accuracy of a network on labelled photos without one neuron, which is set to zero at every position."""

    neuron_id: int
    classes: tuple[ClassCounts, ...]  # by name
    top: int  # a photo is named right if its class is among so many strongest answers
    of_answers: bool  # the neuron is itself one of the network's answers
    probe_id: int
    answers: str  # the layer of the network's answers
    device: str
    made: str  # UTC, ISO 8601


class Subject(msgspec.Struct, frozen=True):
    """A neuron that may be ablated."""

    neuron_id: int
    layer_id: int
    neuron: int
    label: str | None  # on its card
    survey_id: int | None  # the newest complete one of the layer
