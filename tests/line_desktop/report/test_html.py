"""The HTML page: complete, literal, without any request; read by a strict parser, and used in a browser where there is one."""

import base64
import hashlib
import re
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import browser
import msgspec
import pytest
from neuron_study import neuron_study

from line_desktop.errors import CannotWrite
from line_desktop.report.gather import gather
from line_desktop.report.html import text, write_html
from line_desktop.store.desk import Desk
from line_desktop.store.rows import Evidence, Filter, Interval
from line_desktop.store.workspace import Workspace
from models.types.pictures import PictureSettings

EVIL = '*x* #evil[ $x$ <b> <img src="/etc/passwd"> </script><script>window.evil=1</script> {{title}}'
ARABIC = "حمار وحشي"
VOID = {"meta", "link", "input", "img", "br", "hr", "rect", "line", "circle"}


class Strict(HTMLParser):
    """Fails at a tag that is not closed where it should be; keeps texts, ids, classes, addresses and scripts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.classes: set[str] = set()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), (tag, names)
        self.attributes += [(name, value or "") for name, value in attributes]
        self.ids += [value for name, value in attributes if name == "id"]
        self.classes |= {one for name, value in attributes if name == "class" for one in value.split()}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        {"script": self.scripts, "style": self.styles}.get(self.open[-1] if self.open else "", self.texts).append(data)


def evidence(neuron_id: int, label: str) -> Evidence:
    number = Interval(0.5, 0.25, 0.75)
    return Evidence(
        neuron_id, label, "no reliable label", "Chance does as well.", "rule", number, 0.5, number, 33.0, 0.01,
        number, 2.5, None, (), (), 20, 1, PictureSettings("fake", "1", {}), 9, "2026-11-20T12:00:00Z",
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Four neurons, with a person's hostile words, a long label, and a photo that is gone."""
    study = neuron_study(tmp_path_factory.mktemp("study"))
    with closing(study.desk()) as desk:
        desk.set_human_word(1, EVIL, "a note\nof two lines")
        desk.set_human_word(2, ARABIC, "")
        desk.set_human_word(4, "long " * 10_000, "\x00\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "🦓")
    with Workspace.open(study.folder) as workspace:
        (claim,) = (one for one in workspace.claims() if one.neuron == 0)
        workspace.save_evidence([evidence(claim.neuron_id, claim.label)])
    study.photos[0].unlink()
    with closing(Desk.open(study.folder)) as desk:
        return gather(desk, [int(one) for one in desk.neuron_ids(Filter())], "all neurons", "full")


@pytest.fixture(scope="module")
def page(report, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    written = write_html(report, file)
    assert written.bytes == file.stat().st_size
    assert len(written.lost) == 1
    return file


@pytest.fixture(scope="module")
def parsed(page):
    return Strict(page.read_text(encoding="utf-8"))


def test_it_says_of_every_neuron_what_the_report_says(report, parsed):
    said = "\n".join(parsed.texts)
    for one in report.neurons:
        assert f"n{one.id}" in parsed.ids
        assert all(step.concept in said and step.reasoning in said for step in one.steps)
        assert all(row.concept in said for row in one.board)
    assert all(run.prompt in said and run.probe_digest in said for run in report.runs)
    assert report.targets[0].sha256 in said


def test_a_verdict_stands_before_its_sentence_and_can_be_asked_for(parsed):
    said = "".join(parsed.texts)
    assert "no reliable labelChance does as well." in said
    assert "0.250 to 0.750" in said
    assert "no-reliable-label" in parsed.classes
    assert "verdict" in parsed.ids
    assert parsed.tags.count("circle") == 1


def test_labels_are_literal(parsed):
    assert EVIL in parsed.texts
    assert ARABIC in parsed.texts
    assert ("long " * 10_000).strip() in parsed.texts
    assert "img" not in parsed.tags
    assert len(parsed.scripts) == 1


def test_what_no_page_may_hold_is_replaced():
    assert text("a\x00b\x1bc\ud800d\te\nf") == "a�b�c�d\te\nf"
    assert text("<\"'&>") == "&lt;&quot;&#x27;&amp;&gt;"


def test_its_policy_forbids_every_request_and_every_script_but_ours(parsed):
    (policy,) = (value for name, value in parsed.attributes if name == "content" and "default-src" in value)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(parsed.scripts[0].encode()).digest()).decode()
    assert parts["default-src"] == "'none'"
    assert parts["script-src"] == f"'sha256-{digest}'"
    assert parts["img-src"] == "data:"
    assert not [name for name, _ in parsed.attributes if name in ("src", "href", "action") or name.startswith("on")]
    (style,) = ["".join(parsed.styles)]
    assert set(re.findall(r"url\((.{5})", style)) == {"data:"}
    assert "@import" not in style


def test_each_picture_is_in_it_once_and_a_lost_one_is_said(report, parsed):
    style = "".join(parsed.styles)
    pictures = re.findall(r"\.(p\d+)\{background-image:url\(data:image/jpeg;base64,([^)]+)\)\}", style)
    assert {name for name, _ in pictures} == {one for one in parsed.classes if re.fullmatch(r"p\d+", one)}
    assert all(base64.b64decode(data).startswith(b"\xff\xd8\xff") for _, data in pictures)
    shown = {shown.path for one in report.neurons for shown in (*one.top, *one.pictures[:5])}
    shown |= {shown.path for one in report.neurons if one.against for shown in (*one.against.silent, *one.against.other)}
    assert len(pictures) == len(shown) - 1
    assert "picture missing" in parsed.texts


def test_names_that_belong_together_do(parsed):
    assert len(parsed.ids) == len(set(parsed.ids))
    pointed = {value for name, value in parsed.attributes if name == "aria-labelledby"}
    assert pointed <= set(parsed.ids)


def test_the_same_report_is_the_same_page(report, page, tmp_path):
    write_html(report, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_the_summary_leaves_the_stories_out(report, tmp_path):
    write_html(msgspec.structs.replace(report, detail="summary"), tmp_path / "short.html")
    assert "Scoreboard" not in Strict((tmp_path / "short.html").read_text(encoding="utf-8")).texts


def test_a_place_that_cannot_be_written_is_said_before_any_work(report, tmp_path):
    with pytest.raises(CannotWrite):
        write_html(report, tmp_path / "missing" / "page.html", lambda done, total: pytest.fail("worked"))


@pytest.mark.skipif(browser.PROGRAM is None, reason="there is no Chromium on this machine")
def test_in_a_browser_it_searches_filters_and_sorts_and_asks_for_nothing(report, page, tmp_path):
    shown = "[...document.querySelectorAll('article:not([hidden])')].map(one => one.id)"

    def after(script: str) -> list[str]:
        found: list[str] = opened.value(f"{script}; new Promise(done => setTimeout(() => done({shown}), 400))")
        return found

    def typed(field: str, value: str) -> str:
        name = f"document.getElementById('{field}')"
        return f"{name}.value = {value!r}; {name}.dispatchEvent(new Event('input', {{bubbles: true}}))"

    everyone = [f"n{one.id}" for one in report.neurons]
    with browser.Browser(tmp_path / "profile") as opened:
        opened.open(page)
        assert opened.value(shown) == everyone
        assert after(typed("words", "EVIL passwd")) == ["n1"]
        assert opened.value("document.getElementById('count').textContent") == "1 of 4 neurons"
        assert after(typed("words", ARABIC)) == ["n2"]
        assert after(typed("words", "no such word")) == []
        assert after("document.querySelector('button[type=reset]').click()") == everyone
        assert after(typed("status", "unlabelled")) == [f"n{one.id}" for one in report.neurons if one.status == "unlabelled"]
        after("document.querySelector('button[type=reset]').click()")
        assert after(typed("verdict", "no reliable label")) == ["n1"]
        after("document.querySelector('button[type=reset]').click()")
        best = sorted(report.neurons, key=lambda one: -(one.score if one.score is not None else -9e9))
        assert after(typed("order", "score")) == [f"n{one.id}" for one in best]
        assert opened.value("window.evil === undefined")
        assert opened.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert {one.split(":")[0] for one in opened.requests} <= {"file", "data"}
        assert [one for one in opened.requests if one.startswith("file")] == [page.as_uri()]
        assert opened.messages == []
