"""The comparison as a picture: a panel for each metric, a point with its interval for each method, a thin line for each neuron."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from line_desktop.compare import Comparison, Metric
from line_desktop.console import plain
from line_desktop.errors import UserError
from line_desktop.interchange.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#8c6bb1",
    "#595959",
)  # Okabe and Ito; told apart by all
INK, FAINT, LINE = "#24292f", "#d8dee4", "#8c959f"
CHANCE: Final = {"AUC": 0.5, "MAD": 0.0, "activation rate": 0.01, "correlation": 0.0}  # what a label with no truth in it gets
ACROSS: Final = 4  # panels in a row
METADATA: Final[dict[str, dict[str, Any]]] = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
FONT: Final[Any] = {"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "line-desktop", "pdf.fonttype": 42, "text.parse_math": False}


def refuse_ending(file: Path) -> None:
    """Raises UserError for a name that does not say what to draw."""
    if file.suffix.lower() not in METADATA:
        raise UserError(f"{file.name} does not say what to draw: end the name in {', '.join(METADATA)}.")


def plot(found: Comparison, file: Path) -> None:
    """Draw the metrics into a PNG, SVG or PDF file, by its ending; the same comparison gives the same bytes.

    Raises UserError for another ending or where there is nothing to draw, CannotWrite, DiskFull.
    """
    refuse_ending(file)
    if not found.metrics:
        raise UserError("There is nothing to plot: no neuron has evidence for the labels of all methods.")
    import matplotlib  # its import takes half a second, which other commands are spared
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    methods = [one.method for one in found.methods]
    across = min(ACROSS, len(found.metrics))
    down = -(-len(found.metrics) // across)
    with matplotlib.rc_context(FONT), replacing(file) as stream:
        figure = Figure(figsize=(across * (1.1 + 0.42 * len(methods)) + 0.4, 2.7 * down + 0.5), dpi=160, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(down, across, squeeze=False).ravel()
        for axes, metric in zip(panels, found.metrics, strict=False):
            _panel(axes, metric, methods)
        for axes in panels[len(found.metrics) :]:
            axes.set_visible(False)
        figure.suptitle(_title(found), x=0.01, ha="left", fontsize=9, color=INK)
        figure.savefig(stream, format=file.suffix.lower()[1:], metadata=METADATA[file.suffix.lower()], facecolor="white")


def _title(found: Comparison) -> str:
    return f"{len(found.methods)} methods, the same neurons. Points: means with 95 % intervals. Thin lines: neurons. Dashed: chance."


def _panel(axes: "Axes", metric: Metric, methods: list[str]) -> None:
    places = np.arange(len(methods))
    values = np.array([metric.values[method] for method in methods])  # (methods, neurons)
    axes.plot(places, values, color=LINE, linewidth=0.6, alpha=max(0.08, min(0.5, 8 / values.shape[1])), zorder=1)
    if metric.name in CHANCE:
        axes.axhline(CHANCE[metric.name], color=INK, linewidth=0.7, linestyle=(0, (3, 3)), zorder=0)
    for place, method in enumerate(methods):
        mean, colour = metric.means[method], COLOURS[place % len(COLOURS)]
        axes.plot([place, place], [mean.low, mean.high], color=colour, linewidth=2.2, solid_capstyle="round", zorder=3)
        axes.plot([place], [mean.value], "o", color=colour, markersize=6, markeredgecolor="white", markeredgewidth=1, zorder=4)
        axes.annotate(
            f"{mean.value:.2f}", (place, mean.value), (6, 0), textcoords="offset points", va="center", fontsize=8, color=INK, zorder=5,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75},
        )  # fmt: skip
    axes.set_title(f"{metric.name}  (n = {len(metric.neurons)})", loc="left", fontsize=9, color=INK)
    axes.set_xticks(places, [plain(method) for method in methods], rotation=30, ha="right", rotation_mode="anchor")
    axes.set_xlim(-0.4, len(methods) - 0.25)
    axes.tick_params(length=0, colors=INK)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
