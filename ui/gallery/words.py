"""What the gallery says of a neuron, on its card, in a tooltip and to a screen reader."""

from typing import Final

from PySide6.QtCore import QCoreApplication

from line_desktop.store.rows import Card

QUIET_TITLES: Final = {
    "unlabelled": "Not labelled yet",
    "dead": "Dead: fires on no photo",
    "constant": "Constant: the same on every photo",
    "non-finite": "Activations are not finite",
    "redundant": "Redundant: repeats an earlier neuron",
    "unselective": "Unselective: responds to most photos alike",
    "no usable proposal": "No usable proposal",
    "failed": "Failed",
}
STATUSES: Final = {
    "labelled": "Labelled",
    "unlabelled": "Not labelled yet",
    "dead": "Dead",
    "constant": "Constant",
    "non-finite": "Not finite",
    "redundant": "Redundant",
    "unselective": "Unselective",
    "no usable proposal": "No usable proposal",
    "failed": "Failed",
}
VERDICTS: Final = ("supported", "weak", "no reliable label")


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("Gallery", text)


def title(card: Card) -> str:
    """The person's label first, then the method's, then why there is none."""
    return card.human_label or card.label or tr(QUIET_TITLES.get(card.status, card.status))


def has_label(card: Card) -> bool:
    return bool(card.human_label or card.label)


def status(name: str) -> str:
    """A status as it stands in a filter."""
    return tr(STATUSES[name])


def place(card: Card) -> str:
    return tr("{layer} · {neuron}").format(layer=card.layer, neuron=card.neuron)


def number(score: float) -> str:
    """Three figures or so, without exponents where they can be helped."""
    return f"{score:.2f}" if abs(score) < 100 else f"{score:.0f}" if abs(score) < 1e6 else f"{score:.2g}"


def count(number_of: int) -> str:
    return f"{number_of:,}"


def one_or(number_of: int, one: str, several: str) -> str:
    """One of two texts in the user's language, with the number in place of {n}; other places are filled later."""
    return (one if number_of == 1 else several).replace("{n}", count(number_of))


def tooltip(card: Card) -> str:
    """All of the card in a few lines of plain text."""
    lines = [title(card), place(card)]
    if card.human_label:
        lines.append(tr("Written by a person; the method said: {label}").format(label=card.label or tr("nothing")))
    elif card.note:
        lines.append(tr("A person wrote a note"))
    if card.score is not None:
        lines.append(tr("Score {score}, method {method}").format(score=number(card.score), method=card.method))
    if card.provisional:
        lines.append(tr("The method's label is provisional: its run has not confirmed it on fresh pictures yet"))
    if card.verdict:
        lines.append(tr("Verdict: {verdict}").format(verdict=tr(card.verdict)))
    return "\n".join(lines)


def spoken(card: Card) -> str:
    """The same as one sentence for a screen reader."""
    return tooltip(card).replace("\n", ", ")
