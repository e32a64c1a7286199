"""A causal check and an ablation as a workspace keeps them, with numbers that can be told apart."""

from collections.abc import Sequence

from line_desktop.effects import RULE
from line_desktop.store.intervention_rows import Ablation, CausalCheck, CausalPicture, ClassCounts, Drop, KeptEdit
from line_desktop.store.rows import Interval
from models.types.pictures import PictureSettings

BEFORE, WITHOUT, CONTROL, PART = "b0" * 32, "b1" * 32, "b2" * 32, "b3" * 32  # SHA-256 of pictures that no store has


def causal_check(
    neuron_id: int, label: str, pictures: Sequence[str] = (BEFORE, WITHOUT, CONTROL, PART), editor: str = "pictograms",
    made: str = "2026-01-01T00:00:00Z",
) -> CausalCheck:  # fmt: skip
    """A check on one picture: 73 % of the range go with the concept, 12 % with something else, 41 % with its colour alone."""
    before, without, control, part = pictures
    edit = KeptEdit(before, without, control, {"colour": part}, "red → blue", "the ground", (3.5, 4.25))
    gone, other = Interval(0.73, 0.61, 0.84), Interval(0.12, -0.05, 0.22)
    return CausalCheck(
        neuron_id, label, "causal", "Causal: it is.", RULE, Interval(1.1, 0.9, 1.3), Drop(gone, Interval(0.66, 0.5, 0.8)),
        Drop(other, None), Interval(0.61, 0.42, 0.79), {"colour": Drop(Interval(0.41, 0.33, 0.52), None)}, 0.25, 2.0,
        (CausalPicture(edit, 3.875, 0.625, 3.125, {"colour": 2.125}),), 2, 1, 1, PictureSettings("fake editor", "1", {}), editor, 0, made,
    )  # fmt: skip


def ablation(neuron_id: int, hurt: str) -> Ablation:
    """One class falls from 4 of 5 to 1 of 5, and nothing else changes."""
    classes = (ClassCounts(hurt, 5, 4, 3, 0), ClassCounts("zz", 5, 5, 0, 0))
    return Ablation(neuron_id, classes, 1, False, 1, "head", "CPU", "2026-02-01T00:00:00Z")
