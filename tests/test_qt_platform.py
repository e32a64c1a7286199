"""Qt works on this machine without a screen; never skipped, because every window test stands on it."""

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel


def test_a_label_is_drawn_off_screen() -> None:
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    label = QLabel("neuron")
    label.setStyleSheet("background: #ff0000")
    label.resize(64, 32)
    picture = label.grab().toImage()
    label.deleteLater()

    assert picture.size() == label.size() * picture.devicePixelRatio()
    assert picture.pixelColor(0, 0) == QColor("#ff0000")
