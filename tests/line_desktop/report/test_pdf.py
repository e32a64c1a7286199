"""The report as a PDF: what can be read back from it, equal bytes from equal data, and what it says when it cannot be written."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from neuron_study import NeuronStudy, neuron_study

from line_desktop.cli import run
from line_desktop.errors import CannotWrite, DiskFull
from line_desktop.report import compiler
from line_desktop.report.content import Report
from line_desktop.report.gather import gather
from line_desktop.report.pdf import put_in_place, write_pdf
from line_desktop.report.sheet import volumes
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Evidence, Filter, Interval
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings

HOSTILE = '*x* #evil[ $x$ <b> <img src="/etc/passwd"> = @n1 \\u{41}'
HEBREW, SCRIPTS, RARE = "שלום", "日本語 한국어 ไทย 🦓", "\U00012000"
LONG = "w" * 50_000
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> NeuronStudy:
    """Three labelled neurons, of which people said hostile things."""
    made = neuron_study(tmp_path_factory.mktemp("report"))
    desk = made.desk()
    for number, (label, note) in enumerate(((HOSTILE, LONG), (HEBREW, f"{SCRIPTS} {RARE}"), ("a\x1b[2J\u202eb", "= no heading"))):
        desk.set_human_word(desk.neuron_id(desk.layer_counts()[0].layer_id, number), label, note)
    desk.close()
    return made


@pytest.fixture
def desk(study: NeuronStudy) -> Iterator[Desk]:
    opened = study.desk()
    yield opened
    opened.close()


def content(desk: Desk, count: int | None = None) -> Report:
    return gather(desk, desk.neuron_ids(Filter(statuses=("labelled",)))[:count].tolist(), "all of them", "full")


def text_of(file: Path) -> str:
    """The text as a reader copies it out, without line ends and the places where lines may end."""
    found = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, check=True).stdout.decode()
    return found.replace("\n", "").replace("\u200b", "")


@needs_pdftotext
def test_whatever_a_label_says_comes_out_literally(desk: Desk, tmp_path: Path) -> None:
    written = write_pdf(content(desk), tmp_path / "r.pdf")
    text = text_of(tmp_path / "r.pdf")
    assert HOSTILE.replace(" ", "") in text.replace(" ", "")
    assert text.count("w") >= len(LONG)
    assert HEBREW in text
    assert SCRIPTS.replace(" ", "") in text.replace(" ", "")
    assert "a\\x1b[2J\\u202eb" in text
    assert "⟨U+12000⟩" in text
    assert [one[:2] for one in written.glyphs] == [("U+12000", "CUNEIFORM SIGN A")]
    assert "CUNEIFORM SIGN A" in text
    data = (tmp_path / "r.pdf").read_bytes()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert b"<pdfaid:part>2</pdfaid:part>" in data
    assert b"/StructTreeRoot" in data
    assert b"/Outlines" in data


@needs_pdftotext
def test_every_step_and_board_entry_stands_on_its_neurons_page(desk: Desk, tmp_path: Path) -> None:
    report = content(desk)
    write_pdf(report, tmp_path / "r.pdf", "letter")
    text = text_of(tmp_path / "r.pdf")
    for one in report.neurons:
        assert one.label
        assert f"{one.label} {one.layer} · {one.neuron}".replace(" ", "") in text.replace(" ", "")
        for row in one.board:
            assert f"{row.concept} {row.score:.3f} {row.error:.3f} {row.origin}" in text
        for step in one.steps:
            assert step.prompt_sha256[:8] in text
    assert report.targets[0].sha256 in text


@needs_pdftotext
def test_evidence_stands_on_the_page_with_its_intervals(study: NeuronStudy, tmp_path: Path) -> None:
    copy = tmp_path / "workspace"
    shutil.copytree(study.folder, copy)
    with Workspace.open(copy) as workspace:
        claim = workspace.claims()[0]
        wide = Interval(0.9375, 0.8125, 1.0)
        found = Evidence(
            neuron_id=claim.neuron_id, label=claim.label, verdict="weak", sentence="It is weak because of this.", rule="a rule", auc=wide,
            auc_strict=0.9, mad=Interval(1.5, 1.25, 2.0), u=12.0, p=0.03125, activation_rate=wide, threshold=1.0, photos=None,
            pictures=("0" * 64,) * 3, activations=(1.0,) * 3, control=19, survey_id=1, source=PictureSettings("fake", "1", {}), seed=0,
            made="2026-01-01T00:00:00Z",
        )  # fmt: skip
        workspace.save_evidence([found])
    desk = Desk.open(copy)
    report = content(desk)
    desk.close()
    write_pdf(report, tmp_path / "r.pdf")
    text = text_of(tmp_path / "r.pdf")
    assert report.verdicts == {"weak": 1}
    for said in ("It is weak because of this.", "0.938", "0.812 to 1.000", "1.500", "1.250 to 2.000", "0.031", "3 pictures, 19 photos"):
        assert said in text


def test_equal_data_gives_equal_bytes_in_another_folder(desk: Desk, study: NeuronStudy, tmp_path: Path) -> None:
    first, second = tmp_path / "one.pdf", tmp_path / "deep" / "er" / "two.pdf"
    second.parent.mkdir(parents=True)
    write_pdf(content(desk, 1), first)
    copy = tmp_path / "elsewhere" / study.folder.name
    shutil.copytree(study.folder, copy)
    moved = Desk.open(copy)
    write_pdf(content(moved, 1), second)
    moved.close()
    assert first.read_bytes() == second.read_bytes()


@needs_pdftotext
def test_a_picture_that_is_gone_is_named_and_the_report_is_made(study: NeuronStudy, tmp_path: Path) -> None:
    copy = tmp_path / "workspace"
    shutil.copytree(study.folder, copy)
    shutil.rmtree(copy / "objects")
    desk = Desk.open(copy)
    try:
        report = content(desk, 1)
        top = report.neurons[0].top[0].path
        hidden = top.with_name("hidden")
        top.rename(hidden)
        try:
            written = write_pdf(report, tmp_path / "r.pdf")
        finally:
            hidden.rename(top)
    finally:
        desk.close()
    assert report.neurons[0].pictures_lost > 0
    text = text_of(tmp_path / "r.pdf")
    assert f"{report.neurons[0].pictures_lost} pictures of the label missing from the store." in text
    assert len(written.lost) == 1
    assert top.name in written.lost[0]
    assert written.lost[0].replace(" ", "") in text.replace(" ", "")


def test_a_long_report_is_cut_into_volumes_that_hold_every_neuron_once(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("line_desktop.report.volumes.EACH", {"full": 2, "summary": 2})
    report = content(desk)
    parts = volumes(report)
    assert [(one.first, one.end) for one in parts] == [(0, 2), (2, 4)]
    written = write_pdf(report, tmp_path / "r.pdf")
    assert [file.name for file in written.files] == ["r.pdf", "r-2.pdf"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["r-2.pdf", "r.pdf"]


def test_a_full_disk_leaves_the_old_file(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "r.pdf"
    old.write_bytes(b"old")
    work = compiler.Work(tmp_path / "work", {}, Path("/dev/full"), 0)
    work.folder.mkdir()
    monkeypatch.setattr(compiler, "compile_pages", lambda work: [b"x" * 100_000])
    with pytest.raises(DiskFull, match="is full"):
        compiler.run(work)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFull, match="is full"):
        write_pdf(content(desk, 1), old)
    assert old.read_bytes() == b"old"
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_a_child_that_is_killed_is_said_in_words_and_the_old_file_stays(desk: Desk, tmp_path: Path) -> None:
    old = tmp_path / "r.pdf"
    old.write_bytes(b"old")
    children = Path("/proc/self/task") / str(os.getpid()) / "children"
    if not children.exists():
        pytest.skip("the kernel does not list children")

    def kill(_: object) -> None:
        for pid in children.read_text().split():
            os.kill(int(pid), 9)

    with pytest.raises(CannotWrite, match=r"signal 9.*fewer neurons"):
        write_pdf(content(desk, 1), old, tell=kill)
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


def test_places_that_take_no_file_are_refused_before_any_work(
    study: NeuronStudy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.pdf").mkdir()
    for place, said in ((tmp_path / "folder.pdf", "is a folder"), (tmp_path / "none" / "r.pdf", "There is no folder")):
        assert run(["report", str(study.folder), str(place)]) == 2
        assert said in capsys.readouterr().err
    if os.geteuid():
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        assert run(["report", str(study.folder), str(closed / "r.pdf")]) == 2
        assert "cannot be written to" in capsys.readouterr().err


def test_a_file_that_cannot_be_replaced_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"new")
    (tmp_path / "r.pdf" / "held").mkdir(parents=True)  # what refuses to be replaced, as an open file does on Windows
    with pytest.raises(CannotWrite, match="another program has it open"):
        put_in_place(tmp_path / "part", tmp_path / "r.pdf")
