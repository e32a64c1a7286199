"""The page's charts, drawn by matplotlib on another thread into images as sharp as the screen; matplotlib is loaded at the first chart."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, QTimer, Slot
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from line_desktop.neuron_page import Activity, Told
from models.types.shared import FloatArray
from ui.background import Task
from ui.theme import colours, font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI: Final = 100
BINS: Final = 48
WAIT_MS: Final = 60  # after the last change of size
MATPLOTLIB: Final = Lock()  # it is not made for several threads
Draw = Callable[["Figure", "Inks"], None]


@dataclass(frozen=True)
class Inks:
    """Colours as matplotlib takes them, and the size of type in points at 100 dots an inch."""

    text: str
    quiet: str
    faint: str
    line: str
    accent: str
    size: float


class Chart(QWidget):
    """One chart; `set_chart` draws it soon, and again when size, screen or colours change."""

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self._draw: Draw | None = None
        self._image = QImage()
        self._task: Task | None = None
        self._again = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._again.timeout.connect(self._render)
        self.setAccessibleName(name)
        self.setMinimumHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_chart(self, draw: Draw | None, description: str) -> None:
        """What to draw (None: nothing), and the same in words for a screen reader."""
        self._draw = draw
        self._image = QImage()
        self.setAccessibleDescription(description)
        self.setToolTip(description)
        self._again.start()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, self.minimumHeight())

    @Slot()
    def _render(self) -> None:
        if self._draw is None or self.width() < 80:
            return
        if self._task is not None:  # one at a time; the next when this one is done
            self._again.start()
            return
        now = colours()
        inks = Inks(
            now.text.name(), now.quiet.name(), now.faint.name(), now.line.name(), now.accent.name(),
            font("small").pointSizeF() * self.logicalDpiY() / DPI,
        )  # fmt: skip
        draw, size, ratio = self._draw, self.size(), self.devicePixelRatioF()
        self._task = Task(lambda: (draw, rendered(draw, inks, size, ratio)), self)
        self._task.done.connect(self._take)
        self._task.start()

    @Slot(object)
    def _take(self, found: tuple[Draw, QImage]) -> None:
        if self._task is not None:
            self._task.deleteLater()
            self._task = None
        drawn, image = found
        if drawn is self._draw:
            self._image = image
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._image.isNull():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._image, QRectF(self._image.rect()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._again.start()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            self._again.start()


def rendered(draw: Draw, inks: Inks, size: QSize, ratio: float) -> QImage:
    """A chart as an image of `size` logical pixels; runs on any thread."""
    with MATPLOTLIB:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(size.width() / DPI, size.height() / DPI), dpi=DPI * ratio, layout="constrained", facecolor="none")
        canvas = FigureCanvasAgg(figure)
        draw(figure, inks)
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        height, width = pixels.shape[:2]
        return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def style(axes: "Axes", inks: Inks) -> None:
    """Two quiet axes and nothing else."""
    axes.set_facecolor("none")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(inks.line)
    axes.tick_params(which="both", colors=inks.quiet, labelsize=inks.size, length=0, pad=5)
    axes.margins(x=0.02)


def best_so_far(story: tuple[Told, ...], words: tuple[str, str]) -> Draw:
    """The highest score on the board after each step, and the score of each proposal; `words` name the two axes."""
    steps = [one for one in story if one.status != "confirmed"]
    best = [(one.step, one.best) for one in steps if one.best is not None]
    tried = [(one.step, one.score) for one in steps if one.score is not None and one.step > 0]

    def draw(figure: "Figure", inks: Inks) -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.add_subplot()
        style(axes, inks)
        axes.step([x for x, _ in best], [y for _, y in best], where="post", color=inks.accent, linewidth=2, solid_joinstyle="round")
        axes.scatter([x for x, _ in tried], [y for _, y in tried], s=14, color=inks.faint, zorder=3, linewidths=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.grid(axis="y", color=inks.line, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel(words[0], color=inks.quiet, fontsize=inks.size)
        axes.set_ylabel(words[1], color=inks.quiet, fontsize=inks.size)

    return draw


def histogram(activity: Activity, pictures: FloatArray, others: FloatArray, words: dict[str, str]) -> Draw:
    """Photos as bars on a logarithmic scale of counts; below them, on the same axis, each picture as a mark."""
    values, pictures, others = activity.values, pictures[np.isfinite(pictures)], others[np.isfinite(others)]
    joined = np.concatenate([values, pictures, others])
    edges = np.linspace(joined.min(), joined.max() if joined.max() > joined.min() else joined.min() + 1, BINS + 1)

    def draw(figure: "Figure", inks: Inks) -> None:
        if len(pictures) or len(others):
            above, below = figure.subplots(2, sharex=True, gridspec_kw={"height_ratios": (4, 1), "hspace": 0.0})
            _draw_marks(below, pictures, others, words, inks)
        else:
            above = below = figure.add_subplot()
        style(above, inks)
        above.hist(values, edges, color=inks.faint, log=True, rwidth=0.88)
        above.set_ylim(bottom=0.7)
        above.set_ylabel(words["photos"], color=inks.quiet, fontsize=inks.size)
        above.yaxis.set_major_formatter("{x:.0f}")
        _mark(above, activity.stats.median, words["median"], inks)
        _mark(above, activity.stats.p99, words["p99"], inks)
        below.set_xlabel(words["activation"], color=inks.quiet, fontsize=inks.size)

    return draw


def _draw_marks(axes: "Axes", pictures: FloatArray, others: FloatArray, words: dict[str, str], inks: Inks) -> None:
    style(axes, inks)
    rows: list[tuple[float, FloatArray, dict[str, Any]]] = [
        (1.0, pictures, {"color": inks.accent, "s": 26}),
        (0.0, others, {"color": inks.faint, "s": 10}),
    ]
    for height, marks, how in rows:
        axes.scatter(marks, np.full(len(marks), height), linewidths=0, alpha=0.75, clip_on=False, **how)
    axes.set_ylim(-0.6, 1.6)
    axes.set_yticks([1.0, 0.0], [words["pictures"], words["others"]])
    axes.spines["left"].set_visible(False)


def _mark(axes: "Axes", place: float, name: str, inks: Inks) -> None:
    if np.isfinite(place):
        axes.axvline(place, color=inks.text, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.annotate(name, (place, 1), xycoords=("data", "axes fraction"), xytext=(0, 4), textcoords="offset points",
                      va="bottom", ha="left", color=inks.quiet, fontsize=inks.size)  # fmt: skip
