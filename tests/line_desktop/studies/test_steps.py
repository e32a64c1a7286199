"""`study steps`: the course of the best score and the winners, from steps written by hand."""

from pathlib import Path

import pytest
from study_bench import Bench

from line_desktop.methods.line import Settings
from line_desktop.scoreboard import Entry, Origin
from line_desktop.store.rows import ResultRow, StepRow
from line_desktop.studies.plot import plot
from line_desktop.studies.steps import Course, course, summarised


def row(step: int, board: dict[str, float], status: str = "scored", entered: dict[str, tuple[int, Origin]] | None = None) -> StepRow:
    entries = tuple(Entry(name, score, 0.1, *(entered or {}).get(name, (0, "start"))) for name, score in board.items())
    return StepRow(3, step, "x", None, "generated", status, "", (), "", entries, {})


ROWS = [
    row(0, {"cat": 2.0, "dog": 1.0}),
    row(1, {"cat": 2.0, "fur": 1.5}, entered={"fur": (1, "generated")}),
    row(2, {"paw": 3.0, "cat": 2.0}, entered={"paw": (2, "bank")}),
    row(3, {"paw": 3.0, "whisker": 4.0}, entered={"paw": (2, "bank"), "whisker": (3, "summary")}),
    row(4, {"paw": 9.0, "whisker": 1.0}, "confirmed", {"paw": (2, "bank"), "whisker": (3, "summary")}),
]


def test_the_best_so_far_and_where_the_label_came_from() -> None:
    """The confirmation draws other pictures: it decides the label and is no step of the course."""
    found = course("pool", ResultRow(3, "labelled", "paw", 9.0, "bank"), ROWS)
    assert found == Course("pool", 3, "paw", (2.0, 2.0, 3.0, 4.0), 2, "bank")


def test_a_step_that_was_not_needed_leaves_the_best_as_it_was() -> None:
    found = course("pool", ResultRow(3, "labelled", "whisker", 4.0, "summary"), [ROWS[0], ROWS[3]])
    assert found.best == (2.0, 2.0, 2.0, 4.0)
    assert (found.found, found.origin) == (3, "summary")


def courses() -> list[Course]:
    return [
        Course("a", 0, "x", (1.0, 1.0, 2.0), 2, "summary"),
        Course("a", 1, "y", (2.0, 4.0, 4.0), 1, "generated"),
        Course("a", 2, "z", (1.0, 1.0, 1.0), 0, "start"),
        Course("a", 3, "w", (-1.0, 5.0), 1, "bank"),
    ]


def test_all_neurons_together() -> None:
    found = summarised(courses(), "line", 2, [])
    assert [one.gain.value for one in found.steps if one.gain] == pytest.approx([1, (1 + 2 + 1) / 3, (2 + 2 + 1) / 3])
    assert [one.improved.value for one in found.steps] == [0, 0.5, 0.75]
    assert [one.origins for one in found.steps] == [{"start": 1}, {"generated": 1, "bank": 1}, {"summary": 1}]
    assert sum(one.winners for one in found.steps) == 4
    assert found.from_summary.value == 0.25
    assert found.counted == 3
    assert "1 neuron whose" in found.notes[0]


def test_labels_that_were_first_thought_of_at_the_confirmation_have_a_row_of_their_own(tmp_path: Path) -> None:
    found = summarised([*courses(), Course("a", 4, "v", (1.0, 1.0, 1.0), 3, "broader")], "line", 2, [])
    assert [found.name(one.step) for one in found.steps] == ["start", "1", "summary", "confirmation"]
    assert (found.steps[-1].winners, found.steps[-1].origins, found.steps[-1].gain) == (1, {"broader": 1}, None)
    assert sum(one.winners for one in found.steps) == 5
    plot(found, tmp_path / "steps.svg")
    assert b"confirmation" in (tmp_path / "steps.svg").read_bytes()


def test_without_a_start_above_zero_there_is_no_gain(tmp_path: Path) -> None:
    found = summarised([Course("a", 0, "x", (0.0, 1.0), 1, "generated")], "paper", 1, [])
    assert [one.gain for one in found.steps] == [None, None]
    plot(found, tmp_path / "steps.svg")
    assert b"summary" in (tmp_path / "steps.svg").read_bytes()
    assert next(iter(found.tables())).row_count == 2


def test_the_course_of_a_real_run_never_falls(tmp_path: Path) -> None:
    """The best is never removed from a board (LINE section 3.2)."""
    bench = Bench(tmp_path / "workspace", Settings(steps=4))
    bench.run([0, 2])
    results = [one for one in bench.workspace.results(bench.run_id) if one.status == "labelled"]
    found = [course("pool", one, bench.workspace.steps(bench.run_id, one.neuron)) for one in results]
    bench.workspace.close()
    assert [one.neuron for one in found] == [0, 2]
    for one in found:
        assert len(one.best) <= 6  # the start, four steps, the summary
        assert list(one.best) == sorted(one.best)
