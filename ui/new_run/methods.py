"""The methods as the page offers them: what each is called, what it does in a sentence, and what it asks for."""

from typing import Final

from line_desktop.methods.asking import MethodName
from line_desktop.methods.line import Preset
from ui.new_run.words import tr

METHODS: Final[tuple[MethodName, ...]] = ("line", "sieve", "clip-dissect", "invert", "describe-and-dissect", "facets")
ASKS: Final[dict[MethodName, frozenset[str]]] = {
    "line": frozenset({"llm", "pictures", "preset", "steps", "patience", "confirm_pictures"}),
    "facets": frozenset({"llm", "clip", "pictures", "preset", "steps", "patience", "confirm_pictures"}),
    "sieve": frozenset({"clip", "concepts", "pictures"}),
    "clip-dissect": frozenset({"clip", "concepts"}),
    "invert": frozenset({"formula_length"}),
    "describe-and-dissect": frozenset({"captioner", "llm", "pictures", "crops"}),
}
"""Fields of LabelJob that a method reads, besides those that all read."""
MANY: Final = 128
"""Neurons from which on the sparing preset is worth a word: of 64 its labels are poorer than the paper's, of 256 better."""
OURS: Final = frozenset({"patience", "confirm_pictures"})
"""Of these, what only the presets with our improvements read."""


def asks(method: MethodName, preset: Preset) -> frozenset[str]:
    """The fields that a method reads with this preset, besides those that all read."""
    return ASKS[method] - OURS if preset == "paper" else ASKS[method]


def title(method: MethodName) -> str:
    """What it is called."""
    return {
        "line": "LINE",
        "facets": tr("LINE for each facet"),
        "sieve": "SIEVE",
        "clip-dissect": "CLIP-Dissect",
        "invert": "INVERT",
        "describe-and-dissect": "Describe-and-Dissect",
    }[method]


def sentence(method: MethodName) -> str:
    """What it does."""
    return {
        "line": tr("A language model proposes concepts, pictures of them are scored, and it learns from the scores."),
        "facets": tr("CLIP sorts the strongest photos into kinds, and LINE runs once for each; several labels a neuron."),
        "sieve": tr("CLIP finds concepts of a list in the strongest photos; those whose pictures fire the neuron stay."),
        "clip-dissect": tr("CLIP finds the concept of a list that the strongest photos share. Quick; draws nothing."),
        "invert": tr("Class names joined by and, or, not that best tell firing photos from others. Needs no model."),
        "describe-and-dissect": tr("A captioner describes the strongest photos, a language model names them, pictures decide."),
    }[method]


def of_preset(preset: Preset, neurons: int) -> str:
    """What one should know of a preset of LINE for so many neurons; empty: nothing."""
    if preset == "sparing":
        return tr("Sparing: each neuron proposes little and takes its name from what is drawn for all; for many neurons of a layer.")
    if preset == "line" and neurons >= MANY:
        return tr("For so many neurons the sparing preset takes a fraction of the time and the pictures.")
    return ""


def why_classes(method: MethodName, concepts: str) -> str:
    """What a method takes class names for; empty: it does without. `concepts`: as in LabelJob."""
    if method in ("line", "facets"):
        return tr("the first concepts are class names")
    if method == "invert":
        return tr("formulas are made of class names")
    return tr("the concept list is their class names") if "concepts" in ASKS[method] and concepts == "classes" else ""
