"""What a person sees: harmless names, lengths of time, a bounded list of broken photos, the live table in a terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from line_desktop.console import NAMED, LiveTable, Remaining, duration, how_far, plain, top_photos
from line_desktop.document import ActivityPart, PhotoPart
from line_desktop.events import NeuronEvent, Note, Surveyed
from line_desktop.methods.asking import Labelled, Provisional, StepDone
from line_desktop.scoreboard import Entry
from models.types.shared import Progress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "about 1 s"), (59.2, "about 59 s"), (61, "about 1 min"), (3599, "about 1 h 00 min"), (11_400, "about 3 h 10 min")],
)
def test_lengths_of_time(seconds, words):
    assert duration(seconds) == words


def test_how_far_an_engine_is():
    assert how_far(Progress('drawing "red cat", 2 of 5 pictures', 12, 25, "steps")) == 'drawing "red cat", 2 of 5 pictures: 12 of 25 steps'
    assert how_far(Progress("loading sdxl", 0, 0, "")) == "loading sdxl"


def test_a_foreign_name_cannot_move_the_cursor():
    assert plain("cat\x1b[2J\u202etxt\n") == "cat\\x1b[2J\\u202etxt\\n"
    assert plain("chat · 猫") == "chat · 猫"


def test_broken_photos_are_named_up_to_a_number(capsys):
    broken = {f"{number}.png": "it is\x1b broken" for number in range(NAMED + 4)}
    LiveTable().show(Surveyed({}, 100, broken))
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "14 of 100 photos could not be read; left out:"
    assert said[1] == "  0.png: it is\\x1b broken"
    assert len(said) == NAMED + 2
    assert said[-1] == "  … and 4 more, all named in the workspace."


def test_long_lines_stay_whole_where_there_is_no_terminal(capsys):
    LiveTable().show(Note("word " * 100))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_neuron_that_waits_for_its_confirmation_is_a_line_too(capsys):
    best = Entry("red fruit", 0.9, 0.1, 2, "generated")
    table = LiveTable()
    for event in (Provisional(best), Labelled(best, (best,))):
        table.show(NeuronEvent("pool", 3, event, False))
    said = capsys.readouterr().err.splitlines()
    assert said == ["pool · 3: red fruit (0.900, not confirmed yet)", "pool · 3: red fruit (0.900, generated)"]


def test_a_step_before_anything_is_on_the_board_is_shown_too(capsys):
    told = StepDone(0, "", None, "caption", "skipped: no answer", "", (), "", ())
    LiveTable().show(NeuronEvent("pool", 0, told, False))
    assert "Traceback" not in capsys.readouterr().err


def test_nothing_is_left_when_all_steps_are_done():
    remaining = Remaining(7)
    remaining.pass_over(2)
    for _ in range(4):
        remaining.step()
    assert remaining.text() == "measuring the time"
    remaining.step()
    assert remaining.left == 0
    assert remaining.text() == "about 1 s left"


def test_top_photos_are_counted_by_class_or_named_by_file():
    photos = [PhotoPart(f"{name}/{number}.png", name, 1.0) for number, name in enumerate(["cat", "dog", "cat", "cat", "car", "tree"])]
    assert top_photos(ActivityPart(0, "ok", 0, 0, 0, 0, photos)) == "cat ×3, dog, car"
    assert top_photos(ActivityPart(0, "ok", 0, 0, 0, 0, [PhotoPart("1.png", None, 1.0)])) == "1.png"


TERMINAL = """
from line_desktop.console import LiveTable
from line_desktop.events import NeuronEvent, Planned, RunStarted
from line_desktop.methods.asking import Labelled, StepDone
from line_desktop.scoreboard import Entry

def told(neuron, event):
    return NeuronEvent("stage[1]", neuron, event, False)

board = (Entry("red fruit", 0.9, 0.1, 2, "generated"), Entry("cat", 0.5, 0.1, 0, "start"))
with LiveTable() as table:
    table.show(Planned({"stage[1]": (3, 5)}, 10))
    table.show(RunStarted(1, "stage[1]", (3, 5)))
    table.show(told(5, StepDone(2, "red fruit", 0.9, "generated", "scored", "", (), "", board)))
    table.show(told(3, StepDone(1, "justice", None, "generated", "skipped: cannot be depicted", "", (), "", board)))
    table._live.refresh()
    table.show(told(3, Labelled(board[0], board)))
"""


def read(terminal: int) -> bytes:
    """What a pseudo-terminal shows next; nothing when its last program has ended, which Linux calls an error."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_the_live_table_in_a_terminal():
    import pty

    outer, inner = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40", "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", TERMINAL], stderr=inner, env=environment) as process:
        os.close(inner)
        said = b"".join(iter(lambda: read(outer), b""))
    os.close(outer)
    assert process.returncode == 0
    shown = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", said.decode())
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "layer neuron step concept score best so far" in rows
    assert any(re.fullmatch(r"stage\[1\] 3 1 of \d+ skipped: cannot be depicted red fruit 0\.900", row) for row in rows)
    assert "Naming 2 neurons of stage[1] · measuring the time" in rows
    assert "stage[1] · 3: red fruit (0.900, generated)" in rows
