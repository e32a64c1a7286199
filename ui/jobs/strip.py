"""The one line that is always there: the chosen job, how far it is, how long it takes, and what can be done with it."""

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from line_desktop.store.rows import JobRow
from ui.icons import Name, icon
from ui.jobs import words
from ui.jobs.actions import Actions
from ui.jobs.live import Live
from ui.theme import SPACE, label, set_role

GLYPH: Final = 20
BAR_WIDTH: Final = 300
THOUSAND: Final = 1000


class Strip(QWidget):
    """Nothing of a job is decided here."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name: Name = "more"
        self._glyph = QLabel()
        self.title, self.now = Line("strong"), Line("quiet")
        self.left = label("", "quiet")
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(self.tr("How far the job is"))
        told = QVBoxLayout()
        told.setSpacing(2)
        told.addWidget(self.title)
        told.addWidget(self.now)
        self._far = QWidget()
        far = QVBoxLayout(self._far)
        far.setContentsMargins(0, 0, 0, 0)
        far.setSpacing(4)
        self._far.setMinimumWidth(BAR_WIDTH // 2)
        self._far.setMaximumWidth(BAR_WIDTH)
        far.addStretch()
        far.addWidget(self.bar)
        far.addWidget(self.left)
        far.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE // 2, SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(self._glyph)
        row.addLayout(told, 1)
        row.addWidget(self._far, 1)
        row.addSpacing(SPACE)
        self.buttons = [ActionButton(one) for one in (actions.pause, actions.resume, actions.cancel, actions.end_now)]
        self.tools = [tool(one) for one in (actions.up, actions.down, actions.log, actions.remove)]
        for button in (*self.buttons, *self.tools):
            row.addWidget(button)
        self.more = tool(actions.details)
        row.addWidget(self.more)

    def show_job(self, job: JobRow | None, live: Live | None, trouble: str) -> None:
        """Show a job, or that there is none; `trouble` is said instead of what it does."""
        self._name = words.glyph(job) if job is not None else "good"
        self._paint_glyph()
        self.title.say(job.title if job is not None else self.tr("No jobs"))
        self.title.setToolTip(job.title if job is not None else "")
        self._show_now(job, live, trouble)
        runs = job is not None and job.state in words.RUNS
        shown = job is not None and (runs or (bool(job.total) and job.state not in words.ENDED))
        self._far.setVisible(shown)
        if job is not None and shown:
            self.bar.setRange(0, THOUSAND if job.total or not runs else 0)  # 0: nobody knows yet
            self.bar.setValue(round(THOUSAND * job.done / job.total) if job.total else 0)
            far = [words.neurons(live), words.left(job.remaining)] if runs else [self.tr("{:.0%} done").format(job.done / job.total)]
            self.left.setText(" · ".join(part for part in far if part))

    def _show_now(self, job: JobRow | None, live: Live | None, trouble: str) -> None:
        text = self.tr("A new run, or the demo, puts one here.") if job is None else words.now(job, live)
        if job is not None and job.state in words.RUNS:
            parts = [words.state(job) if job.asked else "", words.origin(job), text]
        elif job is not None:
            parts = [words.state(job), words.origin(job), job.reason]
        else:
            parts = [text]
        self.now.say(trouble or " · ".join(part for part in parts if part))
        self.now.setToolTip(self.now.whole)
        wanted = "warn" if trouble else words.role(job) if job is not None else "quiet"
        if self.now.property("role") != wanted:
            set_role(self.now, wanted)

    def show_tools(self, shown: bool) -> None:
        """The smaller buttons stand there only with the whole queue."""
        for one in self.tools:
            one.setVisible(shown)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_glyph()
        super().changeEvent(event)

    def _paint_glyph(self) -> None:
        self._glyph.setPixmap(icon(self._name).pixmap(QSize(GLYPH, GLYPH), self.devicePixelRatioF()))


class Line(QLabel):
    """A line of text that is cut where the room ends."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.whole = ""

    def say(self, text: str) -> None:
        """Show this."""
        self.whole = text
        self.setAccessibleName(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, max(self.width(), 1)))


class ActionButton(QPushButton):
    """An action as a button with its word; not there while the action makes no sense."""

    def __init__(self, of: QAction) -> None:
        super().__init__()
        self._action = of
        self.setIcon(of.icon())
        self.clicked.connect(of.trigger)
        of.changed.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        self.setText(self._action.text())
        self.setToolTip(self._action.toolTip())
        self.setVisible(self._action.isEnabled())


def tool(of: QAction) -> QToolButton:
    """An action as a small button; its name is read out, its words come with the mouse."""
    made = QToolButton()
    made.setDefaultAction(of)
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    made.setIconSize(QSize(18, 18))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAccessibleName(of.text())
    return made
