"""The gallery page: search, filters, the cards, and what can be done with those selected."""

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from ui.gallery import words
from ui.gallery.actions import Actions
from ui.gallery.card import CardDelegate
from ui.gallery.chips import ChipRow, chips
from ui.gallery.compare import LEAST, MOST, Compare
from ui.gallery.empty import Empty
from ui.gallery.filter_panel import FilterPanel
from ui.gallery.grid import GridView
from ui.gallery.listing import Listing
from ui.gallery.selection import Selection
from ui.gallery.selection_bar import SelectionBar
from ui.gallery.thumbs import Thumbs
from ui.gallery.top_bar import TopBar
from ui.session import Session
from ui.theme import SPACE

REPAINT_MS: Final = 30  # newly decoded pictures are painted together
WIDTHS: Final = (136, 184, 256, 352)  # of the narrowest card, for each size of pictures


class GalleryPage(QWidget):
    """All neurons of the workspace that is open in `session`; `thumbs` is shared with other pages."""

    neuron_opened = Signal(int)
    label_asked = Signal(list)  # ids
    verify_asked = Signal(list)  # ids
    cause_asked = Signal(list)  # ids
    ablate_asked = Signal(list)  # ids

    def __init__(self, session: Session, thumbs: Thumbs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._thumbs = session, thumbs
        self._size = 1  # a place in WIDTHS
        self._stale = False  # the store has changed while the page was hidden
        self.listing = Listing(session, self)
        self.model = self.listing.model
        self.selection = Selection(self)
        self._delegate = CardDelegate(thumbs, self.selection, self)
        self.grid = GridView(self.model, self._delegate, self.selection, self)
        self.bar, self.chips, self.panel = TopBar(self), ChipRow(self), FilterPanel(self)
        self.empty, self.compare = Empty(self), Compare(thumbs, self)
        self.on = Actions(self, self.grid)
        self.selected = SelectionBar([*self._of_several(), self.on.clear_selection], self)
        self._repaint = QTimer(self, singleShot=True, interval=REPAINT_MS)
        self._arrange()
        self._connect()
        self._connect_actions()
        self.listing.start_over()

    # What others call

    def menu_actions(self) -> dict[str, list[QAction]]:
        """Menu title → actions."""
        return {self.tr("Gallery"): self.on.all()}

    def selected_ids(self) -> list[int]:
        """The selected neurons, or the current one where none is selected."""
        current = self.grid.current_id()
        return self.selection.ids() or ([] if current is None else [current])

    def _of_several(self) -> list[QAction]:
        """What can be done with the selected neurons."""
        on = self.on
        return [on.compare, on.label, on.verify, on.cause, on.ablate]

    # Layout and wiring

    def _arrange(self) -> None:
        self.cards = QStackedWidget(self)
        self.cards.addWidget(self.grid)
        self.cards.addWidget(self.empty)
        head = QVBoxLayout()
        head.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, SPACE)
        head.setSpacing(2 * SPACE)
        head.addWidget(self.bar)
        head.addWidget(self.chips)
        browse = QWidget(self)
        browse.setBackgroundRole(QPalette.ColorRole.Base)
        browse.setAutoFillBackground(True)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(head)
        right.addWidget(self.cards, 1)
        right.addWidget(self.selected)
        row = QHBoxLayout(browse)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.panel)
        row.addLayout(right, 1)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(browse)
        self.stack.addWidget(self.compare)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stack)
        self.setFocusProxy(self.grid)

    def _connect(self) -> None:
        self._session.opened.connect(self._opened)
        self._session.closed.connect(self._closed)
        self._session.changed.connect(self._changed)
        self._thumbs.ready.connect(self._thumb_ready)
        self._repaint.timeout.connect(self.grid.viewport().update)
        self._connect_listing()
        self.bar.search.left.connect(self._to_cards)
        self.empty.pressed.connect(self._clear_filters)
        self.selection.changed.connect(self._selection_changed)
        self.grid.opened.connect(self.neuron_opened)
        self.grid.typed.connect(self._typed)
        self.grid.left.connect(self._escape)
        self.grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.grid.customContextMenuRequested.connect(self._show_menu)
        self.grid.selectionModel().currentChanged.connect(self._update_actions)
        self.compare.left.connect(self._leave_compare)
        self.compare.opened.connect(self.neuron_opened)

    def _connect_listing(self) -> None:
        listing, bar = self.listing, self.bar
        listing.shown.connect(self._show_state)
        listing.asked.connect(self._asked)
        listing.turned.connect(self.grid.to_top)
        bar.text_changed.connect(listing.set_text)
        bar.order_changed.connect(listing.set_order)
        bar.saved_chosen.connect(listing.use)
        bar.save_asked.connect(listing.save)
        bar.forget_asked.connect(listing.forget)
        bar.panel_toggled.connect(self._show_panel)
        self.panel.changed.connect(listing.set_filter)
        self.chips.wanted.connect(listing.set_filter)
        self.chips.similar_left.connect(listing.leave_similar)
        self.chips.all_left.connect(self._clear_filters)

    def _connect_actions(self) -> None:
        on = self.on
        for action, slot in (
            (on.search, self._focus_search), (on.clear_filters, self._clear_filters), (on.save_filters, self.bar.ask_name),
            (on.open, self._open_current), (on.similar, self._find_similar), (on.compare, self._compare), (on.label, self._label),
            (on.verify, self._verify), (on.cause, self._check_cause), (on.ablate, self._ablate),
            (on.toggle, self._toggle_current), (on.select_all, self._select_all), (on.clear_selection, self.selection.clear),
            (on.larger, self._larger), (on.smaller, self._smaller), (on.copy, self._copy_label),
        ):  # fmt: skip
            action.triggered.connect(slot)
        on.panel.toggled.connect(self._show_panel)
        self._show_panel(True)

    # The session and the pictures

    @Slot(object)
    def _opened(self, _desk: object) -> None:
        self._start_over()

    @Slot()
    def _closed(self) -> None:
        self._thumbs.clear()
        self._start_over()

    def _start_over(self) -> None:
        self.selection.clear()
        self._leave_compare()
        self._stale = False
        self.listing.start_over()

    @Slot()
    def _changed(self) -> None:
        self._stale = not self.isVisible()
        if not self._stale:
            self.listing.reload()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._changed()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.on.dress()
        elif event.type() == QEvent.Type.FontChange:
            self._delegate.dress()
            self.grid.updateGeometries()
        super().changeEvent(event)

    @Slot(str)
    def _thumb_ready(self, path: str) -> None:
        waits_for = self._delegate.mosaics.waits_for
        if path in waits_for:
            waits_for.discard(path)
            if not self._repaint.isActive():
                self._repaint.start()

    # What is shown

    @Slot()
    def _show_state(self) -> None:
        listing, shown = self.listing, self.model.rowCount()
        self.bar.offer_saved(listing.saved())
        self.bar.setVisible(listing.total > 0)
        self.bar.count.setText(self._count_text(shown))
        self.panel.offer(listing.filter, listing.facets, listing.counts or {})
        self.panel.setVisible(self.on.panel.isChecked() and listing.total > 0)
        self.chips.show_chips(chips(listing.filter, listing.layer_names()), listing.similar_label())
        self._say_empty()
        waiting = self._session.desk is not None and listing.counts is None
        self._show_cards(bool(shown) or waiting)
        self.grid.viewport().update()
        self._selection_changed()

    @Slot()
    def _asked(self) -> None:
        """A person asked for other neurons or another order; while somebody types nothing but this touches the search field."""
        self.bar.set_text(self.listing.filter.text)
        self.bar.set_order(self.listing.sort, self.listing.descending)

    def _show_cards(self, there: bool) -> None:
        """The cards, or why there are none; the keyboard does not wander off to another page."""
        focused = self.grid.hasFocus() or self.empty.button.hasFocus()
        self.cards.setCurrentWidget(self.grid if there else self.empty)
        if focused:
            (self.grid if there else self.empty.button if self.empty.button.isVisible() else self.bar.search).setFocus()

    def _count_text(self, shown: int) -> str:
        total = self.listing.total
        if shown == total:
            return words.one_or(total, self.tr("1 neuron"), self.tr("{n} neurons"))
        return self.tr("{shown} of {count} neurons").format(shown=words.count(shown), count=words.count(total))

    def _say_empty(self) -> None:
        total = self.listing.total
        if self._session.desk is None:
            self.empty.say("folder", self.tr("No workspace is open"), self.tr("Open a checkpoint or a workspace, or try the demo."))
        elif not total:
            text = self.tr("Neurons appear here as soon as photos have gone through the checkpoint, or the first ones are being labelled.")
            self.empty.say("gallery", self.tr("No neurons yet"), text)
        else:
            one = self.tr("The only neuron of this workspace does not pass the search and the filters in force.")
            several = self.tr("None of the {n} neurons of this workspace passes the search and the filters in force.")
            self.empty.say("search", self.tr("No match"), words.one_or(total, one, several), self.tr("Clear filters"))

    @Slot(bool)
    def _show_panel(self, shown: bool) -> None:
        self.bar.panel.setChecked(shown)
        self.on.panel.setChecked(shown)
        self.panel.setVisible(shown and self.listing.total > 0)

    @Slot()
    def _selection_changed(self) -> None:
        chosen = np.array(self.selection.ids(), np.int64)
        self.selected.show_count(len(chosen), int(np.isin(chosen, self.model.ids()).sum()) if len(chosen) else 0)
        self._update_actions()

    @Slot()
    def _update_actions(self) -> None:
        on, current, chosen = self.on, self.grid.current_id() is not None, len(self.selection)
        for action in (on.open, on.similar, on.toggle, on.copy):
            action.setEnabled(current)
        on.compare.setEnabled(LEAST <= chosen <= MOST)
        for action in (on.label, on.verify, on.cause, on.ablate):
            action.setEnabled(bool(chosen) or current)
        on.clear_selection.setEnabled(bool(chosen))
        on.select_all.setEnabled(self.model.rowCount() > 0)
        on.clear_filters.setEnabled(self.listing.filtered)
        on.save_filters.setEnabled(self.listing.total > 0)
        on.larger.setEnabled(self._size < len(WIDTHS) - 1)
        on.smaller.setEnabled(self._size > 0)

    @Slot(QPoint)
    def _show_menu(self, point: QPoint) -> None:
        on = self.on
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for group in ([on.open, on.similar, on.copy], [on.toggle, on.select_all, on.clear_selection], self._of_several()):
            menu.addActions(group)
            menu.addSeparator()
        menu.popup(self.grid.viewport().mapToGlobal(point))

    # Keys and actions

    def _focus_search(self) -> None:
        self._leave_compare()
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    @Slot(str)
    def _typed(self, text: str) -> None:
        if text.isprintable() and text.strip():
            self.bar.search.setFocus()
            self.bar.search.insert(text)

    @Slot()
    def _to_cards(self) -> None:
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _clear_filters(self) -> None:
        self.listing.clear()
        self._to_cards()

    @Slot()
    def _escape(self) -> None:
        if len(self.selection):
            self.selection.clear()
        elif self.listing.similar_to is not None:
            self.listing.leave_similar()
        elif self.listing.filtered:
            self._clear_filters()

    def _open_current(self) -> None:
        current = self.grid.current_id()
        if current is not None:
            self.neuron_opened.emit(current)

    def _toggle_current(self) -> None:
        current = self.grid.current_id()
        if current is not None:
            self.selection.toggle(current)

    def _select_all(self) -> None:
        self.selection.add(self.model.ids().tolist())

    def _find_similar(self) -> None:
        current = self.grid.current_id()
        if current is not None:
            self.listing.show_similar(current)

    def _label(self) -> None:
        self.label_asked.emit(self.selected_ids())

    def _verify(self) -> None:
        self.verify_asked.emit(self.selected_ids())

    def _check_cause(self) -> None:
        self.cause_asked.emit(self.selected_ids())

    def _ablate(self) -> None:
        self.ablate_asked.emit(self.selected_ids())

    def _copy_label(self) -> None:
        card = self.model.card(self.grid.currentIndex().row())
        if card is not None:
            QGuiApplication.clipboard().setText(words.title(card))

    def _compare(self) -> None:
        desk = self._session.desk
        if desk is not None and LEAST <= len(self.selection) <= MOST:
            self.compare.show_cards(desk.cards(self.selection.ids()))
            self.stack.setCurrentWidget(self.compare)

    @Slot()
    def _leave_compare(self) -> None:
        if self.stack.currentWidget() is self.compare:
            self.stack.setCurrentIndex(0)
            self.grid.setFocus()

    def _larger(self) -> None:
        self._resize_cards(1)

    def _smaller(self) -> None:
        self._resize_cards(-1)

    def _resize_cards(self, by: int) -> None:
        self._size = min(max(self._size + by, 0), len(WIDTHS) - 1)
        self.grid.set_least_width(WIDTHS[self._size])
        self._update_actions()
