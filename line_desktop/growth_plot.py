"""How a job grows, as a picture: a panel for each part, a bar for each size, the stages one above the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from line_desktop.comparison_plot import COLOURS, FAINT, FONT, INK, METADATA, refuse_ending
from line_desktop.errors import UserError
from line_desktop.growth_bench import Growth, Part, Row
from line_desktop.interchange.files import replacing
from line_desktop.stopwatch import OPENING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXES: Final[dict[Part, tuple[str, str]]] = {
    "neurons": ("neurons of the layer", "s a neuron, labelling"),
    "concepts": ("concepts in the bank", "s a neuron, labelling"),
    "photos": ("probe photos", "ms a photo, before the first neuron"),
}

OTHERS: Final = "everything else"


def plot(found: Growth, file: Path) -> None:
    """Draw the seconds on the wall into a PNG, SVG or PDF file, by its ending; the same figures give the same bytes.

    Raises UserError for another ending or where there is nothing to draw, CannotWrite, DiskFull.
    """
    refuse_ending(file)
    if not found.rows:
        raise UserError("There is nothing to plot: give sizes to measure.")
    import matplotlib  # its import takes half a second, which other commands are spared
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    parts = list(dict.fromkeys(row.part for row in found.rows))
    stages = [*largest(found.rows), OTHERS]
    bars = [sum(row.part == part for row in found.rows) for part in parts]
    with matplotlib.rc_context(FONT), replacing(file) as stream:
        figure = Figure(figsize=(0.75 * sum(bars) + 1.2 * len(parts) + 2, 3.4), dpi=160, layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, len(parts), squeeze=False, width_ratios=bars)[0]
        for axes, part in zip(panels, parts, strict=True):
            _panel(axes, part, [row for row in found.rows if row.part == part], stages)
        handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside right center", frameon=False, fontsize=8, reverse=True)
        figure.savefig(stream, format=file.suffix.lower()[1:], metadata=METADATA[file.suffix.lower()], facecolor="white")


def height_of(stage: str, stages: Sequence[str], drawn: dict[str, float]) -> float:
    """The height of a stage, or of all that have no place of their own."""
    return drawn.get(stage, 0.0) if stage != OTHERS else sum(height for name, height in drawn.items() if name not in stages)


def heights(row: Row) -> dict[str, float]:
    """What is drawn of a row, by stage: of photos what is done once for each of them, else what is done for each neuron."""
    if row.part == "photos":
        return {stage: 1000 * spent.wall / row.size for stage, spent in row.preparing.items() if stage != OPENING}
    return {stage: spent.wall / row.neurons for stage, spent in row.labelling.items() if stage != OPENING}


def largest(rows: Sequence[Row]) -> list[str]:
    """The stages that have a colour of their own, as many as there are colours besides that of the others: by their largest share."""
    shares: dict[str, float] = {}
    for row in rows:
        seconds = heights(row)
        for stage, height in seconds.items():
            shares[stage] = max(shares.get(stage, 0.0), height / sum(seconds.values()))
    return sorted(shares, key=lambda stage: -shares[stage])[: len(COLOURS) - 1]


def _panel(axes: "Axes", part: Part, rows: Sequence[Row], stages: Sequence[str]) -> None:
    names = [f"{row.size:,}\n{row.preset}" for row in rows]
    below = [0.0] * len(rows)
    for number, stage in enumerate(stages):
        values = [height_of(stage, stages, heights(row)) for row in rows]
        if any(values):
            colour = COLOURS[-1] if stage == OTHERS else COLOURS[number]
            axes.bar(range(len(rows)), values, 0.7, below, color=colour, label=stage, zorder=2)
            below = [low + value for low, value in zip(below, values, strict=True)]
    across, upwards = AXES[part]
    axes.set_xticks(range(len(rows)), names)
    axes.set_xlabel(across, color=INK)
    axes.set_title(upwards, loc="left", fontsize=9, color=INK)
    axes.tick_params(length=0, colors=INK)
    axes.grid(axis="y", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
