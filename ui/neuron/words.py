"""What the neuron page says: statuses, origins and numbers in words."""

from typing import Final

from PySide6.QtCore import QCoreApplication

from line_desktop.scoreboard import Origin

ORIGINS: Final[dict[Origin, str]] = {
    "start": "from the start vocabulary",
    "generated": "proposed by the language model",
    "summary": "the language model's summary",
    "bank": "from the concept bank",
    "broader": "a longer name, shortened",
    "list": "from the concept list",
    "formula": "made of class names",
    "caption": "from captions of its photos",
}
SCORES: Final = {
    "line": "mean activation",
    "facets": "mean activation",
    "sieve": "activation rate",
    "clip-dissect": "SoftWPMI",
    "invert": "AUROC",
    "describe-and-dissect": "rank of its pictures",
}
STATUSES: Final = {
    "confirmed": "scored again on pictures that no step had seen",
    "skipped: duplicate": "not drawn: it was there already",
    "skipped: no answer": "the language model gave no usable answer",
    "skipped: cannot be depicted": "not drawn: it cannot be depicted",
}


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("Neuron", text)


def origin(of: Origin) -> str:
    """Where a concept came from."""
    return tr(ORIGINS[of])


def step_status(status: str) -> str:
    """What became of a proposal, where its score does not say it; reasons of an engine stand as they are."""
    if status == "scored":
        return ""
    return tr(STATUSES[status]) if status in STATUSES else status.removeprefix("skipped: ")


def score_name(method: str) -> str:
    """What the score of a method's label is; empty for a method of another tool."""
    return tr(SCORES.get(method, ""))


def day(utc: str) -> str:
    """`2026-11-20T13:25:30Z` without its seconds."""
    return utc[:16].replace("T", " ")
