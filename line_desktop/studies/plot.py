"""The studies as pictures: the course of the best score with the steps of the winners, and boxes of each variant's numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from line_desktop.comparison_plot import COLOURS, FAINT, FONT, INK, LINE, METADATA, refuse_ending
from line_desktop.console import plain
from line_desktop.interchange.files import replacing
from line_desktop.studies.steps import Steps
from line_desktop.studies.variants import Contrast, Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot(found: Steps | Contrast, file: Path) -> None:
    """Draw a study into a PNG, SVG or PDF file, by its ending. Raises UserError for another ending, CannotWrite, DiskFull."""
    panels = 2 if isinstance(found, Steps) else len(found.metrics)
    with _figure(file, panels) as figure:
        axes = list(figure.subplots(1, panels, squeeze=False).ravel())
        if isinstance(found, Steps):
            _course(axes[0], found)
            _winners(axes[1], found)
            every = -(-len(found.steps) // 12)
            shown = [0, *range(every, len(found.steps) - 1, every), len(found.steps) - 1]
            for one in axes:
                one.set_xticks(shown, [found.name(step) for step in shown])
        else:
            for one, metric in zip(axes, found.metrics, strict=True):
                _boxes(one, metric)
        for one in axes:
            one.grid(axis="y", color=FAINT, linewidth=0.6)
            one.set_axisbelow(True)
            one.tick_params(length=0, colors=INK)
            one.spines[:].set_visible(False)


@contextmanager
def _figure(file: Path, panels: int) -> Iterator["Figure"]:
    """A figure that is written to the file when the block ends well."""
    refuse_ending(file)
    import matplotlib  # its import takes half a second, which other commands are spared
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(FONT), replacing(file) as stream:
        figure = Figure(figsize=(4.2 * panels, 3.2), dpi=160, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        figure.savefig(stream, format=file.suffix.lower()[1:], metadata=METADATA[file.suffix.lower()], facecolor="white")


def _course(axes: "Axes", found: Steps) -> None:
    """Best so far over the start, with its interval."""
    gains = [(one.step, one.gain) for one in found.steps if one.gain]
    steps = [step for step, _ in gains]
    axes.fill_between(steps, [gain.low for _, gain in gains], [gain.high for _, gain in gains], color=COLOURS[0], alpha=0.2, linewidth=0)
    axes.plot(steps, [gain.value for _, gain in gains], "o-", color=COLOURS[0], markersize=3, linewidth=1.5)
    axes.set_title(f"best score so far / start  (n = {found.counted})", loc="left", fontsize=9, color=INK)


def _winners(axes: "Axes", found: Steps) -> None:
    """At which step the labels were found, by origin."""
    below = np.zeros(len(found.steps))
    for place, origin in enumerate(dict.fromkeys(origin for one in found.steps for origin in one.origins)):
        heights = np.array([one.origins.get(origin, 0) / len(found.neurons) for one in found.steps])
        axes.bar(range(len(heights)), heights, bottom=below, color=COLOURS[place % len(COLOURS)], width=0.8, label=origin)
        below += heights
    axes.set_title("share of winners found at each step", loc="left", fontsize=9, color=INK)
    axes.legend(frameon=False, fontsize=8)


def _boxes(axes: "Axes", metric: Metric) -> None:
    """Each variant's numbers: box, and a thin line for each neuron."""
    columns = [np.array(column) for column in metric.values.values()]
    places = np.arange(1, len(columns) + 1)
    axes.plot(places, np.array(columns), color=LINE, linewidth=0.6, alpha=max(0.08, min(0.5, 8 / metric.neurons)), zorder=1)
    axes.boxplot(columns, positions=places, widths=0.5, medianprops={"color": COLOURS[1]}, showfliers=False)
    axes.set_title(f"{metric.name}  (n = {metric.neurons})", loc="left", fontsize=9, color=INK)
    axes.set_xticks(places, [plain(name)[-24:] for name in metric.values], rotation=20, ha="right", rotation_mode="anchor")
