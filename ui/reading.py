"""A line that says which file is being read, with a bar that moves."""

from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import SPACE, label


class Reading(QWidget):
    """That a file is being read; its place stays when it is not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = ""
        self._words = label("", "small")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        bar = QProgressBar(maximum=0, textVisible=False)
        bar.setAccessibleName(self.tr("Reading a file"))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE, 0, SPACE, SPACE)
        column.addWidget(self._words)
        column.addWidget(bar)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    def begin(self, path: str, name: str) -> None:
        """Name the file."""
        self.path = path
        self._words.setText(self.tr("Reading {name} in a process of its own…").format(name=name))
        self.show()

    def end(self) -> None:
        """It is read."""
        self.path = ""
        self.hide()
