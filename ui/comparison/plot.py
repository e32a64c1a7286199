"""The plot of a comparison in the colours of the window: a panel for each metric, a point with its interval for each method."""

from typing import TYPE_CHECKING, Final

import numpy as np

from line_desktop.compare import Comparison
from ui.neuron.charts import Draw, Inks, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS: Final = 4  # panels in a row
PANEL: Final = 200  # height of a row of panels


def rows_of(found: Comparison) -> int:
    """Rows of panels."""
    return -(-len(found.metrics) // ACROSS)


def panels(found: Comparison) -> Draw:
    """Thin lines are single neurons."""
    methods = [one.method for one in found.methods]

    def draw(figure: "Figure", inks: Inks) -> None:
        from matplotlib.ticker import MaxNLocator

        places = np.arange(len(methods))
        made = figure.subplots(rows_of(found), min(ACROSS, len(found.metrics)), squeeze=False).ravel()
        for axes, metric in zip(made, found.metrics, strict=False):
            style(axes, inks)
            values = np.array([metric.values[method] for method in methods])
            axes.plot(places, values, color=inks.faint, linewidth=0.6, alpha=max(0.08, min(0.5, 8 / values.shape[1])))
            for place, method in enumerate(methods):
                mean = metric.means[method]
                axes.plot([place, place], [mean.low, mean.high], color=inks.accent, linewidth=2.4, solid_capstyle="round", zorder=3)
                axes.plot([place], [mean.value], "o", color=inks.accent, markersize=6, zorder=4)
            axes.set_title(metric.name, loc="left", fontsize=inks.size, color=inks.text)
            axes.set_xticks(places, methods, rotation=20, ha="right", rotation_mode="anchor")
            axes.set_xlim(-0.4, len(methods) - 0.6)
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.grid(axis="y", color=inks.line, linewidth=0.6)
            axes.set_axisbelow(True)
        for axes in made[len(found.metrics) :]:
            axes.set_visible(False)

    return draw
