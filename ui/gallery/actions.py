"""What can be done in the gallery: every action with its text, shortcut and status tip, for the menus and the list of F1."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from ui.icons import Name, icon


class Actions:
    """The gallery's actions. `page` hears their shortcuts; `cards` alone hears keys that mean something to a button or a text field."""

    def __init__(self, page: QWidget, cards: QWidget) -> None:
        tr = page.tr
        self._page = page
        self.search = self._make(tr("&Search"), "Ctrl+F", tr("Search labels, reasoning and notes"), "search")
        self.panel = self._make(tr("Show &filters"), "Ctrl+Shift+F", tr("Show or hide the panel of filters"), "filter")
        self.panel.setCheckable(True)
        self.clear_filters = self._make(tr("C&lear filters"), "Ctrl+Backspace", tr("Show all neurons again"), "close")
        self.save_filters = self._make(tr("Sa&ve these filters…"), "Ctrl+D", tr("Keep the search, filters and order under a name"), "save")
        self.open = self._make(tr("&Open neuron"), "Return", tr("Show everything known of the current neuron"), "neuron", cards)
        self.similar = self._make(
            tr("Find similar la&bels"), "Ctrl+Shift+L", tr("Neurons whose labels share words with this one"), "similar"
        )
        self.compare = self._make(tr("&Compare"), "Ctrl+M", tr("Put two to four selected neurons side by side"), "compare")
        self.label = self._make(tr("&Label selected…"), "Ctrl+L", tr("Name the selected neurons, or the current one"), "new run")
        self.verify = self._make(
            tr("Verif&y labels"), "Ctrl+E", tr("Draw fresh pictures of the labels selected, or the current one, and judge them"), "check"
        )
        self.cause = self._make(
            tr("C&heck the cause"),
            "Ctrl+H",
            tr("Take the concept of each label out of pictures: does the neuron fire without it?"),
            "cause",
        )
        self.ablate = self._make(
            tr("A&blate"), "Ctrl+B", tr("Set the neurons selected, or the current one, to zero: what does the network lose?"), "ablate"
        )
        self.toggle = self._make(
            tr("Selec&t or deselect"), "Space", tr("Add the current neuron to the selection, or take it out"), "check", cards
        )
        self.select_all = self._make(tr("Select &all shown"), "Ctrl+A", tr("Add all neurons shown to the selection"), "check", cards)
        self.clear_selection = self._make(tr("Clear sele&ction"), "Ctrl+Shift+A", tr("Select nothing"), "close")
        self.larger = self._make(tr("La&rger pictures"), "Ctrl++", tr("Fewer, larger cards"), "add")
        self.smaller = self._make(tr("S&maller pictures"), "Ctrl+-", tr("More, smaller cards"), "picture")
        self.copy = self._make(tr("Copy la&bel"), "Ctrl+C", tr("Copy the label of the current neuron"), "copy", cards)
        self.larger.setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])

    def all(self) -> list[QAction]:
        return [action for action in vars(self).values() if isinstance(action, QAction)]

    def dress(self) -> None:
        """Paint the icons again, in the colours in use now."""
        for action in self.all():
            action.setIcon(icon(action.data()))

    def _make(self, text: str, shortcut: str, tip: str, name: Name, owner: QWidget | None = None) -> QAction:
        action = QAction(icon(name), text, self._page)
        action.setData(name)
        action.setShortcut(QKeySequence(shortcut))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setProperty("local", owner is not None)  # the window gives the others its own context while the page is shown
        action.setStatusTip(tip)
        action.setToolTip(f"{tip} ({QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)})")
        (owner or self._page).addAction(action)
        return action
