"""Which neurons the gallery shows and in which order: the filter, the search, "similar to", asked of the open workspace."""

from functools import partial
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter, LayerCount, SavedFilter, Sort
from ui.gallery import words
from ui.gallery.asker import Asker
from ui.gallery.model import Ids, NeuronModel
from ui.session import Session

SIMILAR: Final = 200
COUNT_MS: Final = 2000  # while a job writes, the counts beside the filters follow at most this often
NOTHING: Final = Filter()


class Found(NamedTuple):
    """What the store answers: the ids that pass, in order, and how many neurons there are of each status."""

    ids: Ids
    counts: dict[str, int]


class Facets(NamedTuple):
    """What the filters can choose from."""

    layers: list[LayerCount]
    methods: list[str]
    verdicts: dict[str, int]
    provisional: int = 0  # labels that their runs have not confirmed yet


class Listing(QObject):
    """Keeps `model` in step with the store and with what a person asks for.

    `asked` comes at once when a person asks for other neurons, `turned` when they are there; `shown` follows every answer of the store.
    """

    asked = Signal()
    turned = Signal()
    shown = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asker = Asker(self)
        self.model = NeuronModel(self)
        self._counting = QTimer(self, singleShot=True)
        self._counting.timeout.connect(self._count)
        self._forget()

    def _forget(self) -> None:
        self.filter = NOTHING
        self.sort: Sort = "neuron"
        self.descending = False
        self.similar_to: int | None = None
        self.counts: dict[str, int] | None = None  # of each status; None until the store has answered
        self.facets = Facets([], [], {})
        self._turning = False

    @property
    def total(self) -> int:
        """How many neurons the workspace has, as far as the store has answered."""
        return sum((self.counts or {}).values())

    @property
    def busy(self) -> bool:
        """Whether the store has still to answer which neurons there are."""
        return self._asker.busy("neurons")

    @property
    def filtered(self) -> bool:
        """Whether anything is in force that may hide neurons."""
        return self.filter != NOTHING or self.similar_to is not None

    def start_over(self) -> None:
        """Another workspace, or none: no filter, and every card anew."""
        self._forget()
        self._counting.stop()
        self.model.show(np.zeros(0, np.int64), None)
        desk = self._session.desk
        if desk is None:
            self._asker.close()
            self.shown.emit()
        else:
            self._asker.open(desk.folder)
            self._turn()
            self._count()

    def reload(self) -> None:
        """The store has changed: ask it for the neurons again now, and for the counts soon."""
        self._ask()
        if not self._counting.isActive():
            self._counting.start(COUNT_MS)

    @Slot()
    def _count(self) -> None:
        self._asker.ask("facets", facets, self._take_facets)

    def _take_facets(self, found: Facets) -> None:
        self.facets = found
        self.shown.emit()

    def layer_names(self) -> dict[int, str]:
        return {one.layer_id: one.name for one in self.facets.layers}

    def similar_label(self) -> str | None:
        """The label whose likes are shown; None where that is not asked."""
        desk = self._session.desk
        return None if self.similar_to is None or desk is None else words.title(desk.cards([self.similar_to])[0])

    # What a person asks for

    @Slot(object)
    def set_filter(self, wanted: Filter) -> None:
        if wanted != self.filter:
            self.filter = wanted
            self._turn()

    @Slot(str)
    def set_text(self, text: str) -> None:
        self.set_filter(replace(self.filter, text=text))

    @Slot(str, bool)
    def set_order(self, sort: Sort, descending: bool) -> None:
        self.sort, self.descending = sort, descending
        self._turn()

    @Slot(object)
    def use(self, saved: SavedFilter) -> None:
        """Put a saved filter and its order in force."""
        self.filter, self.sort, self.descending, self.similar_to = saved.filter, saved.sort, saved.descending, None
        self._turn()

    def show_similar(self, neuron: int) -> None:
        """This neuron, then those whose labels share words with its, best first; filters set later choose among them."""
        self.filter, self.similar_to = NOTHING, neuron
        self._turn()

    @Slot()
    def leave_similar(self) -> None:
        self.similar_to = None
        self._turn()

    @Slot()
    def clear(self) -> None:
        """Show all neurons; the order stays."""
        self.filter, self.similar_to = NOTHING, None
        self._turn()

    # Saved filters

    def saved(self) -> list[SavedFilter]:
        desk = self._session.desk
        return [] if desk is None else desk.saved_filters()

    @Slot(str)
    def save(self, name: str) -> None:
        """Keep what is in force under a name."""
        desk = self._session.desk
        if desk is not None:
            desk.save_filter(SavedFilter(name, self.filter, self.sort, self.descending))
            self.shown.emit()

    @Slot(str)
    def forget(self, name: str) -> None:
        desk = self._session.desk
        if desk is not None:
            desk.forget_filter(name)
            self.shown.emit()

    def _turn(self) -> None:
        self._turning = True
        self.asked.emit()
        self._ask()

    def _ask(self) -> None:
        self._asker.ask("neurons", partial(look_up, self.filter, self.sort, self.descending, self.similar_to), self._take)

    def _take(self, found: Found) -> None:
        desk = self._session.desk
        if desk is None:
            return
        self.counts = found.counts
        if np.array_equal(found.ids, self.model.ids()):
            self.model.refresh()
        else:
            self.model.show(found.ids, desk.cards)
        self.shown.emit()
        if self._turning:
            self._turning = False
            self.turned.emit()


def look_up(wanted: Filter, sort: Sort, descending: bool, similar_to: int | None, desk: Desk) -> Found:
    """The neurons that pass; those similar to one in the order of likeness, itself first."""
    ids: Ids = desk.neuron_ids(wanted, sort, descending)
    if similar_to is not None:
        likes = np.array([similar_to, *desk.similar(similar_to, SIMILAR)], np.int64)
        ids = likes[np.isin(likes, ids)]
    return Found(ids, desk.counts())


def facets(desk: Desk) -> Facets:
    """What there is to choose from."""
    verdicts = {verdict: len(desk.neuron_ids(Filter(verdicts=(verdict,)))) for verdict in words.VERDICTS}
    return Facets(desk.layer_counts(), desk.methods(), verdicts, len(desk.neuron_ids(Filter(provisional=True))))
