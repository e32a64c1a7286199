"""The page of one neuron: what it is called, and everything that speaks for or against it, in one scroll."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from line_desktop.neuron_page import NeuronView, gather
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import Ids
from line_desktop.store.rows import Filter
from line_desktop.viewer import MapAnswer
from ui.actions import action
from ui.background import Task
from ui.crash_dialog import show_error
from ui.gallery.thumbs import Thumbs
from ui.neuron.body import Body
from ui.neuron.header import Header
from ui.neuron.map_client import MapClient
from ui.neuron.overlay import PhotoMap, photo_map
from ui.session import Session
from ui.theme import SPACE

WIDEST = 1240  # logical pixels of the text and pictures
REFRESH_MS = 1500  # at most so often while a job writes


class NeuronPage(QWidget):
    """One neuron; `show_neuron` fills it. What it shows is gathered on another thread."""

    back = Signal()
    neuron_opened = Signal(int)
    verify_asked = Signal(list)  # ids
    verify_all_asked = Signal(list)  # ids whose labels by every method are meant
    cause_asked = Signal(list)  # ids
    ablate_asked = Signal(list)  # ids

    def __init__(self, session: Session, thumbs: Thumbs) -> None:
        super().__init__()
        self._session = session
        self._id: int | None = None
        self._run: int | None = None  # whose story is asked for; None: the one on the card
        self._order = np.zeros(0, np.int64)  # ids
        self._view: NeuronView | None = None
        self._task: Task | None = None
        self._maps: dict[str, PhotoMap] = {}
        self._client = MapClient(self)
        self._client.arrived.connect(self._take_map)
        self._client.failed.connect(self._no_maps)
        self._later = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._later.timeout.connect(self._refresh)
        self._header, self._body = Header(), Body(thumbs)
        self._lay_out()
        self._make_actions()
        self._connect()

    def _lay_out(self) -> None:
        content = QWidget()
        content.setMaximumWidth(WIDEST)
        column = QVBoxLayout(content)
        column.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 6 * SPACE)
        column.setSpacing(4 * SPACE)
        column.addWidget(self._header)
        column.addWidget(self._body)
        column.addStretch(1)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(content, 100)
        row.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(middle)
        self._scroll.setAccessibleName(self.tr("Neuron"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        middle.hide()
        self._middle = middle

    def _make_actions(self) -> None:
        tr = self.tr
        human = self._body.human
        self._verifying = action(
            self, tr("&Verify the label"), "Ctrl+E", tr("Draw fresh pictures of the label and judge it."), self._verify
        )
        self._verifying_all = action(
            self, tr("Verify the labels of &all methods"), "Ctrl+Alt+V", tr("Judge what each method calls the neuron."), self._verify_all
        )
        self._checking = action(
            self, tr("&Check the cause"), "Ctrl+H", tr("Does the neuron fire without what its label names?"), self._check_cause
        )
        self._ablating = action(self, tr("A&blate"), "Ctrl+B", tr("What does the network lose without the neuron?"), self._ablate)
        self._actions = {
            tr("Neuron"): [
                action(self, tr("&Back to the gallery"), "Esc", tr("Go back to all neurons."), self._go_back),
                action(self, tr("&Previous neuron"), "Ctrl+PgUp", tr("The neuron before this one in the gallery."), self._go_previous),
                action(self, tr("&Next neuron"), "Ctrl+PgDown", tr("The neuron after this one in the gallery."), self._go_next),
                self._verifying,
                self._verifying_all,
                self._checking,
                self._ablating,
                action(self, tr("Show &where it fires"), "Ctrl+M", tr("Lay activation maps over the photos."), self._toggle_maps),
            ],
            tr("Edit"): [
                action(self, tr("Your &label"), "F2", tr("Write a label of your own for this neuron."), self._edit),
                action(self, tr("&Undo"), "Ctrl+Z", tr("Take back the last change of your label or note."), human.undo),
                action(self, tr("&Redo"), "Ctrl+Shift+Z", tr("Bring back what was undone."), human.redo),
            ],
        }

    def _connect(self) -> None:
        self._header.back.connect(self._go_back)
        self._header.previous.connect(self._go_previous)
        self._header.next.connect(self._go_next)
        self._body.human.changed.connect(self._show_head)
        self._body.human.failed.connect(self._say)
        self._body.run_chosen.connect(self._choose_run)
        self._body.verify_all.clicked.connect(self._verify_all)
        self._body.cause.clicked.connect(self._check_cause)
        self._body.ablate.clicked.connect(self._ablate)
        self._body.map_bar.switched.connect(self._ask_for_maps)
        self._body.map_bar.opacity_changed.connect(self._lay_maps)
        self._session.closed.connect(self._forget)
        self._session.changed.connect(self._changed)

    def menu_actions(self) -> dict[str, list[QAction]]:
        """The page's actions by menu."""
        return self._actions

    def show_neuron(self, neuron_id: int, order: Sequence[int] | Ids | None = None) -> None:
        """Show the neuron with this id of the open workspace; `order`: the ids it stands among, by default all by layer and index."""
        desk = self._session.desk
        if desk is None:
            return
        if order is not None and neuron_id in order:
            self._order = np.asarray(order, np.int64)
        elif neuron_id not in self._order:
            self._order = desk.neuron_ids(Filter())
        if neuron_id == self._id:
            self._changed()
        else:
            self._scroll.verticalScrollBar().setValue(0)
            self._id, self._run, self._view = neuron_id, None, None
            self._verifying_all.setEnabled(False)
            self._ablating.setEnabled(False)
            self._body.human.show_word(desk, neuron_id)
            self._gather()
        self._show_head()

    # What is gathered

    @Slot()
    def _show_head(self) -> None:
        """The card is read here and now: a few milliseconds."""
        if self._session.desk is None or self._id is None:
            return
        (card,) = self._session.desk.cards([self._id])
        for one in (self._verifying, self._checking):
            one.setEnabled(card.label is not None)
        self._header.show_card(card, self._session.desk.evidence(self._id))
        self._header.show_place(self._place(), len(self._order))
        self._middle.show()

    def _gather(self) -> None:
        if self._session.desk is None or self._id is None:
            return
        self._drop_task()
        folder, neuron_id, run_id = self._session.desk.folder, self._id, self._run
        self._task = Task(lambda: gathered(folder, neuron_id, run_id), self)
        self._task.done.connect(self._take_view)
        self._task.failed.connect(self._say)
        self._task.start()

    def _drop_task(self) -> None:
        """An answer that is still to come is of no use, and may be of a workspace that is closed."""
        if self._task is not None:
            self._task.done.disconnect(self._take_view)
            self._task.failed.disconnect(self._say)
            self._task.deleteLater()
            self._task = None

    @Slot(object)
    def _take_view(self, view: NeuronView) -> None:
        if self._session.desk is None or view.card.id != self._id or (self._run is not None and view.shown != self._run):
            return
        if self._view is not None and same(self._view, view):
            return
        self._view = view
        self._verifying_all.setEnabled(several(view))
        self._body.verify_all.setEnabled(several(view))
        self._ablating.setEnabled(view.activity is not None)
        self._maps = {}
        self._body.show_view(view, self._session.desk.prompt)
        self._ask_for_maps(self._body.map_bar.switch.isChecked())

    @Slot()
    def _changed(self) -> None:
        if self._id is not None and not self._later.isActive():
            self._later.start()

    @Slot()
    def _refresh(self) -> None:
        """Something in the workspace changed; what did not change here stays as it stands."""
        if self.isVisible() and self._session.desk is not None:
            self._body.human.refresh()
            self._show_head()
            self._gather()

    @Slot(int)
    def _choose_run(self, run_id: int) -> None:
        self._run = run_id
        self._gather()

    # Activation maps

    @Slot(bool)
    def _ask_for_maps(self, wanted: bool) -> None:
        self._client.forget()
        self._lay_maps(self._body.map_bar.opacity)
        view, desk = self._view, self._session.desk
        if not wanted or view is None or desk is None:
            self._body.say_of_maps("")
            return
        photos = dict.fromkeys(seen.path for grid in self._body.grids for seen in grid.shown)
        missing = [path for path in photos if str(path) not in self._maps]
        if missing:
            self._client.ask(desk.folder, view.card.layer_id, view.card.neuron, missing)

    @Slot(object)
    def _take_map(self, answer: MapAnswer) -> None:
        if answer.without:
            self._no_maps(answer.error)
        elif not answer.error:
            self._maps[answer.photo] = photo_map(answer)
            self._lay_maps(self._body.map_bar.opacity)

    @Slot(str)
    def _no_maps(self, why: str) -> None:
        self._client.forget()
        self._body.say_of_maps(why)

    @Slot(float)
    def _lay_maps(self, _opacity: float) -> None:
        self._body.set_maps(self._maps)

    @Slot()
    def _toggle_maps(self) -> None:
        self._body.map_bar.switch.toggle()

    # Where to go

    @Slot()
    def _go_back(self) -> None:
        self._body.human.save()
        self.back.emit()

    @Slot()
    def _verify(self) -> None:
        if self._id is not None:
            self.verify_asked.emit([self._id])

    @Slot()
    def _verify_all(self) -> None:
        if self._id is not None:
            self.verify_all_asked.emit([self._id])

    @Slot()
    def _check_cause(self) -> None:
        if self._id is not None:
            self.cause_asked.emit([self._id])

    @Slot()
    def _ablate(self) -> None:
        if self._id is not None:
            self.ablate_asked.emit([self._id])

    @Slot()
    def _go_previous(self) -> None:
        self._go(-1)

    @Slot()
    def _go_next(self) -> None:
        self._go(1)

    def _go(self, step: int) -> None:
        place = self._place() + step
        if self._id is not None and 0 <= place < len(self._order):
            neuron_id = int(self._order[place])
            self.show_neuron(neuron_id)
            self.neuron_opened.emit(neuron_id)

    def _place(self) -> int:
        """Where the neuron stands in the order, from 0."""
        return int(np.argmax(self._order == self._id)) if len(self._order) else 0

    @Slot()
    def _edit(self) -> None:
        self._scroll.ensureWidgetVisible(self._body.human)
        self._body.human.label.setFocus()
        self._body.human.label.selectAll()

    @Slot(object)
    def _say(self, error: Exception | str) -> None:
        show_error(self, error)

    @Slot()
    def _forget(self) -> None:
        """The workspace is closed: nothing of it stays."""
        self._body.human.forget()
        self._client.stop()
        self._drop_task()
        self._later.stop()
        self._id = self._run = self._view = None
        self._order = np.zeros(0, np.int64)
        self._maps = {}
        self._middle.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """Changes are not followed while nobody looks."""
        super().showEvent(event)
        self._changed()

    def hideEvent(self, event: QHideEvent) -> None:
        self._body.human.save()
        super().hideEvent(event)


def gathered(folder: Path, neuron_id: int, run_id: int | None) -> NeuronView:
    """Through a desk of this thread's own."""
    desk = Desk.open(folder)
    try:
        return gather(desk, neuron_id, run_id)
    finally:
        desk.close()


def several(view: NeuronView) -> bool:
    """Whether methods or presets have given the neuron more than one label."""
    return sum(1 for one in view.names if one.label is not None) > 1


def same(one: NeuronView, other: NeuronView) -> bool:
    """Whether two views of a neuron show the same; a person's words are shown apart."""
    parts = [
        (view.names, view.shown, view.story, view.board, view.pictures, view.counter_examples, view.card.verdict) for view in (one, other)
    ]
    tried = [(view.caused, view.ablation) for view in (one, other)]
    before, now = (view.activity.values if view.activity else np.empty(0, np.float32) for view in (one, other))
    return parts[0] == parts[1] and tried[0] == tried[1] and np.array_equal(before, now)
