"""What reports say of steps and scores of the methods beside LINE, on both kinds of page."""

from pathlib import Path

import msgspec
import pytest
from neuron_study import neuron_study
from other_methods import entry, keep_labels

from line_desktop.methods.asking import MethodName
from line_desktop.methods.line import Settings, preset_settings
from line_desktop.provisional import PROVISIONAL
from line_desktop.report import words
from line_desktop.report.content import Given, Report, Run
from line_desktop.report.gather import gather
from line_desktop.report.html import write_html
from line_desktop.report.pdf import write_pdf
from line_desktop.report.sheet import Sheet, volumes
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter, Json
from line_desktop.store.workspace import Workspace

DROPPED = "dropped: activation rate 10.0%, below the mean 42.5%"
VERIFIED = "verified: mean activation rate 42.5% of 2 hypotheses, 75.0% of the 1 kept"
FACET = "facet 1 of 2: 60% of the strongest photos"
TOLD = [("bear", "scored", [entry("bear", 0.75)]), ("ice", DROPPED, [entry("bear", 0.75)]), ("bear", VERIFIED, [entry("bear", 0.75)])]


@pytest.mark.parametrize(
    ("status", "reasoning", "said"),
    [
        ("scored", "all of them are red", "all of them are red"),
        ("scored", "", "scored"),
        ("confirmed", "", "confirmed"),
        ("skipped: duplicate", "all of them are red", "skipped: duplicate"),
        (DROPPED, "cosine 0.3", DROPPED),
        (VERIFIED, "", VERIFIED),
        (FACET, "", FACET),
    ],
)
def test_a_step_says_what_became_of_it(status: str, reasoning: str, said: str) -> None:
    assert words.happened(status, reasoning) == said


def labelled_by(method: MethodName, folder: Path, settings: Json | None = None) -> Report:
    """A report of the one neuron that the method labelled."""
    study = neuron_study(folder)
    with Workspace.open(study.folder) as workspace:
        keep_labels(workspace, method, 3, TOLD, settings)
    desk = Desk.open(study.folder)
    try:
        return gather(desk, desk.neuron_ids(Filter(methods=(method,))).tolist(), "one", "full")
    finally:
        desk.close()


def test_both_pages_tell_what_was_dropped_and_verified(tmp_path: Path) -> None:
    report = labelled_by("sieve", tmp_path)
    write_html(report, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    (neuron,) = Sheet(report, volumes(report)[0]).build("a4")["neurons"]
    assert [step[4] for step in neuron["steps"]] == ["scored", DROPPED, VERIFIED]
    assert neuron["sentence"] == "Its activation rate is 0.750. The name came from the concept list."
    for said in (DROPPED, VERIFIED, neuron["sentence"], "<span>activation rate</span>"):
        assert said in page
    assert "<span>mean activation</span>" not in page


@pytest.mark.parametrize(
    ("method", "name"),
    [("sieve", "activation rate"), ("clip-dissect", "SoftWPMI"), ("invert", "AUROC"), ("describe-and-dissect", "rank score")],
)
def test_a_score_that_is_no_activation_has_its_name_and_no_place_among_activations(tmp_path: Path, method: MethodName, name: str) -> None:
    report = labelled_by(method, tmp_path)
    (one,) = report.neurons
    assert (one.score, one.place) == (0.75, None)
    assert one.activity is not None
    assert not any(report.places.counts)
    assert report.progress == ()
    sheet = Sheet(report, volumes(report)[0]).build("a4")
    (neuron,) = sheet["neurons"]
    assert (neuron["place"], neuron["place-text"], neuron["activity"]["score"]) == (None, name, None)
    assert f"Its {name} is 0.750." in neuron["sentence"]
    write_html(report, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'<div class="score"><b>0.750</b><span>{name}</span></div>' in page
    assert "from each neuron’s median photo" not in page
    assert 'class="line"' not in page
    assert write_pdf(report, tmp_path / "report.pdf").files == (tmp_path / "report.pdf",)


def test_a_mean_activation_has_its_place(tmp_path: Path) -> None:
    report = labelled_by("facets", tmp_path)
    (one,) = report.neurons
    assert one.place is not None
    assert sum(report.places.counts) == 1
    (neuron,) = Sheet(report, volumes(report)[0]).build("a4")["neurons"]
    assert neuron["place-text"].endswith(" %")
    assert neuron["activity"]["score"] is not None


def test_the_table_of_labels_names_the_scores_that_are_no_activations() -> None:
    assert [words.of_given(Given(method, "red", "", 0.5, None))[3] for method in ("line", "facets", "invert", "sieve")] == [
        "0.500", "0.500", "0.500 AUROC", "0.500 activation rate",
    ]  # fmt: skip


def test_an_activation_rate_of_nothing_is_explained(tmp_path: Path) -> None:
    (one,) = labelled_by("sieve", tmp_path).neurons
    said = words.of_neuron(msgspec.structs.replace(one, score=0.0))
    assert said.startswith("Its activation rate is 0.000. None of its pictures brings the neuron above its 99th percentile")


@pytest.mark.parametrize("method", ["sieve", "facets"])
def test_a_label_with_a_score_says_what_is_said_beside_it(tmp_path: Path, method: MethodName) -> None:
    (one,) = labelled_by(method, tmp_path).neurons
    alone = words.of_neuron(one)
    assert words.of_neuron(msgspec.structs.replace(one, reason=PROVISIONAL)) == f"{alone} {PROVISIONAL}"


def test_describe_and_dissect_is_explained_with_its_own_numbers(tmp_path: Path) -> None:
    numbers = {"photos": 7, "crops": True, "candidates": 4, "pictures": 10, "strongest": 3, "seed": 0}
    (run,) = labelled_by("describe-and-dissect", tmp_path, {"describe-and-dissect": numbers}).runs
    (paragraph,) = words.of_method(run)
    assert "the 7 photos that excite a neuron most, and their regions where it fires most, described in words" in paragraph
    assert "is asked 4 times" in paragraph
    assert "whose 3 strongest pictures rank best" in paragraph
    assert ("Candidates", "4") in words.of_run(run)


@pytest.fixture(scope="module")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of any method."""
    return labelled_by("facets", tmp_path_factory.mktemp("run")).runs[0]


def said(run: Run, method: MethodName, settings: Settings, *unknown: str) -> str:
    """How the report explains a run with these settings; `unknown`: those that were not kept yet when it was made."""
    numbers = {name: value for name, value in msgspec.to_builtins(settings).items() if name not in unknown}
    return " ".join(words.of_method(msgspec.structs.replace(run, method=method, numbers=numbers)))


def test_line_is_explained_with_bank_and_finalists(a_run: Run) -> None:
    told = said(a_run, "line", Settings(finalists=7))
    assert "The neuron’s scoreboard starts with the 5 class names whose probe photos excite it most." in told
    assert "at most one concept that was drawn for another neuron" in told
    assert "the 7 best concepts of board and bank are scored again" in told
    assert "within 0.02 of the highest, the one of fewest words becomes the label" in told


def test_a_sparing_run_says_how_the_finalists_are_chosen(a_run: Run) -> None:
    told = said(a_run, "line", preset_settings("sparing"))
    assert "In 1 step the language model" in told
    assert "of the 10 best concepts of board and bank the 2 whose pictures have the highest AUC against the probe photos" in told
    assert told.endswith("within 0.02 of the highest, the one of the highest mean becomes the label.")


@pytest.mark.parametrize(
    ("unknown", "end"),
    [
        (("level", "broader"), "6 pictures that no step has seen; they decide."),
        (("broader",), "the one of fewest words becomes the label, of several the highest mean."),
        (("level", "broader", "shared", "patience", "shortlist"), "6 pictures that no step has seen; they decide."),
    ],
)
def test_a_run_that_kept_fewer_settings_is_explained_all_the_same(a_run: Run, unknown: tuple[str, ...], end: str) -> None:
    assert said(a_run, "line", Settings(), *unknown).endswith(end)


def test_facets_start_from_what_is_near_them_and_use_no_bank(a_run: Run) -> None:
    told = said(a_run, "facets", Settings(shared=False, finalists=7))
    assert "A facet’s scoreboard starts with the 5 class names nearest to it." in told
    assert "After the summary the 7 best are scored again, each on 6 pictures that no step has seen, and so are the shorter" in told
    for wrong in ("bank", "another neuron", "all neurons", "excite it most"):
        assert wrong not in told
