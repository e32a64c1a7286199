"""Drive the real window as a person would, with a real network and real photos, look whether all of it worked, and take its pictures.

    xvfb-run -a -s "-screen 0 2640x1720x24" python tests/real/drive_window.py lite0.onnx PHOTOS NEW_FOLDER

`lite0.onnx` comes from export_efficientnet_lite0.py beside this script. The display is a real one, and the jobs are real workers. Three
windows, each a process: the first labels class neurons and hidden neurons, pauses, resumes, cancels, searches, compares, edits and undoes;
the second opens the workspace again, finds everything and goes on; the third takes two pictures at 200 %. Ends with 1 where something is
not as it should be. Pictures of the pages, light and dark, are in NEW_FOLDER/pictures; each chapter's time is said.

With `--tour WORKSPACE` in place of checkpoint and photos, two windows look through a study made before, where nothing was checked for its
cause or ablated yet, do both, and label a few neurons more, for pictures that may be shown to anybody. docs/window.md says how such a
study is made.
"""

import argparse
import faulthandler
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec
from PIL import Image
from PySide6.QtCore import QMessageLogContext, QPoint, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLineEdit, QProgressBar, QScrollArea, QSpinBox, QWidget

from line_desktop.jobs import submit, work_of
from line_desktop.label_job import LabelJob
from line_desktop.store.rows import Filter, JobRow
from ui.asking_dialog import AskingDialog
from ui.gallery.compare import Column
from ui.garbage import Garbage
from ui.main_window import MainWindow
from ui.neuron.charts import Chart
from ui.settings import Settings
from ui.start_page import WorkspaceRow
from ui.theme import Mode, Theme

CLASSES: Final = "394,430,488,522,776,802,910,990"  # sturgeon, basketball, chain, croquet ball, sax, snowmobile, wooden spoon, buckeye
HIDDEN: Final = "_blocks.15"  # its neurons have maps
BALL: Final = 430  # the class basketball
TOUR_HIDDEN: Final = "resnet.encoder.stages.2"  # of the demo network; its neurons have maps
TOUR_MORE: Final = "3,12,30,46,90,111"  # of that layer
OWN_LABEL: Final = "orange ball, often in a hand"
OWN_NOTE: Final = "Look again with more photos."
STEPS: Final = 5
EARLY: Final = 3  # steps that brought nothing among its five best, after which a neuron of the last job stops
PATIENCE: Final = 3600.0  # seconds
SETTLE: Final = 900  # ms: pictures are decoded, lines of progress drawn
LARGEST: Final = 290_000  # bytes of a picture
HEAVY: Final = ("torch", "onnxruntime", "llama_cpp", "diffusers", "transformers")
CTRL: Final = Qt.KeyboardModifier.ControlModifier
SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
LEFT: Final = Qt.MouseButton.LeftButton


class Kept(msgspec.Struct, frozen=True):
    """What the first window left behind, and the second must find."""

    labels: list[tuple[int, str | None]]
    human: int  # id of the neuron with a person's label
    jobs: list[tuple[int, str]]
    filters: list[str]


class Hand:
    """One window, and what a person does to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.troubles: list[str] = []
        sys.excepthook = self._hook
        qInstallMessageHandler(self._message)
        self.application = QApplication(["line-desktop"])
        self.application.setApplicationName("LINE Desktop")
        Garbage(self.application)
        settings = Settings()
        settings.welcomed = True
        self.window = MainWindow(settings, Theme(self.application, "light"))
        self.window.show()
        self.window.status.ask_machine()
        QTest.qWaitForWindowExposed(self.window)
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    def _hook(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        self.troubles.append("".join(traceback.format_exception(kind, error, trace)))
        print(self.troubles[-1], file=sys.stderr)

    def _message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg:
            self.troubles.append(f"{kind.name}: {text}")

    def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        """Let the window live until the condition holds."""
        end = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            QTest.qWait(50)

    def click(self, widget: QWidget, at: QPoint | None = None, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A click of the left button; in the middle unless told."""
        assert widget.isVisible(), f"{widget.accessibleName()} cannot be seen"
        assert widget.isEnabled(), f"{widget.accessibleName()} cannot be clicked"
        QTest.mouseClick(widget, LEFT, keys, widget.rect().center() if at is None else at)

    def press(self, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, given to whatever has the keyboard; where nobody manages windows, the window takes it back from a dialog that is gone."""
        if self.application.activeWindow() is None:
            self.window.activateWindow()
            self.until(self.window.isActiveWindow)
        QTest.keyClick(self.application.focusWidget() or self.window, key, keys)

    def write(self, widget: QWidget, text: str, end: Qt.Key = Qt.Key.Key_Tab) -> None:
        """Click into a field and write over what stands there."""
        self.reach(widget)
        self.click(widget)
        QTest.keyClick(widget, Qt.Key.Key_A, CTRL)
        QTest.keyClicks(widget, text)
        QTest.keyClick(widget, end)

    def choose(self, box: QComboBox, beginning: str) -> None:
        """Choose an entry by typing how it begins."""
        self.reach(box)
        box.setFocus()
        if not box.currentText().startswith(beginning):
            QTest.keyClicks(box, beginning.partition(" ")[0])
        assert box.currentText().startswith(beginning), box.currentText()

    def reach(self, widget: QWidget) -> None:
        """Scroll until it can be seen."""
        above = widget.parentWidget()
        while above is not None:
            if isinstance(above, QScrollArea):
                above.ensureWidgetVisible(widget)
            above = above.parentWidget()
        QTest.qWait(50)

    def shoot(self, name: str, modes: tuple[Mode, ...] = ("light", "dark")) -> None:
        """Pictures of the window, with what lies over it, as they stand on the display."""
        for mode in modes:
            self.window.theme.choose(mode)
            QTest.qWait(SETTLE)
            self.until(self.all_drawn)
            QTest.qWait(SETTLE // 3)
            corner, size = self.window.geometry().topLeft(), self.window.size()
            taken = self.window.screen().grabWindow(0, corner.x(), corner.y(), size.width(), size.height())
            file = self.folder / "pictures" / f"{name}-{mode}.png"
            assert taken.save(str(file))
        self.window.theme.choose("light")
        QTest.qWait(50)

    def all_drawn(self) -> bool:
        """Whether no photo and no chart is still to come."""
        thumbs, charts = self.window.thumbs, self.window.findChildren(Chart)
        return not thumbs._waiting and not thumbs._running and not any(chart._task or chart._again.isActive() for chart in charts)

    def dialog(self) -> QDialog:
        """The dialog that is open."""
        self.until(lambda: self.application.activeModalWidget() is not None)
        found = self.application.activeModalWidget()
        assert isinstance(found, QDialog)
        return found

    def go(self) -> None:
        """Leave what a dialog asks as it is, and go on."""
        dialog = self.dialog()
        assert isinstance(dialog, AskingDialog)
        self.click(dialog.go)
        self.until(lambda: self.application.activeModalWidget() is None)

    def close(self) -> None:
        """Close the window once the last worker is gone, and see what was said on the way."""
        self.until(lambda: self.window.runner.working() == [])
        self.window.close()
        QTest.qWait(SETTLE)
        heavy = [name for name in HEAVY if name in sys.modules]
        assert not heavy, f"the window's process has loaded {heavy}"
        assert not self.troubles, "\n".join(self.troubles)

    # The jobs

    def job(self) -> JobRow:
        """The job that was added last."""
        desk = self.window.session.desk
        assert desk is not None
        return max(desk.jobs(), key=lambda job: job.id)

    def button(self, text: str) -> QAbstractButton:
        """A button of the panel of jobs, by its word."""
        return next(one for one in self.window.jobs.strip.buttons if one.text() == text)

    def until_state(self, *states: str) -> None:
        """Wait for the last job."""
        self.until(lambda: self.job().state in (*states, "failed", "interrupted"))
        assert self.job().state in states, f"{self.job().state}: {self.job().reason}"


def shrink(file: Path) -> None:
    """No larger than the limit: with few colours, if it must be; every fourth pixel of every fourth line says which."""
    whole = Image.open(file).convert("RGB")
    some = whole.resize((whole.width // 4, whole.height // 4), Image.Resampling.NEAREST)
    few = some.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1)
    for dither in (Image.Dither.FLOYDSTEINBERG, Image.Dither.NONE):
        if file.stat().st_size > LARGEST:
            whole.quantize(palette=few, dither=dither).save(file, optimize=True)


# The first window


def first_steps(hand: Hand) -> None:
    """The pages of the first run, the keys, the places."""
    hand.shoot("start-empty")
    hand.window.own.show_first_run()
    dialog = hand.dialog()
    for page in range(3):
        hand.until(lambda: not any(bar.isVisible() for bar in dialog.findChildren(QProgressBar)))
        hand.shoot(f"first-run-{page + 1}")
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        QTest.qWait(SETTLE)
    hand.until(lambda: hand.application.activeModalWidget() is None)
    hand.press(Qt.Key.Key_F1)
    keys = hand.dialog()
    hand.shoot("keys")
    QTest.keyClick(keys, Qt.Key.Key_Escape)
    hand.press(Qt.Key.Key_2, CTRL)
    hand.until(hand.window.models.isVisible)
    hand.until(lambda: not any(bar.isVisible() for bar in hand.window.models.findChildren(QProgressBar)))
    QTest.keyClicks(hand.window.models.list, "Llama")
    hand.shoot("models")


def open_checkpoint(hand: Hand, checkpoint: Path) -> None:
    """Type the path of the checkpoint and wait until it was read."""
    hand.press(Qt.Key.Key_5, CTRL)
    page = hand.window.new_run
    hand.until(page.isVisible)
    hand.write(page.checkpoint.row.edit, str(checkpoint), Qt.Key.Key_Return)
    hand.until(lambda: page.checkpoint.found is not None or page.checkpoint.refusal is not None)
    assert page.checkpoint.found is not None, page.checkpoint.refusal


def choose_layer(hand: Hand, name: str) -> None:
    """Take this layer and leave the one that was proposed."""
    field = hand.window.new_run.layers
    proposed = [layer.name for layer in field.chosen()]
    for wanted in sorted({name, *proposed} - ({name} & {*proposed})):
        hand.write(field.filter, wanted)
        (item,) = field.tree.findItems(wanted, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
        hand.reach(field.tree)
        hand.click(field.tree.viewport(), field.tree.visualItemRect(item).center())
        QTest.keyClick(field.tree, Qt.Key.Key_Space)
    hand.click(field.filter)
    QTest.keyClick(field.filter, Qt.Key.Key_A, CTRL)
    QTest.keyClick(field.filter, Qt.Key.Key_Backspace)
    assert [layer.name for layer in field.chosen()] == [name]


def fill_new_run(hand: Hand, photos: Path, layer: str, neurons: str) -> None:
    """Everything else of the page, by typing."""
    page = hand.window.new_run
    if page.photos.row.path() is None:
        hand.click(page.preprocess.change)
        hand.write(page.preprocess.mean, "0.498, 0.498, 0.498")
        hand.write(page.preprocess.std, "0.502, 0.502, 0.502")
        hand.click(page.preprocess.change)
        hand.write(page.photos.row.edit, str(photos))
        hand.choose(page.pictures.box, "Photos")
        hand.write(page.pictures.folder.edit, str(photos))
        hand.write(page.workspace.row.edit, str(hand.folder / "lite0"))
        write_number(hand, page.method.steps, STEPS)
    choose_layer(hand, layer)
    hand.choose(page.neurons.how, "A range")
    hand.write(page.neurons.range, neurons)
    hand.until(lambda: page.problem() is None)
    hand.until(lambda: page._estimate is not None and page.summary.rows["memory"].text() != "–")


def write_number(hand: Hand, box: QSpinBox, number: int) -> None:
    """Into a spin box."""
    hand.reach(box)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(number))
    assert box.value() == number


def shoot_new_run(hand: Hand, name: str) -> None:
    """The page from its top, and from its foot."""
    page = hand.window.new_run
    bar = page.findChildren(QScrollArea)[0].verticalScrollBar()
    page.summary.label_button.setFocus()
    for end, value in (("", 0), ("-below", bar.maximum())):
        bar.setValue(value)
        hand.shoot(name + end)


def label_classes(hand: Hand, checkpoint: Path, photos: Path) -> None:
    """Eight class neurons: labelled, paused, resumed."""
    open_checkpoint(hand, checkpoint)
    hand.shoot("checkpoint", ("light",))
    fill_new_run(hand, photos, "_fc", CLASSES)
    shoot_new_run(hand, "new-run-first")
    hand.click(hand.window.new_run.summary.label_button)
    hand.until(hand.window.gallery.isVisible)
    hand.until_state("running")
    live = hand.window.runner.live
    hand.until(lambda: (told := live(hand.job().id)) is not None and told.pictured is not None and told.lines_told >= 3)
    hand.shoot("jobs-first")
    hand.click(hand.button("Pause"))
    hand.until_state("paused")
    done = hand.job().done
    hand.until(lambda: hand.window.runner.working() == [])
    hand.shoot("paused", ("light",))
    hand.click(hand.button("Resume"))
    hand.until_state("running")
    hand.until_state("finished")
    assert hand.job().done >= done
    desk = hand.window.session.desk
    assert desk is not None
    assert desk.counts()["labelled"] == 8, desk.counts()


def label_hidden(hand: Hand, checkpoint: Path, photos: Path) -> None:
    """Hidden neurons: cancelled once, then done after all."""
    open_checkpoint(hand, checkpoint)
    fill_new_run(hand, photos, HIDDEN, "7,64,120,200")
    hand.click(hand.window.new_run.summary.label_button)
    hand.until_state("running")
    hand.until(lambda: (told := hand.window.runner.live(hand.job().id)) is not None and told.lines_told >= 1)
    hand.click(hand.button("Cancel"))
    hand.until_state("cancelled")
    hand.shoot("cancelled", ("light",))
    hand.click(hand.button("Resume"))
    hand.until_state("finished")


def all_ids(hand: Hand) -> list[int]:
    """The neurons in the gallery, in its order."""
    return [int(one) for one in hand.window.gallery.model.ids()]


def labels(hand: Hand) -> list[tuple[int, str | None]]:
    """Every labelled neuron of the workspace with its label."""
    desk = hand.window.session.desk
    assert desk is not None
    ids = [int(one) for one in desk.neuron_ids(Filter(statuses=("labelled",)))]
    return [(card.id, card.human_label or card.label) for card in desk.cards(ids)]


def show_labelled(hand: Hand) -> None:
    """Gallery, highest score first."""
    hand.press(Qt.Key.Key_3, CTRL)
    page = hand.window.gallery
    hand.until(page.isVisible)
    hand.choose(page.bar.order, "Highest")
    hand.until(lambda: not page.listing.busy and page.listing.descending)


def search(hand: Hand) -> None:
    """Type, and find; Esc brings all back; a filter is saved under a name."""
    page = hand.window.gallery
    whole = len(all_ids(hand))
    hand.press(Qt.Key.Key_F, CTRL)
    QTest.keyClicks(page.bar.search, "ball", delay=30)
    hand.until(lambda: 0 < len(all_ids(hand)) < whole and not page.listing.busy)
    desk = hand.window.session.desk
    assert desk is not None
    assert all_ids(hand) == [int(one) for one in desk.neuron_ids(page.listing.filter, "score", True)]
    hand.shoot("search")
    hand.press(Qt.Key.Key_D, CTRL)
    name = hand.dialog().findChild(QLineEdit)
    assert isinstance(name, QLineEdit)
    QTest.keyClicks(name, "balls")
    QTest.keyClick(name, Qt.Key.Key_Return)
    hand.until(lambda: [one.name for one in desk.saved_filters()] == ["balls"])
    hand.click(page.bar.search)
    QTest.keyClick(page.bar.search, Qt.Key.Key_Escape)
    hand.until(lambda: len(all_ids(hand)) == whole)


def card(hand: Hand, row: int) -> QPoint:
    """Where a card is."""
    grid = hand.window.gallery.grid
    return grid.visualRect(grid.model().index(row, 0)).center()


def compare(hand: Hand) -> None:
    """Three neurons side by side."""
    page = hand.window.gallery
    for row in range(3):
        hand.click(page.grid.viewport(), card(hand, row), CTRL)
    assert page.selection.ids() == all_ids(hand)[:3]
    hand.shoot("gallery-selected", ("light",))
    hand.press(Qt.Key.Key_M, CTRL)
    hand.until(page.compare.isVisible)
    assert len(page.compare.findChildren(Column)) == 3
    hand.shoot("compare")
    hand.press(Qt.Key.Key_Escape)
    hand.until(page.grid.isVisible)
    hand.press(Qt.Key.Key_A, CTRL | SHIFT)
    assert not len(page.selection)


def open_neuron(hand: Hand, neuron_id: int) -> None:
    """By a double click on its card."""
    page = hand.window.gallery
    row = all_ids(hand).index(neuron_id)
    page.grid.scrollTo(page.model.index(row, 0))
    QTest.qWait(100)
    hand.click(page.grid.viewport(), card(hand, row))
    QTest.mouseDClick(page.grid.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, card(hand, row))
    hand.until(hand.window.neuron.isVisible)
    hand.until(lambda: hand.window.neuron._view is not None and hand.window.neuron._view.card.id == neuron_id)
    QTest.qWait(SETTLE)


def parts(hand: Hand) -> Iterator[int]:
    """Scroll the neuron's page, screen by screen."""
    bar = hand.window.neuron._scroll.verticalScrollBar()
    step = bar.pageStep() - 80
    for number, value in enumerate(range(0, bar.maximum() + step, step)):
        bar.setValue(value)
        QTest.qWait(200)
        yield number
    bar.setValue(0)


def id_of(hand: Hand, layer: str, number: int | None = None) -> int:
    """A neuron of the layer, by default the first in the gallery."""
    desk = hand.window.session.desk
    assert desk is not None
    cards = (desk.cards([one])[0] for one in all_ids(hand))
    return next(card.id for card in cards if card.layer == layer and number in (None, card.neuron))


def edit(hand: Hand, neuron_id: int) -> None:
    """A label by hand, undone, done again, and a note."""
    open_neuron(hand, neuron_id)
    desk = hand.window.session.desk
    assert desk is not None
    human = hand.window.neuron._body.human
    hand.press(Qt.Key.Key_F2)
    QTest.keyClicks(human.label, OWN_LABEL)
    QTest.keyClick(human.label, Qt.Key.Key_Return)
    word = desk.human_word(neuron_id)
    assert word is not None
    assert word.label == OWN_LABEL
    hand.click(human._undo)
    assert desk.human_word(neuron_id) is None
    hand.click(human._redo)
    assert (again := desk.human_word(neuron_id)) is not None
    assert again.label == OWN_LABEL
    hand.write(human.note, OWN_NOTE)
    hand.press(Qt.Key.Key_Escape)
    hand.until(hand.window.gallery.isVisible)


def cause_and_effect(hand: Hand, neuron_id: int) -> None:
    """The cause of three labels checked from the gallery, and a neuron ablated on its page, which shows what came of both."""
    page, neuron = hand.window.gallery, hand.window.neuron
    for row in (all_ids(hand).index(neuron_id), 1, 2):
        hand.click(page.grid.viewport(), card(hand, row), CTRL)
    hand.shoot("gallery-selected")
    hand.click(next(one for one in page.selected.findChildren(QAbstractButton) if one.accessibleName() == "Check the cause"))
    hand.go()
    hand.until_state("finished")
    assert hand.job().kind == "causal"
    hand.press(Qt.Key.Key_A, CTRL | SHIFT)
    open_neuron(hand, neuron_id)
    hand.reach(neuron._body.ablate)
    hand.click(neuron._body.ablate)
    hand.go()
    hand.until(lambda: hand.job().kind == "ablate")
    hand.until_state("finished")
    hand.until(lambda: neuron._view is not None and neuron._view.caused and neuron._view.ablation is not None)
    neuron._scroll.verticalScrollBar().setValue(neuron._body._picture_section.y())
    hand.shoot("cause")
    hand.press(Qt.Key.Key_Escape)
    hand.until(page.isVisible)


def look_at(hand: Hand, neuron_id: int) -> None:
    """The page of a neuron, screen by screen."""
    open_neuron(hand, neuron_id)
    for number in parts(hand):
        hand.shoot(f"neuron-{number + 1}")
    hand.press(Qt.Key.Key_Escape)
    hand.until(hand.window.gallery.isVisible)


def maps(hand: Hand, layer: str = HIDDEN) -> None:
    """Where a hidden neuron fires, over the photos."""
    open_neuron(hand, id_of(hand, layer))
    hand.press(Qt.Key.Key_M, CTRL)
    hand.until(lambda: len(hand.window.neuron._maps) >= 9)
    hand.reach(hand.window.neuron._body.map_bar)
    hand.shoot("maps")
    hand.press(Qt.Key.Key_Escape)
    hand.until(hand.window.gallery.isVisible)


def study(hand: Hand, checkpoint: Path, photos: Path) -> None:
    """The first window."""
    said = time.monotonic()

    def chapter(name: str) -> None:
        nonlocal said
        print(f"{name}: {time.monotonic() - said:.0f} s", flush=True)
        said = time.monotonic()

    first_steps(hand)
    chapter("first run, keys, models")
    label_classes(hand, checkpoint, photos)
    chapter("eight class neurons: opened, labelled, paused, resumed")
    label_hidden(hand, checkpoint, photos)
    chapter("four hidden neurons: cancelled, resumed")
    use_gallery(hand)
    chapter("searched, compared, edited, undone, done again")
    hand.close()


def use_gallery(hand: Hand) -> None:
    """What a person does with the labels; what is then there is written down."""
    show_labelled(hand)
    search(hand)
    compare(hand)
    human = id_of(hand, "_fc", BALL)
    edit(hand, human)
    desk = hand.window.session.desk
    assert desk is not None
    kept = Kept(labels(hand), human, [(job.id, job.state) for job in desk.jobs()], [one.name for one in desk.saved_filters()])
    (hand.folder / "kept.json").write_bytes(msgspec.json.encode(kept))


# The second and the third


def again(hand: Hand, checkpoint: Path, photos: Path) -> None:
    """Open the workspace by a click on the start page: everything is there."""
    kept = msgspec.json.decode((hand.folder / "kept.json").read_bytes(), type=Kept)
    hand.shoot("start")
    row = hand.window.start.findChild(WorkspaceRow)
    assert isinstance(row, WorkspaceRow)
    hand.click(row)
    desk = hand.window.session.desk
    assert desk is not None
    hand.until(lambda: not hand.window.gallery.listing.busy and len(all_ids(hand)))
    assert labels(hand) == kept.labels
    assert (word := desk.human_word(kept.human)) is not None
    assert (word.label, word.note) == (OWN_LABEL, OWN_NOTE)
    assert [(job.id, job.state) for job in desk.jobs()] == kept.jobs
    assert [one.name for one in desk.saved_filters()] == kept.filters
    print(f"opened again: {len(kept.labels)} labels, {len(kept.jobs)} jobs, the label by hand and the saved filter are there", flush=True)
    show_labelled(hand)
    hand.shoot("gallery")
    compare(hand)
    look_at(hand, kept.human)
    maps(hand)
    label_more(hand, checkpoint, photos)
    hand.close()


def label_more(hand: Hand, checkpoint: Path, photos: Path) -> None:
    """Two more neurons: the estimate is measured by now, and the gallery is full behind the job."""
    open_checkpoint(hand, checkpoint)
    fill_new_run(hand, photos, HIDDEN, "30,90")
    page = hand.window.new_run
    hand.reach(page.advanced.change)
    hand.click(page.advanced.change)
    write_number(hand, page.patience.box, EARLY)
    hand.until(lambda: page._estimate is not None and page.summary.rows["proposals"].text().startswith("up to"))
    shoot_new_run(hand, "new-run")
    assert "measured" not in hand.window.new_run.summary.rows["time"].text()
    hand.click(hand.window.new_run.summary.label_button)
    hand.until_state("running")
    hand.until(lambda: (told := hand.window.runner.live(hand.job().id)) is not None and told.pictured is not None and told.lines_told >= 5)
    hand.shoot("jobs")
    hand.until_state("finished")
    work = work_of(hand.job())
    assert isinstance(work, LabelJob)
    assert work.patience == EARLY


def sharp(hand: Hand, workspace: Path, neuron_id: int | None = None) -> None:
    """At 200 %: the gallery, and one neuron, by default the first in it."""
    assert hand.window.devicePixelRatio() == 2
    open_study(hand, workspace)
    hand.shoot("gallery-200")
    open_neuron(hand, all_ids(hand)[0] if neuron_id is None else neuron_id)
    hand.shoot("neuron-200")
    hand.close()


# A study made before


def open_study(hand: Hand, workspace: Path) -> None:
    """Its gallery, highest score first."""
    hand.window.open_workspace(workspace)
    show_labelled(hand)
    hand.until(lambda: len(all_ids(hand)))


def tour(hand: Hand, workspace: Path) -> None:
    """Its pages, and a few neurons more."""
    open_study(hand, workspace)
    hand.shoot("gallery")
    search(hand)
    compare(hand)
    cause_and_effect(hand, all_ids(hand)[0])
    look_at(hand, all_ids(hand)[0])
    maps(hand, TOUR_HIDDEN)
    label_a_few(hand)
    hand.close()


def label_a_few(hand: Hand) -> None:
    """As the last job of labelling, with other neurons; the gallery is full behind the job."""
    desk = hand.window.session.desk
    assert desk is not None
    labelled = max((job for job in desk.jobs() if job.kind == "label"), key=lambda job: job.id)
    work = work_of(labelled)
    assert isinstance(work, LabelJob)
    submit(desk, msgspec.structs.replace(work, layers={TOUR_HIDDEN: TOUR_MORE}))
    hand.window.runner.go_on()
    hand.window.dock.show()
    hand.until_state("running")
    hand.until(lambda: (told := hand.window.runner.live(hand.job().id)) is not None and told.pictured is not None and told.lines_told >= 5)
    hand.shoot("jobs")
    hand.until_state("finished")


def main() -> int:
    """Each window is a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("given", type=Path, nargs="+", help="CHECKPOINT PHOTOS NEW_FOLDER, or NEW_FOLDER alone with --tour")
    parser.add_argument("--tour", type=Path, metavar="WORKSPACE")
    parser.add_argument("--window", choices=("study", "again", "sharp", "tour"))
    faulthandler.enable()
    asked = parser.parse_args()
    if len(asked.given) != (1 if asked.tour else 3):
        parser.error("give CHECKPOINT PHOTOS NEW_FOLDER, or --tour WORKSPACE NEW_FOLDER")
    *files, folder = (path.absolute() for path in asked.given)
    if asked.window is None:
        return all_windows(folder, ("tour",) if asked.tour else ("study", "again"))
    one_window(Hand(folder), asked.window, files, asked.tour and asked.tour.absolute())
    return 0


def one_window(hand: Hand, window: str, files: list[Path], workspace: Path | None) -> None:
    """What is done in it."""
    if window == "study":
        study(hand, *files)
    elif window == "again":
        again(hand, *files)
    elif workspace is None:
        sharp(hand, hand.folder / "lite0", msgspec.json.decode((hand.folder / "kept.json").read_bytes(), type=Kept).human)
    elif window == "tour":
        tour(hand, workspace)
    else:
        sharp(hand, workspace)


def all_windows(folder: Path, windows: tuple[str, ...]) -> int:
    """One after the other, the last at 200 %."""
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for window, scale in (*((window, "1") for window in windows), ("sharp", "2")):
        environment = {**os.environ, "LINE_DESKTOP_HOME": str(folder / "home"), "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "xcb"}
        code = subprocess.run([sys.executable, *sys.argv, "--window", window], env=environment).returncode
        if code:
            print(f"the window '{window}' ended with {code}", flush=True)
            return 1
    for file in (folder / "pictures").iterdir():
        shrink(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
