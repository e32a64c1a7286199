"""How far LINE comes with each iteration (LINE section 4.4, figure 5): the best score so far, and the step at which winners were found."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from rich.table import Table

from line_desktop.concepts import seed
from line_desktop.errors import UserError
from line_desktop.methods.confirmation import CONFIRMED, NOT_CONFIRMED
from line_desktop.scoreboard import Origin
from line_desktop.statistics import mean_interval, wilson
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Interval, ResultRow, RunRow, StepRow
from models.plural import count


class Course(msgspec.Struct, frozen=True):
    """One neuron: the best score on the board after each step from 0 (the start), and where the winner came from."""

    layer: str
    neuron: int
    label: str
    best: tuple[float, ...]
    found: int  # the step at which the label entered; 0: it was there from the start
    origin: Origin


class Step(msgspec.Struct, frozen=True):
    """All neurons after one step; step N + 1 is the summary, and N + 2 the confirmation where labels were first thought of then."""

    step: int
    gain: Interval | None  # mean of best / start over neurons whose start is above 0; None without any
    improved: Interval  # share of neurons whose best is above the start
    winners: int  # neurons whose label was found in this step
    origins: dict[str, int]  # of those


class Steps(msgspec.Struct, frozen=True):
    """The figures of `study steps`."""

    preset: str
    last: int  # the summary's step
    steps: list[Step]
    neurons: list[Course]
    counted: int  # neurons in `gain`
    from_summary: Interval  # share of the labels
    notes: list[str]

    def tables(self) -> Iterator[Table]:
        """A row for each step."""
        table = Table(title=f"{count(len(self.neurons), 'neuron')}, preset {self.preset}; 95 % intervals in brackets")
        for column in ("step", "best so far / start", "above the start", "winners found here", "from"):
            table.add_column(column, justify="left" if column == "from" else "right")
        for one in self.steps:
            gain = f"{one.gain.value:.3f} [{one.gain.low:.3f}, {one.gain.high:.3f}]" if one.gain else "–"
            origins = ", ".join(f"{origin} {count}" for origin, count in one.origins.items())
            share = f"{one.winners} ({one.winners / len(self.neurons):.0%})"
            table.add_row(self.name(one.step), gain, f"{one.improved.value:.0%}", share, origins)
        summary = self.from_summary
        table.caption = f"The summary gave {summary.value:.0%} of the labels [{summary.low:.0%}, {summary.high:.0%}]."
        yield table

    def name(self, step: int) -> str:
        """What a step is called."""
        return {0: "start", self.last: "summary", self.last + 1: "confirmation"}.get(step, str(step))


def steps_of(workspace: Desk) -> Steps:
    """The newest run of LINE with results, and those of other layers with the same settings. Raises UserError where there is none."""
    runs = [run for run in workspace.runs() if run.method == "line" and run.finished and "line" in run.settings]
    if not runs:
        raise UserError(f"The workspace {workspace.folder} has no labels by the method line: label some neurons first.")
    settings = runs[-1].settings["line"]
    chosen = {run.layer_id: run for run in runs if run.settings["line"] == settings}
    courses = [
        course(workspace.layer(run.layer_id).layer.name, result, workspace.steps(run.id, result.neuron))
        for run in chosen.values()
        for result in workspace.results(run.id)
        if result.status == "labelled"
    ]
    if not courses:
        raise UserError(f"No neuron of the newest run in {workspace.folder} has a label: label others first.")
    return summarised(courses, str(settings["preset"]), int(settings["steps"]) + 1, _others(runs, chosen))


def _others(runs: Sequence[RunRow], chosen: dict[int, RunRow]) -> list[str]:
    left = len({run.id for run in runs} - {run.id for run in chosen.values()})
    return [f"Not counted: {count(left, 'other run')} of LINE, with other settings or older."] if left else []


def course(layer: str, result: ResultRow, rows: Sequence[StepRow]) -> Course:
    """One labelled neuron's course; a step that was not needed leaves the best as it was."""
    best: list[float] = []
    found = 0
    origin: Origin = "start"
    for row in rows:
        if row.status not in (CONFIRMED, NOT_CONFIRMED):
            best += best[-1:] * (row.step - len(best))
            best.append(max(entry.score for entry in row.board))
        for entry in row.board:
            if entry.concept == result.label:
                found, origin = entry.step, entry.origin
    assert result.label is not None
    return Course(layer, result.neuron, result.label, tuple(best), found, origin)


def summarised(courses: Sequence[Course], preset: str, last: int, notes: list[str]) -> Steps:
    """All neurons together; `last`: the summary's step. A course that ended earlier stays at its last best."""
    best = np.array([[*one.best, *one.best[-1:] * (last + 1 - len(one.best))] for one in courses])  # (neurons, steps)
    start = best[:, 0]
    positive = start > 0
    steps = []
    for step in range(last + 1):
        gains = best[positive, step] / start[positive]
        origins = Counter(one.origin for one in courses if one.found == step)
        steps.append(
            Step(
                step, mean_interval(gains, seed("study", "steps")) if len(gains) else None,
                wilson(int((best[:, step] > start).sum()), len(courses)), origins.total(), dict(origins.most_common()),
            )
        )  # fmt: skip
    late = Counter(one.origin for one in courses if one.found > last)
    if late:
        steps.append(msgspec.structs.replace(steps[-1], step=last + 1, gain=None, winners=late.total(), origins=dict(late.most_common())))
    left = len(courses) - int(positive.sum())
    zero = [f"Left out of best / start: {count(left, 'neuron')} whose best start score is not above 0."] if left else []
    summary = wilson(sum(one.origin == "summary" for one in courses), len(courses))
    return Steps(preset, last, steps, list(courses), int(positive.sum()), summary, [*zero, *notes])
