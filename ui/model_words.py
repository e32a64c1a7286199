"""The words of the models page: kinds, trust, fit, sizes."""

from PySide6.QtCore import QCoreApplication

from models.machine import FileTrust, Fit, Kind
from ui.theme import Role

FIT_ROLES: dict[Fit, Role] = {"fits": "good", "tight": "warn", "does not fit": "bad", "unknown": "quiet"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelWords", text)


def kind_title(kind: Kind) -> str:
    """The heading of a kind."""
    return {
        "vision network": _tr("Vision networks"),
        "language model": _tr("Language models"),
        "picture model": _tr("Picture sources"),
        "CLIP": _tr("CLIP"),
        "captioner": _tr("Captioners"),
        "labelled photos": _tr("Labelled photos"),
    }[kind]


def fit_words(fit: Fit) -> str:
    """A fit hint in a sentence; it never forbids anything."""
    return {
        "fits": _tr("Fits into the free memory."),
        "tight": _tr("Tight: little memory would stay free, or a part stays outside the GPU and is slow."),
        "does not fit": _tr("Does not fit into the free memory: close other programs, or try anyway."),
        "unknown": _tr("How much memory it needs is known only when it runs."),
    }[fit]


def trust_words(trust: FileTrust) -> str:
    """How far a file of this kind can be trusted."""
    return {
        "safetensors": _tr("High: numbers only, no code"),
        "onnx": _tr("Good: a fixed graph, no code of its own"),
        "torch-weights": _tr("Fair: loaded with weights only"),
        "gguf": _tr("Fair: read by our own reader first"),
        "pictures": _tr("Good: picture files, decoded in a process of their own"),
        "runs-code": _tr("None: opening it runs code of whoever made it"),
    }[trust]
