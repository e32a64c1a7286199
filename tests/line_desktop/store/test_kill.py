"""SIGKILL at random moments: the workspace opens, is whole, has every picture, and nothing that was kept is gone."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from line_desktop.store.workspace import Workspace

WRITER = Path(__file__).with_name("wave_writer.py")
KILLS = 22


def write_until_killed(folder: Path, seconds: float, waves: int | None) -> None:
    """Let the writer work for a while, counted from its start or from when it has written so many waves, and kill it."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, str(WRITER), str(folder)], stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdout is not None
        if waves is not None:
            assert [writer.stdout.readline() for _ in range(1 + waves)] == [b"open\n", *[b"wave\n"] * waves]
        time.sleep(seconds)
        assert writer.poll() is None, "the writer ended by itself"
        writer.kill()


def counts(workspace: Workspace) -> dict[str, int]:
    """How much is kept of each kind."""
    tables = ("targets", "layers", "concepts", "pictures", "bank_means", "prompts", "sessions", "answers", "steps", "results")
    rows = {table: workspace.one(f"SELECT count(*) FROM {table}")[0] for table in tables}
    return rows | {"survey rows": workspace.one("SELECT ifnull(sum(rows_done), 0) FROM surveys")[0]}


def test_killed_at_random_moments_nothing_is_lost(folder):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    before: dict[str, int] = {}
    for kill in range(KILLS):
        if kill % 5 == 0:  # while it imports, creates, migrates, opens
            write_until_killed(folder, moments.uniform(0, 0.5), None)
        else:
            write_until_killed(folder, moments.uniform(0, 0.2), kill % 5 - 1)
        with Workspace.open(folder) as workspace:
            assert workspace.check(deep=True) == []
            now = counts(workspace)
            assert all(now[kind] >= before[kind] for kind in before)
            assert now["answers"] == now["steps"]
            assert all(run.state == "interrupted" for run in workspace.runs())
            for number in (row[0] for row in workspace.rows("SELECT id FROM surveys")):
                survey = workspace.survey(number)
                assert np.all(workspace.survey_activations(number)[: survey.rows_done] > 0)
            before = now
    assert before["answers"] > 0
    assert before["survey rows"] > 0
