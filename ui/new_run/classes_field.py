"""What the network's answers are called: the checkpoint's own class names, or those of a file."""

from PySide6.QtCore import Slot

from line_desktop.errors import UserError
from line_desktop.target import Overrides, read_class_names
from models.types.vision import Checkpoint
from ui.new_run import words
from ui.new_run.field import Field, Problem
from ui.new_run.path_row import PathRow


class ClassesField(Field):
    """For networks that answer with classes. The file is read when it is chosen: what a job is told are the names."""

    def __init__(self) -> None:
        super().__init__(words.tr("Class names"))
        hint = self.tr("A text file, one name a line, in the order of the network's answers")
        self.row = PathRow(words.tr("Class names"), "class names", files=True, folders=False, hint=hint)
        self.body.addWidget(self.row)
        self._found: Checkpoint | None = None
        self._given: tuple[str, ...] = ()
        self._reason = ""
        self.row.chosen.connect(self._read)

    def show_checkpoint(self, found: Checkpoint, given: tuple[str, ...]) -> None:
        """Begin with its own, or with the names that were `given` before."""
        self._found, self._given, self._reason = found, given, ""
        self.row.show_path(None)

    @property
    def applies(self) -> bool:
        """Whether the network has answers to be named."""
        return self._found is not None and any(layer.role == "head" for layer in self._found.layers)

    @Slot()
    def _read(self) -> None:
        path = self.row.path()
        self._given, self._reason = (), ""
        try:
            if path is not None and self._found is not None:
                names = read_class_names(path)
                Overrides(class_names=names).describe(self._found)
                self._given = names
        except UserError as error:
            self._reason = str(error).replace("--classes", self.tr("The file"))
        self.changed.emit()

    def names(self) -> tuple[str, ...]:
        """Those that stand in for the checkpoint's; empty: its own."""
        return self._given

    def in_words(self) -> str:
        """Whose names they are."""
        own = len(self._found.class_names) if self._found is not None else 0
        if self._given:
            return self.tr("{n} names as given.").format(n=f"{len(self._given):,}")
        if own:
            return self.tr("{n} names of the checkpoint itself.").format(n=f"{own:,}")
        return self.tr("The checkpoint names none; its answers go by their numbers.")

    def problem(self) -> Problem | None:
        return Problem(self._reason) if self._reason else None
