"""With which pictures the labels of all methods are verified: with the same, so that they can be compared."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QInputDialog, QWidget

from line_desktop.store.desk import Desk
from ui.new_run.picture_field import PICTOGRAMS


def one_source(desk: Desk, parent: QWidget) -> str | None:
    """The picture source that labels of the workspace were found with; asks where there are several, None where the person does not say."""
    known = desk.picture_sources()
    if len(known) == 1:
        return known[0]
    title, words = (
        QCoreApplication.translate("Verifying", text) for text in ("Verify the labels of all methods", "Draw the fresh pictures by:")
    )
    chosen, agreed = QInputDialog.getItem(parent, title, words, known or [PICTOGRAMS], 0, not known)
    return chosen if agreed and chosen else None
