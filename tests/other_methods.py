"""Labels by other methods in a study of neurons, as their jobs leave them behind."""

from collections.abc import Sequence

from line_desktop.bank import NO_PICTURES
from line_desktop.scoreboard import Entry
from line_desktop.store.rows import Answer, Json, ResultRow, StepRow
from line_desktop.store.workspace import Workspace

Told = tuple[str, str, Sequence[Entry]]  # concept, status, the board after it


def keep_labels(
    workspace: Workspace, method: str, neuron: int, told: Sequence[Told], settings: Json | None = None, best: Entry | None = None
) -> int:
    """Keep a finished run over one neuron of the first run's layer, labelled `best` or the first of the last board; returns its id."""
    first = workspace.runs()[0]
    no_pictures = workspace.settings_id(NO_PICTURES, 0, 0)
    run = workspace.begin_run(first.layer_id, first.survey_id, no_pictures, method, [neuron], settings or {"neuron": neuron}, {}, "fake")
    steps = tuple(
        StepRow(neuron, number, concept, board[0].score, board[0].origin, status, "", (), "", tuple(board), {})
        for number, (concept, status, board) in enumerate(told)
    )
    best = best or told[-1][2][0]
    result = ResultRow(neuron, "labelled", best.concept, best.score, best.origin)
    workspace.save_answers(run, [Answer(neuron, 0, "depict", b"", steps)], [result])
    workspace.end_run(run, "finished")
    return run


def entry(concept: str, score: float) -> Entry:
    """A concept of a list, with its score."""
    return Entry(concept, score, 0.0, 0, "list")
