"""Facets, causal checks and ablations in the report: counted in its summary, told with their numbers on the neuron's page."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from kept_interventions import ablation, causal_check
from neuron_study import neuron_study

from line_desktop.methods.line import Settings
from line_desktop.report.content import Report
from line_desktop.report.gather import gather
from line_desktop.report.html import write_html
from line_desktop.report.pdf import write_pdf
from line_desktop.scoreboard import Entry
from line_desktop.store.desk import Desk
from line_desktop.store.evidence import ALL
from line_desktop.store.rows import Answer, Evidence, Filter, Interval, ResultRow, StepRow
from line_desktop.store.workspace import Workspace
from models.types.pictures import Picture, PictureSettings

needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
SHARES = ("facet 1 of 3: 60% of the strongest photos", "facet 2 of 3: 30% of the strongest photos")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Neuron 0: two facets beside LINE's label, one of them verified, a causal check, an ablation. Neuron 1: one facet, a check without its
    pictures' files."""
    made = neuron_study(tmp_path_factory.mktemp("interventions"))
    with Workspace.open(made.folder) as workspace:
        first, second, _ = workspace.claims()
        keep_facets(workspace, 0, ("cat", "fur"))
        keep_facets(workspace, 1, ("dog",))
        (fur,) = (one for one in workspace.claims(None, ALL, every=True) if one.label == "fur")
        workspace.save_evidence([evidence(fur.neuron_id, "fur")])
        drawn = [Picture(photo.read_bytes(), ".png") for photo in made.photos[:4]]
        workspace.save_causal_check(causal_check(first.neuron_id, first.label, workspace.put_objects(drawn)))
        workspace.save_causal_check(causal_check(second.neuron_id, second.label, editor="a folder"))
        workspace.save_ablations([ablation(first.neuron_id, "brown bear")])
    return made.folder


def keep_facets(workspace: Workspace, neuron: int, labels: tuple[str, ...]) -> None:
    layer_id = workspace.claims()[0].layer_id
    bank = workspace.settings_id(PictureSettings("none", "", {}), 0, 0)
    settings = {"facets": msgspec.to_builtins(Settings(seed=neuron)), "clip": {"name": "small", "sha256": "c" * 64}}
    run = workspace.begin_run(layer_id, None, bank, "facets", [neuron], settings, {}, "fake")
    board = tuple(Entry(name, 2.0 + place, 0.0, place, "generated") for place, name in enumerate(labels))
    steps = [
        StepRow(neuron, place, name, board[place].score, "generated", SHARES[place], "", (), "", board[: place + 1], {})
        for place, name in enumerate(labels)
    ]
    workspace.save_answers(
        run,
        [Answer(neuron, place, "Depict", b"{}", (step,)) for place, step in enumerate(steps)],
        [ResultRow(neuron, "labelled", labels[0], board[0].score, "generated")],
    )


def evidence(neuron_id: int, label: str) -> Evidence:
    number = Interval(0.9375, 0.875, 1.0)
    return Evidence(
        neuron_id, label, "supported", "So.", "rule", number, 0.5, number, 33.0, 0.01, number, 2.5, None, (), (), 20, 1,
        PictureSettings("fake", "1", {}), 9, "2026-01-20T12:00:00Z",
    )  # fmt: skip


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    with closing(Desk.open(folder)) as opened:
        yield opened


def content(desk: Desk) -> Report:
    return gather(desk, desk.neuron_ids(Filter(statuses=("labelled",)))[:2].tolist(), "two of them", "full")


def test_facets_are_counted_and_stand_with_their_shares(desk: Desk) -> None:
    report = content(desk)
    assert report.facets == {1: 1, 2: 1}
    assert report.facets_supported == 0, "of the two facets of neuron 0 only one is supported"
    first = report.neurons[0]
    line, *facets = first.given
    assert (line.method, line.label, line.share, line.score) == ("line", first.label, "", first.score)
    assert [(one.method, one.label, one.share, one.score) for one in facets] == [
        ("facets", "cat", SHARES[0], 2.0),
        ("facets", "fur", SHARES[1], 3.0),
    ]
    assert [one.evidence and one.evidence.verdict for one in facets] == [None, "supported"]
    assert {run.method for run in report.runs} == {"line", "facets"}, "where every label comes from is told"


def test_neurons_that_facets_did_not_label_are_not_counted(tmp_path: Path) -> None:
    with closing(neuron_study(tmp_path).desk()) as plain:
        report = content(plain)
    assert (report.facets, report.facets_supported, report.causal) == ({}, 0, {})
    assert all(one.caused == () and one.ablation is None for one in report.neurons)


def test_causal_checks_are_counted_by_verdict_and_the_report_is_as_new_as_the_newest(desk: Desk) -> None:
    report = content(desk)
    assert report.causal == {"causal": 2}
    assert [len(one.caused[0].pictures) for one in report.neurons] == [3, 0], "a picture whose file is gone goes with its other two"
    later = msgspec.structs.replace(report.neurons[0].caused[0].check, made="2999-01-01T00:00:00Z")
    with Workspace.open(desk.folder) as workspace:
        workspace.save_causal_check(later)
        assert content(desk).made == "2999-01-01T00:00:00Z"
        workspace.save_causal_check(report.neurons[0].caused[0].check)


SAID = (
    "1 of 2 neurons labelled by facets (50 %) has more than one facet, 0 more than one that evidence supports",
    "facet 1 of 3: 60%", "supported, AUC 0.938", "not verified",
    "Causal: it is.", "73 %", "61 to 84 %", "−5 to 22 %", "Without its colour alone", "41 %",
    "c" * 64, "brown bear", "80.0 %", "20.0 %", "all classes", "90.0 %", "30.0 % [", "by fake editor on 1 picture",
)  # fmt: skip


@needs_pdftotext
def test_the_pages_tell_all_of_it(desk: Desk, tmp_path: Path) -> None:
    write_pdf(content(desk), tmp_path / "r.pdf")
    found = subprocess.run(["pdftotext", "-raw", str(tmp_path / "r.pdf"), "-"], capture_output=True, check=True).stdout.decode()
    told = " ".join(found.replace("\u200b", "").split())
    assert [one for one in SAID if one not in told] == []


def test_the_page_tells_all_of_it(desk: Desk, tmp_path: Path) -> None:
    report = content(desk)
    assert write_html(report, tmp_path / "r.html").lost == ()
    told = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert [one for one in SAID if one not in told] == []
    assert told.count("Without the concept</h4>") == 1, "one check has its pictures"
