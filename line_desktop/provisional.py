"""Labels that their run has found and not confirmed yet: how a result says so, and what people are told before they rely on one."""

from collections.abc import Iterator, Sequence
from typing import Final

from line_desktop.store.rows import Claim

PROVISIONAL: Final = (
    "This label is the best of its search; it is confirmed on fresh pictures when all neurons of this run have been searched."
)
"""Stands beside such a label as its reason."""


def unconfirmed(claims: Sequence[Claim]) -> Iterator[str]:
    """How many labels are provisional, in one sentence and what to do, where some are: what is made of them may be for nothing."""
    many = sum(claim.reason == PROVISIONAL for claim in claims)
    if many:
        them = "it" if many == 1 else "them"
        which = "The label is" if len(claims) == 1 else f"{many:,} of {len(claims):,} labels {'is' if many == 1 else 'are'}"
        yield (
            f"{which} provisional: the run that found {them} has not confirmed {them} on fresh pictures yet and may still change {them}. "
            "Go on with that run first, because what is found out about a label does not hold for another in its place."
        )
