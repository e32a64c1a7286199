"""A session, a runner whose workers play parts, and the panel."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from line_desktop.store.desk import Desk
from ui.gallery.thumbs import Thumbs
from ui.jobs import worker
from ui.jobs.panel import JobPanel
from ui.jobs.runner import JobRunner
from ui.session import Session

FAKE = (sys.executable, "-P", str(Path(__file__).with_name("fake_worker.py")))


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`play(part)`: what the next worker does."""
    monkeypatch.setattr(worker, "COMMAND", FAKE)

    def choose(part: str) -> None:
        (tmp_path / "w").mkdir(exist_ok=True)
        (tmp_path / "w" / "part.txt").write_text(part)

    choose("quick")
    return choose


@pytest.fixture
def runner(session: Session, play: Callable[[str], None]) -> Iterator[JobRunner]:
    """Whose processes are gone when the test ends."""
    made = JobRunner(session)
    yield made
    for process in made.findChildren(worker.Worker):
        process.kill()
        process.waitForFinished(5000)


@pytest.fixture
def desk(session: Session, runner: JobRunner, tmp_path: Path) -> Desk:
    """The open workspace, without jobs."""
    Desk.open(tmp_path / "w", create=True).close()
    session.open(tmp_path / "w")
    assert session.desk is not None
    return session.desk


@pytest.fixture
def panel(session: Session, runner: JobRunner, until: Callable[..., None]) -> Iterator[JobPanel]:
    """The panel, shown and listening to keys."""
    thumbs = Thumbs()
    made = JobPanel(session, runner, thumbs)
    made.resize(1200, 300)
    made.show()
    made.activateWindow()
    until(made.isActiveWindow)
    yield made
    thumbs.stop()
