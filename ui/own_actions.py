"""The window's own actions: opening, places, looks, help. Pages bring theirs with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDialog

from ui.about import AboutDialog
from ui.actions import Menus, action
from ui.diagnostics import DiagnosticsDialog
from ui.first_run import FirstRun
from ui.shortcuts import ShortcutsDialog, listed
from ui.theme import Mode, Theme

if TYPE_CHECKING:
    from ui.main_window import MainWindow

MODES: Final[tuple[Mode, ...]] = ("system", "light", "dark")


class OwnActions(QObject):
    """Made once by the window."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._modes: dict[Mode, QAction] = {}

    def titles(self) -> list[str]:
        """The menus in their order; those that only pages name come before the last."""
        return [self.tr("&File"), self.tr("&Edit"), self.tr("&View"), self.tr("G&o"), self.tr("&Jobs"), self.tr("&Help")]

    def menu_actions(self) -> Menus:
        """Menu title -> actions."""
        file, _, view, go, _, help_ = self.titles()
        return {file: self._file(), view: self._view(), go: self._go(), help_: self._help()}

    def _file(self) -> list[QAction]:
        on, tr = self._window, self.tr
        return [
            action(on, tr("Open checkpoint…"), "Ctrl+O", tr("Choose a vision model whose neurons are to be named"), on.ask_checkpoint),
            action(on, tr("Open workspace…"), "Ctrl+Shift+O", tr("Open the folder of an earlier study"), on.ask_workspace),
            action(on, tr("New workspace…"), "Ctrl+Shift+N", tr("Choose an empty folder for a new study"), on.ask_new_workspace),
            action(
                on, tr("Try the demo"), "Ctrl+Shift+D", tr("Name twelve neurons of the network that comes with the program"), on.try_demo
            ),
            *on.reports.all(),
            action(on, tr("Close workspace"), "Ctrl+W", tr("Close the workspace; its jobs go on"), on.close_workspace),
            action(on, tr("Quit"), "Ctrl+Q", tr("Close the window"), on.close),
        ]

    def _view(self) -> list[QAction]:
        on, tr = self._window, self.tr
        jobs = on.dock.toggleViewAction()
        jobs.setText(tr("Jobs panel"))
        jobs.setShortcut("Ctrl+J")
        jobs.setStatusTip(tr("Show or hide the queue below"))
        full = action(on, tr("Full screen"), "F11", tr("Use the whole screen, or the window again"), self.show_full_screen, checkable=True)
        return [jobs, full, *self._looks()]

    def _looks(self) -> list[QAction]:
        group = QActionGroup(self)
        texts = {"system": self.tr("Light or dark as the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        keys = {"system": "Ctrl+Alt+S", "light": "Ctrl+Alt+L", "dark": "Ctrl+Alt+D"}
        for mode in MODES:
            one = action(
                self._window, texts[mode], keys[mode], self.tr("How the window looks, from now on"), self._choose_mode, checkable=True
            )
            one.setData(mode)
            group.addAction(one)
            self._modes[mode] = one
        self._modes[self._window.settings.mode].setChecked(True)
        return list(self._modes.values())

    @Slot(bool)
    def _choose_mode(self, chosen: bool) -> None:
        for mode, one in self._modes.items():
            if chosen and one.isChecked() and mode != self._window.settings.mode:
                self._window.settings.mode = mode
                self._theme.choose(mode)

    def _go(self) -> list[QAction]:
        on, tr = self._window, self.tr
        return [
            action(on, tr("Start"), "Ctrl+1", tr("Recent workspaces and ways to begin"), on.show_start),
            action(on, tr("Models"), "Ctrl+2", tr("Model files on this computer: what they are and whether they fit"), on.show_models),
            action(on, tr("Gallery"), "Ctrl+3", tr("All neurons of the workspace"), on.show_gallery),
            action(on, tr("Neuron"), "Ctrl+4", tr("Everything known of one neuron"), on.show_last_neuron),
            action(on, tr("New run"), "Ctrl+5", tr("Choose layers and neurons to name"), on.show_new_run),
            self._comparing(),
        ]

    def _comparing(self) -> QAction:
        tip = self.tr("What the labels of several methods are worth, over the same neurons")
        self._compare = action(self._window, self.tr("Compare methods…"), "Ctrl+6", tip, self.show_comparison)
        session = self._window.session
        session.opened.connect(self._turn)
        session.closed.connect(self._turn)
        self._turn()
        return self._compare

    @Slot()
    def _turn(self) -> None:
        self._compare.setEnabled(self._window.session.desk is not None)

    def _help(self) -> list[QAction]:
        on, tr = self._window, self.tr
        return [
            action(on, tr("Keyboard shortcuts"), "F1", tr("List every action with its keys"), self.show_shortcuts),
            action(on, tr("First steps"), "Shift+F1", tr("Where data lives, which models to use, what works here"), self.show_first_run),
            action(
                on,
                tr("Save diagnostics…"),
                "Ctrl+Shift+S",
                tr("Put versions, checks and logs into a file, after showing them"),
                self.show_diagnostics,
            ),
            action(on, tr("About LINE Desktop"), "Ctrl+F1", tr("Version and licence"), self.show_about),
        ]

    @Slot(bool)
    def show_full_screen(self, full: bool) -> None:
        """Use the whole screen, or the window again."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot()
    def show_shortcuts(self) -> None:
        """F1."""
        self._show(ShortcutsDialog(listed(self._window.menuBar()), self._window))

    @Slot()
    def show_first_run(self) -> None:
        """The three pages of the first start."""
        self._show(FirstRun(self._window.settings, self._window))

    @Slot()
    def show_comparison(self) -> None:
        """Methods side by side."""
        from ui.comparison.dialog import ComparisonDialog

        on, desk = self._window, self._window.session.desk
        if desk is not None:
            dialog = ComparisonDialog(desk, on.gallery.selection.ids(), on.gallery.model.ids(), on)
            dialog.verify_asked.connect(on.checks.verify_all)
            self._show(dialog)

    @Slot()
    def show_diagnostics(self) -> None:
        """What would be saved, before it is."""
        self._show(DiagnosticsDialog(self._window.session, self._window))

    @Slot()
    def show_about(self) -> None:
        """Version and licence."""
        self._show(AboutDialog(self._window))

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
