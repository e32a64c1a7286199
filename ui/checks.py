"""What is asked of neurons that have labels: verify them, check their cause, ablate the neurons; each becomes a job of the queue."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from line_desktop.ablate import AblateJob
from line_desktop.causal import PICTOGRAMS, CausalJob
from line_desktop.errors import UserError
from line_desktop.jobs import Work, submit
from line_desktop.provisional import unconfirmed
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Claim
from line_desktop.verify import VerifyJob
from models.errors import ModelError
from ui.ablate_dialog import AblateDialog
from ui.cause_dialog import CauseDialog, last_editor
from ui.crash_dialog import show_error
from ui.session import Session
from ui.verifying import one_source


class Checks(QObject):
    """Of the open workspace; dialogs belong to `window`."""

    queued = Signal()

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._exact: list[Claim] = []  # while a dialog asks about them, and about
        self._others: list[Claim] = []
        self._ablated: tuple[int, ...] = ()

    @Slot(list)
    def verify(self, ids: list[int]) -> None:
        """Fresh pictures of the labels of neurons, and a verdict."""
        if ids:
            self._submit(VerifyJob(tuple(ids)))

    @Slot(list)
    def verify_all(self, ids: list[int]) -> None:
        """The same for the label of each method, all with pictures of one source."""
        pictures = one_source(self._session.desk, self._window) if ids and self._session.desk is not None else None
        if pictures is not None:
            self._submit(VerifyJob(tuple(ids), pictures, method=ALL))

    @Slot(list)
    def check_causes(self, ids: list[int]) -> None:
        """The concept of each label taken out of pictures; where they are photos, the person says by which editor."""
        desk = self._session.desk
        if not ids or desk is None:
            return
        claims = desk.claims(ids)
        if not claims:
            show_error(self._window, self.tr("None of the neurons has a label that could be checked: label some first."))
            return
        self._exact = [claim for claim in claims if claim.opened_as == PICTOGRAMS]
        self._others = [claim for claim in claims if claim.opened_as != PICTOGRAMS]
        dialog = CauseDialog(len(self._others), len(self._exact), last_editor(desk), unconfirmed(claims), self._window)
        dialog.chosen.connect(self._check)
        dialog.open()

    @Slot(str, int)
    def _check(self, editor: str, pictures: int) -> None:
        if self._exact:
            self._submit(CausalJob(_ids(self._exact), photos=pictures))
        if editor:
            self._submit(CausalJob(_ids(self._others), editor, pictures))

    @Slot(list)
    def ablate(self, ids: list[int]) -> None:
        """What the network loses without each of the neurons; the person says when a photo is named right."""
        desk = self._session.desk
        if not ids or desk is None:
            return
        self._ablated = tuple(ids)
        dialog = AblateDialog(len(ids), unconfirmed(desk.claims(ids)), self._window)
        dialog.chosen.connect(self._ablate)
        dialog.open()

    @Slot(int)
    def _ablate(self, top: int) -> None:
        self._submit(AblateJob(self._ablated, top))

    def _submit(self, work: Work) -> None:
        """Put work into the queue; says in a sentence what stands against it."""
        if self._session.desk is None:
            return
        try:
            submit(self._session.desk, work)
        except (UserError, ModelError) as error:
            show_error(self._window, error)
        else:
            self.queued.emit()


def _ids(claims: Sequence[Claim]) -> tuple[int, ...]:
    return tuple(claim.neuron_id for claim in claims)
