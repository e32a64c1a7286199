"""The page for a new run: a checkpoint, what of it and with what to name it, and the estimate beside the button."""

from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from line_desktop.errors import UserError
from line_desktop.estimate import Estimate
from line_desktop.job import SurveyJob
from line_desktop.jobs import submit
from line_desktop.label_job import LabelJob
from line_desktop.store.rows import Json
from line_desktop.target import Overrides
from models.errors import ModelError
from models.types.vision import Checkpoint
from ui.actions import Menus, action
from ui.crash_dialog import show_error
from ui.jobs.runner import JobRunner
from ui.new_run import methods
from ui.new_run.advanced import AdvancedField, CropsField, PatienceField
from ui.new_run.asked import SELDOM, AskedField, confirming_field, model_fields, picture_field
from ui.new_run.checkpoint_field import CheckpointField
from ui.new_run.classes_field import ClassesField
from ui.new_run.concepts_field import ConceptsField
from ui.new_run.earlier import Earlier, earlier
from ui.new_run.estimator import Estimator, Question
from ui.new_run.field import Field, Problem
from ui.new_run.layer_tree import LayerTree
from ui.new_run.method_field import MethodField
from ui.new_run.model_field import ModelField
from ui.new_run.neurons_field import NeuronsField
from ui.new_run.photos_field import PhotosField
from ui.new_run.preprocess_field import PreprocessField
from ui.new_run.summary import Summary
from ui.new_run.workspace_field import WorkspaceField
from ui.session import Session
from ui.theme import SPACE, label

WIDTH: Final = 820
GAP: Final = 3 * SPACE
UNASKED: Final = ("profile", "memory", "withheld", "ray")
"""Fields of LabelJob that the page does not ask for: an earlier job's by the same method."""


class NewRunPage(QWidget):
    """Checkpoint, layers, neurons, models, and the estimate beside the button."""

    submitted = Signal(int)  # job id

    def __init__(self, session: Session, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._before: LabelJob | None = None  # what an earlier job of the same checkpoint was told
        self._estimate: Estimate | None = None
        self.checkpoint, self.preprocess, self.layers, self.neurons = CheckpointField(), PreprocessField(), LayerTree(), NeuronsField()
        self.classes, self.photos, self.method, self.workspace = ClassesField(), PhotosField(), MethodField(), WorkspaceField()
        self.language, self.captioner, self.clip, self.concepts, self.pictures = *model_fields(), ConceptsField(), picture_field()
        self.advanced, self.patience, self.confirming, self.crops = AdvancedField(), PatienceField(), confirming_field(), CropsField()
        self._asked: dict[str, AskedField] = {
            "llm": self.language, "captioner": self.captioner, "clip": self.clip, "concepts": self.concepts, "pictures": self.pictures,
            "patience": self.patience, "confirm_pictures": self.confirming, "crops": self.crops,
        }  # fmt: skip
        self.summary = Summary()
        self.estimator = Estimator(self)
        self._arrange()
        self._actions = self._make_actions()
        self._connect()
        self._show_rest(False)

    def _fields(self) -> list[Field]:
        often = [field for name, field in self._asked.items() if name not in SELDOM]
        return [
            self.preprocess, self.classes, self.layers, self.neurons, self.photos, self.method, *often,
            self.advanced, *self._seldom(), self.workspace,
        ]  # fmt: skip

    def _seldom(self) -> list[Field]:
        return [self._asked[name] for name in SELDOM]

    def _choices(self) -> list[Field]:
        """The fields that stand for this checkpoint and this method."""
        asks = methods.asks(self.method.method, self.method.preset)
        passed: list[Field] = [self._asked[name] for name in self._asked if name not in asks]
        passed += [self.classes] * (not self.classes.applies) + [self.advanced] * asks.isdisjoint(SELDOM)
        return [field for field in self._fields() if field not in passed]

    def _arrange(self) -> None:
        inner = QWidget()
        inner.setMaximumWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        column.setSpacing(GAP)
        column.addWidget(label(self.tr("New run"), "title"))
        self.words = label(
            self.tr("Choose the checkpoint of a vision model, or drop it here. It is read without running any of it."), "quiet", wrap=True
        )
        column.addWidget(self.words)
        column.addWidget(self.checkpoint)
        for field in self._fields():
            column.addWidget(field)
        column.addStretch()
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 20)
        row.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(middle)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self.summary)
        for box in self.findChildren(QAbstractSpinBox):
            box.lineEdit().setTextMargins(SPACE - 2, 0, 0, 0)  # the style sheet's padding does not reach them
        self.setFocusProxy(self.checkpoint.row.edit)

    def _make_actions(self) -> list[QAction]:
        tr = self.tr
        return [
            action(self, tr("Choose a checkpoint file…"), "Ctrl+T", tr("ONNX, weights, or a torch program"), self.choose_checkpoint),
            action(self, tr("Choose a checkpoint folder…"), "Ctrl+Shift+T", tr("A Hugging Face or timm folder"), self.choose_folder),
            action(self, tr("Label"), "Ctrl+Return", tr("Put the run into the queue and go to the gallery"), self.label),
            action(self, tr("Survey only"), "Ctrl+Shift+Return", tr("Run the photos through the checkpoint, name nothing"), self.survey),
        ]

    def _connect(self) -> None:
        self.checkpoint.known.connect(self._known)
        self.checkpoint.unknown.connect(self._unknown)
        for field in self._fields():
            field.changed.connect(self.refresh)
        self.method.changed.connect(self._show_choices)
        self.advanced.change.toggled.connect(self._show_choices)
        self.summary.label_asked.connect(self.label)
        self.summary.survey_asked.connect(self.survey)
        self.summary.anyway_changed.connect(self.refresh)
        self.estimator.estimated.connect(self._estimated)
        self.estimator.weighed.connect(self.summary.show_memory)
        self.estimator.failed.connect(self.summary.show_failure)
        self.estimator.unweighed.connect(self.summary.warn)
        self.estimator.foreseen.connect(self.summary.show_gate)

    def menu_actions(self) -> Menus:
        """Menu title -> actions."""
        return {self.tr("New &run"): self._actions}

    # Ways to begin

    @Slot()
    def choose_checkpoint(self) -> None:
        """Ask for a checkpoint by a file dialog."""
        self.checkpoint.row.ask_file()

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a checkpoint that is a folder."""
        self.checkpoint.row.ask_folder()

    def open_checkpoint(self, path: Path) -> None:
        """Inspect the checkpoint at a path and offer its layers."""
        self.checkpoint.open(path)

    def choose_neurons(self, ids: list[int]) -> None:
        """Begin with neurons of the open workspace: their checkpoint, and what its last run was told."""
        desk = self._session.desk
        if desk is None or not ids:
            return
        found = earlier(desk, ids)
        self.workspace.choose(desk.folder)
        self._fill(found)
        self.neurons.choose_selected(found.neurons)
        self.refresh()

    def use_model(self, kind: str, path: str) -> None:
        """Take a model of the models page: its kind as in models.machine.Kind, and its path, empty for pictograms."""
        if kind == "labelled photos":
            self.photos.choose(Path(path))
        elif kind == "picture model":
            self._ask_for("pictures")
            self.pictures.refresh()
            self.pictures.choose_model(path)
        else:
            name, field = next((name, one) for name, one in self._asked.items() if isinstance(one, ModelField) and one.kind == kind)
            self._ask_for(name)
            field.refresh()
            field.choose(Path(path))
        self.refresh()

    def _ask_for(self, name: str) -> None:
        """Where the method chosen does not ask for this, choose the first that does."""
        if name not in methods.ASKS[self.method.method]:
            self.method.choose_method(next(method for method in methods.METHODS if name in methods.ASKS[method]))

    def _fill(self, found: Earlier) -> None:
        job = self._before = found.job
        self.checkpoint.show_checkpoint(found.checkpoint)
        self.layers.choose(found.neurons)
        if job is not None:
            self.preprocess.show_checkpoint(found.checkpoint, job.overrides)
            self.classes.show_checkpoint(found.checkpoint, job.overrides.class_names)
            self.photos.choose(job.probe)
            self.method.choose(job)
            self.summary.all_the_same.setChecked(not job.gate)
            for name in methods.ASKS[job.method] & self._asked.keys():
                self._asked[name].choose(getattr(job, name))

    @Slot(object)
    def _known(self, found: Checkpoint) -> None:
        self.layers.show_checkpoint(found)
        self.preprocess.show_checkpoint(
            found, Overrides(architecture=self.checkpoint.architecture.text().strip(), trusted=self.checkpoint.trusted)
        )
        self.classes.show_checkpoint(found, ())
        self.neurons.choose_selected({})
        self.summary.all_the_same.setChecked(False)
        self.workspace.propose(found, self._session.desk)
        self._show_rest(True)
        self.refresh()

    @Slot()
    def _unknown(self) -> None:
        self._before = None
        self._show_rest(False)
        self.refresh()

    def _show_rest(self, shown: bool) -> None:
        self.words.setVisible(not shown)
        self.summary.setVisible(shown)
        self._show_choices()

    @Slot()
    def _show_choices(self) -> None:
        """What the method does not ask for is put away."""
        wanted = self._choices() if self.checkpoint.found is not None else []
        folded = self._seldom() if not self.advanced.change.isChecked() else []
        for field in self._fields():
            field.setVisible(field in wanted and field not in folded)

    def showEvent(self, event: QShowEvent) -> None:
        """The list of models, and the free memory, may have changed."""
        super().showEvent(event)
        for field in (self.photos, self.language, self.captioner, self.clip, self.pictures, self.confirming):
            field.refresh()
        self.estimator.forget()
        self.refresh()

    # What is chosen

    def label_job(self) -> LabelJob:
        """The run as it is chosen; call it only where `problem` is None."""
        path, probe = self.checkpoint.row.path(), self.photos.row.path()
        assert path is not None
        assert probe is not None
        made = LabelJob(
            path, self.neurons.texts(self.layers.chosen()), probe, overrides=self._overrides(), try_anyway=self.summary.anyway.isChecked(),
            gate=not self.summary.all_the_same.isChecked(),
            **self.method.values(), **self._values(),
        )  # fmt: skip
        before = self._before
        return replace(made, **{name: getattr(before, name) for name in UNASKED}) if before and before.method == made.method else made

    def _values(self) -> dict[str, Any]:
        """The fields of LabelJob that are chosen here and that the method reads."""
        asks = methods.asks(self.method.method, self.method.preset)
        return {name: field.value() for name, field in self._asked.items() if name in asks}

    def survey_job(self) -> SurveyJob:
        """Only the survey; call it only where `survey_problem` is None."""
        path, probe = self.checkpoint.row.path(), self.photos.row.path()
        assert path is not None
        assert probe is not None
        return SurveyJob(path, tuple(layer.name for layer in self.layers.chosen()), probe, self._overrides())

    def _overrides(self) -> Overrides:
        return replace(self.preprocess.overrides(), class_names=self.classes.names())

    def problem(self) -> Problem | None:
        """The first thing that stands against naming neurons."""
        found = [field.problem() for field in (self.checkpoint, *self._choices())]
        found += [self.neurons.problem_in(self.layers.chosen()), self.photos.problem_for_labels(self._why_classes())]
        return next((one for one in found if one is not None), None)

    def _why_classes(self) -> str:
        return methods.why_classes(self.method.method, self.concepts.value())

    def survey_problem(self) -> Problem | None:
        """The first thing that stands against a survey."""
        fields = (self.checkpoint, self.preprocess, self.classes, self.layers, self.photos, self.workspace)
        return next((one for field in fields if (one := field.problem()) is not None), None)

    @Slot()
    def refresh(self) -> None:
        """Say what is wrong where it is wrong, and ask for the estimate."""
        self.preprocess.refresh()
        self.advanced.show_values(self._values())
        self.method.neurons = self.neurons.many_in(self.layers.chosen())
        for field in self._choices():
            self._say(field, field.problem())
        if self.layers.chosen():
            self._say(self.neurons, self.neurons.problem_in(self.layers.chosen()))
        self._say(self.photos, self.photos.problem_for_labels(self._why_classes()))
        if any(field in self._choices() and field.problem() for field in self._seldom()):
            self.advanced.change.setChecked(True)
        problem = self.problem()
        self.summary.say_problem(problem.text if problem is not None else "", problem is not None and not problem.missing)
        self.summary.label_button.setEnabled(problem is None)
        self.summary.survey_button.setEnabled(self.survey_problem() is None)
        self._actions[2].setEnabled(problem is None)
        self._actions[3].setEnabled(self.survey_problem() is None)
        self._ask_estimate(problem)

    def _ask_estimate(self, problem: Problem | None) -> None:
        self._estimate = None
        found, photos, folder = self.checkpoint.found, self.photos.found, self.workspace.path()
        if problem is not None or found is None or photos is None or folder is None:
            self.summary.clear()
            self.estimator.ask(None)
            return
        self.summary.wait()
        self.estimator.ask(Question(self.label_job(), found, photos, folder))

    def _say(self, field: Field, problem: Problem | None) -> None:
        if problem is None:
            field.say(field.in_words())
        else:
            field.say(problem.text, "quiet" if problem.missing else "bad")

    @Slot(object)
    def _estimated(self, found: Estimate) -> None:
        self._estimate = found
        self.summary.show_estimate(found, may_stop_early=bool(self._values().get("patience")))

    # Into the queue

    @Slot()
    def label(self) -> None:
        """Queue the run."""
        if self.problem() is None:
            told: Json | None = msgspec.to_builtins(self._estimate) if self._estimate is not None else None
            self._submit(self.label_job(), told)

    @Slot()
    def survey(self) -> None:
        """Queue the survey alone."""
        if self.survey_problem() is None:
            self._submit(self.survey_job(), None)

    def _submit(self, work: LabelJob | SurveyJob, told: Json | None) -> None:
        folder = self.workspace.path()
        assert folder is not None
        desk = self._session.desk
        try:
            if desk is None or desk.folder != folder.absolute():
                self._session.open(folder, create=True)
            job_id = submit(self._session.desk, work, estimate=told)
        except (UserError, ModelError) as error:
            show_error(self, error)
            return
        self.submitted.emit(job_id)
