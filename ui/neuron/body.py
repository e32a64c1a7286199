"""Everything below the head of the page, in the order it is read: photos, pictures, scoreboard, activations, doubts, story, provenance."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QVBoxLayout, QWidget

from line_desktop.methods.confirmation import CONFIRMED
from line_desktop.neuron_page import Activity, CounterExamples, NeuronView
from ui.gallery.thumbs import Thumbs
from ui.gallery.words import number, one_or
from ui.neuron.board import Board
from ui.neuron.charts import Chart, best_so_far, histogram
from ui.neuron.human import HumanFields
from ui.neuron.interventions import Interventions
from ui.neuron.map_bar import MapBar
from ui.neuron.names import Names
from ui.neuron.overlay import PhotoMap
from ui.neuron.picture_grid import PictureGrid
from ui.neuron.provenance import Provenance
from ui.neuron.section import Section, beside, columns
from ui.neuron.story import Prompt, Story
from ui.theme import SPACE

PHOTO, PICTURE, COUNTER = 124, 92, 92
CLIMBS = ("line", "invert")  # methods whose board goes on from step to step
NARROW = 880  # logical pixels, below which nothing stands side by side


class Body(QWidget):
    """Filled from a view; the human fields and the maps are the page's business."""

    run_chosen = Signal(int)

    def __init__(self, thumbs: Thumbs) -> None:
        super().__init__()
        self.human = HumanFields()
        self.map_bar = MapBar()
        self.names = Names()
        self.names.run_chosen.connect(self.run_chosen)
        self._interventions = Interventions(thumbs)
        self._make_pictures(thumbs)
        self._board, self._story, self._provenance = Board(thumbs), Story(thumbs), Provenance()
        self._curve = Chart(self.tr("Best score so far"), 26 * SPACE)
        self._histogram = Chart(self.tr("Activations"), 30 * SPACE)
        self._make_sections()
        self._lay_out()

    def _make_pictures(self, thumbs: Thumbs) -> None:
        self._top = PictureGrid(thumbs, self.tr("Top photos"), PHOTO)
        self._pictures = PictureGrid(thumbs, self.tr("Pictures of the label"), PICTURE)
        self._silent = PictureGrid(thumbs, self.tr("Photos of the concept on which it stays silent"), COUNTER)
        self._other = PictureGrid(thumbs, self.tr("Photos of other classes on which it fires"), COUNTER)
        self.grids = (self._top, self._silent, self._other, self._pictures)

    def _make_sections(self) -> None:
        self._top_section = Section(self.tr("Top photos"), self._top, aside=self.map_bar)
        self._human_section = Section(self.tr("Your words"), self.human)
        self._picture_section = Section(self.tr("Pictures of the label"), self._pictures)
        self.cause, self.ablate = QPushButton(self.tr("Check the cause")), QPushButton(self.tr("Ablate"))
        self.ablate.setAccessibleName(self.tr("Ablate this neuron"))
        self._intervention_section = Section(self.tr("Cause and effect"), self._interventions, aside=beside(self.cause, self.ablate))
        self._board_section = Section(self.tr("Scoreboard"), self._board)
        self._curve_section = Section(self.tr("Best so far"), self._curve)
        self._histogram_section = Section(self.tr("Activations"), self._histogram)
        self._silent_section = Section(self.tr("The concept without firing"), self._silent)
        self._other_section = Section(self.tr("Firing without the concept"), self._other)
        self._story_section = Section(self.tr("The story"), self._story)
        self.verify_all = QPushButton(self.tr("Verify all"))
        self.verify_all.setAccessibleName(self.tr("Verify the labels of all methods"))
        self._names_section = Section(self.tr("Labels side by side"), self.names, aside=self.verify_all)
        self._provenance_section = Section(self.tr("Provenance"), self._provenance)

    def _lay_out(self) -> None:
        self._rows = [
            columns((self._top_section, 5), (self._human_section, 2)),
            columns((self._board_section, 3), (self._curve_section, 2)),
            columns((self._silent_section, 1), (self._other_section, 1)),
        ]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5 * SPACE)
        for part in (
            self._rows[0], self._picture_section, self._intervention_section, self._rows[1], self._histogram_section, self._rows[2],
            self._names_section, self._story_section, self._provenance_section,
        ):  # fmt: skip
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)

    def show_view(self, view: NeuronView, prompt: Prompt) -> None:
        """Fill every part, and hide those that have nothing to say."""
        self._show_activity(view)
        self._pictures.set_pictures(view.pictures)
        self._picture_section.setVisible(bool(view.pictures))
        self._show_interventions(view)
        self._board.set_board(view.board, view.card.label)
        self._board_section.setVisible(bool(view.board))
        confirmed = bool(view.story) and view.story[-1].status == CONFIRMED
        self._board_section.say(self.tr("The finalists come first, scored again on fresh pictures.") if confirmed else "")
        self._show_curve(view)
        self._show_counter_examples(view.counter_examples)
        self.names.set_names(view.names, view.shown)
        self._names_section.setVisible(len(view.names) > 1)
        self._story.set_story(view.story, prompt)
        reason = next((one.reason for one in view.names if one.run_id == view.shown), "")
        self._story_section.say(reason)
        self._story_section.setVisible(bool(view.story or reason))
        self._provenance.set_provenance(view.provenance)

    def _show_interventions(self, view: NeuronView) -> None:
        tried = bool(view.caused or view.ablation)
        self._interventions.show_view(view)
        self._interventions.setVisible(tried)
        loses = self.tr("What the neuron loses when its concept is taken out of pictures, and what the network loses without the neuron.")
        self._intervention_section.say("" if tried else self.tr("Not tried yet. {what}").format(what=loses))
        self.cause.setEnabled(view.card.label is not None)
        self.ablate.setEnabled(view.activity is not None)
        self._intervention_section.setVisible(tried or self.cause.isEnabled() or self.ablate.isEnabled())

    def set_maps(self, maps: dict[str, PhotoMap]) -> None:
        """Lay maps over all photos and pictures."""
        for grid in self.grids:
            grid.set_maps(maps, self.map_bar.opacity)

    def say_of_maps(self, words: str) -> None:
        """A sentence under the heading of the photos; empty: none."""
        self._top_section.say(words)

    def _show_activity(self, view: NeuronView) -> None:
        activity = view.activity
        self._top.set_pictures(activity.top if activity else ())
        self.map_bar.setVisible(activity is not None)
        self._top_section.say("" if activity else self.tr("The layer has not been surveyed on photos."))
        self._histogram_section.setVisible(activity is not None and len(activity.values) > 0)
        if activity is None or not len(activity.values):
            self._histogram.set_chart(None, "")
            return
        pictures = np.array([one.activation for one in view.pictures], np.float32)
        words = {
            "photos": self.tr("photos"),
            "median": self.tr("median"),
            "p99": self.tr("99th percentile"),
            "activation": self.tr("activation"),
            "pictures": self.tr("label"),
            "others": self.tr("others"),
        }
        told = self._activity_in_words(activity, bool(len(pictures) or len(view.other_pictures)))
        self._histogram.set_chart(histogram(activity, pictures, view.other_pictures, words), told)
        self._histogram_section.say(told)

    def _activity_in_words(self, activity: Activity, marks: bool) -> str:
        stats = activity.stats
        text = self.tr("{photos}: median {median}, 99th percentile {p99}, highest {highest}.").format(
            photos=self._photos(activity.photos), median=number(stats.median), p99=number(stats.p99), highest=number(stats.maximum)
        )
        one = self.tr(" 1 photo is left out: unreadable, or not a finite number.")
        left_out = one_or(activity.left_out, one, self.tr(" {n} photos are left out: unreadable, or not a finite number."))
        below = self.tr(" Below, on the same scale, the pictures of the label and those of the scoreboard's other concepts.")
        return text + (left_out if activity.left_out else "") + (below if marks else "")

    def _photos(self, photos: int) -> str:
        return one_or(photos, self.tr("1 photo"), self.tr("{n} photos"))

    def _show_curve(self, view: NeuronView) -> None:
        story = [one for one in view.story if one.best is not None and one.status != CONFIRMED]
        climbs = len(story) > 1 and any(one.run_id == view.shown and one.method in CLIMBS for one in view.names)
        self._curve_section.setVisible(climbs)
        if not climbs:
            self._curve.set_chart(None, "")
            return
        steps = one_or(story[-1].step, self.tr("1 step"), self.tr("{n} steps"))
        words = self.tr("From {first} at the start to {last} after {steps}; each dot is a proposal.").format(
            first=number(story[0].best or 0.0), last=number(story[-1].best or 0.0), steps=steps
        )
        self._curve.set_chart(best_so_far(view.story, (self.tr("step"), self.tr("score"))), words)
        self._curve_section.say(words)

    def _show_counter_examples(self, found: CounterExamples | None) -> None:
        for section in (self._silent_section, self._other_section):
            section.setVisible(found is not None)
        if found is None:
            return
        self._silent.set_pictures(found.silent)
        self._other.set_pictures(found.other)
        self._other_section.setVisible(bool(found.classes))
        if not found.classes:
            self._silent_section.say(self.tr("No class of the probe set is named like the label, so its photos cannot speak against it."))
            return
        classes = ", ".join(found.classes)
        silent = self.tr("Of {photos} of {classes} the weakest, at or below the neuron's median.")
        none = self.tr("None: on each of {photos} of {classes} it is above its median.")
        self._silent_section.say((silent if found.silent else none).format(photos=self._photos(found.photos), classes=classes))
        other = self.tr("Photos above the 99th percentile that are not of {classes}; some may show it all the same.")
        nothing = self.tr("None: above the 99th percentile there are only photos of {classes}.")
        self._other_section.say((other if found.other else nothing).format(classes=classes))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        for row in self._rows:
            row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
