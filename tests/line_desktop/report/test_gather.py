"""What is gathered for a report, against the workspace and against slow recounts."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from neuron_study import NeuronStudy, neuron_study

from line_desktop.cli import run
from line_desktop.report import words
from line_desktop.report.content import NEVER, Report
from line_desktop.report.gather import NothingToReport, gather, histogram
from line_desktop.report.html import write_html
from line_desktop.report.sheet import Sheet, volumes
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Filter, SavedFilter


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> NeuronStudy:
    return neuron_study(tmp_path_factory.mktemp("gather"))


@pytest.fixture
def desk(study: NeuronStudy) -> Iterator[Desk]:
    opened = study.desk()
    yield opened
    opened.close()


def everything(desk: Desk) -> Report:
    return gather(desk, desk.neuron_ids(Filter()).tolist(), "all", "full")


def test_every_neuron_stands_in_it_with_what_its_card_says(desk: Desk) -> None:
    ids = desk.neuron_ids(Filter()).tolist()
    report = everything(desk)
    for one, card in zip(report.neurons, desk.cards(ids), strict=True):
        assert (one.id, one.layer, one.neuron, one.label, one.score, one.place) == (
            card.id, card.layer, card.neuron, card.label, card.score, card.bar,
        )  # fmt: skip
    assert report.counts == desk.counts()
    assert report.origins == Counter(
        next(row.origin for row in one.board if row.concept == one.label) for one in report.neurons if one.label
    )
    assert [one.neurons for one in report.layers] == [len(ids)]
    assert len(report.targets) == 1
    assert report.verdicts == {}


def test_the_curve_of_best_so_far_is_the_mean_share_of_the_gain(desk: Desk) -> None:
    report = everything(desk)
    shares = []
    for one in report.neurons:
        best = [step.best or 0.0 for step in one.steps if step.status != "confirmed"]
        if best:
            shares.append([1.0 if best[-1] == best[0] else (value - best[0]) / (best[-1] - best[0]) for value in best])
    for step, mean in enumerate(report.progress):
        assert mean == pytest.approx(sum(row[min(step, len(row) - 1)] for row in shares) / len(shares))
    assert report.progress[-1] == 1


def test_histograms_count_every_value_once() -> None:
    values = np.array([0, 0.1, 0.5, 0.99, 1], np.float32)
    found = histogram(values, 4, (0.0, 1.0))
    assert (found.low, found.high, found.counts) == (0.0, 1.0, (2, 0, 1, 2))


def test_the_time_stamp_is_of_the_latest_thing_told(desk: Desk) -> None:
    began = max(session.began for run in everything(desk).runs for session in desk.sessions(run.id))
    assert everything(desk).made == began
    number = int(desk.neuron_ids(Filter())[0])
    desk.set_human_word(number, "a person", "")
    word = desk.human_word(number)
    assert word
    assert everything(desk).made == max(began, word.when)
    desk.set_human_word(number, None, "")


def test_no_neuron_no_report(desk: Desk) -> None:
    with pytest.raises(NothingToReport, match="nobody holds none"):
        gather(desk, [], "nobody", "full")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--neurons", "99"], "99 is out of range"),
        (["--layer", "nowhere"], "no neurons of layer nowhere"),
        (["--filter", "mine"], "No filter is called mine"),
        (["--filter", "mine", "--neurons", "1"], "leave out --neurons"),
    ],
)
def test_choices_that_cannot_be_met_are_one_sentence(
    study: NeuronStudy, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert run(["report", str(study.folder), str(tmp_path / "r.pdf"), *options]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_the_command_reports_the_neurons_of_a_saved_filter(
    study: NeuronStudy, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.save_filter(SavedFilter("empty", Filter(text="zzzz")))
    assert run(["report", str(study.folder), str(tmp_path / "r.pdf"), "--filter", "empty"]) == 2
    assert "none of the neurons of the filter “empty”" in capsys.readouterr().err
    desk.save_filter(SavedFilter("surveyed", Filter(statuses=("unlabelled",))))
    assert run(["report", str(study.folder), str(tmp_path / "r.pdf"), "--filter", "surveyed", "--detail", "summary"]) == 0
    assert "1 neuron reported" in capsys.readouterr().err
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_numbers_and_moments_in_words() -> None:
    assert [words.number(one) for one in (None, 0.0, 1.23456, -0.5, 12345.6, 0.00012)] == [
        "–",
        "0.000",
        "1.235",
        "−0.500",
        "1.23e+04",
        "0.00012",
    ]
    assert words.moment("2026-11-20T11:48:45Z") == "20 November 2026, 11:48 UTC"
    assert words.moment(NEVER) == "the time before the first run"


def test_the_title_page_says_how_far_the_engines_were_from_the_network(desk: Desk, tmp_path: Path) -> None:
    report = everything(desk)
    assert ["Kept offline", "no way out, says a test", False] in Sheet(report, volumes(report)[0]).build("a4")["facts"]
    write_html(report, tmp_path / "r.html")
    assert "no way out, says a test" in (tmp_path / "r.html").read_text()
