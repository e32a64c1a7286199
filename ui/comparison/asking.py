"""The comparison of a workspace's methods, made on another thread through a desk of its own."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from line_desktop.compare import Comparison, compare
from line_desktop.errors import UserError
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL


class Answer(NamedTuple):
    """`methods`: all that labelled any of the neurons; `found`: what was compared, or None and the `reason`."""

    methods: tuple[str, ...]
    found: Comparison | None
    reason: str


def ask(folder: Path, ids: Sequence[int], methods: Sequence[str]) -> Answer:
    """Compare `methods`, by default all, over the neurons."""
    with closing(Desk.open(folder)) as desk:
        known = tuple(sorted({claim.method for claim in desk.claims(ids, ALL)}, key=lambda name: (not name.startswith("line"), name)))
        try:
            return Answer(known, compare(desk, ids, [name for name in known if name in methods]), "")
        except UserError as error:
            return Answer(known, None, str(error))
