"""A real workspace for the dialogs that write reports and labels."""

from collections.abc import Iterator

import pytest
from neuron_study import NeuronStudy

from line_desktop.store.desk import Desk


@pytest.fixture
def desk(study: NeuronStudy) -> Iterator[Desk]:
    opened = study.desk()
    yield opened
    opened.close()
