"""A whole LINE run with the three engines on one device: seconds a neuron, and every neuron gets its label."""

import time
from pathlib import Path

import small_inputs

from gpu.conftest import Figures, Models
from gpu.scale import Scale
from line_desktop.api import LabelJob, label_neurons
from line_desktop.events import JobEvent, Planned


def test_neurons_are_named(scale: Scale, built: Models, figures: Figures, tmp_path: Path) -> None:
    size, steps = scale.drawings[-1]
    probe = small_inputs.labelled_photos(tmp_path / "probe")
    pictures = f"sdxl:{built.sdxl(scale)},size={size},steps={steps}"
    layer, neurons = "resnet.pooler", f"0-{scale.neurons - 1}"
    job = LabelJob(built.resnet(scale), {layer: neurons}, probe, built.language(scale), pictures, preset=scale.preset, steps=scale.steps)
    began: list[float] = []

    def show(event: JobEvent) -> None:
        if isinstance(event, Planned):
            began.append(time.monotonic())

    start = time.monotonic()
    found = label_neurons(job, tmp_path / "workspace", show)
    end = time.monotonic()
    figures.note(
        scale, f"LINE, preset {scale.preset}, {scale.neurons} neurons, {scale.steps} steps, pictures of {size} pixels in {steps} steps",
        seconds_a_neuron=(end - began[0]) / scale.neurons, seconds_to_open=began[0] - start, device=found.target.device,
        steps_with_a_concept=sum(step.score is not None for one in found.neurons for step in one.steps),
    )  # fmt: skip
    assert [one.neuron for one in found.neurons] == list(range(scale.neurons))
    assert found.failed == []
    assert found.target.device.startswith(f"{scale.device}; language model: {'GPU' if scale.gpu else 'CPU'}")
