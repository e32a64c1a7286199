"""The neuron page on a real workspace."""

from collections.abc import Callable, Iterator

import pytest
from neuron_study import NeuronStudy
from PySide6.QtCore import QThreadPool

from ui.gallery.thumbs import Thumbs
from ui.neuron.page import NeuronPage
from ui.session import Session

Until = Callable[..., None]


@pytest.fixture
def page(session: Session, study: NeuronStudy, until: Until) -> Iterator[NeuronPage]:
    """A shown page with the workspace open, no neuron yet."""
    thumbs = Thumbs()
    made = NeuronPage(session, thumbs)
    session.open(study.folder)
    made.resize(1200, 900)
    made.show()
    yield made
    session.close()
    thumbs.stop()
    QThreadPool.globalInstance().waitForDone()


@pytest.fixture
def show(page: NeuronPage, until: Until) -> Callable[[int], int]:
    """`show(neuron)` brings a neuron on the page and waits for everything; returns its id."""

    def bring(neuron: int) -> int:
        desk = page._session.desk
        assert desk
        neuron_id = desk.neuron_id(desk.layer_counts()[0].layer_id, neuron)
        page.show_neuron(neuron_id)
        until(lambda: page._view is not None and page._view.card.id == neuron_id)
        return neuron_id

    return bring
